"""A plan's file carried out by a program."""

import asyncio
from pathlib import Path

import boto3
import pytest

import s3kms
from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT, PROFILES, seed_estate


@pytest.fixture
def client(server: EmbeddedAws, tmp_path: Path) -> s3kms.Client:
    """A client of the sample estate, for one test that changes it."""
    server.reset()
    seed_estate(server)
    return s3kms.Client(**_settings(server, tmp_path))  # type: ignore[arg-type]


def _settings(server: EmbeddedAws, folder: Path) -> dict[str, object]:
    keys = server.credentials(PROFILES["production"])
    session = boto3.Session(
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        region_name=FRANKFURT,
    )
    return {"session": session, "endpoint_url": server.url, "journal": folder / "runs"}


def test_a_program_carries_a_plan_out_wave_by_wave(client: s3kms.Client, tmp_path: Path) -> None:
    file = client.assess("s3://acme-web-*", canary=1).save(tmp_path / "plan.json")
    assert [one.bucket for one in client.open_saved(file, wave=1).changes] == ["acme-web-thumbnails"]

    first = client.apply_saved(file, wave=1, approved_by="Dana")
    with pytest.raises(s3kms.Refused, match="has not been verified"):
        client.apply_saved(file, wave=2)
    for run in first.runs:
        client.verify(run)
    second = client.apply_saved(file, wave=2)

    assert (first.changed, second.changed, second.skipped) == (1, 1, ())


def test_errors_are_ours_and_know_no_command_line(client: s3kms.Client, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(s3kms.BadInput) as caught:
        client.apply_saved(tmp_path / "plan.json")

    assert "--" not in str(caught.value) + str(caught.value.advice)


def test_the_asynchronous_client_does_the_same(
    client: s3kms.Client, server: EmbeddedAws, tmp_path: Path
) -> None:
    file = client.assess("s3://acme-web-*", canary=0).save(tmp_path / "plan.json")

    async def carry_out() -> tuple[int, int]:
        async with s3kms.AsyncClient(**_settings(server, tmp_path)) as other:  # type: ignore[arg-type]
            meant = await other.open_saved(file)
            return len(meant.changes), (await other.apply_saved(file)).changed

    assert asyncio.run(carry_out()) == (2, 2)
