#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Each rule of fuzz/oss-fuzz/check.py lets a target pass that keeps it and refuses one that does not. Targets are stubs; ci/oss-fuzz builds the real ones.

usage: oss_fuzz_test.py SOURCE_FOLDER

Exit codes: 0 passed, 1 failed, 4 skipped, with the reason in a line that begins with "skipped:".
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

SOURCE = pathlib.Path(sys.argv[1])
sys.dont_write_bytecode = True
sys.path.insert(0, str(SOURCE / "fuzz/oss-fuzz"))
import check  # noqa: E402

CLANG = "clang-19"
# What it assumes follows from its name. Big enough to be taken for instrumented code.
STUB = """#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int is(const char* program, const char* what) { return strstr(program, what) != NULL; }
int LLVMFuzzerInitialize(int* argc, char*** argv) {
  const char* const program = (*argv)[0];
  (void)argc;
  if (is(program, "folder") && access("stub_folder", F_OK) != 0) abort();
  if (is(program, "variable") && strlen(getenv("OUT") == NULL ? "" : getenv("OUT")) == 0) abort();
  if (is(program, "device") && access("/dev/shm", F_OK) != 0) abort();
  if (is(program, "writes") && open("written", O_CREAT | O_WRONLY, 0600) < 0) abort();
  if (is(program, "leaks")) { volatile void* lost = malloc(64); lost = NULL; (void)lost; }
  return 0;
}
""" + "".join(f"""static int look_{n}(const uint8_t* data, size_t size) {{
  int seen[8] = {{0}};
  for (size_t i = 0; i < size; ++i) seen[data[i] & 7] += (int)data[i] * {n} + seen[i & 7];
  return seen[{n % 8}] > {n} ? seen[1] : seen[2];
}}
""" for n in range(70)) + """
int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  volatile int sum = 0;
  if (size == 4 && memcmp(data, "boom", 4) == 0) abort();
""" + "".join(f"  sum ^= look_{n}(data, size);\n" for n in range(70)) + """  return 0;
}
"""
PLAIN = "#include <stddef.h>\n#include <stdint.h>\nint LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { return (void)data, (void)size, 0; }\n"


def compile_stub(folder, name, text, *options):
    source = folder / f"{name}.c"
    source.write_text(text)
    subprocess.run([CLANG, "-O0", *options, source, "-o", folder / name], check=True)
    return folder / name


def setUpModule():
    global made, address, undefined, plain
    made = pathlib.Path(tempfile.mkdtemp())
    unittest.addModuleCleanup(shutil.rmtree, made)
    address = compile_stub(made, "address", STUB, "-fsanitize=fuzzer,address")
    undefined = compile_stub(made, "undefined", STUB, "-fsanitize=fuzzer,signed-integer-overflow,array-bounds", "-fno-sanitize-recover=all")
    plain = compile_stub(made, "plain", PLAIN, "-fsanitize=fuzzer", "-fno-sanitize-coverage=inline-8bit-counters,trace-pc-guard,pc-table")


class Rules(unittest.TestCase):
    def setUp(self):
        self.out = pathlib.Path(tempfile.mkdtemp(dir="/var/tmp"))
        self.addCleanup(shutil.rmtree, self.out)
        os.chmod(self.out, 0o755)
        self.add("stub_good", address)

    def add(self, name, binary, seeds=("one", "two")):
        shutil.copy2(binary, self.out / name)
        with zipfile.ZipFile(self.out / f"{name}_seed_corpus.zip", "w") as archive:
            for seed in seeds:
                archive.writestr(seed, seed)
        (self.out / f"{name}.options").write_text("[libfuzzer]\nmax_len = 64\n")
        return self.out / name

    def refused(self, rule, what, sanitizer="address"):
        found = check.check(self.out, sanitizer, [rule])
        self.assertEqual(len(found), 1, found)
        self.assertIn(what, found[0])

    def test_what_keeps_all_of_them_passes(self):
        self.add("stub-2", address)
        (self.out / "stub-2.dict").write_text('# words\n"write"\nkey="\\x00a\\\\"\n\n')
        (self.out / "stub-2.options").write_text("[libfuzzer]\ndict = stub-2.dict\n[asan]\ndetect_leaks = 1\n")
        self.assertEqual(check.check(self.out, "address"), [])

    def test_what_keeps_all_of_them_passes_with_the_other_sanitizer(self):
        self.add("stub_good", undefined)
        self.assertEqual(check.check(self.out, "undefined"), [])

    def test_names(self):
        shutil.copy2(address, self.out / "stub.exe")
        self.refused(check.names, "stub.exe: no name of a target")
        (self.out / "stub.exe").unlink()
        (self.out / "stub_good").chmod(0o644)
        self.refused(check.names, "stub_good: is not executable")
        (self.out / "stub_good").unlink()
        self.refused(check.names, "there is no target")

    def test_architecture(self):
        binary = bytearray((self.out / "stub_good").read_bytes())
        binary[18] = 0xb7
        (self.out / "stub_good").write_bytes(binary)
        self.refused(check.architecture, "is no x86-64 executable")

    def test_libraries(self):
        subprocess.run([CLANG, "-shared", "-fPIC", "-x", "c", "/dev/null", "-o", self.out / "libours.so"], check=True)
        linked = compile_stub(made, "linked", PLAIN, "-fsanitize=fuzzer", f"-L{self.out}", "-Wl,--no-as-needed", "-lours")
        self.add("stub_linked", linked)
        self.refused(check.libraries, "needs libours.so")
        (self.out / "lib").mkdir()
        (self.out / "libours.so").rename(self.out / "lib/libours.so")
        self.assertEqual(check.check(self.out, "address", [check.libraries]), [])
        self.add("stub_linked", compile_stub(made, "rooted", PLAIN, "-fsanitize=fuzzer", "-Wl,-rpath,/opt/lib"))
        self.refused(check.libraries, "looks for libraries in /opt/lib")

    def test_belongs(self):
        (self.out / "stub_god.dict").write_text('"a"\n')
        self.refused(check.belongs, "stub_god.dict: a dictionary of no target")

    def test_seeds(self):
        archive = self.out / "stub_good_seed_corpus.zip"
        archive.unlink()
        self.refused(check.seeds, "is missing")
        archive.write_text("no archive")
        self.refused(check.seeds, "is no archive")
        self.add("stub_good", address, seeds=())
        self.refused(check.seeds, "is empty")
        self.add("stub_good", address, seeds=("below/one",))
        self.refused(check.seeds, "is not flat")

    def test_dictionaries(self):
        (self.out / "stub_good.dict").write_text('"fine"\nno quotes\n')
        self.refused(check.dictionaries, "stub_good.dict:2: is no entry")

    def test_options(self):
        options = self.out / "stub_good.options"
        options.write_text("max_len = 64\n")
        self.refused(check.options, "stub_good.options: File contains no section headers")
        options.write_text("[libfuzer]\nmax_len = 64\n")
        self.refused(check.options, "there is no section [libfuzer]")
        options.write_text("[libfuzzer]\ndict = stub.dict\n")
        self.refused(check.options, "the dictionary stub.dict is missing")

    def test_size(self):
        self.assertEqual(list(check.size(self.out, "address")), [])
        self.assertEqual(len(list(check.size(self.out, "address", 1000))), 1)

    def test_instrumentation(self):
        self.add("stub_good", plain)
        self.refused(check.instrumentation, "0 calls of __asan")
        self.add("stub_good", address)
        found = check.check(self.out, "undefined", [check.instrumentation])
        self.assertTrue(any("for another sanitizer as well (__asan)" in problem for problem in found), found)

    def test_starts(self):
        self.add("stub_good", plain)
        self.refused(check.starts, "0 edges are instrumented")

    def test_starts_anywhere(self):
        if check.unsharing() is None:
            self.skipTest("no mount namespace can be had here")
        for name, where in (("stub_folder", "another folder"), ("stub_variable", "its folder"), ("stub_device", "its folder"), ("stub_writes", "its folder")):
            target = self.add(name, address)
            self.refused(check.starts, f"{name}: does not run from {where}")
            target.unlink()

    def test_complete(self):
        listing = self.out / "CMakeLists.txt"
        listing.write_text("function(gmc_fuzz_target name)\nendfunction()\ngmc_fuzz_target(stub_good SOURCES a.cc)\n")
        self.assertEqual(list(check.complete(self.out, listing)), [])
        listing.write_text("gmc_fuzz_target(stub_good SOURCES a.cc)\ngmc_fuzz_target(stub_new SOURCES b.cc)\n")
        self.assertEqual(list(check.complete(self.out, listing)), ["stub_new is in CMakeLists.txt and was not built"])

    def test_takes_seeds(self):
        self.add("stub_good", address, seeds=("one", "boom"))
        self.refused(check.takes_seeds, "a seed ends it")


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def test_project(self):
        base = "gcr.io/oss-fuzz-base/base-builder"
        self.assertEqual(list(check.project(SOURCE / "fuzz/oss-fuzz", base)), [])
        self.assertEqual(list(check.project(SOURCE / ".clusterfuzzlite", base + ":v1")), [])
        self.assertEqual(list(check.project(self.folder, base)), [f"{name}: is missing" for name in ("project.yaml", "Dockerfile", "build.sh")])
        good = {name: (SOURCE / "fuzz/oss-fuzz" / name).read_text() for name in ("project.yaml", "Dockerfile", "build.sh")}
        for name, old, new, what in (
                ("project.yaml", "language: c++", "language: rust", "the language is c++"),
                ("project.yaml", "homepage", "home", "homepage is missing"),
                ("project.yaml", "- libfuzzer", "- centipede", "libfuzzer is one of the engines"),
                ("project.yaml", "language: c++", "language: c++\nbuilds_per_day: 5", "at most 4 builds a day"),
                ("Dockerfile", f"FROM {base}", "FROM debian:12", f"does not begin FROM {base}"),
                ("Dockerfile", "COPY build.sh $SRC/", "COPY build.sh /", "does not put build.sh into $SRC")):
            for file, text in good.items():
                (self.folder / file).write_text(text.replace(old, new) if file == name else text)
            (self.folder / "build.sh").chmod(0o755)
            found = list(check.project(self.folder, base))
            self.assertEqual(len(found), 1, (old, found))
            self.assertIn(what, found[0])
        (self.folder / "build.sh").chmod(0o644)
        self.assertIn("build.sh: is not executable", list(check.project(self.folder, base)))

    def test_sources(self):
        self.assertEqual(list(check.sources(SOURCE / "fuzz")), [])
        target = 'extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {\n  if (size == 0) return RESULT;\n  return 0;\n}\n'
        (self.folder / "a.cc").write_text(target.replace("RESULT", "0"))
        self.assertEqual(list(check.sources(self.folder)), [])
        (self.folder / "a.cc").write_text(target.replace("RESULT", "-1"))
        self.assertEqual(list(check.sources(self.folder)), ["a.cc: LLVMFuzzerTestOneInput returns something else than 0"])

    def test_flags(self):
        (self.folder / "build.ninja").write_text("FLAGS = -O1\n")
        self.assertEqual(list(check.flags(self.folder)), [])
        (self.folder / "build.ninja").write_text("FLAGS = -O1 -march=native\n")
        self.assertEqual(len(list(check.flags(self.folder))), 1)

    def test_every_rule_has_a_test(self):
        tests = set(dir(Rules)) | set(dir(Files))
        for rule in [*check.RULES, check.complete, check.project, check.sources, check.flags]:
            self.assertIn(f"test_{rule.__name__}", tests)


if __name__ == "__main__":
    for tool in (CLANG, "readelf", "objdump"):
        if shutil.which(tool) is None:
            print(f"skipped: no {tool}")
            sys.exit(4)
    try:
        import yaml  # noqa: F401
    except ImportError:
        print("skipped: no python3-yaml")
        sys.exit(4)
    unittest.main(argv=sys.argv[:1])
