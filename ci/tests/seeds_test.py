# SPDX-License-Identifier: Apache-2.0 OR MIT
"""harness/abi/SEEDS.md against harness/abi/seeds.txt, the tables of programs, clauses and switches, and gmcheck.h.

What the column "check" says is derived from clauses.def: when a clause begins to be checked, the test names each row to change and what it has to
say. The last tests tamper with a copy of each file, to show that a difference is seen.
"""
import collections
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = {"seeds": "harness/abi/seeds.txt", "document": "harness/abi/SEEDS.md", "contract": "harness/abi/CONTRACT.md",
         "header": "harness/abi/include/gmcheck.h", "ops": "harness/program/ops.def", "clauses": "harness/program/clauses.def",
         "switches": "harness/program/switches.def"}
TABLE = "| method | operations | switches and facts | clauses | check | remark |"
WITHOUT_CLAUSE = ("missing", "no C form")
KINDS = ("checked", "in part", "later", *WITHOUT_CLAUSE)

Row = collections.namedtuple("Row", "line page method operations switches clauses check remark")
Clause = collections.namedtuple("Clause", "group state why")


def read_files():
    return {key: (ROOT / path).read_text(encoding="utf-8") for key, path in FILES.items()}


def rows_of(document):
    """The rows below "## page" headings; a line that looks like a row and has another number of cells is a Row of nothing but its line."""
    rows, page = [], None
    for line, text in enumerate(document.splitlines(), 1):
        if text.startswith("## "):
            page = text[3:].split(":")[0]
        elif page and text.startswith("|") and text != TABLE and not text.startswith("|---"):
            cells = [cell.strip() for cell in text.strip("|").split("|")]
            rows.append(Row(line, page, cells[0].strip("`"), *cells[1:]) if len(cells) == 6 else Row(line, page, None, *"-----"))
    return rows


def names_of(seeds):
    """The names as (page, method), in order, and what the file prints as the count of each page."""
    names, printed = [], {}
    for text in seeds.splitlines():
        count = re.fullmatch(r"# (\w+): (\d+) (?:methods|names)", text)
        if count:
            printed[count[1]] = int(count[2])
        elif text and not text.startswith("#"):
            page, _, method = text.partition(" ")
            names.append((page, method))
    return names, printed


class Tables:
    """What a row may name."""

    def __init__(self, files):
        self.clauses = {f"GM-{group}-{int(number):03}": Clause(group.lower(), state, why) for group, number, state, why in re.findall(
            r'^GMC_CLAUSE\((\w+),\s*(\d+),\s*(k\w+),\s*"[^"]*",\s*\d+,\s*\w+,\s*"([^"]*)"\)', files["clauses"], re.M)}
        self.operations = dict(re.findall(r'^GMC_OP\(\w+,\s*"([^"]+)",\s*"[^"]*",\s*\w+,\s*\d+,\s*(Runs|Later)\)', files["ops"], re.M))
        self.calls = {name.lower() for name in re.findall(r"^  GMC_CALL_(\w+) = ", files["header"], re.M)}
        self.calls |= set(re.findall(r"^  GmcOutcome \(\*(\w+)\)\(", files["header"], re.M))
        self.switches, of_type = {}, {}
        for kind, name, shared, rest in re.findall(r"^GMC_(CHOICE|SAME|SET|BOOL|NUMBER|SIZES|DETAIL)\((\w+)(?:, (\w+))?(.*)$", files["switches"], re.M):
            values = {"BOOL": {"yes", "no"}, "SAME": of_type.get(shared)}.get(kind) or set(re.findall(r'GMC_V\(\w+, "(\w+)"\)', rest))
            self.switches[name] = of_type[shared] = values
        facts = files["contract"].split("### Facts")[1].split("\n## ")[0]
        self.facts = set(re.findall(r"^\| `(\w+)` \|", facts, re.M))


def clause_ids(cell):
    """The ids of a cell such as "GM-RW-001 to -003, -007, GM-XR-001"; None where it is written otherwise."""
    ids, group = [], None
    if cell == "-":
        return ids
    for part in cell.split(", "):
        match = re.fullmatch(r"(?:GM-([A-Z]+))?-(\d{3})(?: to -(\d{3}))?", part)
        if not match or not (match[1] or group):
            return None
        group = match[1] or group
        ids += [f"GM-{group}-{number:03}" for number in range(int(match[2]), int(match[3] or match[2]) + 1)]
    return ids


def expected_check(ids, tables):
    """What the column "check" says of these clauses."""
    clauses = [tables.clauses[name] for name in ids]
    suites = list(dict.fromkeys(clause.group for clause in clauses if clause.state == "kChecked"))
    reasons = list(dict.fromkeys(clause.why for clause in clauses if clause.state == "kLater"))
    states = {clause.state for clause in clauses}
    parts = [f"suite{'s' if len(suites) > 1 else ''} {' '.join(suites)}"] if suites else []
    parts += ["declared"] if "kDeclaration" in states else []
    parts += ["gmcheck diff"] if "kCompared" in states else []
    parts += ["left open"] if "kUnspecified" in states else []
    parts += [f"not checked by this version: {', '.join(reasons)}"] if reasons else []
    return "; ".join(parts)


def kind_of(row):
    if row.check in WITHOUT_CLAUSE:
        return row.check
    if "not checked" not in row.check:
        return "checked"
    return "in part" if row.check.startswith("suite") else "later"


def problems_of_switches(row, tables):
    for part in row.switches.split(", ") if row.switches != "-" else []:
        match = re.fullmatch(r"(fact )?`(\w+)(?: = (\w+))?`", part)
        if not match:
            yield f"{part}: neither a switch, `name` or `name = value`, nor fact `name`"
        elif match[1] and match[2] not in tables.facts:
            yield f"{match[2]}: no fact of CONTRACT.md"
        elif not match[1] and match[2] not in tables.switches:
            yield f"{match[2]}: no switch of switches.def"
        elif not match[1] and match[3] and match[3] not in tables.switches[match[2]]:
            yield f"{match[2]} = {match[3]}: no such value in switches.def"


def problems_of_row(row, tables):
    operations = row.operations.split(", ") if row.operations != "-" else []
    for part in operations:
        name = part.strip("`")
        if name not in tables.operations and name not in tables.calls:
            yield f"{name}: neither an operation of ops.def nor a function or call record of gmcheck.h"
        elif tables.operations.get(name) == "Later" and "not checked by this version" not in row.check:
            yield f"{name}: ops.def calls it Later, and the row does not say \"not checked by this version\""
    yield from problems_of_switches(row, tables)
    ids = clause_ids(row.clauses)
    if ids is None:
        yield f"{row.clauses}: not of the form GM-RW-001 to -003, -007"
        return
    unknown = [name for name in ids + re.findall(r"GM-[A-Z]+-\d{3}", row.remark) if name not in tables.clauses]
    for name in unknown:
        yield f"{name}: no clause of clauses.def"
    if not ids:
        if row.check not in WITHOUT_CLAUSE:
            yield f"a row without a clause is one of: {', '.join(WITHOUT_CLAUSE)}"
        if row.remark in ("", "-"):
            yield "a row without a clause says why in its remark"
    elif not unknown and row.check != expected_check(ids, tables):
        yield f"by clauses.def the check is now \"{expected_check(ids, tables)}\", the row says \"{row.check}\""
    elif row.check.startswith("suite") and not operations:
        yield "what a suite checks has an operation"


def problems_of_names(names, printed, rows):
    in_rows = [(row.page, row.method) for row in rows]
    sides = ((names, in_rows, "in seeds.txt and without a row in SEEDS.md"), (in_rows, names, "a row of SEEDS.md and not in seeds.txt"))
    for side, other, text in sides:
        for name, count in collections.Counter(side).items():
            if name not in other:
                yield f"{' '.join(name)}: {text}"
            if count > 1:
                yield f"{' '.join(name)}: {count} times, {'in seeds.txt' if side is names else 'as rows of SEEDS.md'}"
    if names != in_rows and sorted(names) == sorted(in_rows):
        yield "the rows of SEEDS.md are in another order than the names of seeds.txt"
    counted = collections.Counter(page for page, _ in names)
    for page in sorted(counted.keys() | printed.keys()):
        if counted[page] != printed.get(page):
            yield f"seeds.txt: it prints {printed.get(page)} for {page} and holds {counted[page]}"


def summary_rows(rows):
    """The rows of the table of counts in front of the pages."""
    for page in list(dict.fromkeys(row.page for row in rows)) + ["all"]:
        of_page = [row for row in rows if page in (row.page, "all")]
        kinds = collections.Counter(map(kind_of, of_page))
        counts = [len(of_page), *(kinds[kind] for kind in KINDS), sum("missing:" in row.remark for row in of_page)]
        yield f"| {page} | {' | '.join(map(str, counts))} |"


def problems(files):
    tables, rows = Tables(files), rows_of(files["document"])
    names, printed = names_of(files["seeds"])
    found = [f"SEEDS.md:{row.line}: not six cells" for row in rows if row.method is None]
    rows = [row for row in rows if row.method is not None]
    found += [f"SEEDS.md:{row.line}: {row.method}: {problem}" for row in rows for problem in problems_of_row(row, tables)]
    found += problems_of_names(names, printed, rows)
    return found + [f"the table of counts should have the row {row}" for row in summary_rows(rows) if row not in files["document"].splitlines()]


class Seeds(unittest.TestCase):
    def test_rows_agree_with_names_and_tables(self):
        found = problems(read_files())
        if found:
            self.fail("\n".join(["", *found]))  # all of them: they are what there is to do

    def test_tables_are_read(self):
        """Every row of the tables is understood, so that nothing is missed in silence."""
        files = read_files()
        tables = Tables(files)
        for table, macro, found in (("ops", "GMC_OP", tables.operations), ("clauses", "GMC_CLAUSE", tables.clauses)):
            self.assertEqual(len(re.findall(rf"^{macro}\(", files[table], re.M)), len(found))
        self.assertEqual(len(re.findall(r"^GMC_[A-Z]+\(", files["switches"], re.M)), len(tables.switches))
        self.assertGreater(len(tables.facts), 5)

    def test_suites_named_are_files(self):
        tables = Tables(read_files())
        for group in {clause.group for clause in tables.clauses.values() if clause.state == "kChecked"}:
            self.assertTrue((ROOT / "properties" / f"{group}.cc").exists(), group)


class Tampering(unittest.TestCase):
    """Each file with one thing changed: what is said then."""

    def said(self, key, before, after):
        files = read_files()
        self.assertIn(before, files[key])
        return "\n".join(problems(files | {key: files[key].replace(before, after, 1)}))

    def test_name_without_row(self):
        said = self.said("seeds", "openvmm_guestmem GuestMemory::iova\n", "openvmm_guestmem GuestMemory::iova\nopenvmm_guestmem GuestMemory::peek\n")
        self.assertIn("openvmm_guestmem GuestMemory::peek: in seeds.txt and without a row", said)
        self.assertIn("it prints 29 for openvmm_guestmem and holds 30", said)

    def test_row_without_name(self):
        self.assertIn("openvmm_guestmem GuestMemory::iova: a row of SEEDS.md and not in seeds.txt",
                      self.said("seeds", "openvmm_guestmem GuestMemory::iova\n", ""))

    def test_row_twice(self):
        line = next(text for text in read_files()["document"].splitlines() if text.startswith("| `KvmMemory::memset` |"))
        self.assertIn("arcbox_kvm_memory KvmMemory::memset: 2 times, as rows", self.said("document", line, line + "\n" + line))

    def test_name_twice(self):
        line = "arcbox_kvm_memory KvmMemory::memset\n"
        self.assertIn("arcbox_kvm_memory KvmMemory::memset: 2 times, in seeds.txt", self.said("seeds", line, line + line))

    def test_order(self):
        first, second = "arcbox_kvm_memory KvmMemory::write_obj\n", "arcbox_kvm_memory KvmMemory::read_obj\n"
        self.assertIn("in another order", self.said("seeds", first + second, second + first))

    def test_printed_count(self):
        self.assertIn("it prints 10 for hyperlight_shared_memory and holds 11",
                      self.said("seeds", "# hyperlight_shared_memory: 11 ", "# hyperlight_shared_memory: 10 "))

    def test_summary(self):
        self.assertIn("the table of counts should have the row | hyperlight_shared_memory | 11 |",
                      self.said("document", "| hyperlight_shared_memory | 11 |", "| hyperlight_shared_memory | 12 |"))

    def test_unknown_clause(self):
        said = self.said("clauses", "GMC_CLAUSE(RW,     10,", "// GMC_CLAUSE(RW,     10,")
        self.assertRegex(said, r"SEEDS.md:\d+: GuestMemory::fill_at: GM-RW-010: no clause of clauses.def")

    def test_unknown_operation(self):
        said = self.said("document", "| `GuestMemory::fill_at` | `fill` |", "| `GuestMemory::fill_at` | `flil` |")
        self.assertIn("GuestMemory::fill_at: flil: neither an operation", said)

    def test_unknown_switch_value_and_fact(self):
        self.assertIn("has_fil: no switch", self.said("document", "`has_fill`", "`has_fil`"))
        self.assertIn("region_order = sideways: no such value", self.said("document", "`region_order = positional`", "`region_order = sideways`"))
        self.assertIn("raw_sise: no fact", self.said("document", "fact `raw_size`", "fact `raw_sise`"))

    def test_clause_that_begins_to_be_checked(self):
        said = self.said("clauses", 'GMC_CLAUSE(MAP,     6, kLater,        "map_mutation",            0, kNoWitness, "threads")',
                         'GMC_CLAUSE(MAP,     6, kChecked,      "map_mutation",           20, kNoWitness, "")')
        self.assertIn('GuestAddressSpace: by clauses.def the check is now "suites map slice", the row says '
                      '"suites map slice; not checked by this version: threads"', said)

    def test_clause_that_is_later_and_not_said_to_be(self):
        said = self.said("clauses", 'GMC_CLAUSE(RW,     15, kChecked,      "dump_all",               20, kNoWitness, "")',
                         'GMC_CLAUSE(RW,     15, kLater,        "dump_all",                0, kNoWitness, "pumps")')
        self.assertIn('KvmMemory::dump_all: by clauses.def the check is now "not checked by this version: pumps"', said)

    def test_operation_that_is_later(self):
        said = self.said("ops", 'GMC_OP(Fill,             "fill",             "space at size byte",          Writes,   30, Runs)',
                         'GMC_OP(Fill,             "fill",             "space at size byte",          Writes,   30, Later)')
        self.assertIn("GuestMemory::fill_at: fill: ops.def calls it Later", said)

    def row(self, method, changed):
        """What is said where the row of a method reads otherwise."""
        line = next(text for text in read_files()["document"].splitlines() if text.startswith(f"| `{method}` |"))
        return self.said("document", line, changed)

    def test_row_without_reason(self):
        self.assertIn("KvmMemory::type_id: a row without a clause says why", self.row("KvmMemory::type_id", "| `KvmMemory::type_id` | - | - | - | no C form | - |"))

    def test_row_without_clause_that_claims_a_suite(self):
        self.assertIn("KvmMemory::memset: a row without a clause is one of: missing, no C form",
                      self.row("KvmMemory::memset", "| `KvmMemory::memset` | `fill` | `has_fill` | - | suite rw | - |"))

    def test_row_without_operation(self):
        self.assertIn("KvmMemory::memset: what a suite checks has an operation",
                      self.row("KvmMemory::memset", "| `KvmMemory::memset` | - | `has_fill` | GM-RW-010 | suite rw | - |"))

    def test_row_with_another_number_of_cells(self):
        said = self.row("KvmMemory::memset", "| `KvmMemory::memset` | `fill` | `has_fill` | GM-RW-010 | suite rw |")
        self.assertRegex(said, r"SEEDS.md:\d+: not six cells")
        self.assertIn("arcbox_kvm_memory KvmMemory::memset: in seeds.txt and without a row", said)

    def test_clauses_written_otherwise(self):
        self.assertIn("KvmMemory::memset: RW-10: not of the form", self.row("KvmMemory::memset", "| `KvmMemory::memset` | `fill` | - | RW-10 | suite rw | - |"))

    def test_clause_of_a_remark(self):
        said = self.row("KvmMemory::memset", "| `KvmMemory::memset` | `fill` | - | GM-RW-010 | suite rw | see GM-RW-099 |")
        self.assertIn("KvmMemory::memset: GM-RW-099: no clause", said)


if __name__ == "__main__":
    unittest.main()
