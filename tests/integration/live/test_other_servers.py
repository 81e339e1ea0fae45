"""Servers other than AWS: no STS, no KMS, keys of any name, objects that land unencrypted."""

import pytest
from tests.integration.live.conftest import HOME, Account
from tests.support.cli import Shell
from tests.support.stub import Answer, error
from tests.support.stub_buckets import StubBuckets

NO_STS = [error("MethodNotAllowed", 405), error("InvalidRequest", 400), Answer("<html>", 404, "text/html")]


@pytest.mark.parametrize("answer", NO_STS)
@pytest.mark.parametrize("command", [("check",), ("fix", "s3://logs")])
def test_a_server_without_sts_gets_the_hint_to_name_the_account(
    shell: Shell, answer: Answer, command: tuple[str, ...]
) -> None:
    buckets = StubBuckets("logs")
    with buckets.stub as stub:
        stub.on["GetCallerIdentity"] = answer
        done = buckets.shell(shell)(*command)
        named = buckets.shell(shell).having(AWS_ACCOUNT_ID="000000000000")(*command)

    assert done.exit == 1
    assert "set AWS_ACCOUNT_ID" in done.err
    assert named.exit in {0, 10}, named.err


@pytest.mark.parametrize("key", ["my-minio-key", "arn:aws:kms:my-minio-key"])
def test_a_key_of_any_name_is_written_and_said_to_be_unexamined(shell: Shell, key: str) -> None:
    buckets = StubBuckets("logs")
    with buckets.stub as stub:
        done = buckets.shell(shell)("fix", "s3://logs", "--key", key, "--apply", "--yes")
        again = buckets.shell(shell)("fix", "s3://logs", "--key", key)

    assert done.exit == 0, done.err
    assert f"<KMSMasterKeyID>{key}</KMSMasterKeyID>" in stub.bodies["logs"]
    assert f"key {key} is taken as it is named" in done.err
    assert "verify s3://BUCKET --probe" in done.err
    assert again.exit == 0, again.out + again.err


def test_an_endpoint_of_s3_alone_does_not_ask_aws_for_its_keys(shell: Shell) -> None:
    buckets = StubBuckets("logs")
    with buckets.stub:
        env = dict(buckets.shell(shell).env)
        env["AWS_ENDPOINT_URL_S3"] = env.pop("AWS_ENDPOINT_URL")
        there = shell.having(**env, AWS_ACCOUNT_ID="000000000000")
        done = there("fix", "s3://logs", "--key", "my-minio-key", "--apply", "--yes")

    assert done.exit == 0, done.err
    assert buckets.algorithm("logs") == "aws:kms"


@pytest.mark.parametrize("key", ["two words", "x" * 2049])
def test_what_no_server_has_as_a_name_is_refused(shell: Shell, key: str) -> None:
    buckets = StubBuckets("logs")
    with buckets.stub:
        done = buckets.shell(shell)("fix", "s3://logs", "--key", key, "--apply", "--yes")

    assert done.exit == 4
    assert "is not a reference to a KMS key" in done.err


def test_a_server_with_a_kms_is_asked(account: Account) -> None:
    """The embedded AWS is at an address that is not AWS's, and knows its keys."""
    done = account.shell("fix", f"s3://{HOME}", "--key", "alias/nowhere", "--apply", "--yes")

    assert done.exit == 4
    assert account.algorithm(HOME) == "AES256"


def listed(account: Account) -> tuple[list[str], int]:
    found = account.client("s3").list_object_versions(Bucket=HOME)
    return [each["Key"] for each in found.get("Versions", [])], len(found.get("DeleteMarkers", []))


@pytest.mark.parametrize("versioning", ["", "Enabled", "Suspended"])
def test_a_probe_whose_answer_is_lost_is_removed_in_every_version(account: Account, versioning: str) -> None:
    """The SDK writes it twice, so that a versioned bucket has two."""
    if versioning:
        status = {"Status": versioning}
        account.client("s3").put_bucket_versioning(Bucket=HOME, VersioningConfiguration=status)
    account.aws.faults.lost = "PutObject"

    done = account.shell("verify", f"s3://{HOME}", "--probe", "--format", "json")

    account.aws.faults.lost = ""
    assert account.operations["PutObject"] >= 2
    assert listed(account)[0] == []
    (probed,) = [found for found in done.findings if found["rule"] == "s3kms_probe"]
    assert probed["verdict"] == "unknown"
    assert "may be there" not in probed["message"]


def test_a_probe_that_may_be_there_and_cannot_be_looked_for_is_named(account: Account) -> None:
    account.aws.faults.lost = "PutObject"
    account.aws.faults.fail("HeadObject", 403, "AccessDenied")

    done = account.shell("verify", f"s3://{HOME}", "--probe", "--format", "json")

    (probed,) = [found for found in done.findings if found["rule"] == "s3kms_probe"]
    assert "may be there, and could not be looked for" in probed["message"]
    assert f"the probe object s3://{HOME}/s3kms-probe-" in probed["message"]
