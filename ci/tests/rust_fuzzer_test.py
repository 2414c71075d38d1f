#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The vm-memory plugin as a static library with coverage, linked into a libFuzzer target by gmcheck_add_fuzzer(): what fuzz/README.md says.

usage: rust_fuzzer_test.py BUILD_FOLDER C_COMPILER CXX_COMPILER [TEST...]
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
REGISTRY = "/usr/share/cargo/registry"
# Stable options all of them: the pass is LLVM's own, and rustc is asked to run it.
COVERAGE = ("-C passes=sancov-module -C llvm-args=-sanitizer-coverage-level=3 -C llvm-args=-sanitizer-coverage-inline-8bit-counters "
            "-C llvm-args=-sanitizer-coverage-pc-table -C llvm-args=-sanitizer-coverage-trace-compares")
TARGET = "x86_64-unknown-linux-gnu"
BUILD = CC = CXX = None


def run(*command, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CMAKE_", "GMC", "RUST"))}
    return subprocess.run([str(word) for word in command], env={**kept, **environment}, capture_output=True, text=True, timeout=540)


class RustFuzzer(unittest.TestCase):
    def test_finds_what_is_wrong_in_vm_memory_with_the_coverage_of_its_code(self):
        with tempfile.TemporaryDirectory(prefix="gmcheck-rust-fuzzer-") as folder:
            folder = pathlib.Path(folder)
            for crate in ("rust", "vm_memory"):  # cargo writes a lock file beside the manifest
                (folder / crate).mkdir()
                for part in ("Cargo.toml", "README.md", "src", "examples", "tests"):
                    if (SOURCE / "harness/plugins" / crate / part).exists():
                        (folder / crate / part).symlink_to(SOURCE / "harness/plugins" / crate / part)
            built = run("/usr/bin/cargo", "rustc", "--release", "--example", "vm_memory_plugin", "--crate-type", "staticlib", "--target", TARGET,
                        "--offline", "--target-dir", folder / "target", "--config", 'source.crates-io.replace-with="debian"', "--config",
                        f'source.debian.directory="{REGISTRY}"', "--manifest-path", folder / "vm_memory/Cargo.toml", RUSTC="/usr/bin/rustc",
                        CARGO_HOME=str(folder / "home"), RUSTFLAGS=COVERAGE)
            self.assertEqual(built.returncode, 0, built.stderr)
            archive = folder / "target" / TARGET / "release/examples/libvm_memory_plugin.a"
            (folder / "CMakeLists.txt").write_text(
                "cmake_minimum_required(VERSION 3.17)\nproject(vmm LANGUAGES C CXX)\nfind_package(gmcheck REQUIRED COMPONENTS static)\n"
                f"gmcheck_add_fuzzer(NAME vmm_fuzzer BACKEND {archive})\n")
            made = run("cmake", "-G", "Ninja", "-S", folder, "-B", folder / "b", f"-DCMAKE_C_COMPILER={CC}", f"-DCMAKE_CXX_COMPILER={CXX}",
                       f"-DCMAKE_PREFIX_PATH={BUILD}/package")
            self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
            linked = run("cmake", "--build", folder / "b")
            self.assertEqual(linked.returncode, 0, linked.stdout + linked.stderr)
            fuzzed = run(folder / "b/vmm_fuzzer", "-seed=1", "-max_total_time=120", f"-artifact_prefix={folder}/")
            counters = re.search(r"Loaded 1 modules\s+\((\d+) inline 8-bit counters\)", fuzzed.stderr)
            self.assertIsNotNone(counters, fuzzed.stderr[:2000])
            self.assertGreater(int(counters[1]), 1000)
            self.assertRegex(fuzzed.stderr, r"# GM-[A-Z]+-\d+ (violated|refused) by linked")
            self.assertEqual(fuzzed.returncode, 77, fuzzed.stderr[-2000:])


if __name__ == "__main__":
    BUILD, CC, CXX = sys.argv[1:4]
    if not os.path.exists("/usr/bin/rustc") or not os.path.isdir(f"{REGISTRY}/vm-memory-0.10.0") or "clang" not in CXX:
        print("skipped: it takes Debian's rustc and vm-memory, and clang")
        sys.exit(4)
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[4:]])
