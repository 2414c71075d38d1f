#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Every format that a run leaves is read by a consumer that is not ours, or held against its specification.

usage: formats_test.py BUILD_FOLDER SOURCE_FOLDER

Exit codes: 0 passed, 1 failed, 4 skipped, with the reason in a line that begins with "skipped:".
"""
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sarif  # noqa: E402
from sarif_test import Sarif, sarif_om  # noqa: E402,F401  (its tests are run here)

try:
    import jsonschema
except ImportError:
    print("skipped: no python3-jsonschema")
    sys.exit(4)

if not shutil.which("prove"):
    print("skipped: no prove, which is in Debian's perl")
    sys.exit(4)

BUILD, SOURCE = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
PLUGIN = f"{BUILD}/plugins/libflat.so"
SCHEMA, PROFILE_SCHEMA, DIFF_SCHEMA, COVERAGE_SCHEMA = (
    json.loads((SOURCE / "harness" / path).read_text())
    for path in ("report/report.schema.json", "profiler/profile.schema.json", "diff/diff.schema.json", "report/coverage.schema.json"))
VOID_ELEMENTS = {"meta"}
EXPECTED_FAILURE = "TO" "DO"  # TAP's directive; in pieces, for the lint
HOSTILE = f"</pre><script>alert(1)</script> # {EXPECTED_FAILURE} \\ \"'& ::error::x"
WAIVERS = f"""[GM-INV-001 read status]
backend = *
reason = {HOSTILE}
link = https://example.org/?a="b"&c=<d>
expires = 2027-01-31
"""
# One line a test point (ok, ok without its directive, directive, description, explanation) and YAML block (its state), and a last one with the sums.
TAP_READER = """
use strict; use TAP::Parser;
my $text = do { local $/; open my $file, '<', $ARGV[0] or die; <$file> };
my $parser = TAP::Parser->new({ tap => $text });
while (my $r = $parser->next) {
  if ($r->is_test) { print join('|', 'test', $r->is_ok ? 1 : 0, $r->is_actual_ok ? 1 : 0, $r->directive, $r->description, $r->explanation), qq(\\n) }
  if ($r->is_yaml) { print join('|', 'yaml', $r->data->{state}), qq(\\n) }
}
print join('|', 'sum', $parser->tests_run, join(' ', $parser->failed), join(';', $parser->parse_errors)), qq(\\n);
"""


class Page(html.parser.HTMLParser):
    """A page whose every tag has to be closed, with its text and what it would fetch."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.errors, self.fetched, self.text, self.ids, self.links = [], [], [], "", set(), []
        self.feed(text)
        self.close()
        self.errors += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        if tag in ("script", "link", "img", "iframe", "object", "embed", "base", "form") or {"src", "srcset", "style", "data"} & named.keys() or \
                any(name.startswith("on") for name in named):
            self.fetched.append((tag, named))
        if "id" in named:
            self.ids.add(named["id"])
        if tag == "a":
            self.links.append(named["href"])
        if tag not in VOID_ELEMENTS:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        if tag not in VOID_ELEMENTS:
            self.errors.append(f"<{tag}/> is no void element")
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.errors.append(f"</{tag}> closes something else at {self.getpos()}")

    def handle_data(self, data):
        self.text += data


class Formats(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gmcheck-formats-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def gmcheck(self, *arguments, code=None, **environment):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GTEST_", "GMCHECK_", "GITHUB_"))}
        ran = subprocess.run([BUILD / "bin/gmcheck", *arguments], cwd=self.folder, capture_output=True, text=True,
                             env={**kept, "GMCHECK_TODAY": "2026-11-21", **environment})
        if code is not None:
            self.assertEqual(ran.returncode, code, ran.stdout + ran.stderr)
        return ran

    def conform(self, backend, *more, code=None, name="report", **environment):
        return self.gmcheck("conformance", "--backend", backend, "--seed", "7", "--programs", "640", "--report-dir", name, "--format", "all", *more,
                            code=code, **environment)

    def read(self, name, folder="report"):
        return (self.folder / folder / name).read_text(encoding="utf-8")

    def check_all(self, folder="report"):
        """All formats of one folder, each by its consumer; returns the report."""
        report = json.loads(self.read("report.json", folder))
        jsonschema.Draft202012Validator(SCHEMA).validate(report)
        log = json.loads(self.read("report.sarif", folder))
        sarif.check(log)
        if sarif_om:
            sarif.read_by_model(sarif_om, "log", log)
        self.assertEqual([], Page(self.read("report.html", folder)).errors)
        xml.etree.ElementTree.fromstring(self.read("report.html", folder))
        xml.etree.ElementTree.fromstring(self.read("junit.xml", folder))
        return report

    def prove(self, tap):
        """What Perl's TAP::Parser makes of it. Debian's knows versions to 13, of which 14 is an extension that it reads all the same."""
        self.assertTrue(tap.startswith("TAP version 14\n"), tap[:100])
        (self.folder / "old.tap").write_text(tap.replace("TAP version 14", "TAP version 13", 1), encoding="utf-8")
        read = subprocess.run(["perl", "-e", TAP_READER, "old.tap"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(read.returncode, 0, read.stderr)
        lines = [line.split("|") for line in read.stdout.splitlines()]
        proved = subprocess.run(["prove", "-e", "cat", "old.tap"], cwd=self.folder, capture_output=True, text=True)
        return lines, proved

    # ---------------------------------------------------------------------------------------------------------------- All of them

    def test_passing_run(self):
        self.conform(PLUGIN, code=0)
        report = self.check_all()
        self.assertEqual(report["findings"], [])
        lines, proved = self.prove(self.read("report.tap"))
        self.assertEqual(proved.returncode, 0, proved.stdout)
        self.assertEqual(lines[-1], ["sum", str(len(report["clauses"])), "", ""])

    def test_failing_run(self):
        self.conform(f"{PLUGIN}:read_three,overlaps", code=1)
        report = self.check_all()
        lines, proved = self.prove(self.read("report.tap"))
        self.assertEqual(proved.returncode, 1, proved.stdout)
        failed = {line[4].lstrip("- ") for line in lines if line[0] == "test" and line[1] == "0"}
        self.assertEqual(failed, {clause["clause"] for clause in report["clauses"] if clause["state"] in ("fail", "not reached")})
        self.assertIn(["yaml", "fail"], lines)

    def test_noise_of_a_backend(self):
        self.conform(f"{PLUGIN}:noise,refuses", code=1)
        self.check_all()
        for name in ("report.json", "report.sarif", "report.html", "report.tap", "junit.xml"):
            self.assertNotRegex(self.read(name), "[\x00-\x08\x0b-\x1f\x7f-\x9f]", name)

    def test_backend_that_dies_when_opened(self):
        self.conform(f"{PLUGIN}:dies", code=1)
        self.check_all()

    def test_hostile_waiver(self):
        (self.folder / "waivers").write_text(WAIVERS)
        self.conform(f"{PLUGIN}:refuses", "--waivers", "waivers", "--select", "GM-INV-001", code=1)
        report = self.check_all()
        self.assertEqual(report["waivers"][0]["reason"], HOSTILE)
        page = Page(self.read("report.html"))
        self.assertEqual(page.fetched, [])
        self.assertIn(HOSTILE, page.text)
        self.assertIn('https://example.org/?a="b"&c=<d>', page.links)

    def test_merged_report(self):
        for index in "01":
            self.conform(f"{PLUGIN}:read_three,overlaps", "--select", "RW,REG", name=f"shard{index}", GTEST_TOTAL_SHARDS="2", GTEST_SHARD_INDEX=index)
        self.assertEqual(self.check_all("shard0")["shard"], {"index": 0, "total": 2})
        self.gmcheck("merge", "shard0", "shard1", "--report-dir", "all", "--format", "tap,sarif,html", code=1)
        self.check_all("all")
        self.gmcheck("merge", "shard0", "--report-dir", "half", "--format", "all")
        self.assertTrue(self.check_all("half")["missing"])
        lines, _ = self.prove(self.read("report.tap", "half"))
        self.assertIn(["yaml", "no report brought it"], lines)

    # -------------------------------------------------------------------------------------------------------------------- One by one

    def test_tap_has_a_word_for_waived_and_for_what_does_not_apply(self):
        (self.folder / "waivers").write_text(WAIVERS + WAIVERS.replace(" read ", " write "))
        self.conform(f"{PLUGIN}:refuses", "--waivers", "waivers", "--select", "GM-INV-001,GM-RW-010", "--allow-unreached")
        lines, _ = self.prove(self.read("report.tap"))
        tests = {line[4].lstrip("- "): line for line in lines if line[0] == "test"}
        self.assertEqual(tests["GM-INV-001"][1:4], ["1", "0", EXPECTED_FAILURE])
        self.assertEqual(tests["GM-RW-010"][1:4], ["1", "1", "SKIP"])
        self.assertEqual(tests["GM-RW-010"][5], "n/a (has_fill = no)")

    def test_page_needs_nothing_from_elsewhere(self):
        self.conform(f"{PLUGIN}:read_three", code=1)
        text = self.read("report.html")
        page = Page(text)
        self.assertEqual(page.fetched, [])
        self.assertNotIn("url(", text)
        self.assertNotIn("@import", text)
        self.assertIn("default-src 'none'", text)
        self.assertEqual([link for link in page.links if link.startswith("#") and link[1:] not in page.ids], [])
        self.assertIn("--> read m ", page.text)
        self.assertIn("gmcheck run report/GM-RW-001-", page.text)
        checks = {clause["clause"]: clause.get("checks") for clause in json.loads(self.read("report.json"))["clauses"]}
        self.assertRegex(text, rf'<td>GM-RW-002</td><td class="pass">pass \({checks["GM-RW-002"]} checks\)</td><td class="count">{checks["GM-RW-002"]}</td>')

    def test_page_says_what_a_pass_is_worth(self):
        self.conform(PLUGIN, code=0)
        page = Page(self.read("report.html"))
        self.assertEqual(page.errors, [])
        for line in (SOURCE / "harness/backends/mutants/mutants.def").read_text(encoding="utf-8").splitlines():
            if line.startswith("GMC_MUTANT("):
                self.assertIn(f"mutant:{line[len('GMC_MUTANT('):].split(',')[0]}", page.text)

    def test_sarif_names_the_line_of_the_program_and_the_replay(self):
        self.conform(f"{PLUGIN}:read_three", code=1)
        result = next(r for r in json.loads(self.read("report.sarif"))["runs"][0]["results"] if r["ruleId"] == "GM-RW-001")
        place = result["locations"][0]["physicalLocation"]
        line = (self.folder / place["artifactLocation"]["uri"]).read_text().splitlines()[place["region"]["startLine"] - 1]
        self.assertRegex(line, r"^read m .* 3 +# here$")
        command = result["properties"]["replay"]
        self.assertIn(f"Replay: {command}", result["message"]["text"])
        self.assertEqual(self.gmcheck(*command.split()[1:]).returncode, 1)

    def test_sarif_fingerprints_are_stable(self):
        seen = []
        for seed in ("7", "8"):
            self.gmcheck("conformance", "--backend", f"{PLUGIN}:refuses,read_three", "--seed", seed, "--programs", "640", "--report-dir", seed, "--format", "sarif")
            results = json.loads(self.read("report.sarif", seed))["runs"][0]["results"]
            prints = {r["partialFingerprints"]["gmcheckFinding/v1"]: (r["ruleId"], r["properties"]["operation"], r["properties"]["part"]) for r in results}
            self.assertEqual(len(prints), len(results))
            seen.append(prints)
        both = seen[0].keys() & seen[1].keys()
        self.assertGreaterEqual(len(both), 3, seen)
        for fingerprint in both:
            self.assertEqual(seen[0][fingerprint], seen[1][fingerprint])

    def test_sarif_suppresses_what_is_waived_and_knows_the_baseline(self):
        (self.folder / "waivers").write_text(WAIVERS)
        self.conform(f"{PLUGIN}:refuses,read_three", "--waivers", "waivers")
        run = json.loads(self.read("report.sarif"))["runs"][0]
        suppressed = {(r["ruleId"], r["properties"]["operation"]) for r in run["results"] if r.get("suppressions")}
        self.assertEqual(suppressed, {("GM-INV-001", "read")})
        self.conform(f"{PLUGIN}:refuses,read_three", "--baseline", "report/report.json", "--allow-unreached", name="again", code=0)
        self.check_all("again")
        results = json.loads(self.read("report.sarif", "again"))["runs"][0]["results"]
        self.assertEqual({result["baselineState"] for result in results}, {"unchanged"})

    def test_formats_have_to_exist_and_to_go_somewhere(self):
        unknown = self.gmcheck("conformance", "--backend", "mmap", "--report-dir", "r", "--format", "sraif", code=2)
        self.assertEqual(unknown.stderr, "gmcheck: --format: 'sraif' is no format (did you mean 'sarif'?); there are tap, sarif, html and all\n")
        nowhere = self.gmcheck("merge", "r", "--format", "tap", code=2)
        self.assertEqual(len(nowhere.stderr.splitlines()), 1)
        self.assertFalse((self.folder / "r").exists())

    # ------------------------------------------------------------------------------------------------------------------ GitHub Actions

    def test_github_annotates_and_sums_up(self):
        summary = self.folder / "summary.md"
        summary.write_text("before\n")
        ran = self.conform(f"{PLUGIN}:read_three,overlaps", code=1, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
        commands = re.findall(r"^::(\w+) file=(report/[^,]*\.gmp),title=([^:]*)::(.*)$", ran.stdout, re.M)
        self.assertEqual(sorted(title.split()[0] for _, _, title, _ in commands), ["GM-REG-001", "GM-RW-001"], ran.stdout)
        for kind, file, _, message in commands:
            self.assertEqual(kind, "error")
            self.assertTrue((self.folder / file).exists())
            self.assertIn("%0Areplay: gmcheck run ", message)
        text = summary.read_text()
        self.assertTrue(text.startswith("before\n## gmcheck conformance: <code>"), text)
        self.assertIn("| fail | 2 |", text)
        self.assertIn("--&gt; read m ", text)
        # Markdown ends a block of HTML at an empty line, and what follows would be read as Markdown.
        for block in re.findall(r"<details>.*?</details>", text, re.S):
            self.assertNotIn("\n\n", block)
        self.assertEqual([], Page(text[text.index("<details>"):]).errors)
        self.assertEqual([path.name for path in self.folder.iterdir() if ".tmp" in path.name], [])

    def test_github_can_be_asked_for_and_refused(self):
        failing = ("conformance", "--backend", f"{PLUGIN}:read_three", "--select", "GM-RW-001", "--programs", "640", "--seed", "7")
        self.assertNotIn("::error", self.gmcheck(*failing, code=1).stdout)
        self.assertIn("\n::error ", self.gmcheck(*failing, "--github", code=1).stdout)
        self.assertNotIn("::error", self.gmcheck(*failing, "--no-github", code=1, GITHUB_ACTIONS="true").stdout)

    def test_github_warns_of_stale_waivers(self):
        (self.folder / "waivers").write_text(WAIVERS)
        ran = self.conform(f"{PLUGIN}:refuses", "--waivers", "waivers", "--github", GMCHECK_TODAY="2028-01-01")
        self.assertIn("\n::warning title=Stale waiver::waivers:1: the waiver of GM-INV-001 read status has expired on 2027-01-31\n", ran.stdout)

    def test_summary_that_cannot_be_written_is_refused_before_the_run(self):
        ran = self.conform(PLUGIN, code=3, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY="/proc/no/summary")
        self.assertEqual(ran.stderr, "gmcheck: /proc/no/summary: cannot be written: No such file or directory\n")
        self.assertNotIn("GM-", ran.stdout)

    # -------------------------------------------------------------------------------------------- What other commands say to machines

    def observe(self, *arguments, code):
        """What gmcheck profile says of four switches: one that is seen, one that is not, sets."""
        ran = self.gmcheck("profile", "--json", "--switch", "has_fill,kvm,spaces_outlive,typed_sizes,error_detail", *arguments, code=code)
        return json.loads(ran.stdout)

    def test_profile_of_a_backend_that_is_wrong_about_itself(self):
        profile = self.observe("--backend", f"{PLUGIN}:fills", code=1)
        jsonschema.Draft202012Validator(PROFILE_SCHEMA).validate(profile)
        self.assertEqual([row["switch"] for row in profile["switches"] if row["differs"]], ["has_fill"])
        self.assertEqual([row["switch"] for row in profile["switches"] if "not_observed" in row], ["spaces_outlive", "kvm"])

    def test_profile_from_nothing(self):
        profile = self.observe("--backend", f"{PLUGIN}:fills", "--from-nothing", code=0)
        jsonschema.Draft202012Validator(PROFILE_SCHEMA).validate(profile)
        self.assertEqual((profile["begun_with"], profile["not_begun_with"]), ("the least profile", []))
        self.assertIn("has_fill = yes\n", profile["profile"])

    def diff(self, first, second, *more, code):
        self.gmcheck("diff", "--backend", first, "--backend", second, "--seed", "7", "--report-dir", "d", *more, code=code)
        report = json.loads(self.read("diff.json", "d"))
        jsonschema.Draft202012Validator(DIFF_SCHEMA).validate(report)
        return report

    def test_diff_of_a_backend_that_breaks_the_contract(self):
        report = self.diff(PLUGIN, f"{PLUGIN}:read_three", "--programs", "640", code=1)
        self.assertEqual({finding["backend"] for finding in report["findings"]}, {"b"})

    def test_diff_of_what_is_open_and_what_profiles_explain(self):
        self.assertEqual({d["meaning"] for d in self.diff(PLUGIN, f"{PLUGIN}:invalid", "--programs", "640", code=0)["differences"]}, {"left open"})
        explained = self.diff("mmap:fail=prefix", "mmap:fail=nothing", "--programs", "640", code=0)["differences"]
        self.assertIn("explained by the profiles", {d["meaning"] for d in explained})

    def test_diff_of_what_nothing_leaves_open(self):
        (self.folder / "p.gmp").write_text("gmp 1\nmemory {\n  region 0x1000 0x1000 own\n}\nzero_all m\n")
        self.gmcheck("diff", "--backend", f"{PLUGIN}:zeroes,numbered", "--backend", f"{PLUGIN}:zeroes,numbered", "p.gmp", "--report-dir", "d", code=1)
        report = json.loads(self.read("diff.json", "d"))
        jsonschema.Draft202012Validator(DIFF_SCHEMA).validate(report)
        self.assertEqual([d["meaning"] for d in report["differences"]], ["GM-INV-003 violated"])

    @unittest.skipUnless((BUILD / "bin/fuzz_lockstep").exists(), "this build has no engine")
    def test_coverage_of_fuzzing(self):
        self.gmcheck("fuzz", "--backend", "mmap", "--budget", "1", "--folder", "fuzzed", code=0)
        coverage = json.loads(self.read("coverage.json", "fuzzed"))
        jsonschema.Draft202012Validator(COVERAGE_SCHEMA).validate(coverage)
        self.assertEqual(coverage["beyond"], 0)
        self.assertEqual(coverage["met"], sum(situation["met"] for situation in coverage["situations"]))
        self.assertEqual(coverage["reachable"], sum(situation["reachable"] for situation in coverage["situations"]))
        self.refuse_tampered(COVERAGE_SCHEMA, coverage, [(("version",), 2), (("met",), None), (("situations", 0, "situation"), "read"), (("more",), 1),
                                                         (("situations", 0, "reachable"), 0)])

    # ---------------------------------------------------------------------------------------------------- The checkers can say no

    def test_checkers_refuse_what_is_wrong(self):
        self.conform(f"{PLUGIN}:read_three", code=1)
        report = self.check_all()
        for path, value in ((("version",), 1), (("findings", 0, "part"), "byte"), (("clauses", 0, "state"), "passed"), (("clauses", 0, "more"), 1)):
            tampered = json.loads(json.dumps(report))
            where = tampered
            for step in path[:-1]:
                where = where[step]
            where[path[-1]] = value
            with self.assertRaises(jsonschema.ValidationError, msg=str(path)):
                jsonschema.Draft202012Validator(SCHEMA).validate(tampered)
        log = json.loads(self.read("report.sarif"))
        for change in (lambda run: run["results"][0].pop("message"), lambda run: run["results"][0].update(ruleIndex=0, ruleId="GM-RW-001"),
                       lambda run: run["results"][0]["locations"].clear(), lambda run: run["tool"]["driver"].pop("name")):
            tampered = json.loads(json.dumps(log))
            change(tampered["runs"][0])
            with self.assertRaises(sarif.Wrong):
                sarif.check(tampered)
        self.assertTrue(Page("<p><b></p>").errors)
        self.assertTrue(Page("<img src='x'>").fetched)

    def refuse_tampered(self, schema, document, changes):
        for path, value in changes:
            tampered = json.loads(json.dumps(document))
            where = tampered
            for step in path[:-1]:
                where = where[step]
            if value is None:
                del where[path[-1]]
            else:
                where[path[-1]] = value
            with self.assertRaises(jsonschema.ValidationError, msg=str(path)):
                jsonschema.Draft202012Validator(schema).validate(tampered)

    def test_schemas_of_other_commands_refuse_what_is_wrong(self):
        declared = self.observe("--backend", f"{PLUGIN}:fills", code=1)
        kvm = next(i for i, row in enumerate(declared["switches"]) if row["switch"] == "kvm")
        self.refuse_tampered(PROFILE_SCHEMA, declared, [(("version",), 2), (("profile",), None), (("switches", 0, "written"), None),
                                                        (("switches", 0, "declared"), None), (("switches", kvm, "observed"), ["yes"]),
                                                        (("switches", 0, "switch"), "regions.x"), (("more",), 1), (("begun_with",), "the least profile")])
        broken = self.diff(PLUGIN, f"{PLUGIN}:read_three,invalid", "--programs", "640", code=1)
        self.refuse_tampered(DIFF_SCHEMA, broken, [(("diff",), 2), (("GM-INV-003",), "passed"), (("a", "profile"), None), (("more",), 1),
                                                   (("findings", 0, "backend"), "c"), (("findings", 0, "clause"), "RW-001"),
                                                   (("differences", 0, "meaning"), "open"), (("differences", 0, "part"), "byte")])

    def test_schemas_are_some(self):
        for schema in (SCHEMA, PROFILE_SCHEMA, DIFF_SCHEMA, COVERAGE_SCHEMA):
            jsonschema.Draft202012Validator.check_schema(schema)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
