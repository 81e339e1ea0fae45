"""`s3kms.testing`: the embedded AWS for other people's tests."""

import subprocess
import sys
import textwrap
from pathlib import Path

import boto3
import pytest

import s3kms.testing
from s3kms.testing import EmbeddedAws

ACCOUNT = "111122223333"


@pytest.fixture
def variables(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment(ACCOUNT, "eu-central-1").items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("variables")
def test_the_environment_alone_leads_boto3_to_the_account() -> None:
    assert boto3.client("sts").get_caller_identity()["Account"] == ACCOUNT


@pytest.mark.usefixtures("variables")
def test_a_new_bucket_has_sse_s3_in_the_region_of_the_environment(aws: EmbeddedAws) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    (rule,) = s3.get_bucket_encryption(Bucket="logs")["ServerSideEncryptionConfiguration"]["Rules"]

    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert [call.operation for call in aws.calls] == ["CreateBucket", "GetBucketEncryption"]


def test_an_account_id_that_has_not_twelve_digits_is_refused(aws: EmbeddedAws) -> None:
    with pytest.raises(ValueError, match="12 digits"):
        aws.environment("1111")


def test_all_that_is_promised_is_there_with_a_docstring() -> None:
    assert s3kms.testing.__all__
    assert all(getattr(s3kms.testing, name).__doc__ for name in s3kms.testing.__all__)


def test_the_example_of_its_documentation_passes(tmp_path: Path) -> None:
    _, _, code = (s3kms.testing.__doc__ or "").partition("    import boto3")
    example, _, _ = code.partition("\nThe state belongs")
    (tmp_path / "test_example.py").write_text(textwrap.dedent(f"    import boto3{example}"))

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert "1 passed" in done.stdout


def test_without_the_extra_it_is_named() -> None:
    code = "import sys; sys.modules['moto'] = None; import s3kms.testing"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert "s3kms.testing needs the extra: pip install 's3kms[demo]'" in done.stderr


def test_without_the_packages_of_cloudformation_the_estate_is_there_and_cloudformation_is_refused() -> None:
    code = """
import sys
for name in ("openapi_spec_validator", "graphql", "docker"):
    sys.modules[name] = None
import boto3, os
from s3kms.testing import EmbeddedAws, seed_estate
with EmbeddedAws() as aws:
    seed_estate(aws)
    os.environ.update(aws.environment("111122223333"))
    try:
        boto3.client("cloudformation").list_stacks()
    except Exception as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "pip install 'moto[cloudformation]'" in done.stdout
