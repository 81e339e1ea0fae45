"""Records of a journal are checked as strictly as pydantic checks models, without pydantic."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import MISSING, asdict, fields
from typing import Any, cast, get_type_hints

import pytest
from pydantic import BaseModel, ConfigDict, create_model
from pydantic_core import ValidationError

from s3kms.changes.buckets.kind import BUCKETS
from s3kms.changes.files.kind import FILES
from s3kms.changes.journal_records import AnyRecord, decode_record

DIGEST = "0" * 64
RULE = {"algorithm": "AES256", "key": None, "bucket_key": False, "blocked": ["SSE-C"]}
CHANGE = {
    "bucket": "logs",
    "account": "111122223333",
    "region": "eu-central-1",
    "kind": "general purpose",
    "before": RULE,
    "after": {**RULE, "algorithm": "aws:kms"},
}
EDIT = {
    "path": "/infra/main.tf",
    "before": DIGEST,
    "after": DIGEST,
    "reverse": [{"start": 0, "end": 3, "text": "abc"}],
    "buckets": ["logs"],
}
LINE = {"version": 4, "sum": "0"}
LINES: dict[str, dict[str, Any]] = {
    "run": {
        **LINE,
        "type": "run",
        "run": "20261126T032935Z-fcfbda",
        "at": "2026-11-26T03:29:35+00:00",
        "command": "fix",
        "account": "111122223333",
        "endpoint": "",
        "undoes": None,
        "kind": "buckets",
        "roots": ["/infra"],
        "planned": 1,
        "request": {"key": None},
        "restores": None,
    },
    "intend": {**LINE, "type": "intend", "change": CHANGE},
    "done": {**LINE, "type": "done", "item": "logs"},
    "failed": {**LINE, "type": "failed", "item": "logs", "why": "denied", "found": CHANGE},
    "kept": {**LINE, "type": "kept", "item": "logs", "why": "changed", "found": None},
    "end": {**LINE, "type": "end", "at": "2026-11-26T03:29:35+00:00", "stopped": None},
}
WILD: tuple[Any, ...] = (None, "", "x", 0, -1, 1.5, True, [], ["x"], [None], {}, {"x": 1}, {1: "x"}, b"x", 5)
DECODERS: dict[str, tuple[Callable[[Any], Any], dict[str, Any]]] = {
    **{name: (decode_record, line) for name, line in LINES.items()},
    "change": (BUCKETS.from_record, CHANGE),
    "edit": (FILES.from_record, EDIT),
}


def variants(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The record with one field gone, more, or another value, on every level."""
    yield {**record, "more": "x"}
    for name, value in record.items():
        yield {other: record[other] for other in record if other != name}
        yield from ({**record, name: wild} for wild in WILD)
        if isinstance(value, dict):
            yield from ({**record, name: inner} for inner in variants(value))
        if isinstance(value, list) and isinstance(value[0], dict):
            yield from ({**record, name: [inner]} for inner in variants(value[0]))


def accepted(decode: Callable[[Any], Any], record: dict[str, Any]) -> Any:
    """What the record is decoded to, or None where it is refused."""
    try:
        return decode(copy.deepcopy(record))
    except ValidationError:
        return None


def model_of(record: type[AnyRecord]) -> type[BaseModel]:
    """The dataclass as a model of pydantic, without the constraints, which pydantic does not see."""
    types = get_type_hints(record)
    defaults = {
        field.name: ... if field.default is MISSING else field.default
        for field in fields(cast("type[Any]", record))
    }
    arguments: dict[str, Any] = {name: (types[name], default) for name, default in defaults.items()}
    return create_model("Peer", __config__=ConfigDict(extra="forbid"), **arguments)


@pytest.mark.parametrize("name", LINES)
def test_a_line_is_accepted_exactly_where_pydantic_accepts_it(name: str) -> None:
    record_type = type(decode_record(LINES[name]))
    peer = model_of(record_type)
    tried = [record for record in variants(LINES[name]) if record.get("type") == name]

    assert len(tried) > 40
    for record in tried:
        if record.get("planned") == -1:
            continue  # a constraint, which is a fact of its own below
        ours, theirs = accepted(decode_record, record), accepted(peer.model_validate, record)
        assert (ours and asdict(ours)) == (theirs and theirs.model_dump()), record


@pytest.mark.parametrize(
    ("name", "wrong", "where"),
    [
        ("run", {"planned": -1}, "run.planned"),
        ("run", {"at": "yesterday"}, "run.at"),
        ("run", {"roots": [1]}, "run.roots.0"),
        ("run", {"version": 5}, "run.version"),
        ("run", {"type": "walk"}, ""),
        ("done", {"more": 1}, "done.more"),
        ("end", {"stopped": 1}, "end.stopped"),
        ("change", {"kind": "bucket"}, "kind"),
        ("change", {"before": {**RULE, "blocked": "SSE-C"}}, "before.blocked"),
        ("change", {"after": {"algorithm": "AES256"}}, "after.key"),
        ("edit", {"path": "main.tf"}, "path"),
        ("edit", {"path": "/a\0b"}, "path"),
        ("edit", {"before": DIGEST[1:]}, "before"),
        ("edit", {"after": "G" * 64}, "after"),
        ("edit", {"reverse": [{"start": -1, "end": 3, "text": ""}]}, "reverse.0.start"),
        ("edit", {"reverse": [{"start": 0, "end": -3, "text": ""}]}, "reverse.0.end"),
    ],
)
def test_what_is_wrong_is_refused_by_name(name: str, wrong: dict[str, Any], where: str) -> None:
    decode, record = DECODERS[name]
    decode(record)

    with pytest.raises(ValidationError) as refused:
        decode({**record, **wrong})

    assert ".".join(map(str, refused.value.errors()[0]["loc"])) == where
