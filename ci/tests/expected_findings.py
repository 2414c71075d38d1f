#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Holds what gmcheck finds in a real memory against a file of expected findings.

usage: expected_findings.py GMCHECK BACKEND FOLDER

FOLDER/expected.json names the memory's version, a seed, a number of programs, and findings (clause, operation, part, program, reason). Fails on
another version, on a finding that is not listed, and on a listed one whose own program, replayed, does not show that clause, operation and part. That
a listed one is not met by that seed is no failure: its program decides.
"""
import json
import pathlib
import subprocess
import sys
import tempfile


def signature(finding):
    return finding["clause"], finding["operation"], finding["part"]


def unexpected(gmcheck, backend, expected):
    """The findings of one run that are not listed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [gmcheck, "conformance", "--backend", backend, "--seed", expected["seed"], "--programs", str(expected["programs"]),
                   "--report-dir", folder, "--allow-unreached"]
        run = subprocess.run(command, capture_output=True, text=True)
        report = pathlib.Path(folder, "report.json")
        if run.returncode not in (0, 1) or not report.exists():
            sys.exit(f"{' '.join(command)}: exit {run.returncode}\n{run.stdout}{run.stderr}")
        written = json.loads(report.read_text())
    if written["implementation"] != f"version {expected['version']}":
        sys.exit(f"{backend} is {written['implementation']}, and the expected findings are those of version {expected['version']}")
    findings = written["findings"]
    known = {signature(finding) for finding in expected["findings"]}
    for finding in findings:
        print(f"met: {' '.join(signature(finding))}{'' if signature(finding) in known else ' (not expected)'}")
    return [f"{' '.join(signature(f))}: expected {f['expected']}, got {f['got']}\n{f.get('program', '')}"
            for f in findings if signature(f) not in known]


def not_shown(gmcheck, backend, folder, expected):
    """The listed findings that their program does not show, or no longer."""
    failures = []
    for finding in expected["findings"]:
        program = folder / finding["program"]
        run = subprocess.run([gmcheck, "run", str(program), "--backend", backend], capture_output=True, text=True)
        # The line by which `gmcheck run` names what it found; another finding of the same clause is another one.
        shown = run.returncode == 1 and f"  in a waiver: [{' '.join(signature(finding))}]" in run.stdout.splitlines()
        print(f"replayed: {' '.join(signature(finding))}: {'shown' if shown else 'not shown'}")
        if not shown:
            failures.append(f"{program.name} no longer shows {' '.join(signature(finding))} (exit {run.returncode}):\n{run.stdout}{run.stderr}")
    return failures


def main():
    gmcheck, backend, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    expected = json.loads((folder / "expected.json").read_text())
    failures = unexpected(gmcheck, backend, expected) + not_shown(gmcheck, backend, folder, expected)
    for failure in failures:
        print(f"FAILED {failure}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
