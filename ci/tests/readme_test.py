#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Runs the code blocks of README.md.

usage: readme_test.py README BUILD_FOLDER SOURCE_FOLDER
       readme_test.py --self-test

Every fenced block says what it is, and what is none of these fails:

  console  run line by line in a folder of its own, in which `build` and `corpora` are those of the repository: `$ command`, and below it what has to
           stand in the output, in that order. The command has to exit with 0, or with N where the line ends in `# exit N`. A block that loads a plugin
           which this build does not have is left out, and named.
  gmp      replayed on mmap, and has to agree
  ini      waivers, held against the example's plugin, which an earlier block has built: well-formed, of a backend that there is, and needless
  sh       the commands that install and build: their files are there and can be executed, and they are not run
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

EXIT = re.compile(r"\s+# exit ([0-9]+)$")
PLUGIN = re.compile(r"\bbuild/plugins/\S+\.so\b")


class Readme:
    """Where the blocks are run."""

    def __init__(self, folder, environment, source):
        self.folder, self.environment, self.source = pathlib.Path(folder), environment, pathlib.Path(source)

    def run(self, command):
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr


def blocks(text):
    """(tag, lines) of every fenced block, without its indentation; the tag of one that is not closed is None."""
    found, opened = [], None
    for line in text.splitlines():
        fence = re.match(r"^( *)```(.*)$", line)
        if fence and opened is None:
            opened = (len(fence[1]), fence[2].strip(), [])
        elif fence:
            found.append((opened[1], opened[2]))
            opened = None
        elif opened:
            opened[2].append(line[opened[0]:])
    return found + ([(None, opened[2])] if opened else [])


def check_console(lines, readme):
    """What is wrong with a console block, or None."""
    if not lines or not lines[0].startswith("$ "):
        return f"a console block begins with a command: {lines[:1]}"
    output, position = "", 0
    for line in lines:
        if line.startswith("$ "):
            stated = EXIT.search(line)
            code, output = readme.run(line[2:])
            position = 0
            if code != int(stated[1] if stated else 0):
                return f"`{line[2:]}` exits {code}, and not {stated[1] if stated else 0}:\n{output}"
            continue
        found = output.find(line, position)
        if found < 0:
            return f"not in the output, or not in this order: {line!r}\n{output}"
        position = found + len(line)
    return None


def check_program(lines, readme):
    (readme.folder / "readme.gmp").write_text("\n".join(lines) + "\n")
    code, output = readme.run("gmcheck run readme.gmp --backend mmap")
    return None if code == 0 else f"the program exits {code}:\n{output}"


def check_waivers(lines, readme):
    (readme.folder / "readme.waivers").write_text("\n".join(lines) + "\n")
    code, output = readme.run("gmcheck conformance --backend ./libmine.so --programs 2000 --seed 1 --waivers readme.waivers")
    needless = re.findall(r"^gmcheck: readme\.waivers:\d+: the waiver of .* is needless: ", output, re.M)
    heads = sum(line.startswith("[") for line in lines)
    return None if code == 5 and len(needless) == heads > 0 else f"the waivers exit {code}, and not 5, for needless ones:\n{output}"


def check_shell(lines, readme):
    for line in lines:
        command = readme.source / line.split()[0]
        if not os.access(command, os.X_OK) or command.is_dir():
            return f"{line.split()[0]} is not there, or cannot be executed"
    return None


CHECKS = {"console": check_console, "gmp": check_program, "ini": check_waivers, "sh": check_shell}


def check(text, readme):
    """(number of blocks run, failures, reasons of those that were left out)"""
    ran, failures, left_out = 0, [], []
    for tag, lines in blocks(text):
        missing = [plugin for plugin in PLUGIN.findall("\n".join(lines)) if not (readme.folder / plugin).exists()]
        if tag not in CHECKS:
            failures.append("a block is not closed" if tag is None else f"a block is tagged {tag!r}, and not one of {', '.join(CHECKS)}: {lines[:1]}")
        elif missing:
            left_out.append(f"this build has no {missing[0]}")
        else:
            ran += 1
            failure = CHECKS[tag](lines, readme)
            failures += [failure] if failure else []
    if ran == 0 and not failures:
        failures.append("there is no block to run")
    return ran, failures, left_out


# (a README, a part of its only failure; None: it has none)
SELF_TESTS = [
    ("```console\n$ echo one two\none\ntwo\n$ false  # exit 1\n```\n", None),
    ("- item\n  ```console\n  $ printf 'a\\n  b'\n  a\n    b\n  ```\n", None),
    ("```sh\nci/test\n```\n", None),
    ("```\n$ true\n```\n", "is tagged ''"),
    ("  ```\n  $ true\n  ```\n", "is tagged ''"),
    ("```text\nwhat\n```\n", "is tagged 'text'"),
    ("```console\n$ true\n", "a block is not closed"),
    ("```console\nout\n```\n", "a console block begins with a command"),
    ("```console\n```\n", "a console block begins with a command"),
    ("```console\n$ false\n```\n", "`false` exits 1, and not 0"),
    ("```console\n$ true # exit 1\n```\n", "exits 0, and not 1"),
    ("```console\n$ exit 3  # exit 1\n```\n", "exits 3, and not 1"),
    ("```console\n$ echo one two\ntwo\none\n```\n", "not in the output, or not in this order: 'one'"),
    ("```console\n$ echo one\n$ echo two\none\n```\n", "not in the output, or not in this order: 'one'"),
    ("```sh\nci/nowhere --now\n```\n", "ci/nowhere is not there"),
    ("```sh\nci/tests --now\n```\n", "ci/tests is not there"),
    ("nothing\n", "there is no block to run"),
    ("```console\n$ gmcheck --backend build/plugins/libnone.so\n```\n", "there is no block to run"),
]


def self_test(source):
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for text, expected in SELF_TESTS:
            _, failures, _ = check(text, Readme(folder, dict(os.environ), source))
            if len(failures) != (0 if expected is None else 1) or expected is not None and expected not in failures[0]:
                wrong.append(f"{text!r}: {failures}, and not {expected!r}")
    print("\n".join(wrong + [f"{len(SELF_TESTS)} texts, {len(wrong)} judged wrongly"]))
    sys.exit(1 if wrong else 0)


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test(pathlib.Path(__file__).resolve().parents[2])
    page, build, source = sys.argv[1:4]
    # Inside of GitHub Actions the runs of this test are none that its page should show.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    environment = dict(kept, PATH=f"{build}/bin:{os.environ['PATH']}", SOURCE=source, CMAKE_GENERATOR="Ninja")
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "build").symlink_to(build)
        pathlib.Path(folder, "corpora").symlink_to(pathlib.Path(source, "corpora"))
        ran, failures, left_out = check(pathlib.Path(page).read_text(), Readme(folder, environment, source))
    for failure in failures:
        print(f"FAILED {failure}")
    for reason in left_out:
        print(f"left out: {reason}")
    print(f"{ran} blocks, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
