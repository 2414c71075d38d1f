#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Runs the code blocks of README.md.

usage: readme_test.py README BUILD_FOLDER SOURCE_FOLDER

A `console` block is run line by line in a folder of its own: `$ command`, and below it what has to stand in the output, in that order; a line that is
not in the output fails. A `gmp` block is replayed on mmap and has to agree. Blocks without a language are output, or the two commands that install and
build, and are not run here.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile


def blocks(text):
    """(language, lines) of every fenced block."""
    return [(m.group(1), m.group(2).splitlines()) for m in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)]


def run(command, folder, environment):
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def check_console(lines, folder, environment):
    """What is wrong with a console block, or None."""
    output, position = "", 0
    for line in lines:
        if line.startswith("$ "):
            code, output = run(line[2:], folder, environment)
            position = 0
            if code not in (0, 1):
                return f"`{line[2:]}` exits {code}:\n{output}"
            continue
        found = output.find(line, position)
        if found < 0:
            return f"not in the output, or not in this order: {line!r}\n{output}"
        position = found + len(line)
    return None


def check_program(lines, folder, environment):
    path = pathlib.Path(folder, "readme.gmp")
    path.write_text("\n".join(lines) + "\n")
    code, output = run("gmcheck run readme.gmp --backend mmap", folder, environment)
    return None if code == 0 else f"the program of the README exits {code}:\n{output}"


def main():
    readme, build, source = sys.argv[1:4]
    # Inside of GitHub Actions the runs of this test are none that its page should show.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    environment = dict(kept, PATH=f"{build}/bin:{os.environ['PATH']}", SOURCE=source, CMAKE_GENERATOR="Ninja")
    checks = {"console": check_console, "gmp": check_program}
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        ran = 0
        for language, lines in blocks(pathlib.Path(readme).read_text()):
            if language not in checks:
                continue
            ran += 1
            failure = checks[language](lines, folder, environment)
            if failure:
                failures.append(failure)
    if ran == 0:
        failures.append("README.md has no block to run")
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{ran} blocks, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
