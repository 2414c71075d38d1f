# SPDX-License-Identifier: Apache-2.0 OR MIT
"""ci/tally on reports as ctest and GoogleTest write them."""
import os
import subprocess
import sys
import tempfile
import unittest

TALLY = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tally")
PASSED = '<testcase name="{}" status="run"><system-out>fine</system-out></testcase>'
FAILED = '<testcase name="{}" status="fail"><failure message="Failed"/><system-out/></testcase>'
SKIPPED = '<testcase name="{}" status="notrun"><skipped message="SKIP_RETURN_CODE=4"/><system-out>{}</system-out></testcase>'
NOT_RUN = '<testcase name="{}" status="notrun"><skipped message="Unable to find executable"/></testcase>'
CASE = '<testcase name="{}" classname="Suite" status="run" result="completed">{}</testcase>'


class Tally(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def build(self, name, entries, **reports):
        build = os.path.join(self.folder, name)
        os.makedirs(os.path.join(build, "test-results"))
        self.write(os.path.join(build, "ctest.xml"), f"<testsuite>{''.join(entries)}</testsuite>")
        for report, cases in reports.items():
            self.write(os.path.join(build, "test-results", report + ".xml"), cases)
        return name

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def tally(self, *builds):
        result = subprocess.run([sys.executable, TALLY, *builds], cwd=self.folder, capture_output=True, text=True, check=False)
        return result.returncode, result.stdout.splitlines()

    def test_tests_of_both_builds_are_counted_one_by_one(self):
        report = f"<testsuites><testsuite>{CASE.format('A', '')}{CASE.format('B', '')}</testsuite></testsuites>"
        one = self.build("one", [PASSED.format("x"), PASSED.format("script")], x=report)
        two = self.build("two", [PASSED.format("x")], x=report)
        self.assertEqual(self.tally(one, two), (0, ["one: 3 passed, 0 failed", "two: 2 passed, 0 failed", "5 passed, 0 failed"]))

    def test_a_failure_is_named_and_is_exit_1(self):
        report = f"<testsuites><testsuite>{CASE.format('A', '')}{CASE.format('B', '<failure message=&quot;no&quot;/>'.replace('&quot;', chr(34)))}</testsuite></testsuites>"
        code, lines = self.tally(self.build("one", [FAILED.format("x"), FAILED.format("script")], x=report))
        self.assertEqual(code, 1)
        self.assertIn("failed: one: x Suite.B", lines)
        self.assertIn("failed: one: script: Failed", lines)
        self.assertEqual(lines[-1], "1 passed, 2 failed")

    def test_a_skip_is_counted_with_its_reason(self):
        skip = '<skipped message="a_test.cc:12&#x0A;no huge pages"><![CDATA[a_test.cc:12\nno huge pages]]></skipped>'
        report = f"<testsuites><testsuite>{CASE.format('A', skip)}</testsuite></testsuites>"
        code, lines = self.tally(self.build("one", [PASSED.format("x"), SKIPPED.format("format", "skipped: no tool\n")], x=report))
        self.assertEqual(code, 0)
        self.assertIn("skipped: one: x Suite.A: no huge pages", lines)
        self.assertIn("skipped: one: format: no tool", lines)
        self.assertEqual(lines[-1], "0 passed, 0 failed, 2 skipped")

    def test_an_executable_that_ends_badly_fails_though_its_tests_passed(self):
        report = f"<testsuites><testsuite>{CASE.format('A', '')}</testsuite></testsuites>"
        code, lines = self.tally(self.build("one", [FAILED.format("x")], x=report))
        self.assertEqual((code, lines[-1]), (1, "1 passed, 1 failed"))

    def test_an_executable_that_died_counts_as_one_failure(self):
        self.assertEqual(self.tally(self.build("one", [FAILED.format("x")]))[1][-1], "0 passed, 1 failed")

    def test_an_executable_without_tests_fails(self):
        code, lines = self.tally(self.build("one", [PASSED.format("x")], x="<testsuites></testsuites>"))
        self.assertEqual((code, lines[0]), (1, "failed: one: x: it has no tests"))

    def test_a_half_written_report_fails(self):
        self.assertEqual(self.tally(self.build("one", [PASSED.format("x")], x="<testsuites><testsu"))[0], 1)

    def test_what_could_not_run_fails(self):
        self.assertEqual(self.tally(self.build("one", [NOT_RUN.format("x")]))[1][-1], "0 passed, 1 failed")

    def test_nothing_selected_is_exit_4(self):
        self.assertEqual(self.tally(self.build("one", [])), (4, ["one: 0 passed, 0 failed", "0 passed, 0 failed"]))


if __name__ == "__main__":
    unittest.main()
