"""One row of an AWS Config query: a JSON string that is read with care, and believed only where it is whole.

The shape is fact F5's, camelCase. Its values may themselves be JSON strings, and `rules` an object or a list.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from s3kms.model.advice import Advice, Command, Option
from s3kms.model.encryption import Encryption
from s3kms.model.operations import SELECT_AGGREGATE
from s3kms.model.targets import is_bucket_name, is_region
from s3kms.model.unknown import Unknown, UnknownCause

READ_BUCKET_ADVICE = Advice(
    "read the bucket itself: {confirm} for those of your own account, or {check} with the credentials of the other",
    {"confirm": Option("confirm"), "check": Command("check")},
)
"""For what AWS Config never says."""
RECORD_BUCKET_ADVICE = Advice(
    "record AWS::S3::Bucket in the bucket's account and region, or {read}", {"read": READ_BUCKET_ADVICE}
)
"""For what an item does not say."""

_REPEAT_QUERY = Advice("run again; if it stays, make the same query with the AWS CLI and compare")
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class ConfigItem:
    """One bucket, as AWS Config recorded it."""

    name: str
    account: str | None
    region: str | None
    arn: str | None
    status: str | None
    captured: datetime | None
    """When AWS Config captured this state: at the last change that it saw."""
    encryption: Encryption | Unknown
    tags: Mapping[str, str] | Unknown

    @property
    def is_deleted(self) -> bool:
        """Whether the bucket is no more; such items should not be in an answer (fact F7)."""
        return (self.status or "").startswith("ResourceDeleted")


def _unknown(cause: UnknownCause, why: str, advice: Advice) -> Unknown:
    return Unknown(cause, why, advice, operation=SELECT_AGGREGATE.name)


class _UnexpectedValue(Exception):
    """A part of an item that is not what it should be."""


def read_item(text: object) -> ConfigItem | Unknown:
    """The bucket in a row; Unknown where there is no telling which bucket it is about. Never raises."""
    try:
        row = _mapping(text, "the row")
    except _UnexpectedValue as odd:
        return _unknown(
            UnknownCause.BAD_ANSWER,
            f"AWS Config listed a bucket in a row that cannot be read: {odd}",
            _REPEAT_QUERY,
        )
    name = row.get("resourceName") or row.get("resourceId")
    if not isinstance(name, str) or not is_bucket_name(name):
        said = f"which no bucket can have: {_short(name)}" if name else "which is missing"
        return _unknown(
            UnknownCause.BAD_ANSWER,
            f"AWS Config listed a bucket under a name {said}",
            _REPEAT_QUERY,
        )
    status = _text(row.get("configurationItemStatus"))
    return ConfigItem(
        name=name,
        account=_text(row.get("accountId"), _ACCOUNT),
        region=_region(row.get("awsRegion")),
        arn=_text(row.get("arn"), re.compile(rf"arn:aws[a-z-]*:s3:::{re.escape(name)}")),
        status=status,
        captured=_time(row.get("configurationItemCaptureTime")),
        encryption=_encryption(row, status, name),
        tags=_tags(row),
    )


def _encryption(row: Mapping[str, Any], status: str | None, name: str) -> Encryption | Unknown:
    if status not in {None, "OK", "ResourceDiscovered"}:
        return _unknown(
            UnknownCause.NOT_READ,
            f"AWS Config's item of s3://{name} is {_short(status)}",
            RECORD_BUCKET_ADVICE,
        )
    try:
        return _rule(_only_rule(row))
    except _UnexpectedValue as odd:
        return _unknown(
            UnknownCause.BAD_ANSWER,
            f"AWS Config's item of s3://{name} does not hold the default encryption: {odd}",
            RECORD_BUCKET_ADVICE,
        )


def _only_rule(row: Mapping[str, Any]) -> Mapping[str, Any]:
    supplementary = _mapping(row.get("supplementaryConfiguration"), "its supplementaryConfiguration")
    configuration = _mapping(
        supplementary.get("ServerSideEncryptionConfiguration"), "its ServerSideEncryptionConfiguration"
    )
    rules = _decoded(configuration.get("rules"), "its encryption rules")
    if not isinstance(rules, list):
        return _mapping(rules, "its encryption rule")
    if len(rules) != 1:
        raise _UnexpectedValue(f"it has {len(rules) or 'no'} encryption rules")
    return _mapping(rules[0], "its encryption rule")


def _rule(rule: Mapping[str, Any]) -> Encryption:
    """The parts that the schema has; BlockedEncryptionTypes is none of them (fact F5)."""
    default = _mapping(rule.get("applyServerSideEncryptionByDefault"), "the default of its encryption rule")
    algorithm, key = default.get("sseAlgorithm"), default.get("kmsMasterKeyID")
    if not isinstance(algorithm, str) or not algorithm:
        raise _UnexpectedValue(f"its sseAlgorithm is {_short(algorithm)}")
    if not isinstance(key, str | None):
        raise _UnexpectedValue(f"its kmsMasterKeyID is {_short(key)}")
    return Encryption(algorithm, key or None, _boolean(rule.get("bucketKeyEnabled")))


def _boolean(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    known = _BOOLEANS.get(str(value).lower())
    if known is None:
        raise _UnexpectedValue(f"its bucketKeyEnabled is {_short(value)}")
    return known


def _tags(row: Mapping[str, Any]) -> Mapping[str, str] | Unknown:
    """Pairs of key and value. A row that does not mention tags is not one of a bucket without."""
    try:
        pairs = _decoded(row.get("tags"), "the tags")
        if isinstance(pairs, list):
            return dict(_tag(_mapping(pair, "a tag")) for pair in pairs)
        why = f"the tags are {_short(pairs)}"
    except _UnexpectedValue as odd:
        why = str(odd)
    return _unknown(
        UnknownCause.BAD_ANSWER,
        f"AWS Config's item does not hold the bucket's tags: {why}",
        RECORD_BUCKET_ADVICE,
    )


def _tag(pair: Mapping[str, Any]) -> tuple[str, str]:
    key, value = pair.get("key"), pair.get("value", "")
    if not isinstance(key, str) or not isinstance(value, str):
        raise _UnexpectedValue(f"a tag is {_short(dict(pair))}")
    return key, value


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    found = _decoded(value, what)
    if found is None:
        raise _UnexpectedValue(f"{what} is missing")
    if not isinstance(found, dict):
        raise _UnexpectedValue(f"{what} is {_short(found)}")
    return found


def _decoded(value: object, what: str) -> object:
    """The value; the value within, where it is a JSON string."""
    if not isinstance(value, str):
        return value
    try:
        decoded: object = json.loads(value)
    except (ValueError, RecursionError):
        raise _UnexpectedValue(f"{what} is not JSON: {_short(value)}") from None
    return decoded


def _text(value: object, pattern: re.Pattern[str] | None = None) -> str | None:
    """A text of the right form, or nothing: the bucket is judged without it."""
    if not isinstance(value, str) or (pattern and not pattern.fullmatch(value)):
        return None
    return value


def _region(value: object) -> str | None:
    return value if isinstance(value, str) and is_region(value) else None


def _time(value: object) -> datetime | None:
    """An ISO 8601 time, as `2019-10-11T15:00:00.000Z`."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time


def _short(value: object, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + "…"
