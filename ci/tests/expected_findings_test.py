# SPDX-License-Identifier: Apache-2.0 OR MIT
"""ci/tests/expected_findings.py beside a gmcheck that is a script: what it lets pass, and what not."""
import json
import os
import stat
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "expected_findings.py")
LISTED = {"clause": "GM-RW-001", "operation": "read", "part": "bytes", "program": "p.gmp", "reason": "a test"}

# Stands in for gmcheck: `conformance` leaves the report that lies beside it, `run` prints what is there and answers its code.
GMCHECK = """#!/usr/bin/env python3
import pathlib, shutil, sys
here = pathlib.Path(__file__).parent
if sys.argv[1] == "conformance":
    shutil.copy(here / "report.json", sys.argv[sys.argv.index("--report-dir") + 1])
    sys.exit(int((here / "conformance.code").read_text()))
print((here / "run.out").read_text(), end="")
sys.exit(int((here / "run.code").read_text()))
"""


class ExpectedFindings(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.write("gmcheck", GMCHECK)
        os.chmod(os.path.join(self.folder, "gmcheck"), stat.S_IRWXU)
        self.write("p.gmp", "")
        self.write("expected.json", json.dumps({"version": "1.2", "seed": "1", "programs": 1, "findings": [LISTED]}))
        self.report([LISTED])
        self.replay("GM-RW-001 read bytes")

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def report(self, findings, version="1.2", code=1):
        met = [{**finding, "expected": "ok", "got": "io"} for finding in findings]
        self.write("report.json", json.dumps({"implementation": f"version {version}", "findings": met}))
        self.write("conformance.code", str(code))

    def replay(self, named, code=1):
        self.write("run.out", f"p.gmp\n  GM-RW-001 violated: expected ok, got io\n  in a waiver: [{named}]\n")
        self.write("run.code", str(code))

    def check(self, passes, part=""):
        command = [sys.executable, "-B", SCRIPT, os.path.join(self.folder, "gmcheck"), "backend", self.folder]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(ran.returncode, 0 if passes else 1, ran.stdout + ran.stderr)
        self.assertIn(part, ran.stdout + ran.stderr)

    def test_what_is_listed_passes(self):
        self.check(True, "replayed: GM-RW-001 read bytes: shown")

    def test_what_the_seed_does_not_meet_is_decided_by_its_program(self):
        self.report([], code=0)
        self.check(True)

    def test_what_is_not_listed_fails(self):
        self.report([LISTED, {**LISTED, "part": "status"}])
        self.check(False, "FAILED GM-RW-001 read status")

    def test_replay_under_another_clause_fails(self):
        self.replay("GM-RW-002 read bytes")
        self.check(False, "p.gmp no longer shows GM-RW-001 read bytes")

    def test_replay_of_another_operation_fails(self):
        self.replay("GM-RW-001 load bytes")
        self.check(False, "p.gmp no longer shows GM-RW-001 read bytes")

    def test_replay_with_another_part_fails(self):
        self.replay("GM-RW-001 read status")
        self.check(False, "p.gmp no longer shows GM-RW-001 read bytes")

    def test_replay_that_agrees_fails(self):
        self.write("run.out", "p.gmp\n  backend and reference agree\n")
        self.write("run.code", "0")
        self.check(False, "p.gmp no longer shows")

    def test_another_version_fails(self):
        self.report([LISTED], version="1.3")
        self.check(False, "those of version 1.2")


if __name__ == "__main__":
    unittest.main()
