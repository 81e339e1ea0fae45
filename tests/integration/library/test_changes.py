"""Plan, apply, verify and undo by the library, on the embedded AWS and in files."""

import asyncio
from pathlib import Path

import boto3
import pytest

import s3kms
from s3kms.changes.runs import Run, RunState
from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT, PROFILES, seed_estate

WEB = ["acme-web-thumbnails", "acme-web-uploads"]


@pytest.fixture
def own(server: EmbeddedAws, tmp_path: Path) -> s3kms.Client:
    """A client whose writes nobody else sees."""
    server.reset()
    seed_estate(server)
    keys = server.credentials(PROFILES["production"])
    session = boto3.Session(
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        region_name=FRANKFURT,
    )
    return s3kms.Client(session=session, endpoint_url=server.url, journal=tmp_path / "runs")


def verdicts(client: s3kms.Client) -> set[s3kms.Verdict]:
    return {finding.verdict for finding in client.check("s3://acme-web-*")}


def test_a_plan_is_data_and_writes_nothing(own: s3kms.Client) -> None:
    plan = own.plan("s3://acme-web-*")

    assert [change.bucket for change in plan.changes] == WEB
    assert verdicts(own) == {s3kms.Verdict.FAIL}


def test_plan_apply_verify_undo(own: s3kms.Client) -> None:
    run = own.apply(own.plan("s3://acme-web-*"), max_changes=50)
    assert run is not None
    assert run.changed == 2
    assert verdicts(own) == {s3kms.Verdict.PASS}

    verified = own.verify(run, probe=True)
    assert verified.summary.exit is s3kms.Exit.OK
    assert {finding.rule for finding in verified} >= {"s3kms_run", "s3kms_probe"}

    undone = own.undo(run)
    assert undone.result is not None
    assert verdicts(own) == {s3kms.Verdict.FAIL}
    oldest = own.runs()[-1]
    assert isinstance(oldest, Run)
    assert oldest.state is RunState.UNDONE


def test_more_changes_than_allowed_are_refused_and_nothing_is_written(own: s3kms.Client) -> None:
    with pytest.raises(s3kms.Refused) as caught:
        own.apply(own.plan("s3://acme-web-*"), max_changes=1)

    assert "max_changes=2" in str(caught.value.advice)
    assert verdicts(own) == {s3kms.Verdict.FAIL}


def test_the_asynchronous_client_changes_and_puts_back(own: s3kms.Client) -> None:
    async def service() -> s3kms.Exit:
        settings = own._settings
        async with s3kms.AsyncClient(**settings, journal=own.journal) as client:
            run = await client.apply(await client.plan("s3://acme-web-*"))
            assert run is not None
            verified = await client.verify(run)
            await client.undo(run)
            return verified.summary.exit

    assert asyncio.run(service()) is s3kms.Exit.OK
    assert verdicts(own) == {s3kms.Verdict.FAIL}


def test_a_plan_of_code_has_patches_and_is_applied_without_aws(infra: Path, tmp_path: Path) -> None:
    plan = s3kms.plan_code(infra)
    (patch,) = plan.patches
    before = (infra / "main.tf").read_bytes()

    client = s3kms.Client(journal=tmp_path / "runs")
    run = client.apply(plan)

    assert run is not None
    assert (infra / "main.tf").read_bytes() == patch.after != before
    assert [f.verdict for f in s3kms.check_code(infra)] == [s3kms.Verdict.PASS]
    client.undo(run)
    assert (infra / "main.tf").read_bytes() == before


def test_an_undo_that_accepts_what_nobody_knows_is_bad_input(client: s3kms.Client) -> None:
    with pytest.raises(s3kms.BadInput, match="nosuch"):
        client.undo("20261123T114000Z-1a2b3c", accept="nosuch")
