"""CloudTrail's data events of S3 as calls."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from s3kms.sources.observed.callers import identity_of_event
from s3kms.sources.observed.calls import ObjectUse, ObservedCall, moment_of, use_of_event

DENIED = "AccessDenied"
_SOURCES = {"s3.amazonaws.com", "s3express.amazonaws.com"}
_BUCKET = "AWS::S3::Bucket"


def is_event(record: Any) -> bool:
    """Whether it is a record of CloudTrail: notifications of S3 stand in a list of the same name."""
    return (
        isinstance(record, dict)
        and "eventVersion" in record
        and "eventSource" in record
        and "s3" not in record
    )


def calls_of_event(record: Mapping[str, Any]) -> Iterator[ObservedCall]:
    """What an event tells of buckets: nothing where it is no data event of S3; two where it copies between them.

    Raises ValueError for one without a time or a bucket.
    """
    name = record.get("eventName")
    if record.get("eventSource") not in _SOURCES or not isinstance(name, str):
        return
    use = use_of_event(name)
    if use is ObjectUse.NONE and not _is_data_event(record):
        return
    bucket = _bucket_of(record)
    at = moment_of(str(record.get("eventTime")))
    if at is None or bucket is None:
        raise ValueError("an event without a time or a bucket")
    identity = record.get("userIdentity")
    caller = identity_of_event(identity if isinstance(identity, dict) else {})
    is_denied = record.get("errorCode") == DENIED
    is_read = _is_read(record, use)
    yield ObservedCall(
        bucket,
        caller,
        use,
        at,
        at,
        is_denied=is_denied,
        denial=str(record.get("errorMessage") or "") if is_denied else "",
        encryption=_applied(record) if use.is_new_object and not record.get("errorCode") else "",
        shows_reads=is_read,
        shows_writes=not is_read,
    )
    source = copied_from(_parameters(record).get("x-amz-copy-source"))
    if source and source != bucket:
        yield ObservedCall(source, caller, ObjectUse.READ, at, at, is_denied=is_denied)


def copied_from(value: Any) -> str:
    """The bucket of a copy's source: `/logs/2026/a.gz`; empty where it is none, or an access point."""
    text = unquote(value) if isinstance(value, str) else ""
    name = text.removeprefix("/").partition("/")[0]
    return "" if ":" in name else name


def _is_data_event(record: Mapping[str, Any]) -> bool:
    return record.get("eventCategory") == "Data" or record.get("managementEvent") is False


def _is_read(record: Mapping[str, Any], use: ObjectUse) -> bool:
    said = record.get("readOnly")
    return said if isinstance(said, bool) else use is ObjectUse.READ


def _applied(record: Mapping[str, Any]) -> str:
    more = record.get("additionalEventData")
    found = more.get("SSEApplied") if isinstance(more, dict) else None
    return found if isinstance(found, str) else ""


def _parameters(record: Mapping[str, Any]) -> Mapping[str, Any]:
    found = record.get("requestParameters")
    return found if isinstance(found, dict) else {}


def _bucket_of(record: Mapping[str, Any]) -> str | None:
    """The bucket's own name, where the request named an access point, too."""
    name = _parameters(record).get("bucketName")
    if isinstance(name, str) and name and ":" not in name and not name.endswith("-s3alias"):
        return name
    resources = record.get("resources")
    for one in resources if isinstance(resources, list) else ():
        if isinstance(one, dict) and one.get("type") == _BUCKET and isinstance(one.get("ARN"), str):
            return str(one["ARN"]).rpartition(":::")[2]
    return None
