# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Nothing is left for later or switched off: what is missing is an issue, what does not run is deleted, what is skipped has its reason."""
import re

# In pieces, so that this file does not flag itself.
PATTERNS = [
    (re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"), "a mark of unfinished work"),
    (re.compile(r"\bDISA" r"BLED_"), "a test that is switched off"),
    (re.compile(r"^[ \t]*#[ \t]*if[ \t]+(?:0|false)\b", re.MULTILINE), "code that is switched off"),
    (re.compile(r"\bGTEST_" r"SKIP\(\)\s*;"), "a skip without a reason"),
    (re.compile(r"#\[ignore\]"), "a test that is ignored without a reason"),
]


def check(path, text):
    for pattern, message in PATTERNS:
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, message


FLAGGED = [
    ("harness/base/check.h", "// TO" "DO: later\n"),
    ("harness/base/check.h", "/* FIX" "ME */\n"),
    ("ci/test", "# XX" "X\n"),
    ("harness/base/check_test.cc", "TEST(Check, DISA" "BLED_Works) {}\n"),
    ("harness/base/check.cc", "#" "if 0\nint x;\n#endif\n"),
    ("harness/base/check.cc", "  #  " "if false\n"),
    ("harness/base/check_test.cc", "  GTEST_" "SKIP();\n"),
    ("harness/base/check_test.cc", "  GTEST_" "SKIP() ;\n"),
    ("harness/plugins/rust/src/lib.rs", "#[ig" "nore]\n"),
]
CLEAN = [
    ("harness/base/check_test.cc", '  GTEST_SKIP() << "no huge pages on this machine";\n'),
    ("harness/base/check.h", "#if GMC_DEBUG\n#endif\n#if 0x10 > 1\n#endif\n// a hackney toDo\n"),
]
