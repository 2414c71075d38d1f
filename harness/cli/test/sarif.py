# SPDX-License-Identifier: Apache-2.0 OR MIT
"""What SARIF 2.1.0 (OASIS, 27 March 2020) requires of the objects that gmcheck writes, with the numbers of its sections.

No validator of the format is in Debian 12, and the standard's schema is not ours to copy; so this says no to whatever gmcheck has no reason to write.
Its object model is (python3-sarif-python-om), made by others from the last draft of that schema: read_by_model() holds the names of properties
against it.
"""
import re
from urllib.parse import urlparse

LEVELS = {"none", "note", "warning", "error"}  # 3.27.10
KINDS = {"pass", "open", "informational", "notApplicable", "review", "fail"}  # 3.27.9
BASELINE_STATES = {"new", "unchanged", "updated", "absent"}  # 3.27.24
TEXT, COUNT, TRUTH, BAG = "a string", "an integer", "true or false", "an object"
MANY = 1  # an array of what follows
# object: (class of the model, properties that must be there, properties that may: what each is)
OBJECTS = {
    "log": ("SarifLog", {"version", "runs", "$schema"}, {"$schema": TEXT, "version": TEXT, "runs": (MANY, "run")}),  # 3.13
    "run": ("Run", {"tool", "results"}, {  # 3.14
        "tool": "tool", "automationDetails": "automationDetails", "invocations": (MANY, "invocation"), "columnKind": TEXT,
        "results": (MANY, "result"), "properties": BAG}),
    "tool": ("Tool", {"driver"}, {"driver": "driver"}),  # 3.18
    "driver": ("ToolComponent", {"name"}, {"name": TEXT, "version": TEXT, "rules": (MANY, "rule")}),  # 3.19
    "rule": ("ReportingDescriptor", {"id"}, {  # 3.49
        "id": TEXT, "shortDescription": "multiformat", "fullDescription": "multiformat", "help": "multiformat",
        "defaultConfiguration": "configuration", "properties": BAG}),
    "configuration": ("ReportingConfiguration", {"level"}, {"level": TEXT}),  # 3.50
    "multiformat": ("MultiformatMessageString", {"text"}, {"text": TEXT}),  # 3.12
    "message": ("Message", {"text"}, {"text": TEXT}),  # 3.11
    "automationDetails": ("RunAutomationDetails", {"id"}, {"id": TEXT}),  # 3.17
    "invocation": ("Invocation", {"executionSuccessful"}, {"executionSuccessful": TRUTH, "exitCode": COUNT}),  # 3.20
    "result": ("Result", {"message", "ruleId", "ruleIndex", "kind", "level", "locations", "partialFingerprints"}, {  # 3.27
        "ruleId": TEXT, "ruleIndex": COUNT, "kind": TEXT, "level": TEXT, "message": "message", "locations": (MANY, "location"),
        "partialFingerprints": BAG, "occurrenceCount": COUNT, "suppressions": (MANY, "suppression"), "baselineState": TEXT, "properties": BAG}),
    "location": ("Location", {"physicalLocation"}, {"physicalLocation": "physicalLocation"}),  # 3.28
    "physicalLocation": ("PhysicalLocation", {"artifactLocation"}, {"artifactLocation": "artifactLocation", "region": "region"}),  # 3.29
    "artifactLocation": ("ArtifactLocation", {"uri"}, {"uri": TEXT}),  # 3.4
    "region": ("Region", {"startLine"}, {"startLine": COUNT}),  # 3.30
    "suppression": ("Suppression", {"kind"}, {"kind": TEXT, "status": TEXT, "justification": TEXT}),  # 3.35
}
URI_REFERENCE = re.compile(r"(%[0-9A-F]{2}|[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=])+")  # RFC 3986


class Wrong(Exception):
    pass


def need(condition, where, what):
    if not condition:
        raise Wrong(f"{where}: {what}")


def check_plain(kind, value, where):
    is_it = {
        TEXT: isinstance(value, str) and value != "",
        COUNT: isinstance(value, int) and not isinstance(value, bool),
        TRUTH: isinstance(value, bool),
        BAG: isinstance(value, dict),
    }
    need(is_it[kind], where, f"is not {kind}" + (", or it is empty" if kind == TEXT else ""))


def check_shape(kind, value, where):
    """Every object has the properties that it needs, no others, and each is what it has to be."""
    if isinstance(kind, tuple):
        need(isinstance(value, list), where, "is no array")
        for i, one in enumerate(value):
            check_shape(kind[1], one, f"{where}/{i}")
    elif kind in OBJECTS:
        _, required, known = OBJECTS[kind]
        need(isinstance(value, dict), where, "is no object")
        need(required <= value.keys(), where, f"lacks {sorted(required - value.keys())}")
        need(value.keys() <= known.keys(), where, f"has unknown properties {sorted(value.keys() - known.keys())}")
        for name, property_value in value.items():
            check_shape(known[name], property_value, f"{where}/{name}")
    else:
        check_plain(kind, value, where)


def check_one_of(words, value, where):
    need(value in words, where, f"{value!r} is none of {sorted(words)}")


def check_tags(bag, where):
    """3.8.2: strings, each once."""
    tags = bag.get("tags", [])
    need(isinstance(tags, list) and all(isinstance(tag, str) and tag for tag in tags), where, "the tags are no strings (3.8.2)")
    need(len(set(tags)) == len(tags), where, "a tag stands twice (3.8.2)")


def check_rules(rules, where):
    for i, rule in enumerate(rules):
        need({"shortDescription", "fullDescription", "help", "defaultConfiguration"} <= rule.keys(), f"{where}/{i}", "says too little, for code scanning")
        check_one_of(LEVELS, rule["defaultConfiguration"]["level"], f"{where}/{i}/defaultConfiguration/level")
        check_tags(rule.get("properties", {}), f"{where}/{i}/properties")
    need(len({rule["id"] for rule in rules}) == len(rules), where, "a rule stands twice")


def check_uri(uri, where):
    """3.4.3 and 3.10: a URI reference, and here one of a file: relative and without a scheme, or absolute with `file`."""
    need(URI_REFERENCE.fullmatch(uri), where, f"{uri!r} is no URI reference (3.10)")
    parts = urlparse(uri)
    need(parts.scheme in ("", "file"), where, f"{uri!r} has a scheme")
    need(not parts.query and not parts.fragment, where, f"{uri!r} has a query or a fragment")
    if parts.scheme:
        need(uri.startswith("file:///"), where, f"{uri!r} is no file of this host (3.10.2)")
    else:
        need(not uri.startswith("/"), where, f"{uri!r} is absolute and has no scheme (3.10)")
    need(not {".", ".."} & set(re.sub(r"^(\.\./)+", "", parts.path).split("/")), where, f"{uri!r} is not normalised")


def check_location(location, where):
    place = location["physicalLocation"]
    check_uri(place["artifactLocation"]["uri"], f"{where}/uri")
    if "region" in place:
        need(place["region"]["startLine"] >= 1, where, "startLine begins at 1 (3.30.5)")


def check_suppression(suppression, where):
    check_one_of({"inSource", "external"}, suppression["kind"], f"{where}/kind")  # 3.35.2
    check_one_of({"accepted", "underReview", "rejected"}, suppression.get("status", "accepted"), f"{where}/status")  # 3.35.3


def check_fingerprints(prints, where):
    need(prints, where, "has no fingerprint")
    for name, value in prints.items():
        need(isinstance(value, str) and value, f"{where}/{name}", "a fingerprint is a string (3.27.17)")
        need(re.fullmatch(r"[A-Za-z][\w.-]*(/[\w.-]+)*", name), where, f"{name!r} is no name of a fingerprint (3.27.17)")


def check_result(result, rules, where):
    check_one_of(LEVELS, result["level"], f"{where}/level")
    check_one_of(KINDS, result["kind"], f"{where}/kind")
    need(result["kind"] == "fail" or result["level"] == "none", where, "a level is for failures (3.27.9)")
    need(0 <= result["ruleIndex"] < len(rules), where, "ruleIndex is out of range (3.27.6)")
    need(rules[result["ruleIndex"]]["id"] == result["ruleId"], where, "ruleIndex is not ruleId's (3.27.6)")
    check_fingerprints(result["partialFingerprints"], f"{where}/partialFingerprints")
    need(result["locations"], where, "has no location, which code scanning needs")
    for i, location in enumerate(result["locations"]):
        check_location(location, f"{where}/locations/{i}")
    for i, suppression in enumerate(result.get("suppressions", [])):
        check_suppression(suppression, f"{where}/suppressions/{i}")
    check_one_of(BASELINE_STATES, result.get("baselineState", "new"), f"{where}/baselineState")
    need(result.get("occurrenceCount", 1) >= 1, where, "occurrenceCount begins at 1 (3.27.29)")
    check_tags(result.get("properties", {}), f"{where}/properties")


def check_run(run, where):
    rules = run["tool"]["driver"].get("rules", [])
    check_rules(rules, f"{where}/tool/driver/rules")
    check_one_of({"utf16CodeUnits", "unicodeCodePoints"}, run.get("columnKind", "utf16CodeUnits"), f"{where}/columnKind")  # 3.14.17
    for i, result in enumerate(run["results"]):
        check_result(result, rules, f"{where}/results/{i}")
    states = ["baselineState" in result for result in run["results"]]
    need(all(states) or not any(states), where, "all results have a baselineState, or none (3.27.24)")
    # What code scanning tells two alerts apart by.
    for name in {name for result in run["results"] for name in result["partialFingerprints"]}:
        prints = [result["partialFingerprints"].get(name) for result in run["results"]]
        need(len(set(prints)) == len(prints), where, f"two results have one fingerprint {name}")


def check(log):
    """Raises Wrong."""
    check_shape("log", log, "")
    need(log["version"] == "2.1.0", "/version", "is not 2.1.0 (3.13.2)")
    schema = urlparse(log["$schema"])
    need(schema.scheme == "https" and schema.netloc and "sarif" in schema.path and "2.1.0" in schema.path, "/$schema", "is no address of SARIF 2.1.0's schema (3.13.3)")
    for i, run in enumerate(log["runs"]):
        check_run(run, f"/runs/{i}")


DRAFT_NAMES = {("suppression", "status"): "state"}  # that the standard changed after the draft, and the model did not


def names_in_model(model, kind):
    """Of every property of the kind's class, by its name in the standard: the attrs field that is for it."""
    fields = {field.metadata["schema_property_name"]: field for field in getattr(model, OBJECTS[kind][0]).__attrs_attrs__}
    for (of, name), draft in DRAFT_NAMES.items():
        if of == kind:
            fields[name] = fields.pop(draft)
    return fields


def read_by_model(model, kind, value):
    """`value` as an object of the model, the module sarif_om: it has each property, and none that it requires is missing. Raises TypeError or KeyError."""
    if isinstance(kind, tuple):
        return [read_by_model(model, kind[1], one) for one in value]
    if kind not in OBJECTS:
        return value
    fields, known = names_in_model(model, kind), OBJECTS[kind][2]
    return getattr(model, OBJECTS[kind][0])(**{fields[name].name: read_by_model(model, known.get(name), one) for name, one in value.items()})
