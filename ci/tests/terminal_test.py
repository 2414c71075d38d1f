# SPDX-License-Identifier: Apache-2.0 OR MIT
"""terminal_test.py BUILD: what gmcheck shows on a terminal while it works, and that options which give it a time are heeded."""
import json
import os
import pty
import subprocess
import sys
import tempfile
import threading
import time
import unittest

GMCHECK = os.path.join(os.path.abspath(sys.argv.pop(1)), "bin", "gmcheck")
SEAM = """gmp 1
seed 0x1
memory {
  region 0x10000 0x2000 own
  region 0x12000 0x1000 own
}
write m r0.end-4 8 unique
"""
LONG = 30  # seconds; nothing here takes so long on a machine that has other work to do, and without its option each would


def gmcheck(*arguments, **more):
    return subprocess.run([GMCHECK, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **more)


def on_terminal(*arguments):
    """(standard output, what the terminal got as standard error)"""
    ours, its = pty.openpty()
    with subprocess.Popen([GMCHECK, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=its) as process:
        os.close(its)
        seen = bytearray()

        def listen():
            try:
                while piece := os.read(ours, 4096):
                    seen.extend(piece)
            except OSError:  # the other end is closed
                pass

        listener = threading.Thread(target=listen)
        listener.start()
        out = process.stdout.read()
        listener.join()
    os.close(ours)
    return out.decode(), seen.decode()


class Terminal(unittest.TestCase):
    RUN = ("conformance", "--backend", "mmap", "--select", "RW,XR", "--budget", "3", "--seed", "1")

    def test_one_line_shows_how_far_it_is_and_goes_at_the_end(self):
        out, shown = on_terminal(*self.RUN)
        lines = shown.split("\r\x1b[K")
        self.assertGreater(len(lines), 2, shown)
        self.assertEqual(lines[-1].strip(), "", "the last one is still there")
        for suite in ("rw", "xr"):
            self.assertTrue(any(suite in line for line in lines), lines[:8])
        self.assertTrue(all(line.count("\n") <= 1 for line in lines), lines[:8])
        self.assertNotIn("\r", out)
        self.assertIn("GM-RW-001     pass", out)

    def test_elsewhere_there_is_none(self):
        ran = gmcheck(*self.RUN)
        self.assertNotIn("\r", ran.stderr + ran.stdout)


class Budgets(unittest.TestCase):
    def timed(self, *arguments, code):
        began = time.monotonic()
        ran = gmcheck(*arguments)
        self.assertEqual(ran.returncode, code, ran.stdout + ran.stderr)
        self.assertLess(time.monotonic() - began, LONG)
        return ran.stdout

    def test_of_conformance_is_of_all_suites_together(self):
        self.assertIn(" pass", self.timed("conformance", "--backend", "mmap", "--select", "RW", "--budget", "2", "--seed", "1", code=0))

    def test_of_diff(self):
        out = self.timed("diff", "--backend", "mmap", "--backend", "mmap:own=memfd", "--budget", "0.5", "--seed", "1", code=0)
        self.assertIn("GM-INV-003: pass", out)

    def test_of_power_is_what_a_survivor_gets(self):
        # Nothing finds it in so short a time: it takes a write of more than 4096 bytes of one length in 128.
        out = self.timed("power", "--mutant", "long_copy_loses_tail", "--budget", "0.1", "--seed", "1", code=1)
        self.assertIn("survived: long_copy_loses_tail", out)

    def test_of_minimize(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "p.gmp")
            with open(path, "w", encoding="utf-8") as file:
                file.write(SEAM)
            self.assertIn("write m", self.timed("minimize", path, "--backend", "mutant:seam_refused", "--budget", "0.5", code=0))


SEAM_RUN = ("conformance", "--backend", "mutant:seam_refused", "--select", "GM-XR-001", "--programs", "500", "--seed", "1")


class GitHub(unittest.TestCase):
    def test_of_conformance(self):
        with tempfile.TemporaryDirectory() as folder:
            there = {**os.environ, "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": os.path.join(folder, "summary.md")}
            for options, annotates in ((["--github"], True), (["--no-github"], False), ([], True)):
                ran = gmcheck(*SEAM_RUN, "--report-dir", os.path.join(folder, "report"), *options, env=there)
                self.assertEqual("::error" in ran.stdout, annotates, options)

    def test_of_merge(self):
        with tempfile.TemporaryDirectory() as folder:
            gmcheck(*SEAM_RUN, "--report-dir", folder, "--no-github")
            with open(os.path.join(folder, "report.json"), encoding="utf-8") as report:
                self.assertIn("GM-XR-001", [finding["clause"] for finding in json.load(report)["findings"]])
            summary = os.path.join(folder, "summary.md")
            there = {**os.environ, "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary}
            self.assertIn("::error", gmcheck("merge", folder, "--github", env={**os.environ, "GITHUB_STEP_SUMMARY": summary}).stdout)
            self.assertGreater(os.path.getsize(summary), 0)
            self.assertNotIn("::error", gmcheck("merge", folder, "--no-github", env=there).stdout)


class Merging(unittest.TestCase):
    def test_formats(self):
        with tempfile.TemporaryDirectory() as folder:
            gmcheck("conformance", "--backend", "mmap", "--select", "GM-RW-001", "--programs", "500", "--seed", "1", "--report-dir", folder)
            merged = os.path.join(folder, "merged")
            self.assertEqual(gmcheck("merge", folder, "--report-dir", merged, "--format", "tap,html").returncode, 0)
            self.assertEqual(sorted(os.listdir(merged)), ["junit.xml", "report.html", "report.json", "report.tap"])


if __name__ == "__main__":
    unittest.main()
