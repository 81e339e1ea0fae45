"""What the report of a job says, and what is not believed."""

import json
from typing import Any

import pytest

from s3kms.objects.engines.batch.report import BadReport, ReportedTask, ReportFile, read_manifest, read_tasks

SCHEMA = "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"
MD5 = "83b1c4cbe93fc893f54053697e10fd6e"


def manifest(**more: Any) -> bytes:
    files = [{"TaskExecutionStatus": "succeeded", "Bucket": "jobs", "MD5Checksum": MD5, "Key": "job-1/a.csv"}]
    said = {"Format": "Report_CSV_20180820", "Results": files, "ReportSchema": SCHEMA, **more}
    return json.dumps(said).encode()


def tasks(*rows: str, plus_is_space: bool = False) -> list[ReportedTask]:
    return list(read_tasks([f"{row}\r\n" for row in rows], "photos", plus_is_space=plus_is_space))


def test_the_manifest_names_the_files_with_their_checksums() -> None:
    assert read_manifest(manifest()) == (ReportFile("jobs", "job-1/a.csv", MD5),)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>503</html>",
        b"[]",
        b"{}",
        b"\xff",
        manifest(Format="Report_CSV_20300101"),
        manifest(ReportSchema="Bucket, Key"),
        manifest(Results=None),
        manifest(Results=[{"Key": "a"}]),
        manifest(Results=[{"Key": "a", "Bucket": "jobs", "MD5Checksum": "none"}]),
        manifest(Results=["a"]),
    ],
)
def test_what_is_no_manifest_is_not_believed(body: bytes) -> None:
    with pytest.raises(BadReport):
        read_manifest(body)


def test_a_row_has_the_status_before_the_code_as_aws_sends_it() -> None:
    assert tasks("photos,a,,failed,404,NoSuchKey,gone", "photos,b,v1,succeeded,200,,Successful") == [
        ReportedTask("a", None, False, "NoSuchKey", "gone"),
        ReportedTask("b", "v1", True, "", ""),
    ]


def test_a_row_may_have_the_code_before_the_status_as_the_schema_says() -> None:
    assert tasks("photos,a,,failed,NoSuchKey,404,gone", "photos,b,,succeeded,,200,Successful") == [
        ReportedTask("a", None, False, "NoSuchKey", "gone"),
        ReportedTask("b", None, True, "", ""),
    ]


@pytest.mark.parametrize("spelled", ["", "null", "\\N"])
def test_no_version_is_spelled_in_three_ways(spelled: str) -> None:
    assert tasks(f"photos,a,{spelled},succeeded,200,,")[0].version_id is None


@pytest.mark.parametrize(
    ("sent", "plus_is_space", "key"),
    [
        ("a%20b", False, "a b"),
        ("a+b", False, "a+b"),
        ("a+b", True, "a b"),
        ("a%2Bb", True, "a+b"),
        ('"a,b"', False, "a,b"),
        ("%E2%82%AC", False, "\N{EURO SIGN}"),
    ],
)
def test_keys_are_decoded_as_the_list_was_made(sent: str, plus_is_space: bool, key: str) -> None:
    assert tasks(f"photos,{sent},,succeeded,200,,", plus_is_space=plus_is_space)[0].key == key


def test_empty_lines_are_no_rows() -> None:
    assert tasks("", "photos,a,,succeeded,200,,", "") == [ReportedTask("a", None, True, "", "")]


def test_a_failure_without_a_code_is_told_by_its_status() -> None:
    assert tasks("photos,a,,failed,500,,")[0].code == "HTTP 500"


@pytest.mark.parametrize(
    "row",
    [
        "photos,a,,succeeded,200",
        "photos,a,,succeeded,200,,,",
        "other,a,,succeeded,200,,",
        "photos,,,succeeded,200,,",
        "photos,a,,done,200,,",
        "photos,a,,SUCCEEDED,200,,",
        "photos,a,,succeeded,200,AccessDenied,",
        "photos,a,,succeeded,403,,",
        'photos,"a,,succeeded,200,,',
    ],
)
def test_a_row_that_makes_no_sense_makes_the_report_none(row: str) -> None:
    with pytest.raises(BadReport):
        tasks("photos,b,,succeeded,200,,", row)


def test_what_the_server_says_is_made_printable() -> None:
    (task,) = tasks("photos,a,,failed,403,Bad\x1b[31m,evil\x1b[2J text")

    assert "\x1b" not in task.code + task.message
