"""A saved result of a check, read back: `json` or `jsonl`, told apart by what is in it.

JSON lines, and a document as we write it, flow through finding by finding; a document in another layout, of
`jq` say, is held whole. Imported only when there is such a file.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from s3kms.model.advice import Advice, Option
from s3kms.model.errors import BadInput
from s3kms.model.findings import Finding
from s3kms.results.v1 import OPENING, OPENING_END, OPENING_RUN, VERSION
from s3kms.results.v1_records import FindingRecord, allowed_at

HINT = "name a result that s3kms wrote as JSON or JSON lines"
_TOLD = 20
"""As many mistakes are told at once: a million alike help nobody."""
_SHOWN = 60
"""As many characters of a wrong value are shown."""

Item = tuple[str, Any]
"""Where it stands, and what stands there: decoded JSON, or a mistake."""


class _NotJson:
    """What stands where JSON should."""


_NOT_JSON = _NotJson()


@dataclass(slots=True)
class Envelope:
    """What a document says besides its findings, as JSON data: its end is known when the findings have been read."""

    run: Any = None
    """The key `run` of a document, which comes first."""
    summary: Any = None
    since: Any = None


def read_result(lines: Iterable[bytes], source: str) -> Iterator[Finding]:
    """The findings of a result. Raises BadInput with one line a mistake, at the end of what can be read."""
    return (record.finding() for record, _ in read_records(lines, source, Envelope()))


def read_records(
    lines: Iterable[bytes], source: str, envelope: Envelope
) -> Iterator[tuple[FindingRecord, dict[str, Any]]]:
    """The findings of a result as records, each with the JSON that it was made of; fills in the envelope.

    Raises BadInput with one line a mistake, at the end of what can be read.
    """
    mistakes: list[str] = []
    for place, item in _items(lines, source, envelope):
        if isinstance(item, dict) and item.get("change") == "gone" and "verdict" not in item:
            continue  # what such a result says was gone already
        try:
            record = _record(item)
        except _Mistakes as error:
            mistakes += [f"{place}{sentence}" for sentence in error.sentences]
        else:
            if not mistakes:
                yield record, item
        if len(mistakes) >= _TOLD:
            break
    if mistakes:
        _refuse(mistakes, source)


class _Mistakes(Exception):
    def __init__(self, sentences: Iterable[str]) -> None:
        super().__init__()
        self.sentences = tuple(sentences)


def _record(item: Any) -> FindingRecord:
    if item is _NOT_JSON:
        raise _Mistakes([": is not JSON, or cut short"])
    if not isinstance(item, dict):
        raise _Mistakes([f": {_shown(item)} is not a finding"])
    try:
        return FindingRecord.model_validate(item)
    except ValidationError as error:
        raise _Mistakes(map(_sentence, error.errors())) from error


def _sentence(detail: ErrorDetails) -> str:
    """`, encryption.bucket_key: 'yes' is not allowed; allowed: true, false, or null`."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"])
    allowed = allowed_at(detail["loc"])
    wrong = "is missing" if detail["type"] == "missing" else f"{_shown(detail['input'])} is not allowed"
    return f", {path.removeprefix('.')}: {wrong}; allowed: {allowed}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _refuse(mistakes: list[str], source: str) -> NoReturn:
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    more = " or more" if len(mistakes) >= _TOLD else ""
    told = "\n".join(f"  {line}" for line in mistakes[:_TOLD])
    raise BadInput(f"{source} has {count}{more}:\n{told}", advice=HINT)


def _items(lines: Iterable[bytes], source: str, envelope: Envelope) -> Iterator[Item]:
    numbered = enumerate(lines, 1)
    number, first = next(((n, line) for n, line in numbered if line.strip()), (0, b""))
    first = first.removeprefix(b"\xef\xbb\xbf").strip()
    if not first:
        advice = Advice(
            "where it is the file of a shell's >, that emptied it before s3kms began; {option} does not",
            {"option": Option("output")},
        )
        raise BadInput(f"{source} is empty", advice=advice)
    if _opens_document(first, envelope):
        return _document_lines(numbered, source, envelope)
    if first.startswith(b"\x1f\x8b"):
        raise BadInput(f"{source} is compressed", advice="decompress it: gunzip -c FILE | s3kms report -")
    if not first.startswith(b"{"):
        raise BadInput(f"{source} is not a saved result", advice=HINT)
    found = _decoded(first)
    if isinstance(found, dict) and "findings" not in found and "version" not in found:
        return chain([(f"line {number}", found)], _lines(numbered))
    return _document(b"\n".join([first, *(line for _, line in numbered)]), source, envelope)


def _opens_document(first: bytes, envelope: Envelope) -> bool:
    """Whether it is the first line of a document as we write it."""
    if first == OPENING.encode():
        return True
    if not (first.startswith(OPENING_RUN.encode()) and first.endswith(OPENING_END.encode())):
        return False
    whole = _decoded(first + b"]}")
    if not isinstance(whole, dict):
        return False
    envelope.run = whole.get("run")
    return True


def _lines(numbered: Iterable[tuple[int, bytes]]) -> Iterator[Item]:
    return ((f"line {number}", _decoded(line)) for number, line in numbered if line.strip())


def _document_lines(numbered: Iterator[tuple[int, bytes]], source: str, envelope: Envelope) -> Iterator[Item]:
    """The findings of a document that we wrote, each on its line."""
    for number, line in numbered:
        if line.startswith(b"]"):
            rest = b"".join([line, *(following for _, following in numbered)])
            whole = _decoded(b'{"findings": [' + rest)
            if not isinstance(whole, dict) or "summary" not in whole:
                break
            envelope.summary, envelope.since = whole["summary"], whole.get("since")
            return
        yield f"line {number}", _decoded(line.strip().removesuffix(b","))
    raise BadInput(
        f"{source} was cut short: its end is missing", advice="take the whole file, or an earlier one"
    )


def _document(text: bytes, source: str, envelope: Envelope) -> Iterator[Item]:
    whole = _decoded(text)
    if whole is _NOT_JSON:
        raise BadInput(
            f"{source} is neither a JSON document nor JSON lines; it may be cut short", advice=HINT
        )
    version = whole.get("version") if isinstance(whole, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise BadInput(
            f"{source} was written by a newer s3kms (version {version}, this one reads {VERSION})",
            advice="use the s3kms that wrote it, or a newer one",
        )
    findings = whole.get("findings") if version == VERSION else None
    if not isinstance(findings, list):
        raise BadInput(f"{source} is not a saved result", advice=HINT)
    envelope.run, envelope.summary, envelope.since = (whole.get(key) for key in ("run", "summary", "since"))
    return ((f"findings[{place}]", finding) for place, finding in enumerate(findings))


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return _NOT_JSON
