#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What plant.py plants, and what it leaves alone, in texts of a few lines."""
import os
import subprocess
import sys
import tempfile
import unittest

PLANT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "plant.py")


class Plant(unittest.TestCase):
    def plant(self, text, *more):
        """(the names, the copy) of a file area.h."""
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "area.h")
            with open(source, "w", encoding="utf") as file:
                file.write(text)
            out = os.path.join(folder, "out")
            ran = subprocess.run([sys.executable, "-B", PLANT, "--out", out, *more, source], capture_output=True, text=True, check=False)
            if ran.returncode:
                return ran.stderr, ""
            with open(os.path.join(out, "table.inc"), encoding="utf") as file:
                names = [line.split('"')[1] for line in file if line.startswith("GMC_OPERATOR")]
            self.digests = [name.split("-", 3)[3] for name in names]
            names = [name.rsplit("-", len(name.split("-")) - 3)[0] for name in names]
            with open(os.path.join(out, "area.h"), encoding="utf") as file:
                return names, file.read().replace("::gmc::operators::", "")

    def body(self, text):
        names, copy = self.plant(f"int f(int a, int b) {{\n{text}\n}}\n")
        return [name.removeprefix("area-f-") for name in names], copy.splitlines()[-2]

    def test_operands_are_found_by_precedence(self):
        self.assertEqual(self.body("return a == b && a + b < a - b;"),
                         (["eq", "both", "plus", "lt", "minus"],
                          "return both<2>([&] { return static_cast<bool>(eq<1>(a , b) ); }, [&] { return static_cast<bool>( "
                          "lt<4>(plus<3>(a , b) , minus<5>(a , b))); });"))

    def test_what_decides_is_asked_first(self):
        self.assertEqual(self.body("return a || b;")[1],
                         "return either<1>([&] { return static_cast<bool>(a ); }, [&] { return static_cast<bool>( b); });")
        self.assertEqual(self.body("auto&& x = a;"), ([], "auto&& x = a;"))

    def test_an_inverse_ends_behind_its_operand(self):
        self.assertEqual(self.body("return !a != !b.c<int>(a)[b]->d;")[1], "return ne<2>(inverse<1>(a) , inverse<3>(b.c<int>(a)[b]->d));")
        self.assertEqual(self.body("if (!*a) return;"), (["not"], "if (inverse<1>(*a)) return;"))
        self.assertEqual(self.body("return !!a;")[0], ["not", "not"])

    def test_bits_are_shifted_the_other_way(self):
        self.assertEqual(self.body("return a << b + 1;")[1], "return shl<1>(a , plus<2>(b , one<3>(1)));")

    def test_the_smaller_is_the_larger(self):
        self.assertEqual(self.body("return std::min(a, b) < std::max<int>(b, a);")[1], "return lt<2>(min<1>(a, b) , max<3, int>(b, a));")
        self.assertEqual(self.body("return std::numeric_limits<int>::max();")[0], [])

    def test_operators_of_one_rank_hold_to_the_left(self):
        self.assertEqual(self.body("return a - b + f;"), (["minus", "plus"], "return plus<2>(minus<1>(a , b) , f);"))

    def test_brackets_and_calls_are_operands(self):
        self.assertEqual(self.body("return x[a](b).y + v<int, 2>(a);")[1], "return plus<1>(x[a](b).y , v<int, 2>(a));")

    def test_one_that_is_added_is_forgotten(self):
        self.assertEqual(self.body("return a + 1;"), (["plus", "one"], "return plus<1>(a , one<2>(1));"))
        self.assertEqual(self.body("return g(1, 2);"), ([], "return g(1, 2);"))

    def test_templates_pointers_and_references_are_no_operators(self):
        text = "const std::vector<int>& x = *y; auto* z = &x; const T<U<V>> w = {}; return -a;"
        self.assertEqual(self.body(text), ([], text))

    def test_statements_are_left_out_and_an_else_stays_where_it_is(self):
        self.assertEqual(self.body("if (a) g(b); else x = b;"),
                         (["drop", "drop"], "if (a) if (is<1>()) {} else g(b); else if (is<2>()) {} else x = b;"))

    def test_declarations_and_returns_stay(self):
        text = "int x; Y<Z> y(a); Y::Z& z = b; const auto w = a; for (int i : x) continue; return a;"
        self.assertEqual(self.body(text), ([], text))

    def test_an_assignment_ends_at_its_statement(self):
        self.assertEqual(self.body("if (a) x[b] += a;")[1], "if (a) if (is<1>()) {} else plus_to<2>(x[b] , a);")

    def test_bodies_of_lambdas_are_looked_into(self):
        self.assertEqual(self.body("g([&](int c) { c = a; });")[0], ["drop", "drop"])

    def test_constants_and_labels_stay(self):
        text = "constexpr int kX = 1 + 2; static_assert(kX < 4); switch (a) { case 1 + 2: return a; }"
        self.assertEqual(self.body(text)[0], [])
        self.assertEqual(self.body("if constexpr (1 < 2) return a;")[0], [])

    def test_neighbours_of_one_type_change_places(self):
        names, copy = self.plant("void g(int a, int b, char c) {}\nvoid f() { return g(x, y.z, w); }\n")
        self.assertEqual(names, ["area-f-swap"])
        self.assertIn("return g((is<1>() ? y.z : x), (is<1>() ? x : y.z), w);", copy)

    def test_definitions_that_differ_are_no_swap(self):
        self.assertEqual(self.plant("void g(int a, int b) {}\nvoid g(int a, char b) {}\nvoid f() { g(x, y); }\n")[0], ["area-f-drop"])

    def test_initialisers_of_members_count(self):
        names, copy = self.plant("struct S {\n  S(int a) : b_(a + c) {}\n  int b_ = 1 + 2;\n};\n")
        self.assertEqual(names, ["area-S-plus"])
        self.assertIn("b_(plus<1>(a , c))", copy)

    def test_names_stay_when_something_else_changes(self):
        self.body("return a + b;")
        before = self.digests
        self.body("g(b);\nreturn b - a > a + b;")
        self.assertIn(before[0], self.digests)
        self.body("return (a + b) * (a + b);")
        self.assertIn(before[0] + "-2", self.digests)

    def test_lines_stay(self):
        copy = self.plant("namespace gmc::mapped {\nint f() {\n  return a +\n      b;\n}\n}\n")[1]
        self.assertEqual(copy.splitlines()[-5:], ["int f() {", "  return plus<1>(a ,", "      b);", "}", "}"])

    def test_a_file_may_stay_as_it_is(self):
        self.assertEqual(self.plant("int f() { return a + b; }\n", "--as-they-are", "area.h")[0], [])

    def test_what_is_not_understood_is_an_error(self):
        self.assertEqual(self.plant("int f() { return a; }\n}\n")[0], "plant.py: area.h:2: '}' closes nothing\n")
        self.assertEqual(self.plant("int f() {\n")[0], "plant.py: area.h:1: a bracket is not closed\n")
        self.assertEqual(self.plant("int f() {\n  return `;\n}\n")[0], "plant.py: area.h:2: unknown text '`;\\n}\\n'\n")


if __name__ == "__main__":
    unittest.main()
