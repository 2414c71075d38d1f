# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What SARIF 2.1.0 (OASIS, 27 March 2020) requires of the objects that gmcheck writes, with the numbers of its sections."""
import re
from urllib.parse import urlparse

LEVELS = {"none", "note", "warning", "error"}  # 3.27.10
KINDS = {"pass", "open", "informational", "notApplicable", "review", "fail"}  # 3.27.9
BASELINE_STATES = {"new", "unchanged", "updated", "absent"}  # 3.27.24
# name: (properties that must be there, all properties that gmcheck may use)
OBJECTS = {
    "log": ({"version", "runs"}, {"$schema", "version", "runs"}),  # 3.13
    "run": ({"tool"}, {"tool", "automationDetails", "invocations", "columnKind", "results", "properties"}),  # 3.14
    "driver": ({"name"}, {"name", "version", "rules"}),  # 3.19
    "rule": ({"id"}, {"id", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"}),  # 3.49
    "result": ({"message"}, {"ruleId", "ruleIndex", "kind", "level", "message", "locations", "partialFingerprints", "occurrenceCount", "suppressions",
                             "baselineState", "properties"}),  # 3.27
    "invocation": ({"executionSuccessful"}, {"executionSuccessful", "exitCode"}),  # 3.20
    "suppression": ({"kind"}, {"kind", "status", "justification"}),  # 3.35
}


class Wrong(Exception):
    pass


def need(condition, where, what):
    if not condition:
        raise Wrong(f"{where}: {what}")


def check_object(kind, value, where):
    required, known = OBJECTS[kind]
    need(isinstance(value, dict), where, "is no object")
    need(required <= value.keys(), where, f"lacks {sorted(required - value.keys())}")
    need(value.keys() <= known, where, f"has unknown properties {sorted(value.keys() - known)}")


def check_message(value, where):
    """3.11, and 3.12 for multiformatMessageString: text, not empty."""
    need(isinstance(value, dict) and isinstance(value.get("text"), str) and value["text"], where, "has no text")


def check_rule(rule, where):
    check_object("rule", rule, where)
    for name in ("shortDescription", "fullDescription", "help"):
        check_message(rule.get(name), f"{where}/{name}")
    need(rule["defaultConfiguration"]["level"] in LEVELS, where, "has no level")
    tags = rule["properties"]["tags"]
    need(isinstance(tags, list) and all(isinstance(tag, str) for tag in tags) and len(set(tags)) == len(tags), where, "has no tags (3.8.2)")


def check_location(location, where):
    place = location["physicalLocation"]
    uri = place["artifactLocation"]["uri"]
    need(re.fullmatch(r"(%[0-9A-F]{2}|[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=])+", uri), where, f"{uri!r} is no URI reference (3.4.3)")
    need(urlparse(uri).scheme in ("", "file"), where, f"{uri!r} has a scheme")
    region = place.get("region")
    need(region is None or isinstance(region["startLine"], int) and region["startLine"] >= 1, where, "startLine begins at 1 (3.30.5)")


def check_suppression(suppression, where):
    check_object("suppression", suppression, where)
    need(suppression["kind"] in ("inSource", "external"), where, "kind (3.35.2)")
    need(suppression.get("status", "accepted") in ("accepted", "underReview", "rejected"), where, "status (3.35.3)")


def check_result(result, rules, where):
    check_object("result", result, where)
    check_message(result["message"], f"{where}/message")
    need(result["level"] in LEVELS and result["kind"] in KINDS, where, "level or kind")
    need(result["kind"] == "fail" or result["level"] == "none", where, "a level is for failures (3.27.9)")
    index = result["ruleIndex"]
    need(0 <= index < len(rules) and rules[index]["id"] == result["ruleId"], where, "ruleIndex is not ruleId's (3.27.6)")
    prints = result["partialFingerprints"]
    need(isinstance(prints, dict) and all(isinstance(value, str) and value for value in prints.values()), where, "fingerprints are strings (3.27.17)")
    need(result["locations"], where, "has no location, which code scanning needs")
    for i, location in enumerate(result["locations"]):
        check_location(location, f"{where}/locations/{i}")
    for i, suppression in enumerate(result.get("suppressions", [])):
        check_suppression(suppression, f"{where}/suppressions/{i}")
    need(result.get("baselineState", "new") in BASELINE_STATES, where, "baselineState")
    need(isinstance(result["occurrenceCount"], int) and result["occurrenceCount"] >= 1, where, "occurrenceCount (3.27.29)")


def check_run(run, where):
    check_object("run", run, where)
    need(run["tool"].keys() == {"driver"}, where, "tool (3.18)")
    driver = run["tool"]["driver"]
    check_object("driver", driver, f"{where}/driver")
    rules = driver["rules"]
    for i, rule in enumerate(rules):
        check_rule(rule, f"{where}/rules/{i}")
    need(len({rule["id"] for rule in rules}) == len(rules), where, "a rule stands twice")
    for invocation in run["invocations"]:
        check_object("invocation", invocation, f"{where}/invocations")
        need(isinstance(invocation["executionSuccessful"], bool) and isinstance(invocation["exitCode"], int), where, "invocation")
    need(run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints"), where, "columnKind (3.14.17)")
    need(isinstance(run["automationDetails"]["id"], str), where, "automationDetails (3.17)")
    for i, result in enumerate(run["results"]):
        check_result(result, rules, f"{where}/results/{i}")
    states = ["baselineState" in result for result in run["results"]]
    need(all(states) or not any(states), where, "all results have a baselineState, or none (3.27.24)")


def check(log):
    """Raises Wrong."""
    check_object("log", log, "")
    need(log["version"] == "2.1.0", "", "version (3.13.2)")
    need(isinstance(log["runs"], list), "", "runs is no array")
    for i, run in enumerate(log["runs"]):
        check_run(run, f"/runs/{i}")
