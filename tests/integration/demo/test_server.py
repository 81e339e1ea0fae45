"""The server itself: calls, lifetime, threads."""

from __future__ import annotations

import io
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.support.aws_calls import create_bucket, put, refusal, rule

from s3kms.demo.aws import MANAGEMENT, EmbeddedAws, RecordedCall

CLI = Path(sys.executable).with_name("aws")


def test_every_request_is_recorded(aws: EmbeddedAws, s3: Any, bucket: str) -> None:
    aws.calls.clear()

    s3.get_bucket_encryption(Bucket=bucket)

    call = RecordedCall(
        "s3", "GetBucketEncryption", "GET", f"/{bucket}", "encryption", MANAGEMENT, "us-east-1", 200
    )
    assert aws.calls == [call]


def test_operations_are_named_as_aws_names_them(aws: EmbeddedAws, connect: Any, s3: Any, bucket: str) -> None:
    aws.calls.clear()
    s3.list_buckets()
    s3.head_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k")
    s3.list_objects_v2(Bucket=bucket)
    s3.get_bucket_versioning(Bucket=bucket)
    connect("kms").list_keys()
    connect("sts").get_caller_identity()
    connect("cloudformation").list_stacks()

    assert [call.operation for call in aws.calls] == [
        "ListBuckets", "HeadBucket", "PutObject", "CopyObject", "ListObjectsV2", "GetBucketVersioning",
        "ListKeys", "GetCallerIdentity", "ListStacks",
    ]  # fmt: skip


def test_refused_requests_are_recorded_with_their_status(aws: EmbeddedAws, s3: Any) -> None:
    refusal(s3.get_bucket_encryption, Bucket="nowhere")

    assert aws.calls[-1].status == 404


def test_headers_and_body_arrive_together(aws: EmbeddedAws) -> None:
    """Between the two, Terraform's provider on a busy machine closed a connection, and sent CreateAlias again."""
    with socket.create_connection(("127.0.0.1", int(aws.url.rpartition(":")[2]))) as client:
        for _ in range(50):
            client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            headers, _, body = client.recv(65536).partition(b"\r\n\r\n")
            assert f"content-length: {len(body)}" in headers.decode().lower()
            assert body


def test_a_connection_is_kept(aws: EmbeddedAws, s3: Any, bucket: str) -> None:
    answer = s3.get_bucket_encryption(Bucket=bucket)

    assert answer["ResponseMetadata"]["HTTPHeaders"].get("connection") != "close"


def test_a_large_upload_arrives_whole(s3: Any, bucket: str) -> None:
    content = bytes(range(256)) * 80_000

    s3.upload_fileobj(io.BytesIO(content), bucket, "k")

    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == content
    assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=5-7")["Body"].read() == b"\5\6\7"


def test_many_threads_are_served(aws: EmbeddedAws, s3: Any) -> None:
    def make(number: int) -> str:
        name = f"bucket-{number:03}"
        s3.create_bucket(Bucket=name)
        put(s3, name, rule("aws:kms"))
        return str(s3.put_object(Bucket=name, Key="k", Body=b"")["SSEKMSKeyId"])

    with ThreadPoolExecutor(10) as pool:
        keys = set(pool.map(make, range(40)))

    assert len(s3.list_buckets()["Buckets"]) == 40
    assert len(keys) == 1


def test_a_stopped_server_no_longer_answers() -> None:
    code = """
import socket
from s3kms.demo.aws import EmbeddedAws
with EmbeddedAws() as aws:
    port = int(aws.url.rpartition(":")[2])
    kept = socket.create_connection(("127.0.0.1", port))
    kept.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    assert kept.recv(12) == b"HTTP/1.1 200", "answers"
aws.stop()
while kept.recv(4096): pass
kept.close()
try:
    socket.create_connection(("127.0.0.1", port))
except ConnectionRefusedError:
    print("refused")
"""

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=30, check=False
    )

    assert (done.stdout, done.stderr) == ("refused\n", "")


def test_a_missing_moto_names_the_extra() -> None:
    code = "import sys; sys.modules['moto'] = None; import s3kms.demo.aws"

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )

    assert "the embedded AWS needs the extra: pip install 's3kms[demo]'" in done.stderr


@pytest.mark.skipif(not CLI.exists(), reason="awscli is not installed")
def test_the_aws_cli_follows_a_redirect(aws: EmbeddedAws, connect: Any) -> None:
    create_bucket(connect("s3", region="eu-west-1"), "irish")
    environment = {
        **aws.credentials(MANAGEMENT),
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
    }

    command = [str(CLI), "s3api", "get-bucket-encryption", "--bucket", "irish", "--output", "text"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, "AES256" in done.stdout) == (0, True), done.stderr
