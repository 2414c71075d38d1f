# SPDX-License-Identifier: Apache-2.0 OR MIT
"""ci/build on a tree of one file: which compiler it takes, what it says, and how it fails."""
import os
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stubs  # noqa: E402

CMAKE_LISTS = "cmake_minimum_required(VERSION 3.25)\nproject(one LANGUAGES C CXX)\nadd_executable(one one.cc)\n"


class Build(unittest.TestCase):
    def setUp(self):
        self.machine = stubs.Machine()
        self.addCleanup(self.machine.close)
        self.machine.user(1000)
        self.tree = os.path.join(self.machine.folder, "tree")
        os.makedirs(os.path.join(self.tree, "ci"))
        for name in ("ci/bootstrap", "ci/build", "ci/packages", "CMakePresets.json"):
            shutil.copy(os.path.join(stubs.ROOT, name), os.path.join(self.tree, name))
        self.write("CMakeLists.txt", CMAKE_LISTS)
        self.write("one.cc", "int main() { return 0; }\n")

    def write(self, name, text):
        with open(os.path.join(self.tree, name), "w", encoding="utf-8") as file:
            file.write(text)

    def build(self, *arguments):
        return self.machine.run(os.path.join(self.tree, "ci", "build"), *arguments)

    def cache(self):
        with open(os.path.join(self.tree, "build", "CMakeCache.txt"), encoding="utf-8") as file:
            return file.read()

    def test_without_clang_it_builds_with_gcc_and_is_quiet_the_second_time(self):
        first = self.build("release", "one")
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn("configuring build with g++-12", first.stderr)
        self.assertIn("sanitizers are off", first.stderr)
        self.assertIn("building build, [", first.stderr)
        self.assertRegex(self.cache(), "CMAKE_CXX_COMPILER:[A-Z]+=.*g\\+\\+-12")
        second = self.build("release", "one")
        self.assertEqual((second.returncode, second.stdout, second.stderr), (0, "", ""))

    def test_a_sanitizer_needs_clang(self):
        result = self.build("asan")
        self.assertEqual(result.returncode, 3)
        self.assertEqual(result.stderr, "ci/build: the preset asan needs clang++-19, which is not here\n")

    def test_a_failed_build_shows_the_error_and_exits_3(self):
        self.write("one.cc", "int main() { return missing_name; }\n")
        result = self.build("release")
        self.assertEqual(result.returncode, 3)
        self.assertIn("missing_name", result.stderr)
        self.assertIn("building build failed; the whole log: build/build.log", result.stderr.splitlines()[-1])
        self.write("one.cc", "int main() { return 0; }\n")
        self.assertEqual(self.build("release").returncode, 0)

    def test_a_failed_configuration_shows_the_error_and_is_tried_again(self):
        self.write("CMakeLists.txt", CMAKE_LISTS + 'message(FATAL_ERROR "no such package here")\n')
        result = self.build("release")
        self.assertEqual(result.returncode, 3)
        self.assertIn("no such package here", result.stderr)
        self.write("CMakeLists.txt", CMAKE_LISTS)
        self.assertEqual(self.build("release").returncode, 0)

    def test_another_compiler_configures_again(self):
        self.assertEqual(self.build("release").returncode, 0)
        # A clang that is g++ in truth: what matters is that the folder is configured for it.
        self.machine.stub("clang++-19", 'case "$*" in -print-resource-dir) echo /nowhere ;; *) exec g++-12 "$@" ;; esac')
        self.machine.stub("clang-19", 'exec gcc-12 "$@"')
        result = self.build("release")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("configuring build with clang++-19", result.stderr)
        self.assertRegex(self.cache(), "CMAKE_CXX_COMPILER:[A-Z]+=.*clang\\+\\+-19")

    def test_a_moved_tree_configures_again(self):
        self.assertEqual(self.build("release").returncode, 0)
        moved = self.tree + "-moved"
        os.rename(self.tree, moved)
        self.tree = moved
        result = self.build("release")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("configuring", result.stderr)

    def test_a_clang_without_a_library_is_shown_one(self):
        self.machine.stub("clang++-19", 'case "$*" in -print-resource-dir) echo /nowhere; exit ;; -dumpversion) echo 19.1.7; exit ;; esac\n'
                          'kept=(); flag=no\nfor word; do case $word in --gcc-install-dir=*/12) flag=yes ;; *) kept+=("$word") ;; esac; done\n'
                          'test $flag = yes || { echo "fatal error: \'expected\' file not found"; exit 1; }\nexec g++-12 "${kept[@]}"')
        self.machine.stub("clang-19", 'kept=()\nfor word; do case $word in --gcc-*) ;; *) kept+=("$word") ;; esac; done\nexec gcc-12 "${kept[@]}"')
        result = self.build("release")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, "clang\\+\\+-19 finds no libstdc\\+\\+ by itself; using /usr/lib/gcc/[^/]+/12")
        self.assertRegex(self.cache(), "CMAKE_CXX_FLAGS:[A-Z]+=--gcc-install-dir=")

    def test_an_unknown_preset_is_usage(self):
        self.assertEqual(self.build("fast").returncode, 2)
        self.assertEqual(self.build().returncode, 2)


if __name__ == "__main__":
    unittest.main()
