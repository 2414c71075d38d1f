#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Plants the defects of defects.def in the reference, one at a time, and runs the three kinds of tests on each.

Each defect: a copy of one source file with the snippet replaced is compiled with the commands that CMake recorded, linked before the library
with the sound one, and has to fail the laws, the naive memory or the exhaustive walk. Prints a table. One kill is enough, and the tests after it
are not run: with --matrix all are, which says what each kind is good for. --one-in N takes one defect of N, drawn by the commit (GMCHECK_SEED in
its place, if set), and says so. Exit codes: 0 every defect was killed; 1 one survived, or the sound
reference fails; 2 a snippet is not there exactly once, or something does not compile.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time

SUITES = {"laws": "-ReferenceAgainstNaive.*:ReferenceExhaustive.*", "naive": "ReferenceAgainstNaive.*", "exhaustive": "ReferenceExhaustive.*"}
TIMEOUT_S = 60


class Unusable(Exception):
    pass


def read_defects(path):
    defects = []
    with open(path, encoding="utf-8") as file:
        for line in file.read().splitlines():
            if line.startswith("@ "):
                name, source, clause = (part.strip() for part in line[2:].split("|"))
                defects.append({"name": name, "file": source, "clause": clause, "old": [], "new": []})
            elif line.startswith("- "):
                defects[-1]["old"].append(line[2:])
            elif line.startswith("+ "):
                defects[-1]["new"].append(line[2:])
            elif line.strip() and not line.startswith("//"):
                raise Unusable(f"{path}: not a line of a defect: {line}")
    return defects


def spoil(defect, sources):
    path = os.path.join(sources, defect["file"])
    with open(path, encoding="utf-8") as file:
        text = file.read()
    # Line ends and indentation are the formatter's: the snippet is looked for with any white space between its words.
    words = " ".join(defect["old"]).split()
    found = [start for start in range(len(text)) if text.startswith(words[0], start) and matches(text, start, words)]
    if len(found) != 1:
        raise Unusable(f"{defect['name']}: its snippet is {len(found)} times in {defect['file']}, not once")
    return text[: found[0]] + "\n".join(defect["new"]) + text[matches(text, found[0], words) :]


def matches(text, start, words):
    """The end of `words` at `start`, or 0. Between two words any white space may stand, in front of a word's own punctuation none."""
    at = start
    for i, word in enumerate(words):
        if i > 0:
            blank = at
            while at < len(text) and text[at].isspace():
                at += 1
            if at == blank:
                return 0
        if not text.startswith(word, at):
            return 0
        at += len(word)
    return at


def compile_command(commands, source, output, root):
    """The recorded command for the file, with another input and output, and quick to build: no debug information, no errors from warnings."""
    for entry in commands:
        if entry["file"] == source and "gmc_reference.dir" in entry["command"]:
            words = shlex.split(entry["command"])
            break
    else:
        raise Unusable(f"no command was recorded for {source}")
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-c", "-MF", "-MT"):
            skip = True
        elif word not in ("-MD", "-Werror", "-g", "-O2", "-O3"):
            kept.append(word)
    return [*kept, "-O1", "-w", "-o", output[0], "-c", output[1]], entry["directory"]


def run_suite(binary, suite):
    environment = dict(os.environ, GMC_REFERENCE_QUICK="1")
    environment.pop("GMCHECK_SEED", None)
    try:
        done = subprocess.run([binary, f"--gtest_filter={suite}", "--gtest_fail_fast"], env=environment, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return "killed"
    return "killed" if done.returncode != 0 else "-"


def link(options, objects, output):
    command = [options.compiler, *shlex.split(options.link_flags), "-o", output, *objects, *options.libraries.split(";"), "-pthread"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unusable(f"does not link: {done.stderr[-2000:]}")


def try_defect(options, commands, defect, folder):
    source = os.path.join(options.sources, defect["file"])
    spoiled = os.path.join(folder, defect["name"] + ".cc")
    made = os.path.join(folder, defect["name"] + ".o")
    binary = os.path.join(folder, defect["name"])
    with open(spoiled, "w", encoding="utf-8") as file:
        file.write(spoil(defect, options.sources))
    command, directory = compile_command(commands, source, (made, spoiled), options.sources)
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unusable(f"{defect['name']} does not compile: {done.stderr[-2000:]}")
    link(options, [made, *options.objects.split(";")], binary)
    verdicts = dict.fromkeys(SUITES, "")
    for name, suite in SUITES.items():
        verdicts[name] = run_suite(binary, suite)
        if verdicts[name] == "killed" and not options.matrix:
            break
    os.remove(binary)
    return verdicts


def drawn(defects, one_in, sources):
    """One of `one_in`, others for every commit and the same for every run of it, and what the choice began with."""
    seed = os.environ.get("GMCHECK_SEED")
    if not seed:
        head = subprocess.run(["git", "-c", "safe.directory=*", "-C", sources, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
        seed = head.stdout.strip() or "0"
    order = sorted(defects, key=lambda d: hashlib.sha256(f"{seed} {d['name']}".encode()).hexdigest())
    names = {d["name"] for d in order[: (len(order) + one_in - 1) // one_in]}
    return [d for d in defects if d["name"] in names], seed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("compiler", "link-flags", "commands", "sources", "defects", "objects", "libraries", "binary"):
        parser.add_argument(f"--{name}", required=name != "link-flags", default="")
    parser.add_argument("--only", help="the name of one defect")
    parser.add_argument("--one-in", type=int, default=1, help="try one defect of so many")
    parser.add_argument("--matrix", action="store_true", help="run all three kinds of tests on each")
    options = parser.parse_args()
    begun = time.monotonic()
    defects = [d for d in read_defects(options.defects) if options.only in (None, d["name"])]
    for defect in defects:
        spoil(defect, options.sources)  # before anything takes time
    if options.one_in > 1:
        fitting = len(defects)
        defects, seed = drawn(defects, options.one_in, options.sources)
        print(f"{fitting} snippets fit; {len(defects)} defects are tried, drawn by {seed[:16]}")
    with open(options.commands, encoding="utf-8") as file:
        commands = json.load(file)
    for name, suite in SUITES.items():
        if run_suite(options.binary, suite) != "-":
            print(f"the sound reference fails {name}")
            return 1
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [(defect, pool.submit(try_defect, options, commands, defect, folder)) for defect in defects]
        rows = [(defect, run.result()) for defect, run in runs]
    width = max(len(defect["name"]) for defect in defects)
    print(f"{'defect':{width}}  {'clause':12}  " + "  ".join(f"{name:10}" for name in SUITES))
    survivors = 0
    for defect, verdicts in rows:
        survived = "killed" not in verdicts.values()
        survivors += survived
        print(f"{defect['name']:{width}}  {defect['clause']:12}  " + "  ".join(f"{verdicts[name]:10}" for name in SUITES) +
              ("  SURVIVED" if survived else ""))
    totals = ", ".join(f"{sum(v[name] == 'killed' for _, v in rows)} by {name}" for name in SUITES)
    print(f"{len(rows)} defects, {len(rows) - survivors} killed ({totals}), in {time.monotonic() - begun:.0f} s")
    return 1 if survivors or not rows else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unusable as cause:
        print(cause)
        sys.exit(2)
