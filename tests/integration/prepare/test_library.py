"""`Client.prepare` and `Client.apply_prepared`; and a preparation that is killed is restored from its journal."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.account_seed import REGION, create_bucket, create_key, session_of
from tests.support.killed_preparation import POINTS
from tests.support.sdk import client_of

import s3kms
from s3kms.changes.runs import Run, RunState
from s3kms.demo.aws import PRODUCTION, EmbeddedAws

ROOT = Path(__file__).parents[3]
NAMES = [f"killed-{n}" for n in range(3)]
HEADER = "s3:x-amz-server-side-encryption"


def document(bucket: str) -> dict[str, Any]:
    only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringNotEquals": {HEADER: "AES256"}},
    }
    return {"Version": "2012-10-17", "Statement": [only]}


@pytest.fixture
def aws(server: EmbeddedAws) -> EmbeddedAws:
    server.reset()
    for name in NAMES:
        create_bucket(server, PRODUCTION, name)
        s3 = client_of(server, PRODUCTION, "s3", REGION)
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(document(name)))
    return server


@pytest.fixture
def client(aws: EmbeddedAws, tmp_path: Path) -> s3kms.Client:
    session = session_of(aws, PRODUCTION)
    return s3kms.Client(session=session, endpoint_url=aws.url, journal=tmp_path / "runs")


def widened(aws: EmbeddedAws) -> list[str]:
    """The buckets whose policy is not the one from before."""
    s3 = client_of(aws, PRODUCTION, "s3", REGION)
    return [
        name for name in NAMES if json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]) != document(name)
    ]


def test_the_library_prepares_writes_and_puts_back(aws: EmbeddedAws, client: s3kms.Client) -> None:
    key = create_key(aws, PRODUCTION)

    preparation = client.prepare("s3://killed-*", key=key)
    assert [one.subject for one in preparation.changes] == [f"s3://{name}" for name in NAMES]
    assert (preparation.left, preparation.ready, preparation.remaining, widened(aws)) == ((), 3, (), [])

    (run,) = client.apply_prepared(preparation)
    assert (run.changed, widened(aws)) == (3, NAMES)
    client.apply(client.plan("s3://killed-0", key=key))
    with pytest.raises(s3kms.Stopped):
        client.undo(run)
    assert widened(aws) == NAMES[:1]
    client.undo(run, accept=["readers-lose"])
    assert widened(aws) == []


def test_more_policies_than_were_allowed_are_refused_before_anything_is_written(
    aws: EmbeddedAws, client: s3kms.Client
) -> None:
    with pytest.raises(s3kms.Refused, match="3 policy documents would change, and at most 2 may"):
        client.apply_prepared(client.prepare("s3://killed-*"), max_policies=2)
    assert widened(aws) == []


def test_the_asynchronous_client_prepares_as_well(aws: EmbeddedAws, tmp_path: Path) -> None:
    async def prepare() -> int:
        session = session_of(aws, PRODUCTION)
        async with s3kms.AsyncClient(session=session, endpoint_url=aws.url, journal=tmp_path) as client:
            (run,) = await client.apply_prepared(await client.prepare("s3://killed-1"))
            return run.changed

    assert asyncio.run(prepare()) == 1
    assert widened(aws) == [NAMES[1]]


@pytest.mark.parametrize("point", POINTS)
def test_a_preparation_that_was_killed_is_listed_as_crashed_and_put_back_whole(
    aws: EmbeddedAws, client: s3kms.Client, point: str
) -> None:
    command = [sys.executable, "-m", "tests.support.killed_preparation", point, str(client.journal), aws.url]
    env = {**os.environ, **aws.credentials(PRODUCTION), "AWS_REGION": REGION}

    died = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, timeout=60, check=False)

    assert died.returncode == -9, died.stderr
    written = NAMES[:1] if point == "before the write" else NAMES[:2]
    (run,) = client.runs()
    assert isinstance(run, Run)
    assert (run.state, widened(aws)) == (RunState.CRASHED, written)
    client.undo(run.header.run)
    assert widened(aws) == []
