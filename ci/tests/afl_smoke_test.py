#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""fuzz_lockstep under AFL++ finds a planted canary from one input of one byte.

usage: afl_smoke_test.py FUZZ_LOCKSTEP_WITH_AFL
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

BUDGET = 120  # seconds, of which it takes a few


def main(target):
    if not shutil.which("afl-fuzz"):
        print("skipped: no afl-fuzz here (package afl++)")
        return 4
    if not os.path.exists(target):
        print("skipped: this build has no target for AFL++: it takes clang, and the package afl++ when it is configured")
        return 4
    with tempfile.TemporaryDirectory(prefix="gmcheck-afl-") as folder:
        folder = pathlib.Path(folder)
        (folder / "in").mkdir()
        (folder / "in/byte").write_bytes(b"x")
        environment = {**os.environ, "GMC_FUZZ_BACKEND": "mutant:canary", "AFL_MAP_SIZE": "65536", "AFL_NO_UI": "1", "AFL_NO_AFFINITY": "1",
                       "AFL_SKIP_CPUFREQ": "1", "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1", "AFL_BENCH_UNTIL_CRASH": "1"}
        done = subprocess.run(["afl-fuzz", "-s", "1", "-V", str(BUDGET), "-i", folder / "in", "-o", folder / "out", "--", target], env=environment,
                              capture_output=True, text=True, timeout=BUDGET + 60)
        crashes = [path for path in (folder / "out/default/crashes").glob("id*")] if (folder / "out/default").is_dir() else []
        if not crashes:
            print(done.stdout[-3000:] + done.stderr[-3000:])
            print("it has not found the canary")
            return 1
        replayed = subprocess.run([target, crashes[0]], env=environment, capture_output=True, text=True, timeout=60)
        if "violated by mutant:canary" not in replayed.stderr:
            print(replayed.stdout[-3000:] + replayed.stderr[-3000:])
            print("what it has found is not the canary")
            return 1
    print("AFL++ has found the canary")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__)
        sys.exit(2)
    sys.exit(main(sys.argv[1]))
