"""Logs of S3 add up to who used which bucket; what cannot be read is said with its name."""

import gzip
import json
import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.observed_logs import (
    ANYBODY,
    FOREIGN,
    FOREIGNER,
    OWN,
    OWNER,
    SERVICE,
    denied,
    event,
    line,
    role,
    write_events,
)

from s3kms.aws.connection import Connection
from s3kms.model.access import KeyUse
from s3kms.model.observed import Observations, ObservedBucket, ObservedKind, ObservedPrincipal
from s3kms.sources.observed.budget import LogLimits
from s3kms.sources.observed.query_results import QUERIES
from s3kms.sources.observed.read import read_observations

READER = f"arn:aws:iam::{OWN}:role/team/reader"


def nobody() -> Connection:
    raise AssertionError("no source is in a bucket")


def read(*sources: Path, limits: LogLimits | None = None) -> Observations:
    return read_observations(tuple(map(str, sources)), nobody, limits or LogLimits())


def only(found: Observations, bucket: str = "logs") -> ObservedBucket:
    return found.buckets[bucket]


def by_name(found: Observations, bucket: str = "logs") -> dict[str, ObservedPrincipal]:
    return {one.name: one for one in only(found, bucket).principals}


def said(found: Observations) -> list[str]:
    return [str(one) for one in found.notes]


def of_events(tmp_path: Path, *events: dict[str, Any]) -> Observations:
    return read(write_events(tmp_path / "events.json", events))


# Events of CloudTrail


def test_a_session_is_counted_for_its_role_with_the_path_that_only_the_issuer_has(tmp_path: Path) -> None:
    found = by_name(of_events(tmp_path, event("GetObject"), event("HeadObject", at="2026-11-03T00:00:00Z")))

    assert list(found) == [READER]
    assert (found[READER].reads, found[READER].writes, found[READER].identity.kind) == (
        2,
        0,
        ObservedKind.ROLE,
    )
    assert (found[READER].first.day, found[READER].last.day) == (1, 3)


def test_sessions_of_one_role_in_both_kinds_of_logs_are_one_principal(tmp_path: Path) -> None:
    (tmp_path / "access").write_text(line("REST.GET.OBJECT"))
    write_events(tmp_path / "b.json", [event("GetObject")])

    found = by_name(read(tmp_path))

    assert {name: one.reads for name, one in found.items()} == {READER: 2}


@pytest.mark.parametrize(
    ("identity", "name", "kind"),
    [
        (ANYBODY, "anonymous", ObservedKind.ANONYMOUS),
        (FOREIGNER, FOREIGN, ObservedKind.ACCOUNT),
        (SERVICE, "cloudtrail.amazonaws.com", ObservedKind.SERVICE),
        (
            {"type": "IAMUser", "arn": f"arn:aws:iam::{OWN}:user/a/ann", "accountId": OWN},
            f"arn:aws:iam::{OWN}:user/a/ann",
            ObservedKind.USER,
        ),
        ({"type": "Root", "arn": f"arn:aws:iam::{OWN}:root"}, f"arn:aws:iam::{OWN}:root", ObservedKind.ROOT),
        ({"type": "Unknown", "principalId": "x\x1b[31m"}, "x\\x1b[31m", ObservedKind.OTHER),
        ({}, "not named", ObservedKind.OTHER),
    ],
)
def test_everybody_is_told_as_what_they_are(
    tmp_path: Path, identity: dict[str, Any], name: str, kind: ObservedKind
) -> None:
    found = only(of_events(tmp_path, event("GetObject", identity))).principals

    assert [(one.name, one.identity.kind) for one in found] == [(name, kind)]


def test_writes_are_counted_by_the_encryption_that_was_applied(tmp_path: Path) -> None:
    found = of_events(
        tmp_path,
        event("PutObject", applied="Default_SSE_S3"),
        event("PutObject", applied="SSE_S3"),
        event("CreateMultipartUpload", applied="SSE_S3"),
        event("UploadPart", applied="SSE_S3"),
        event("CompleteMultipartUpload"),
    )

    writer = by_name(found)[READER]
    assert writer.encryptions == {"Default_SSE_S3": 1, "SSE_S3": 2}
    assert (writer.writes, writer.parts, writer.uses) == (5, 3, (KeyUse.WRITE, KeyUse.MULTIPART))


def test_the_encryption_of_what_is_read_says_nothing_of_a_writer(tmp_path: Path) -> None:
    assert by_name(of_events(tmp_path, event("GetObject", applied="SSE_S3")))[READER].encryptions == {}


def test_a_refusal_is_no_use_and_has_the_words_of_aws(tmp_path: Path) -> None:
    words = (
        "User: x is not authorized … because no identity-based policy allows the kms:GenerateDataKey action"
    )
    found = by_name(of_events(tmp_path, *[denied("PutObject", role("writer"), words)] * 3))

    writer = found[f"arn:aws:iam::{OWN}:role/team/writer"]
    assert (writer.denied, writer.has_used, writer.denials) == (3, False, (words,))


def test_a_copy_is_read_at_its_source(tmp_path: Path) -> None:
    request = {"bucketName": "logs", "key": "b", "x-amz-copy-source": "/from%2Dhere/a%2Fb"}
    found = of_events(tmp_path, event("CopyObject", requestParameters=request))

    assert by_name(found)[READER].writes == 1
    assert by_name(found, "from-here")[READER].reads == 1
    assert not only(found, "from-here").covers(KeyUse.READ)


def test_a_request_through_an_access_point_is_one_to_the_bucket(tmp_path: Path) -> None:
    found = of_events(
        tmp_path,
        event(
            "GetObject",
            bucket=f"arn:aws:s3:us-east-1:{OWN}:accesspoint/point",
            resources=[{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::logs", "accountId": OWN}],
        ),
    )

    assert list(found.buckets) == ["logs"]


def test_an_event_that_names_no_bucket_is_said(tmp_path: Path) -> None:
    found = of_events(tmp_path, event("GetObject", bucket=f"arn:aws:s3:us-east-1:{OWN}:accesspoint/point"))

    assert found.buckets == {}
    assert "1 record that could not be read" in said(found)[0]


def test_events_that_are_not_about_objects_tell_nothing(tmp_path: Path) -> None:
    about: dict[str, Any] = {"eventCategory": "Management", "managementEvent": True}
    found = of_events(
        tmp_path, event("GetBucketPolicy", **about), event("Decrypt", eventSource="kms.amazonaws.com")
    )

    assert found.buckets == {}
    assert "tells of no request to S3" in said(found)[0]


def test_whoever_only_deletes_or_lists_needs_no_key(tmp_path: Path) -> None:
    found = only(of_events(tmp_path, event("DeleteObject"), event("ListObjects")))

    assert found.principals == ()
    assert [found.covers(use) for use in KeyUse] == [True, True, True]


def test_a_trail_of_writes_alone_does_not_cover_reads(tmp_path: Path) -> None:
    found = only(of_events(tmp_path, event("PutObject")))

    assert (found.covers(KeyUse.WRITE), found.covers(KeyUse.READ)) == (True, False)


def test_the_window_is_that_of_each_source_and_bucket(tmp_path: Path) -> None:
    first = write_events(tmp_path / "a.json", [event("GetObject", at="2026-11-02T00:00:00Z")])
    second = write_events(
        tmp_path / "b.json",
        [event("GetObject", at="2026-11-26T00:00:00Z"), event("GetObject", bucket="other")],
    )

    found = read(first, second)

    days = {one.source: (one.first.day, one.last.day, one.events) for one in only(found).windows}
    assert days == {str(first): (2, 2, 1), str(second): (26, 26, 1)}
    assert (only(found).first, only(found).last) == (
        datetime(2026, 11, 2, tzinfo=UTC),
        datetime(2026, 11, 26, tzinfo=UTC),
    )
    assert [one.source for one in only(found, "other").windows] == [str(second)]


# Access logs


@pytest.mark.parametrize(
    ("operation", "counted"),
    [
        ("REST.GET.OBJECT", (1, 0)),
        ("REST.HEAD.OBJECT", (1, 0)),
        ("WEBSITE.GET.OBJECT", (1, 0)),
        ("REST.COPY.OBJECT_GET", (1, 0)),
        ("REST.PUT.OBJECT", (0, 1)),
        ("REST.POST.UPLOADS", (0, 1)),
        ("REST.PUT.PART", (0, 1)),
        ("REST.COPY.OBJECT", (0, 1)),
    ],
)
def test_operations_of_access_logs_are_reads_and_writes(
    tmp_path: Path, operation: str, counted: tuple[int, int]
) -> None:
    (tmp_path / "log").write_text(line(operation))

    found = only(read(tmp_path)).principals

    assert [(one.reads, one.writes) for one in found] == [counted]


@pytest.mark.parametrize(
    ("requester", "name", "kind"),
    [
        ("-", "anonymous", ObservedKind.ANONYMOUS),
        (OWNER, OWNER, ObservedKind.CANONICAL),
        ("svc:delivery.logs.amazonaws.com", "delivery.logs.amazonaws.com", ObservedKind.SERVICE),
        (f"arn:aws:iam::{OWN}:user/ann", f"arn:aws:iam::{OWN}:user/ann", ObservedKind.USER),
        (
            f"arn:aws-cn:sts::{OWN}:assumed-role/reader/a",
            f"arn:aws-cn:iam::{OWN}:role/reader",
            ObservedKind.ROLE,
        ),
    ],
)
def test_requesters_of_access_logs(tmp_path: Path, requester: str, name: str, kind: ObservedKind) -> None:
    (tmp_path / "log.gz").write_bytes(gzip.compress(line("REST.GET.OBJECT", requester).encode()))

    found = only(read(tmp_path)).principals

    assert [(one.name, one.identity.kind) for one in found] == [(name, kind)]


def test_a_forbidden_line_is_a_refusal_and_a_missing_object_is_none(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(
        line("REST.GET.OBJECT", status="403") + line("REST.GET.OBJECT", status="404")
    )

    (found,) = only(read(tmp_path)).principals

    assert (found.denied, found.reads) == (1, 1)


def test_a_cut_line_is_said_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(line("REST.GET.OBJECT") + line("REST.PUT.OBJECT")[:90])

    found = read(tmp_path)

    assert [one.writes for one in only(found).principals] == [0]
    assert said(found) == [f"{tmp_path / 'log'} has 1 record that could not be read"]


# Results of queries

ROWS = {
    "bucket": "logs",
    "principal": READER,
    "identity_type": "AssumedRole",
    "account": OWN,
    "invoked_by": "",
    "operation": "PutObject",
    "copied_from": "",
    "read_only": "false",
    "sse_applied": "SSE_S3",
    "error_code": "",
    "error_message": "",
    "calls": "12",
    "first_seen": "2026-11-01T00:00:00Z",
    "last_seen": "2026-11-26 10:00:00.000",
}


def as_csv(**more: str) -> str:
    row = {**ROWS, **more}
    return "".join(",".join(f'"{one}"' for one in cells) + "\n" for cells in (row, row.values()))


def as_lake_answer(**more: str) -> str:
    row = [{name: value} for name, value in {**ROWS, **more}.items()]
    return json.dumps({"QueryStatus": "FINISHED", "QueryResultRows": [row]})


def as_athena_answer(**more: str) -> str:
    row = {**ROWS, **more}
    rows = [
        {"Data": [{"VarCharValue": one} if one else {} for one in cells]} for cells in (row, row.values())
    ]
    return json.dumps({"UpdateCount": 0, "ResultSet": {"Rows": rows, "ResultSetMetadata": {}}})


@pytest.mark.parametrize("form", [as_csv, as_lake_answer, as_athena_answer])
def test_results_of_queries_are_read_in_every_form(tmp_path: Path, form: Any) -> None:
    (tmp_path / "result").write_text(form())

    found = read(tmp_path)

    (writer,) = only(found).principals
    assert (writer.name, writer.writes, writer.encryptions) == (READER, 12, {"SSE_S3": 12})
    assert (writer.first.day, writer.last.day) == (1, 26)
    assert said(found) == []


def test_a_result_over_access_logs_has_operations_of_theirs(tmp_path: Path) -> None:
    (tmp_path / "result.csv").write_text(
        "bucket,principal,operation,error_code,calls,first_seen,last_seen\n"
        f"logs,{OWNER},REST.GET.OBJECT,,7,2026-11-01 00:00:00.000 UTC,2026-11-02 00:00:00.000 UTC\n"
        "logs,-,REST.GET.OBJECT,AccessDenied,3,2026-11-01 00:00:00.000 UTC,2026-11-02 00:00:00.000 UTC\n"
    )

    found = by_name(read(tmp_path))

    assert (found[OWNER].reads, found["anonymous"].denied) == (7, 3)


def test_a_row_counts_as_many_requests_as_it_says(tmp_path: Path) -> None:
    rows = as_csv(operation="CreateMultipartUpload") + as_csv(error_code="AccessDenied").split("\n", 1)[1]
    (tmp_path / "result.csv").write_text(rows)

    (found,) = only(read(tmp_path)).principals

    assert (found.writes, found.parts, found.denied) == (12, 12, 12)


def test_a_row_may_name_the_bucket_by_its_arn(tmp_path: Path) -> None:
    (tmp_path / "result.csv").write_text(as_csv(bucket="arn:aws:s3:::logs"))

    assert list(read(tmp_path).buckets) == ["logs"]


@pytest.mark.parametrize(
    "change",
    [{"calls": "many"}, {"first_seen": ""}, {"calls": "-1"}, {"bucket": ""}, {"bucket": "arn:aws:s3:::a:b"}],
)
def test_a_row_that_is_none_is_said(tmp_path: Path, change: dict[str, str]) -> None:
    (tmp_path / "result.csv").write_text(as_csv(**change))

    assert "1 record that could not be read" in said(read(tmp_path))[0]


def test_the_manual_has_every_query_as_it_is_printed() -> None:
    page = (Path(__file__).parents[3] / "docs" / "observed.md").read_text()

    assert len(QUERIES) == 3
    assert [name for name, query in QUERIES.items() if f"{name}:\n\n```sql\n{query}```" not in page] == []


def test_every_query_gives_the_columns_that_are_needed() -> None:
    assert len(QUERIES) == 3
    for query in QUERIES.values():
        assert all(
            f"AS {name}" in query or f"{name}," in query for name in ("bucket", "principal", "operation")
        )
        assert all(f"AS {name}" in query for name in ("calls", "first_seen", "last_seen"))


# What cannot be read


def test_a_folder_of_cloudtrail_is_read_whole_and_its_digests_have_no_events(tmp_path: Path) -> None:
    day = tmp_path / "AWSLogs" / OWN / "CloudTrail" / "eu-west-1" / "2026" / "11" / "01"
    write_events(day / "a.json.gz", [event("GetObject")])
    write_events(day / "b.json.gz", [event("GetObject")])
    (day / "digest.json").write_text('{"awsAccountId": "1", "digestStartTime": "x", "logFiles": []}')

    found = read(tmp_path)

    assert by_name(found)[READER].reads == 2
    assert said(found) == []


NOTIFICATION = {
    "Records": [{"eventVersion": "2.2", "eventSource": "aws:s3", "s3": {"bucket": {"name": "b"}}}]
}
WRONG = {
    "a picture": b"\x89PNG\r\n\x1a\n",
    "text": b"hello\n",
    "a table of another query": b"a,b,c\n1,2,3\n",
    "JSON of another sort": b'{"a": 1}',
    "notifications of S3": json.dumps(NOTIFICATION).encode(),
    "a list": b"[1, 2]",
    "gzip in gzip": gzip.compress(gzip.compress(b"{}")),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_log_is_said_with_its_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(WRONG[name])

    found = read(tmp_path)

    assert found.buckets == {}
    assert said(found)[0].startswith(f"{tmp_path / name} is not in a known format")


@pytest.mark.parametrize("packed", [True, False])
def test_of_a_cut_file_what_stands_before_the_cut_counts(tmp_path: Path, packed: bool) -> None:
    data = json.dumps(
        {"Records": [event("GetObject", at=f"2026-11-01T00:{n % 60:02}:00Z") for n in range(3000)]}
    )
    whole = gzip.compress(data.encode()) if packed else data.encode()
    (tmp_path / "events").write_bytes(whole[: int(len(whole) * 0.9)])

    found = read(tmp_path)

    assert 1000 < by_name(found)[READER].reads < 3000
    assert said(found)[0].startswith(f"{tmp_path / 'events'} is cut")


@pytest.mark.parametrize(
    ("data", "is_whole"),
    [
        (b"", True),
        (line("REST.GET.OBJECT").encode(), True),
        (b"PAR1 another form", False),
        (b'{"Records": [{"eventVersion": "1', False),
        (gzip.compress(b"{}" * 99, mtime=0)[:20], False),
        (line("REST.GET.OBJECT").encode() + b"x", False),
    ],
)
def test_absence_is_not_known_where_something_beside_the_logs_could_not_be_read(
    tmp_path: Path, data: bytes, is_whole: bool
) -> None:
    write_events(tmp_path / "a.json", [event("GetObject")])
    (tmp_path / "beside").write_bytes(data)

    found = only(read(tmp_path))

    assert (found.windows[0].is_whole, found.covers(KeyUse.READ)) == (is_whole, is_whole)


def test_long_names_from_outside_are_not_kept(tmp_path: Path) -> None:
    long = "x" * 100_000
    found = of_events(
        tmp_path,
        event("GetObject", bucket=long),
        event("GetObject", {"type": "Unknown", "principalId": long}),
        event("GetObject", {"type": "IAMUser", "arn": f"arn:aws:iam::{OWN}:user/{long}"}),
        event("PutObject", applied=long),
        denied("PutObject", role("writer"), long),
        event("GetObject", at=long),
    )

    assert list(found.buckets) == ["logs"]
    texts = [
        text
        for one in only(found).principals
        for text in (one.name, one.identity.short, *one.encryptions, *one.denials)
    ]
    assert max(map(len, texts)) <= 1000
    assert "has 2 records that could not be read" in said(found)[0]


def test_files_with_the_same_fault_are_one_note(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number:02}.bin").write_bytes(b"\0")

    notes = said(read(tmp_path))

    assert len(notes) == 1
    assert "00.bin" in notes[0]
    assert "and 47 more: each is not in a known format" in notes[0]


def test_links_are_not_followed_and_are_said(tmp_path: Path) -> None:
    outside = write_events(tmp_path / "outside" / "a.json", [event("GetObject")])
    named = tmp_path / "named"
    named.mkdir()
    (named / "file").symlink_to(outside)
    (named / "folder").symlink_to(outside.parent)

    found = read(named)

    assert found.buckets == {}
    assert "is a link, which is not followed" in said(found)[0]
    assert "file" in said(found)[0]
    assert "folder" in said(found)[0]


def test_a_pipe_does_not_keep_the_reader_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert "is no plain file" in said(read(tmp_path))[0]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"Records": [' + b" " * 5_000_000 + b"]}", "spaces"),
        (b'{"Records": [{"eventVersion": "' + b"a" * 5_000_000, "record of more than"),
        (b'{"Records": ' + b"[" * 200_000, "nested too deeply"),
        (line("REST.GET.OBJECT").encode() + b"a" * 5_000_000, "line of more than"),
    ],
)
def test_what_has_no_end_is_given_up(tmp_path: Path, data: bytes, why: str) -> None:
    (tmp_path / "endless.gz").write_bytes(gzip.compress(data))

    assert why in said(read(tmp_path))[0]


def test_a_bomb_ends_at_the_limit_of_a_file(tmp_path: Path) -> None:
    bomb = (
        b'{"Records": ['
        + json.dumps(event("GetObject")).encode()
        + b"".join(b"," + json.dumps(event("GetObject")).encode() for _ in range(5000))
    )
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(bomb))

    found = read(tmp_path, limits=LogLimits(file_bytes=1024**2))

    assert "more than 1 MB unpacked" in said(found)[0]
    assert by_name(found)[READER].reads > 0


def test_a_source_ends_at_its_limit_of_files_and_bytes(tmp_path: Path) -> None:
    for name in "abc":
        write_events(tmp_path / f"{name}.json", [event("GetObject")])

    of_files = read(tmp_path, limits=LogLimits(files=2))
    of_bytes = read(tmp_path, limits=LogLimits(bytes=1000))

    assert by_name(of_files)[READER].reads == 2
    assert said(of_files) == [
        f"{tmp_path} was not read to its end: more than 2 files, of which the rest was not read"
    ]
    assert "was not read to its end" in said(of_bytes)[0]


def test_principals_beyond_the_limit_make_absence_unknown(tmp_path: Path) -> None:
    found = read(
        write_events(tmp_path / "a.json", [event("GetObject", role(f"r{n}")) for n in range(5)]),
        limits=LogLimits(pairs_of_bucket=3),
    )

    assert len(only(found).principals) == 3
    assert only(found).is_capped
    assert not only(found).covers(KeyUse.READ)
    assert "more principals used logs than are told apart" in said(found)[0]


def test_memory_does_not_grow_with_the_events(tmp_path: Path) -> None:
    one = json.dumps(event("GetObject")).encode()
    (tmp_path / "many.gz").write_bytes(gzip.compress(b'{"Records": [' + b",".join([one] * 20_000) + b"]}"))
    tracemalloc.start()

    found = read(tmp_path)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert by_name(found)[READER].reads == 20_000
    assert peak < 6 * 1024**2 < len(one) * 20_000


@given(
    st.binary(max_size=300), st.sampled_from([b"", b'{"Records": [', b'{"Records": [{}', b"bucket,principal"])
)
def test_whatever_stands_in_a_file_is_read_or_said(tmp_path_factory: Any, data: bytes, start: bytes) -> None:
    folder = tmp_path_factory.mktemp("wild")
    (folder / "file").write_bytes(start + data)

    found = read(folder)

    assert found.notes
    assert found.buckets == {}
