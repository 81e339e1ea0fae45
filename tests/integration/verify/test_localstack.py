"""`s3kms verify` against LocalStack: a server that other people wrote, and that keeps versions as S3 does."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.support.cli import Done, Shell
from tests.support.localstack.server import LocalStack

pytestmark = [pytest.mark.localstack, pytest.mark.slow]
REGION = "us-east-1"
PLAIN, AWS_MANAGED, CUSTOMER = "lsv-plain", "lsv.aws.managed", "lsv-customer"
VERSIONED, SUSPENDED, DISABLED = "lsv-versioned", "lsv-suspended", "lsv-disabled"
SOUND = (PLAIN, AWS_MANAGED, CUSTOMER, VERSIONED, SUSPENDED)
FIXED = "lsv-fixed"
MINE = "an-object-of-somebody"


class There:
    """LocalStack, seeded and seen by boto3."""

    def __init__(self, localstack: LocalStack) -> None:
        session: Any = boto3.Session("test", "test", region_name=REGION)
        self.url = localstack.url
        self.s3 = session.client("s3", endpoint_url=self.url)
        self.kms = session.client("kms", endpoint_url=self.url)
        self.key: str = self.kms.create_key()["KeyMetadata"]["Arn"]
        disabled: str = self.kms.create_key()["KeyMetadata"]["Arn"]
        for name in (*SOUND, DISABLED, FIXED):
            self.s3.create_bucket(Bucket=name)
        self.put(AWS_MANAGED, None)
        for name in (CUSTOMER, VERSIONED, SUSPENDED):
            self.put(name, self.key)
        self.put(DISABLED, disabled)
        for name, statuses in {VERSIONED: ["Enabled"], SUSPENDED: ["Enabled", "Suspended"]}.items():
            for status in statuses:
                self.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
            self.s3.put_object(Bucket=name, Key=MINE, Body=b"stays")
        self.kms.disable_key(KeyId=disabled)

    def put(self, bucket: str, key: str | None) -> None:
        default = {"SSEAlgorithm": "aws:kms", **({"KMSMasterKeyID": key} if key else {})}
        rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
        self.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})

    def contents(self, bucket: str) -> list[str]:
        """The keys of every version and of every delete marker."""
        listed = self.s3.list_object_versions(Bucket=bucket)
        return [each["Key"] for part in ("Versions", "DeleteMarkers") for each in listed.get(part, [])]

    def shell(self, folder: Path) -> Shell:
        env = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}
        return Shell(folder, {**env, "AWS_ENDPOINT_URL": self.url, "XDG_STATE_HOME": str(folder / "state")})


@pytest.fixture(scope="module")
def there(localstack: LocalStack) -> There:
    return There(localstack)


@pytest.fixture(scope="module")
def probed(there: There, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """One verify --probe of all buckets."""
    targets = [f"s3://{name}" for name in (*SOUND, DISABLED)]
    return there.shell(tmp_path_factory.mktemp("probed"))("verify", "--format", "json", *targets, "--probe")


def proofs(done: Done, rule: str) -> dict[str, str]:
    return {f["bucket"]: f["message"] for f in done.findings if f["rule"] == rule}


def test_without_a_probe_the_default_is_judged_and_its_key_examined(there: There, tmp_path: Path) -> None:
    targets = [f"s3://{name}" for name in (PLAIN, AWS_MANAGED, CUSTOMER, DISABLED)]
    done = there.shell(tmp_path)("verify", "--format", "json", *targets)

    assert done.verdicts() == {PLAIN: "fail", AWS_MANAGED: "pass", CUSTOMER: "pass", DISABLED: "pass"}
    assert done.verdicts("s3_bucket_kms_key_usable") == {
        **dict.fromkeys((PLAIN, AWS_MANAGED, CUSTOMER), "pass"),
        DISABLED: "fail",
    }
    assert done.verdicts("s3kms_probe") == {}
    assert done.exit == 10


def test_a_probe_lands_as_an_object_of_boto3_does(probed: Done, there: There) -> None:
    aws_s3 = there.s3.put_object(Bucket=AWS_MANAGED, Key=MINE)["SSEKMSKeyId"]
    there.s3.delete_object(Bucket=AWS_MANAGED, Key=MINE)

    assert probed.verdicts("s3kms_probe") == {**dict.fromkeys(SOUND, "pass"), DISABLED: "fail"}
    messages = proofs(probed, "s3kms_probe")
    assert f"landed with SSE-KMS under {aws_s3} and could be read" in messages[AWS_MANAGED]
    for name in (CUSTOMER, VERSIONED, SUSPENDED):
        assert f"landed with SSE-KMS under {there.key} and could be read" in messages[name]
    assert "landed with SSE-S3 and could be read" in messages[PLAIN]


def test_a_key_that_is_disabled_fails_the_probe(probed: Done) -> None:
    assert "KMS.DisabledException" in proofs(probed, "s3kms_probe")[DISABLED]
    assert probed.exit == 10


@pytest.mark.usefixtures("probed")
@pytest.mark.parametrize("bucket", [PLAIN, AWS_MANAGED, CUSTOMER, DISABLED])
def test_no_probe_object_is_left(there: There, bucket: str) -> None:
    assert there.contents(bucket) == []


@pytest.mark.usefixtures("probed")
@pytest.mark.parametrize("bucket", [VERSIONED, SUSPENDED])
def test_a_probe_leaves_no_version_and_no_delete_marker_and_other_objects_alone(
    there: There, bucket: str
) -> None:
    assert there.contents(bucket) == [MINE]


def test_a_run_is_verified_until_somebody_changes_its_bucket(there: There, tmp_path: Path) -> None:
    sh = there.shell(tmp_path)
    assert sh("fix", f"s3://{FIXED}", "--key", there.key, "--apply", "--yes").exit == 0
    (journal,) = (tmp_path / "state" / "s3kms" / "runs").iterdir()

    still_there = sh("verify", "--format", "json", "--run", journal.stem, "--probe")
    there.s3.put_bucket_encryption(
        Bucket=FIXED,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    changed = sh("verify", "--format", "json", "--run", journal.stem)

    assert still_there.verdicts("s3kms_run") == still_there.verdicts("s3kms_probe") == {FIXED: "pass"}
    assert there.key in proofs(still_there, "s3kms_probe")[FIXED]
    assert still_there.exit == 0
    assert there.contents(FIXED) == []
    assert changed.verdicts("s3kms_run") == {FIXED: "fail"}
    assert changed.exit == 10
