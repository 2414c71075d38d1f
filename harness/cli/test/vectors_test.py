#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""corpora/vectors is what `gmcheck vectors` makes of the seeds, has the form of its schema, holds for a memory that has nothing of ours, and that
memory's reader finds a wrong expectation of every kind.

usage: vectors_test.py GMCHECK SOURCE_FOLDER

GMC_UPDATE_GOLDEN=1 writes corpora/vectors anew. Exit codes: 0 passed, 1 failed.
"""
import copy
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import jsonschema
except ImportError:
    jsonschema = None

GMCHECK, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
VECTORS, SEEDS = SOURCE / "corpora/vectors", SOURCE / "corpora/seeds"
CONSUMER = VECTORS / "bytearray_memory.py"


def gmcheck(*arguments):
    return subprocess.run([GMCHECK, *map(str, arguments)], capture_output=True, text=True, timeout=60)


def kept():
    return sorted(VECTORS.glob("GM-*.json"))


def consume(*paths):
    return subprocess.run([sys.executable, "-B", CONSUMER, *map(str, paths)], capture_output=True, text=True, timeout=60)


def other(value):
    """Another value of the same form: of a list one item less or more, of a number the next, of bytes another last one."""
    if isinstance(value, list):
        return ["lost"] if value and isinstance(value[0], str) and not value[0].startswith("0x") else value[1:] if value else ["0x7"]
    if value.startswith("0x"):
        return hex(int(value, 16) ^ 1)
    return value[:-1] + ("0" if value[-1] != "0" else "1")


class Vectors(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def test_are_those_of_the_seeds(self):
        made = gmcheck("vectors", SEEDS, "--output", self.folder / "made")
        self.assertEqual(made.returncode, 0, made.stderr)
        fresh = {path.name: path.read_text() for path in (self.folder / "made").iterdir()}
        if os.environ.get("GMC_UPDATE_GOLDEN") == "1":
            for path in kept():
                path.unlink()
            for name, text in fresh.items():
                (VECTORS / name).write_text(text)
        self.assertEqual({path.name for path in kept()}, set(fresh))
        for path in kept():
            self.assertEqual(path.read_text(), fresh[path.name], f"{path.name}: GMC_UPDATE_GOLDEN=1 writes it anew")
        self.assertGreaterEqual(len(fresh), 50)
        # Whichever is left out is told of, with the reason.
        for path in SEEDS.glob("*.gmp"):
            self.assertEqual(path.with_suffix(".json").name not in fresh, f"{path}: no vector: " in made.stderr, path)

    @unittest.skipIf(jsonschema is None, "no python3-jsonschema")
    def test_have_the_form_of_the_schema(self):
        schema = jsonschema.Draft202012Validator(json.loads((VECTORS / "vector.schema.json").read_text()))
        for path in kept():
            schema.validate(json.loads(path.read_text()))
        broken = json.loads(kept()[0].read_text())
        broken["operations"][0]["adress"] = "0x0"
        self.assertFalse(schema.is_valid(broken))

    def test_hold_for_a_memory_of_somebody_elses(self):
        ran = consume(*kept())
        self.assertEqual((ran.returncode, ran.stdout), (0, f"{len(kept())} of {len(kept())} vectors hold\n"))
        self.assertEqual(consume().returncode, 4)

    def test_consumer_is_short_and_has_nothing_of_ours(self):
        lines = CONSUMER.read_text().splitlines()
        self.assertLessEqual(len(lines), 100)
        self.assertEqual([line for line in lines if line.startswith(("import", "from"))], ["import json", "import sys"])

    def test_every_kind_of_wrong_expectation_is_found(self):
        planted = set()
        for path in kept():
            vector = json.loads(path.read_text())
            for number, call in enumerate(vector["operations"]):
                for kind, value in call["expect"].items():
                    if kind == "regions" or kind in planted:
                        continue
                    wrong = copy.deepcopy(vector)
                    wrong["operations"][number]["expect"][kind] = other(value)
                    if self.finds(wrong, path, f"call {number}, {call['op']}: {kind}"):
                        planted.add(kind)
            for kind in ("bytes", "dirty"):
                if f"finally {kind}" in planted or not vector["finally"][kind]:
                    continue
                wrong = copy.deepcopy(vector)
                if kind == "bytes":
                    wrong["finally"][kind][0]["bytes"] = other(wrong["finally"][kind][0]["bytes"])
                else:
                    wrong["finally"][kind] = other(wrong["finally"][kind])
                if self.finds(wrong, path, f": {kind}: expected"):
                    planted.add(f"finally {kind}")
        self.assertEqual(planted, {"status", "count", "count_if_given", "address_if_given", "value", "bytes", "dirty", "finally bytes", "finally dirty"})

    def finds(self, vector, path, what):
        file = self.folder / path.name
        file.write_text(json.dumps(vector))
        ran = consume(file)
        # What may be left out, a memory may leave out.
        if ran.returncode == 0 and "_if_given" in what:
            return False
        self.assertEqual(ran.returncode, 1, f"{path.name}, {what}: {ran.stdout}{ran.stderr}")
        self.assertIn(what, ran.stdout)
        return True


class Refusals(unittest.TestCase):
    def refused(self, code, *arguments):
        ran = gmcheck("vectors", *arguments)
        self.assertEqual(ran.returncode, code, ran.stderr)
        self.assertEqual(len(ran.stderr.splitlines()), 1, ran.stderr)
        return ran.stderr

    def test_say_what_is_wrong_in_one_line(self):
        self.assertIn("cannot be read", self.refused(2, "/nonexistent/program.gmp"))
        self.assertIn("what is built in", self.refused(2, SEEDS / "GM-RW-001.gmp", "--backend", "./mine.so"))
        self.assertIn("GM-RW-007", self.refused(1, SEEDS / "GM-RW-007.gmp", "--backend", "mutant:short_is_ok"))
        self.assertIn("/dev/null", self.refused(3, SEEDS / "GM-RW-007.gmp", "--output", "/dev/null/folder"))
        self.assertIn("needs more than a memory", self.refused(4, SEEDS / "GM-FD-001.gmp"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
