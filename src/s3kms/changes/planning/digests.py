"""What the class of a bucket rests on, as short texts that change where the facts do. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from s3kms.model.bucket import Bucket
from s3kms.model.unknown import NOT_READ, Unknown

_LENGTH = 32
"""Hexadecimal digits: facts are compared, and nobody gains by two that are alike."""
_MEASURED = {"requests_per_second", "observed"}
"""Facts that are others each time they are read."""


def digests_of(bucket: Bucket, **others: object) -> dict[str, str]:
    """One digest a fact that was read; `others` are facts that do not stand in the bucket: its key's policy."""
    usage = {
        one.name: getattr(bucket.usage, one.name) for one in fields(bucket.usage) if one.name not in _MEASURED
    }
    facts: Mapping[str, object] = {"encryption": bucket.encryption, **usage, **others}
    return {name: _digest(value) for name, value in sorted(facts.items()) if value is not NOT_READ}


def changed_facts(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The names of the facts that read differently, in words."""
    names = sorted({*before, *now})
    return [name.replace("_", " ") for name in names if before.get(name) != now.get(name)]


def _digest(value: object) -> str:
    text = json.dumps(_plain(value), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def _plain(value: object) -> Any:
    """As JSON data. Of what could not be read only that: request ids and times in the reason differ each time."""
    if isinstance(value, Unknown):
        return {"unread": value.cause.value, "code": value.code}
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
