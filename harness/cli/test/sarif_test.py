#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR MIT
"""The check of SARIF says no: one planted violation after the other is refused, each for its own reason, and the log without them is not.

usage: sarif_test.py
"""
import copy
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sarif  # noqa: E402

# Where Debian's packages are, for a python3 that is another one.
sys.path.append("/usr/lib/python3/dist-packages")
try:
    import attr
    import sarif_om
except ImportError:
    sarif_om = None


def text(words):
    return {"text": words}


def rule(name):
    return {"id": name, "shortDescription": text("It reads."), "fullDescription": text("It reads. And writes."), "help": text("See there."),
            "defaultConfiguration": {"level": "error"}, "properties": {"tags": ["core", "GM-RW"]}}


def result(name, index, uri):
    return {"ruleId": name, "ruleIndex": index, "kind": "fail", "level": "error", "message": text("wrong"),
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 7}}}],
            "partialFingerprints": {"gmcheckFinding/v1": f"00ff:{index}"}, "occurrenceCount": 2,
            "suppressions": [{"kind": "external", "status": "accepted", "justification": "known"}], "baselineState": "new",
            "properties": {"part": "bytes"}}


LOG = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{
    "tool": {"driver": {"name": "gmcheck", "version": "1.0", "rules": [rule("GM-RW-001"), rule("GM-RW-002")]}},
    "automationDetails": {"id": "gmcheck/mmap/"}, "invocations": [{"executionSuccessful": True, "exitCode": 1}], "columnKind": "utf16CodeUnits",
    "results": [result("GM-RW-001", 0, "report/a%20b.gmp"), result("GM-RW-002", 1, "file:///tmp/b.gmp")], "properties": {"seed": "0x7"}}]}

GONE = object()
RUN, RESULT, DRIVER = ("runs", 0), ("runs", 0, "results", 0), ("runs", 0, "tool", "driver")
RULE, PLACE = DRIVER + ("rules", 0), RESULT + ("locations", 0, "physicalLocation")
URI = PLACE + ("artifactLocation", "uri")
# (where, what stands there instead, what the refusal says)
VIOLATIONS = [
    (("version",), GONE, "lacks ['version']"),
    (("version",), "2.1", "is not 2.1.0"),
    (("version",), 2.1, "is not a string"),
    (("runs",), GONE, "lacks ['runs']"),
    (("runs",), {}, "is no array"),
    (("$schema",), GONE, "lacks ['$schema']"),
    (("$schema",), "sarif-2.1.0.json", "is no address"),
    (("$schema",), "https://json.schemastore.org/sarif-2.0.0.json", "is no address"),
    (("more",), 1, "unknown properties ['more']"),
    (RUN + ("tool",), GONE, "lacks ['tool']"),
    (RUN + ("tool", "driver"), GONE, "lacks ['driver']"),
    (RUN + ("tool", "name"), "gmcheck", "unknown properties ['name']"),
    (RUN + ("results",), GONE, "lacks ['results']"),
    (RUN + ("results",), None, "is no array"),
    (RUN + ("columnKind",), "bytes", "'bytes' is none of"),
    (RUN + ("automationDetails", "id"), GONE, "lacks ['id']"),
    (RUN + ("automationDetails", "id"), "", "is empty"),
    (RUN + ("invocations", 0, "executionSuccessful"), GONE, "lacks ['executionSuccessful']"),
    (RUN + ("invocations", 0, "executionSuccessful"), 1, "is not true or false"),
    (RUN + ("invocations", 0, "exitCode"), True, "is not an integer"),
    (RUN + ("properties",), [], "is not an object"),
    (DRIVER + ("name",), GONE, "lacks ['name']"),
    (DRIVER + ("name",), "", "is empty"),
    (DRIVER + ("rules",), {}, "is no array"),
    (RULE + ("id",), GONE, "lacks ['id']"),
    (RULE + ("id",), "GM-RW-002", "a rule stands twice"),
    (RULE + ("name",), "GM", "unknown properties ['name']"),
    (RULE + ("help", "text"), GONE, "lacks ['text']"),
    (RULE + ("shortDescription",), "It reads.", "is no object"),
    (RULE + ("fullDescription",), GONE, "says too little"),
    (RULE + ("defaultConfiguration", "level"), "fatal", "'fatal' is none of"),
    (RULE + ("properties", "tags"), ["core", "core"], "a tag stands twice"),
    (RULE + ("properties", "tags"), "core", "the tags are no strings"),
    (RESULT + ("message",), GONE, "lacks ['message']"),
    (RESULT + ("message",), "wrong", "is no object"),
    (RESULT + ("message", "text"), GONE, "lacks ['text']"),
    (RESULT + ("message", "text"), "", "is empty"),
    (RESULT + ("ruleId",), "GM-RW-002", "ruleIndex is not ruleId's"),
    (RESULT + ("ruleIndex",), 1, "ruleIndex is not ruleId's"),
    (RESULT + ("ruleIndex",), 2, "ruleIndex is out of range"),
    (RESULT + ("ruleIndex",), -1, "ruleIndex is out of range"),
    (RESULT + ("ruleIndex",), "0", "is not an integer"),
    (RESULT + ("ruleIndex",), False, "is not an integer"),
    (RESULT + ("level",), "fatal", "'fatal' is none of"),
    (RESULT + ("level",), GONE, "lacks ['level']"),
    (RESULT + ("kind",), "failure", "'failure' is none of"),
    (RESULT + ("kind",), "pass", "a level is for failures"),
    (RESULT + ("locations",), [], "has no location"),
    (RESULT + ("locations", 0, "physicalLocation"), GONE, "lacks ['physicalLocation']"),
    (PLACE + ("artifactLocation",), GONE, "lacks ['artifactLocation']"),
    (PLACE + ("artifactLocation", "path"), "a", "unknown properties ['path']"),
    (URI, "", "is empty"),
    (URI, "a b.gmp", "is no URI reference"),
    (URI, "a\\b.gmp", "is no URI reference"),
    (URI, "a%2", "is no URI reference"),
    (URI, "a\n", "is no URI reference"),
    (URI, "\u00e4.gmp", "is no URI reference"),
    (URI, "https://example.org/a.gmp", "has a scheme"),
    (URI, "libx.so:noise", "has a scheme"),
    (URI, "/tmp/a.gmp", "is absolute and has no scheme"),
    (URI, "file:a.gmp", "is no file of this host"),
    (URI, "file://host/a.gmp", "is no file of this host"),
    (URI, "./a.gmp", "is not normalised"),
    (URI, "report/../a.gmp", "is not normalised"),
    (URI, "a.gmp#here", "has a query or a fragment"),
    (PLACE + ("region", "startLine"), 0, "startLine begins at 1"),
    (PLACE + ("region", "startLine"), "7", "is not an integer"),
    (PLACE + ("region", "startLine"), 7.5, "is not an integer"),
    (PLACE + ("region", "startLine"), True, "is not an integer"),
    (PLACE + ("region",), {}, "lacks ['startLine']"),
    (RESULT + ("partialFingerprints",), GONE, "lacks ['partialFingerprints']"),
    (RESULT + ("partialFingerprints",), {}, "has no fingerprint"),
    (RESULT + ("partialFingerprints",), {"gmcheckFinding/v1": 7}, "a fingerprint is a string"),
    (RESULT + ("partialFingerprints",), {"gmcheck finding": "00"}, "is no name of a fingerprint"),
    (RESULT + ("partialFingerprints",), {"gmcheckFinding/v1": "00ff:1"}, "two results have one fingerprint"),
    (RESULT + ("occurrenceCount",), 0, "occurrenceCount begins at 1"),
    (RESULT + ("suppressions", 0, "kind"), GONE, "lacks ['kind']"),
    (RESULT + ("suppressions", 0, "kind"), "waiver", "'waiver' is none of"),
    (RESULT + ("suppressions", 0, "status"), "waived", "'waived' is none of"),
    (RESULT + ("baselineState",), "known", "'known' is none of"),
    (RESULT + ("baselineState",), GONE, "all results have a baselineState, or none"),
]


def planted(where, value):
    log = copy.deepcopy(LOG)
    place = log
    for step in where[:-1]:
        place = place[step]
    if value is GONE:
        del place[where[-1]]
    else:
        place[where[-1]] = value
    return log


class Sarif(unittest.TestCase):
    def test_log_without_violation_passes(self):
        sarif.check(LOG)
        sarif.check({**LOG, "runs": []})

    def test_every_planted_violation_is_refused_for_its_own_reason(self):
        for where, value, reason in VIOLATIONS:
            with self.subTest(where="/".join(map(str, where)), value="gone" if value is GONE else value):
                with self.assertRaises(sarif.Wrong) as refused:
                    sarif.check(planted(where, value))
                self.assertIn(reason, str(refused.exception))

    @unittest.skipIf(sarif_om is None, "no python3-sarif-python-om")
    def test_object_model_of_others_has_all_of_the_properties_and_asks_for_no_more(self):
        read = sarif.read_by_model(sarif_om, "log", LOG)
        self.assertEqual(read.runs[0].results[1].locations[0].physical_location.artifact_location.uri, "file:///tmp/b.gmp")
        for kind, (_, required, known) in sarif.OBJECTS.items():
            fields = sarif.names_in_model(sarif_om, kind)
            self.assertLessEqual(known.keys(), fields.keys(), kind)
            self.assertLessEqual({name for name, field in fields.items() if field.default is attr.NOTHING}, required, kind)

    @unittest.skipIf(sarif_om is None, "no python3-sarif-python-om")
    def test_object_model_of_others_refuses_what_it_does_not_have_and_lacks(self):
        for where, value in ((("version",), GONE), (RUN + ("tool",), GONE), (DRIVER + ("name",), GONE), (RULE + ("id",), GONE),
                             (RESULT + ("message",), GONE), (("more",), 1), (PLACE + ("artifactLocation", "path"), "a")):
            with self.subTest(where="/".join(map(str, where))), self.assertRaises((TypeError, KeyError)):
                sarif.read_by_model(sarif_om, "log", planted(where, value))


if __name__ == "__main__":
    if sarif_om is None:
        print("no python3-sarif-python-om: the names of properties are held against our own list alone")
    unittest.main(argv=sys.argv[:1])
