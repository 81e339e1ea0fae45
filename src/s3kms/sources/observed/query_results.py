"""Results of queries in Athena and CloudTrail Lake: the queries that s3kms prints, and their rows as calls."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from s3kms.sources.observed.callers import identity_of_requester, named_identity
from s3kms.sources.observed.calls import ObjectUse, ObservedCall, moment_of, use_of_event, use_of_operation
from s3kms.sources.observed.cloudtrail import DENIED

COLUMNS = (
    "bucket",
    "principal",
    "identity_type",
    "account",
    "invoked_by",
    "operation",
    "copied_from",
    "read_only",
    "sse_applied",
    "error_code",
    "error_message",
    "calls",
    "first_seen",
    "last_seen",
)
"""Of every query; those of access logs leave out what these do not have."""
NEEDED = frozenset({"bucket", "principal", "operation", "calls", "first_seen", "last_seen"})
"""A result without one of them is not of one of these queries."""

_FROM_EVENTS = """\
SELECT CASE WHEN regexp_like({bucket}, ':|-s3alias$')
            THEN element_at(filter(resources, one -> one.type = 'AWS::S3::Bucket'), 1).arn
            ELSE {bucket} END AS bucket,
       coalesce(userIdentity.sessionContext.sessionIssuer.arn, userIdentity.arn) AS principal,
       userIdentity.type AS identity_type,
       userIdentity.accountId AS account,
       userIdentity.invokedBy AS invoked_by,
       eventName AS operation,
       regexp_extract({source}, '^/?([^/:]+)/', 1) AS copied_from,
       readOnly AS read_only,
       {applied} AS sse_applied,
       errorCode AS error_code,
       max(CASE WHEN errorCode = 'AccessDenied' THEN errorMessage END) AS error_message,
       count(*) AS calls,
       min(eventTime) AS first_seen,
       max(eventTime) AS last_seen
FROM {table}
WHERE eventSource = 's3.amazonaws.com'
  AND {bucket} IS NOT NULL
  AND eventTime >= {since}
  AND {is_data}
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""
_ATHENA_EVENTS = _FROM_EVENTS.format(
    bucket="json_extract_scalar(requestParameters, '$.bucketName')",
    source="json_extract_scalar(requestParameters, '$[\"x-amz-copy-source\"]')",
    applied="json_extract_scalar(additionalEventData, '$.SSEApplied')",
    table="cloudtrail_logs",
    since="'2026-11-01T00:00:00Z'",
    is_data="regexp_like(eventName, 'Object|Upload') AND eventName NOT LIKE '%Configuration'",
)
_LAKE_EVENTS = _FROM_EVENTS.format(
    bucket="element_at(requestParameters, 'bucketName')",
    source="element_at(requestParameters, 'x-amz-copy-source')",
    applied="element_at(additionalEventData, 'SSEApplied')",
    table="EVENT_DATA_STORE_ID",
    since="'2026-11-01 00:00:00'",
    is_data="eventCategory = 'Data'",
)
_ATHENA_ACCESS_LOGS = """\
SELECT bucket_name AS bucket,
       requester AS principal,
       operation,
       CASE WHEN httpstatus = '403' THEN 'AccessDenied' END AS error_code,
       count(*) AS calls,
       min(parse_datetime(requestdatetime, 'dd/MMM/yyyy:HH:mm:ss Z')) AS first_seen,
       max(parse_datetime(requestdatetime, 'dd/MMM/yyyy:HH:mm:ss Z')) AS last_seen
FROM s3_access_logs_db.mybucket_logs
GROUP BY 1, 2, 3, 4
"""
QUERIES: Mapping[str, str] = {
    "Athena, over a table of CloudTrail's data events": _ATHENA_EVENTS,
    "Athena, over a table of S3 server access logs": _ATHENA_ACCESS_LOGS,
    "CloudTrail Lake, over an event data store with data events": _LAKE_EVENTS,
}
"""By where they run. The tables are those of AWS's documentation; names and the first day are the reader's."""


def calls_of_row(row: Mapping[str, str | None]) -> Iterator[ObservedCall]:
    """What a row tells. Raises ValueError for one that lacks a bucket, a time or a number."""
    found = {name: (row.get(name) or "").strip() for name in COLUMNS}
    first, last = moment_of(found["first_seen"]), moment_of(found["last_seen"])
    times = int(found["calls"])
    if first is None or last is None or times < 1:
        raise ValueError("a row without times")
    bucket = found["bucket"].rpartition(":::")[2]
    if not bucket or ":" in bucket:
        raise ValueError("a row without a bucket")
    if "." in found["operation"]:
        caller, use = identity_of_requester(found["principal"] or "-"), use_of_operation(found["operation"])
        reads = writes = True
    else:
        caller = named_identity(
            arn=found["principal"],
            sort=found["identity_type"],
            account=found["account"],
            service=found["invoked_by"],
        )
        use = use_of_event(found["operation"])
        is_read = found["read_only"].lower() == "true" or use is ObjectUse.READ
        is_of_objects = use is not ObjectUse.NONE
        reads, writes = is_of_objects and is_read, is_of_objects and not is_read
    is_denied = found["error_code"] == DENIED
    call = ObservedCall(
        bucket,
        caller,
        use,
        first,
        last,
        times,
        is_denied=is_denied,
        denial=found["error_message"] if is_denied else "",
        encryption=found["sse_applied"] if use.is_new_object and not found["error_code"] else "",
        shows_reads=reads,
        shows_writes=writes,
    )
    yield call
    source = found["copied_from"]
    if source and source != bucket:
        yield replace(
            call,
            bucket=source,
            use=ObjectUse.READ,
            denial="",
            encryption="",
            shows_reads=False,
            shows_writes=False,
        )
