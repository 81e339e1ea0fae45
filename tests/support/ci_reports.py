"""What CI systems take of a report: our own words for it, stricter than they are."""

import re
from typing import Any

from jsonschema import Draft202012Validator
from junitparser import JUnitXml, TestCase

_COMMAND = re.compile(r"::(?P<level>error|warning|notice) (?P<properties>[^:\r\n]*)::(?P<message>[^\r\n]*)")
_PROPERTY = re.compile(r"(?P<name>file|line|col|title)=(?P<value>[^,:\r\n]*)")
_ESCAPES = {"%0A": "\n", "%0D": "\r", "%3A": ":", "%2C": ",", "%25": "%"}
_GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "type": {"const": "issue"},
            "check_name": {"type": "string"},
            "description": {"type": "string", "minLength": 1},
            "content": {"type": "object", "required": ["body"], "properties": {"body": {"type": "string"}}},
            "categories": {"const": ["Security"]},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "additionalProperties": False,
                "properties": {
                    "path": {"type": "string", "minLength": 1, "pattern": r"^(?!\./)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def junit_cases(text: str) -> list[TestCase]:
    """The tests of a JUnit document, read by junitparser. Fails where its counts are not those of its tests."""
    document = JUnitXml.fromstring(text.encode())
    (suite,) = document
    cases = list(suite)
    counts = (suite.tests, suite.failures, suite.errors, suite.skipped)
    suite.update_statistics()  # type: ignore[no-untyped-call]
    assert counts == (suite.tests, suite.failures, suite.errors, suite.skipped)
    names = [(case.classname, case.name) for case in cases]
    assert all(map(all, names)), "a test has no name"
    assert len(set(names)) == len(names), "two tests have one name"
    return cases


def github_commands(text: str) -> list[dict[str, str]]:
    """The workflow commands of a log, as the runner takes them apart. Fails for a line that is none."""
    assert text.endswith("\n")
    commands = []
    for line in text.removesuffix("\n").split("\n"):
        found = _COMMAND.fullmatch(line)
        assert found, f"{line!r} is no workflow command"
        properties = {}
        for part in found["properties"].split(","):
            one = _PROPERTY.fullmatch(part)
            assert one, f"{part!r} is no property"
            assert one["name"] not in properties
            properties[one["name"]] = _unescaped(one["value"])
        commands.append({"level": found["level"], **properties, "message": _unescaped(found["message"])})
    return commands


def _unescaped(text: str) -> str:
    assert re.fullmatch(r"(?:[^%]|%(?:0A|0D|3A|2C|25))*", text), (
        f"{text!r} has a percent sign that escapes nothing"
    )
    return re.sub("|".join(_ESCAPES), lambda found: _ESCAPES[found[0]], text)


def gitlab_mistakes(entries: Any) -> list[str]:
    """What GitLab would not take of a code quality report; empty where nothing."""
    found = [error.message for error in Draft202012Validator(_GITLAB).iter_errors(entries)]
    fingerprints = [entry.get("fingerprint") for entry in entries]
    if len(set(fingerprints)) != len(fingerprints):
        found.append("two entries have one fingerprint: GitLab shows the first alone")
    return found
