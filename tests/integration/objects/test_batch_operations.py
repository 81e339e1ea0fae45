"""Jobs of S3 Batch Operations over the SDK, against the embedded AWS, which really carries them out."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from tests.support.batch_jobs import BUCKET, JOBS_BUCKET, REGION, ROLE_NAME, TRUST, BatchEstate, batch_estate
from tests.support.sdk import client_of

from s3kms.aws.batch_operations import (
    BatchJob,
    BatchJobRequest,
    BatchJobs,
    BatchJobState,
    GeneratedManifest,
    ListedManifest,
)
from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.model.errors import AwsError, BadAnswer, NotFound, Throttled
from s3kms.model.objects import ObjectEncryption

ALL_SSE_S3 = GeneratedManifest(BUCKET, ObjectEncryption.SSE_S3)


@pytest.fixture
def estate(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> BatchEstate:
    for name, value in aws.environment(PRODUCTION, REGION).items():
        monkeypatch.setenv(name, value)
    return batch_estate(aws)


@pytest.fixture
def jobs(estate: BatchEstate) -> BatchJobs:
    return BatchJobs.of(Connection(ConnectionSettings()), REGION)


def request_of(estate: BatchEstate, token: str = "run-1") -> BatchJobRequest:
    return BatchJobRequest(
        token=token,
        description="s3kms run",
        role_arn=estate.role,
        priority=10,
        objects=ALL_SSE_S3,
        key_arn=estate.key,
        bucket_key=True,
        partition="aws",
        report_bucket=JOBS_BUCKET,
        report_prefix="s3kms/run",
    )


def put_list(estate: BatchEstate, rows: list[list[str]], **more: Any) -> ListedManifest:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    body, more = out.getvalue().encode(), {"ServerSideEncryption": "AES256", **more}
    etag = estate.s3.put_object(Bucket=JOBS_BUCKET, Key="list.csv", Body=body, **more)["ETag"]
    return ListedManifest(JOBS_BUCKET, "list.csv", etag.strip('"'), has_versions=len(rows[0]) == 3)


def follow(jobs: BatchJobs, job_id: str) -> tuple[BatchJob, list[BatchJobState]]:
    states: list[BatchJobState] = []
    for _ in range(100):
        job = jobs.describe(job_id)
        states += [job.state] if job.state not in states else []
        if job.state.has_ended:
            return job, states
    raise AssertionError(states)


def report_rows(estate: BatchEstate, job_id: str) -> list[list[str]]:
    folder = f"s3kms/run/job-{job_id}"
    manifest = json.load(estate.s3.get_object(Bucket=JOBS_BUCKET, Key=f"{folder}/manifest.json")["Body"])
    rows: list[list[str]] = []
    for one in manifest["Results"]:
        body = estate.s3.get_object(Bucket=one["Bucket"], Key=one["Key"])["Body"].read()
        assert hashlib.md5(body).hexdigest() == one["MD5Checksum"]
        rows += csv.reader(io.StringIO(body.decode(), newline=""))
    return rows


def test_a_job_with_a_generated_list_re_encrypts_all_of_the_kind_and_nothing_else(
    estate: BatchEstate, jobs: BatchJobs
) -> None:
    other = client_of(estate.aws, PRODUCTION, "kms", REGION).create_key()["KeyMetadata"]["Arn"]
    estate.put("a", "b+c d/é")
    estate.put("theirs", ServerSideEncryption="aws:kms", SSEKMSKeyId=other)

    job, states = follow(jobs, jobs.create(request_of(estate)))

    assert [state.value for state in states] == [
        "New", "Preparing", "Ready", "Active", "Completing", "Complete",
    ]  # fmt: skip
    assert (job.total, job.succeeded, job.failed) == (2, 2, 0)
    assert {estate.key_of(key) for key in ("a", "b+c d/é")} == {estate.key}
    assert estate.key_of("theirs") == other


def test_a_job_with_a_list_re_encrypts_the_versions_named(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws.environment(PRODUCTION, REGION).items():
        monkeypatch.setenv(name, value)
    estate = batch_estate(aws, versioned=True)
    jobs = BatchJobs.of(Connection(ConnectionSettings()), REGION)
    old, new = (estate.s3.put_object(Bucket=BUCKET, Key="a b")["VersionId"] for _ in range(2))

    listed = put_list(estate, [[BUCKET, "a%20b", old]])
    job, _ = follow(jobs, jobs.create(replace(request_of(estate), objects=listed)))

    assert (job.total, job.succeeded) == (1, 1)
    assert estate.key_of("a b", old) == estate.key
    assert estate.key_of("a b", new) is None


def test_the_report_tells_each_task_with_the_status_before_the_code(
    estate: BatchEstate, jobs: BatchJobs
) -> None:
    estate.put("a")
    listed = put_list(estate, [[BUCKET, "a"], [BUCKET, "gone%2B"]])

    job, _ = follow(jobs, jobs.create(replace(request_of(estate), objects=listed)))

    assert sorted(report_rows(estate, job.job_id)) == [
        [BUCKET, "a", "", "succeeded", "200", "", "Successful"],
        [BUCKET, "gone%2B", "", "failed", "404", "NoSuchKey", "The specified key does not exist."],
    ]


def test_the_same_token_finds_the_same_job(estate: BatchEstate, jobs: BatchJobs) -> None:
    estate.put("a")

    assert jobs.create(request_of(estate)) == jobs.create(request_of(estate))
    assert jobs.create(request_of(estate)) != jobs.create(request_of(estate, "run-2"))
    assert len(list(jobs.list_jobs())) == 2


def test_the_same_token_for_another_job_is_refused(estate: BatchEstate, jobs: BatchJobs) -> None:
    jobs.create(request_of(estate))

    with pytest.raises(AwsError) as error:
        jobs.create(replace(request_of(estate), priority=11))

    assert error.value.code == "IdempotencyException"


def test_a_job_is_cancelled_while_it_runs_and_what_it_did_is_in_its_report(
    estate: BatchEstate, jobs: BatchJobs
) -> None:
    estate.put(*"abcde")
    estate.aws.faults.batch.tasks_per_look = 2
    job_id = jobs.create(request_of(estate))
    while jobs.describe(job_id).state is not BatchJobState.ACTIVE:
        pass

    assert jobs.cancel(job_id, "enough") is True
    job, _ = follow(jobs, job_id)

    assert (job.state, job.succeeded) == (BatchJobState.CANCELLED, 2)
    assert len(report_rows(estate, job_id)) == 2
    assert jobs.cancel(job_id, "again") is False


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("no role", "AccessDenied: S3 Batch Operations cannot assume"),
        ("unreadable", "Reading the manifest is forbidden"),
        ("other etag", "ManifestETagMismatch"),
        ("kms", "ManifestEncrypted"),
        ("two buckets", "All objects must be in one bucket"),
    ],
)
def test_a_job_that_cannot_begin_fails_with_the_reason(
    estate: BatchEstate, jobs: BatchJobs, fault: str, reason: str
) -> None:
    estate.put("a")
    more = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": estate.key} if fault == "kms" else {}
    rows = [[BUCKET, "a"], *([["other", "a"]] if fault == "two buckets" else [])]
    listed = put_list(estate, rows, **more)
    listed = replace(listed, etag="0" * 32) if fault == "other etag" else listed
    iam = client_of(estate.aws, PRODUCTION, "iam", REGION)
    if fault == "no role":
        nobody = json.dumps(TRUST).replace("batchoperations.s3", "lambda")
        iam.update_assume_role_policy(RoleName=ROLE_NAME, PolicyDocument=nobody)
    if fault == "unreadable":
        iam.delete_role_policy(RoleName=ROLE_NAME, PolicyName="job")

    job, _ = follow(jobs, jobs.create(replace(request_of(estate), objects=listed)))

    assert job.state is BatchJobState.FAILED
    assert reason in job.failures[0]
    assert estate.key_of("a") is None


def test_a_job_fails_when_more_than_half_of_its_tasks_do(estate: BatchEstate, jobs: BatchJobs) -> None:
    estate.aws.faults.batch.fail_tasks("*", 503, "SlowDown", times=600)
    listed = put_list(estate, [[BUCKET, str(number)] for number in range(1200)])

    job, _ = follow(jobs, jobs.create(replace(request_of(estate), objects=listed)))

    assert (job.state, job.failed) == (BatchJobState.FAILED, 1000)
    assert "exceeded 50%" in job.failures[0]


def test_a_filter_of_a_key_and_its_bucket_keys_is_sent(estate: BatchEstate, jobs: BatchJobs) -> None:
    old = client_of(estate.aws, PRODUCTION, "kms", REGION).create_key()["KeyMetadata"]["Arn"]
    kms = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": old}
    estate.put("with", **kms, BucketKeyEnabled=True)
    estate.put("without", **kms)
    objects = GeneratedManifest(BUCKET, ObjectEncryption.SSE_KMS, old, bucket_key=False)

    follow(jobs, jobs.create(replace(request_of(estate), objects=objects)))

    assert (estate.key_of("with"), estate.key_of("without")) == (old, estate.key)


def test_a_job_that_is_not_there_is_not_found(jobs: BatchJobs) -> None:
    with pytest.raises(NotFound):
        jobs.describe("00000000-0000-0000-0000-000000000000")


def test_throttling_is_told_as_such(
    estate: BatchEstate, jobs: BatchJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    jobs = BatchJobs.of(Connection(ConnectionSettings()), REGION)
    estate.aws.faults.fail("CreateJob", 429, "TooManyRequestsException")

    with pytest.raises(Throttled):
        jobs.create(request_of(estate))


def test_a_lost_answer_to_create_makes_one_job(
    estate: BatchEstate, jobs: BatchJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK sends the request again, with its token."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    jobs = BatchJobs.of(Connection(ConnectionSettings()), REGION)
    estate.aws.faults.lost = "CreateJob"
    with pytest.raises(AwsError):
        jobs.create(request_of(estate))
    estate.aws.faults.lost = ""

    jobs.create(request_of(estate))

    assert [call.operation for call in estate.aws.calls].count("CreateJob") == 3
    assert len(list(jobs.list_jobs())) == 1


def test_jobs_are_listed_page_by_page(estate: BatchEstate, jobs: BatchJobs) -> None:
    made = {jobs.create(request_of(estate, f"run-{number}")) for number in range(3)}
    estate.aws.faults.batch.jobs_per_page = 2
    estate.aws.calls.clear()

    assert {job.job_id for job in jobs.list_jobs()} == made
    assert [call.operation for call in estate.aws.calls] == ["ListJobs"] * 2


def test_another_account_sees_no_job(estate: BatchEstate, jobs: BatchJobs) -> None:
    jobs.create(request_of(estate))
    settings = ConnectionSettings(endpoint_url=estate.aws.url)
    other = BatchJobs("111111111111", REGION, BatchJobs.of(Connection(settings), REGION).client)

    with pytest.raises(AwsError) as error:
        list(other.list_jobs())

    assert error.value.code == "AccessDenied"


def test_an_answer_of_a_stranger_is_no_job(estate: BatchEstate, jobs: BatchJobs) -> None:
    estate.aws.faults.fail("DescribeJob", 200, "Hello")

    with pytest.raises(BadAnswer):
        jobs.describe("00000000-0000-0000-0000-000000000000")
