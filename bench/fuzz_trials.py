#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""How soon fuzzing finds the mutants, from an empty corpus: trials of fuzz_lockstep, one at a time.

    fuzz_trials.py find     FILE   every mutant, 3 seeds, at most 60 s a trial
    fuzz_trials.py guidance FILE   the 20 slowest mutants of `find`, 5 seeds, with guidance and without (GMC_FUZZ_GUIDANCE=0), at most 60 s
    fuzz_trials.py crash    FILE   30 mutants, 3 seeds, at most 60 s: what ends the process by itself, without the oracle's verdict
    fuzz_trials.py table    FILE   what FILE holds, as tables in Markdown

Each trial appends a line of JSON to FILE before the next one begins, and one that FILE has is not run again: what was interrupted goes on
where it was. --minutes ends a run earlier. A trial that found nothing in its time is censored: it shows as `> 60`, counts as longer than
all that found something, and is in no mean. Times include the start of the process, some 0.1 s.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("what", choices=("find", "guidance", "crash", "table"))
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path, default=SOURCE / "build")
    parser.add_argument("--seconds", type=float, default=60, help="of a trial, at most")
    parser.add_argument("--seeds", type=int, help="trials of each mutant; 5 for guidance, else 3")
    parser.add_argument("--mutants", type=int, help="so many of them, spread over the table; 20 for guidance, 30 for crash, else all")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="no trial begins later than that")
    return parser.parse_args()


def mutant_names():
    """The rows of mutants.def: GMC_MUTANT(name, ...)."""
    names = []
    for line in (SOURCE / "harness/backends/mutants/mutants.def").read_text().splitlines():
        if line.startswith("GMC_MUTANT("):
            names.append(line[len("GMC_MUTANT("):].split(",")[0].strip())
    if not names:
        sys.exit("fuzz_trials: mutants.def has no mutant")
    return names


def spread(names, count):
    """`count` of the names, the same ones every time."""
    if count is None or count >= len(names):
        return names
    return sorted(random.Random(1).sample(names, count))


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def slowest(trials, count):
    """By the middle of their trials with guidance; censored ones are the slowest."""
    times = {}
    for trial in trials:
        if trial["what"] == "find":
            times.setdefault(trial["mutant"], []).append(seconds_of(trial))
    if not times:
        sys.exit("fuzz_trials: `guidance` needs the trials of `find` in the same file")
    return sorted(times, key=lambda name: (-statistics.median(times[name]), name))[:count]


def seconds_of(trial):
    return trial["seconds"] if trial["found"] else float("inf")


def run_trial(engine, mutant, seed, seconds, guided, by_oracle):
    """Whether it found something, and after how many seconds. Without the oracle a finding is what ends the process and is no verdict."""
    with tempfile.TemporaryDirectory(prefix="gmc-trial-") as folder:
        for part in ("corpus", "findings", "artifacts"):
            os.mkdir(f"{folder}/{part}")
        environment = dict(os.environ, GMC_FUZZ_BACKEND=f"mutant:{mutant}", GMC_FUZZ_FINDINGS=f"{folder}/findings")
        environment["GMC_FUZZ_GUIDANCE"] = "1" if guided else "0"
        if not by_oracle:
            environment["GMC_FUZZ_KEEP_GOING"] = "1"
        began = time.monotonic()
        ran = subprocess.run([engine, f"-seed={seed}", f"-max_total_time={max(1, round(seconds))}", "-max_len=4096", "-verbosity=0",
                              f"-artifact_prefix={folder}/artifacts/", f"{folder}/corpus"],
                             env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=seconds + 60, check=False)
        took = time.monotonic() - began
        if ran.returncode == 3:
            sys.exit(f"fuzz_trials: {ran.stderr.decode(errors='replace').strip()}")
        return ran.returncode != 0, round(took, 2)


def plan(options, trials):
    """(mutant, seed, guided) of every trial, in an order that gives something of each mutant first."""
    names = mutant_names()
    seeds = options.seeds or (5 if options.what == "guidance" else 3)
    if options.what == "guidance":
        chosen = slowest(trials, options.mutants or 20)
    else:
        chosen = spread(names, options.mutants or (30 if options.what == "crash" else None))
    ways = (True, False) if options.what == "guidance" else (True,)
    return [(name, seed, guided) for seed in range(1, seeds + 1) for name in chosen for guided in ways]


def run(options):
    engine = options.build / "bin/fuzz_lockstep"
    if not engine.exists():
        sys.exit(f"fuzz_trials: {engine}: is not there: build it with clang (ci/build release fuzz_lockstep)")
    trials = read(options.file)
    done = {(t["what"], t["mutant"], t["seed"], t["guided"], t["limit"]) for t in trials}
    began = time.monotonic()
    todo = [t for t in plan(options, trials) if (options.what, *t, options.seconds) not in done]
    for number, (mutant, seed, guided) in enumerate(todo):
        if time.monotonic() - began > 60 * options.minutes:
            print(f"{len(todo) - number} of {len(todo)} trials are left; the same command goes on with them")
            return
        found, seconds = run_trial(engine, mutant, seed, options.seconds, guided, by_oracle=options.what != "crash")
        trial = {"what": options.what, "mutant": mutant, "seed": seed, "guided": guided, "limit": options.seconds, "found": found,
                 "seconds": seconds, "load": round(os.getloadavg()[0], 1)}
        with options.file.open("a") as out:
            out.write(json.dumps(trial) + "\n")


def shown(value, limit):
    return f"> {limit:g}" if value == float("inf") else f"{value:.1f}"


def summary(times, limit):
    """Median and range, where what is censored is longer than all else."""
    times = sorted(times)
    middle = times[(len(times) - 1) // 2]  # the lower one of two, so that it is a value that was seen
    return f"{shown(middle, limit)} ({shown(times[0], limit)} to {shown(times[-1], limit)})"


def print_tables(trials):
    for what in ("find", "crash"):
        of = [t for t in trials if t["what"] == what]
        if not of:
            continue
        found = [t for t in of if t["found"]]
        limit = max(t["limit"] for t in of)
        names = {t["mutant"] for t in of}
        always = {name for name in names if all(t["found"] for t in of if t["mutant"] == name)}
        print(f"{what}: {len(found)} of {len(of)} trials found their mutant ({100 * len(found) / len(of):.1f} %), {len(always)} of {len(names)} "
              f"mutants in every trial; seconds {summary([seconds_of(t) for t in of], limit)}; {len(of) - len(found)} censored at {limit:g} s; "
              f"load {min(t['load'] for t in of)} to {max(t['load'] for t in of)}\n")
    of = [t for t in trials if t["what"] == "guidance"]
    if not of:
        return
    limit = max(t["limit"] for t in of)
    print(f"| mutant | trials | with guidance, s | found | without, s | found |\n|---|---|---|---|---|---|")
    for name in dict.fromkeys(t["mutant"] for t in of):
        cells = []
        for guided in (True, False):
            times = [seconds_of(t) for t in of if t["mutant"] == name and t["guided"] == guided]
            cells += [summary(times, limit), str(sum(time != float("inf") for time in times))] if times else ["", ""]
        print(f"| `{name}` | {sum(t['mutant'] == name and t['guided'] for t in of)} | {' | '.join(cells)} |")
    print(f"\nload {min(t['load'] for t in of)} to {max(t['load'] for t in of)}")


def main():
    options = arguments()
    if options.what == "table":
        print_tables(read(options.file))
    else:
        run(options)


if __name__ == "__main__":
    main()
