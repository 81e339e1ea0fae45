"""A client of the sample estate's production account."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

import s3kms
from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT, PROFILES


@pytest.fixture
def session(estate: EmbeddedAws) -> boto3.Session:
    keys = estate.credentials(PROFILES["production"])
    return boto3.Session(
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys.get("AWS_SESSION_TOKEN"),
        region_name=FRANKFURT,
    )


@pytest.fixture
def client(estate: EmbeddedAws, session: boto3.Session) -> Iterator[s3kms.Client]:
    with s3kms.Client(session=session, endpoint_url=estate.url) as client:
        yield client


@pytest.fixture
def infra(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "acme-declared"\n}\n')
    return tmp_path
