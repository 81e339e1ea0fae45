"""The engine `copy` on LocalStack, which does not look at the conditions of a copy's destination: it is refused."""

from pathlib import Path

import boto3
import pytest
from tests.support.localstack.server import LocalStack
from tests.support.object_engine import REGION, EngineBench

from s3kms.demo.corrections.accounts import credentials
from s3kms.model.errors import Refused
from s3kms.objects.engines.copy import ENGINE

ACCOUNT = "000000000000"


@pytest.mark.localstack
def test_a_server_on_which_a_concurrent_writer_would_lose_is_refused(
    localstack: LocalStack, tmp_path: Path
) -> None:
    keys = credentials(ACCOUNT)
    session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"])
    s3 = session.client("s3", region_name=REGION, endpoint_url=localstack.url)
    kms = session.client("kms", region_name=REGION, endpoint_url=localstack.url)
    s3.create_bucket(Bucket="copied")
    bench = EngineBench(
        localstack.url, ENGINE, kms.create_key()["KeyMetadata"]["Arn"], tmp_path, account=ACCOUNT
    )

    with pytest.raises(Refused, match="ignores If-Match: a concurrent write would be lost"):
        bench.prepare("copied")

    assert "Contents" not in s3.list_objects_v2(Bucket="copied")
