# SPDX-License-Identifier: Apache-2.0 OR MIT
"""ci/workflows/conformance.yml: its run steps, in the environment that GitHub Actions gives them, on a checkout that stands for the user's.

usage: workflow_test.py BUILD_FOLDER

gmcheck's own checkout is one of links, whose ci/gmcheck runs the binary of the build: how that script installs and builds has tests of its own.
Exit codes: 0 passed, 1 failed, 4 skipped, with the reason in a line that begins with "skipped:".
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import yaml
except ImportError:
    print("skipped: no python3-yaml")
    sys.exit(4)

BUILD = pathlib.Path(sys.argv[1])
ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKFLOW = yaml.safe_load((ROOT / "ci/workflows/conformance.yml").read_text())
CALL = WORKFLOW[True]["workflow_call"]  # YAML 1.1 reads the key `on` as a truth value
JOB = WORKFLOW["jobs"]["conformance"]
COMMIT = "a55cefa0123456789abcdef0123456789abcdef0"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


class Runner:
    """A job of one call, as far as this workflow needs one."""

    def __init__(self, **inputs):
        self.inputs = {name: declared.get("default") for name, declared in CALL["inputs"].items()} | inputs
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gmcheck-workflow-"))
        self.workspace = self.folder / "workspace"
        (self.workspace / ".gmcheck/ci").mkdir(parents=True)
        (self.workspace / ".gmcheck/harness").symlink_to(ROOT / "harness")
        script = self.workspace / ".gmcheck/ci/gmcheck"
        script.write_text(f'#!/bin/sh\nexec "{BUILD}/bin/gmcheck" "$@"\n')
        script.chmod(0o755)
        self.summary = self.folder / "summary.md"
        self.summary.touch()
        self.output = ""

    def close(self):
        shutil.rmtree(self.folder)

    def value(self, text):
        """A string with its expressions replaced."""
        def replaced(match):
            context, name = match.group(1).split(".", 1)
            return {"inputs": self.inputs, "github": {"sha": COMMIT}}[context][name]
        return EXPRESSION.sub(replaced, str(text))

    def applies(self, step, failed):
        condition = step.get("if", "success()")
        files = re.fullmatch(r"always\(\) && hashFiles\('(.*)'\) != ''", condition)
        if files:
            return any(self.workspace.glob(files.group(1)))
        given = re.fullmatch(r"inputs\.(\w+) != ''", condition)
        if given:
            return not failed and self.inputs[given.group(1)] != ""
        if condition != "success()":
            raise AssertionError(f"this test does not know the condition {condition!r}")
        return not failed

    def environment(self, step):
        given = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_SHA": COMMIT,
                 "GITHUB_WORKSPACE": str(self.workspace), "GITHUB_STEP_SUMMARY": str(self.summary), "RUNNER_TEMP": str(self.folder)}
        return given | {name: self.value(text) for name, text in step.get("env", {}).items()}

    def run(self):
        """The first exit code that is not 0, or 0; and the names of the steps that ran or would have."""
        code, names = 0, []
        for step in JOB["steps"]:
            if not self.applies(step, failed=code != 0):
                continue
            names.append(step.get("name", step.get("uses")))
            if "run" not in step:
                continue
            script = self.folder / "step.sh"
            script.write_text(step["run"])
            # `shell: bash` means exactly this.
            ran = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)], cwd=self.workspace, env=self.environment(step),
                                 capture_output=True, text=True)
            self.output += ran.stdout + ran.stderr
            code = code or ran.returncode
        return code, names


class Workflow(unittest.TestCase):
    def call(self, **inputs):
        runner = Runner(gmcheck="owner/gmcheck", **inputs)
        self.addCleanup(runner.close)
        shutil.copy(ROOT / "harness/plugins/example_c/example.c", runner.workspace / "mine.c")
        return runner

    def test_backend_of_the_checkout_is_built_and_passes(self):
        runner = self.call(backend="./libmine.so", options="--programs 1280 --allow-unreached",
                           prepare="cc -std=c11 -shared -fPIC -I .gmcheck/harness/abi/include mine.c -o libmine.so")
        code, names = runner.run()
        self.assertEqual(code, 0, runner.output)
        self.assertEqual(names[2:], ["Install gmcheck", "Build the backend", "Check", "Upload to code scanning", "Upload the report"])
        self.assertIn("gmcheck 0.", runner.output)
        self.assertIn("seed 0xa55cefa012345678\n", runner.output)
        self.assertIn("<code>./libmine.so</code>", runner.summary.read_text())
        report = json.loads((runner.workspace / "gmcheck-report/report.json").read_text())
        self.assertEqual(report["exit_code"], 0)

    def test_finding_fails_the_job_and_is_uploaded(self):
        runner = self.call(backend="mutant:seam_refused", options="--select GM-XR-001 --programs 640")
        code, names = runner.run()
        self.assertEqual(code, 1, runner.output)
        self.assertEqual(names[2:], ["Install gmcheck", "Check", "Upload to code scanning", "Upload the report"])
        self.assertRegex(runner.output, r"(?m)^::error file=gmcheck-report/GM-XR-001-\w+\.gmp,title=GM-XR-001 violated")
        results = json.loads((runner.workspace / "gmcheck-report/report.sarif").read_text())["runs"][0]["results"]
        self.assertIn("GM-XR-001", {result["ruleId"] for result in results})
        self.assertIn("GM-XR-001", runner.summary.read_text())

    def test_backend_that_is_not_there_fails_the_job(self):
        runner = self.call(backend="./nowhere.so")
        code, _ = runner.run()
        self.assertEqual(code, 3, runner.output)

    def test_nothing_in_an_input_is_run(self):
        runner = self.call(backend='x"; touch ran; "$(touch ran)', options="$(touch ran) `touch ran`")
        runner.run()
        self.assertFalse((runner.workspace / "ran").exists(), runner.output)

    def test_only_variables_carry_inputs(self):
        for step in JOB["steps"]:
            self.assertNotIn("${{", step.get("run", ""), step)

    def test_inputs_that_are_used_are_declared(self):
        text = (ROOT / "ci/workflows/conformance.yml").read_text()
        used = set(re.findall(r"\binputs\.([\w-]+)", text))
        self.assertEqual(used, set(CALL["inputs"]))
        for name, declared in CALL["inputs"].items():
            self.assertTrue(declared.get("required") or "default" in declared, name)

    def test_code_scanning_has_its_right(self):
        self.assertEqual(WORKFLOW["permissions"], {"contents": "read", "security-events": "write"})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
