"""The role of a job: made, not taken from somebody, and no statement too many or too few."""

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.support.batch_jobs import BUCKET, JOBS_BUCKET, REGION, ROLE_NAME, TRUST, batch_estate
from tests.support.sdk import client_of

from s3kms.aws.batch_operations import BatchJobRequest, BatchJobs, BatchJobState, GeneratedManifest
from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.aws.job_role import create_job_role
from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.model.errors import Refused
from s3kms.model.job_role import POLICY_NAME, JobRole
from s3kms.model.objects import ObjectEncryption
from s3kms.objects.engines.batch.role import role_policy, trust_policy

KEY = f"arn:aws:kms:{REGION}:{PRODUCTION}:key/new"
DOCUMENT = role_policy(BUCKET, JOBS_BUCKET, "s3kms/", (KEY,), "aws", generates=False)


@pytest.fixture
def connection(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Connection:
    for name, value in aws.environment(PRODUCTION, REGION).items():
        monkeypatch.setenv(name, value)
    return Connection(ConnectionSettings())


def role_of(name: str = "made") -> JobRole:
    return JobRole(name, PRODUCTION, "aws", trust_policy(), DOCUMENT, "for run 1")


def documents_of(aws: EmbeddedAws, name: str) -> tuple[Any, Any]:
    iam = client_of(aws, PRODUCTION, "iam", REGION)
    policy = iam.get_role_policy(RoleName=name, PolicyName=POLICY_NAME)["PolicyDocument"]
    return iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"], policy


def test_the_role_is_made_with_its_policy(aws: EmbeddedAws, connection: Connection) -> None:
    assert create_job_role(connection, role_of()) == role_of().arn
    assert documents_of(aws, "made") == (TRUST, DOCUMENT)


def test_a_role_that_a_killed_process_of_the_run_made_is_gone_on_with(
    aws: EmbeddedAws, connection: Connection
) -> None:
    client_of(aws, PRODUCTION, "iam", REGION).create_role(
        RoleName="made", Description="for run 1", AssumeRolePolicyDocument=json.dumps(TRUST)
    )

    create_job_role(connection, role_of())

    assert documents_of(aws, "made") == (TRUST, DOCUMENT)


def test_the_role_of_somebody_else_is_left_alone(aws: EmbeddedAws, connection: Connection) -> None:
    create_job_role(connection, replace(role_of(), description="theirs"))
    aws.calls.clear()

    with pytest.raises(Refused, match="this run did not make it"):
        create_job_role(connection, role_of())

    assert [call.operation for call in aws.calls] == ["CreateRole", "GetRole"]


def run_job(aws: EmbeddedAws, connection: Connection, drop: str | None) -> tuple[Any, Any, bool]:
    """State, what succeeded, and whether there is a report, of a job whose role lacks one statement."""
    estate = batch_estate(aws)
    estate.put("a")
    policy = role_policy(BUCKET, JOBS_BUCKET, "s3kms/", (estate.key,), "aws", generates=True)
    kept = [one for one in policy["Statement"] if one["Sid"] != drop]
    client_of(aws, PRODUCTION, "iam", REGION).put_role_policy(
        RoleName=ROLE_NAME, PolicyName="job", PolicyDocument=json.dumps({**policy, "Statement": kept})
    )
    jobs = BatchJobs.of(connection, REGION)
    request = BatchJobRequest(
        token="1",
        description="job",
        role_arn=estate.role,
        priority=1,
        objects=GeneratedManifest(BUCKET, ObjectEncryption.SSE_S3),
        key_arn=estate.key,
        bucket_key=True,
        partition="aws",
        report_bucket=JOBS_BUCKET,
        report_prefix="s3kms/run",
    )
    job_id = jobs.create(request)
    while not (job := jobs.describe(job_id)).state.has_ended:
        pass
    found = estate.s3.list_objects_v2(Bucket=JOBS_BUCKET).get("KeyCount")
    return job.state, job.succeeded, bool(found)


@pytest.mark.parametrize(
    ("drop", "found"),
    [
        (None, (BatchJobState.COMPLETE, 1, True)),
        ("Reencrypt", (BatchJobState.COMPLETE, 0, True)),
        ("UseKeys", (BatchJobState.COMPLETE, 0, True)),
        ("WriteReport", (BatchJobState.COMPLETE, 1, False)),
        ("MakeList", (BatchJobState.FAILED, 0, False)),
    ],
)
def test_the_policy_is_enough_and_no_statement_is_too_many(
    aws: EmbeddedAws, connection: Connection, drop: str | None, found: tuple[Any, Any, bool]
) -> None:
    assert run_job(aws, connection, drop) == found
