"""Keys in code: `--key` and `--no-dsse` mean what they mean for a live bucket, and a key that is none is replaced."""

from pathlib import Path

import pytest

import s3kms
from s3kms.changes.files.planner import FilePlan

TEMPLATE = """Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault:
              SSEAlgorithm: {algorithm}
              KMSMasterKeyID: {key}
"""
CODE = """resource "aws_s3_bucket" "b" {{
  bucket = "b"
}}

resource "aws_s3_bucket_server_side_encryption_configuration" "b" {{
  bucket = aws_s3_bucket.b.id

  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "{algorithm}"
      kms_master_key_id = "{key}"
    }}
  }}
}}

resource "aws_kms_key" "k" {{}}
"""
LANGUAGES = pytest.mark.parametrize(
    ("name", "text"), [("t.yaml", TEMPLATE), ("main.tf", CODE)], ids=["CloudFormation", "Terraform"]
)


def changed_lines(plan: FilePlan) -> list[str]:
    """What a plan changes, without the blanks: `-a: b`, `+a: c`."""
    found: list[str] = []
    for patch in plan.patches:
        old, new = (patch.before or b"").decode().splitlines(), patch.after.decode().splitlines()
        found += ["-" + line.strip() for line in old if line not in new]
        found += ["+" + line.strip() for line in new if line not in old]
    return [line.replace(" ", "").replace('"', "").replace("=", ":") for line in found]


def plan_of(folder: Path, name: str, text: str, *, target: str = "", **options: object) -> FilePlan:
    (folder / name).write_text(text)
    return s3kms.plan_code(str(folder / target) if target else str(folder), **options)  # type: ignore[arg-type]


@LANGUAGES
@pytest.mark.parametrize("target", ["", "the file"])
def test_a_kms_default_gets_the_key_that_is_asked_for_and_nothing_else(
    tmp_path: Path, name: str, text: str, target: str
) -> None:
    code = text.format(algorithm="aws:kms", key="alias/old")

    plan = plan_of(tmp_path, name, code, target=name if target else "", key="alias/new")

    argument = "KMSMasterKeyID" if name == "t.yaml" else "kms_master_key_id"
    assert changed_lines(plan) == [f"-{argument}:alias/old", f"+{argument}:alias/new"]


@LANGUAGES
def test_dsse_is_kept_where_only_the_key_changes(tmp_path: Path, name: str, text: str) -> None:
    plan = plan_of(tmp_path, name, text.format(algorithm="aws:kms:dsse", key="alias/old"), key="alias/new")

    assert [line for line in changed_lines(plan) if "lgorithm" in line or "ucket" in line] == []
    assert len(changed_lines(plan)) == 2


@LANGUAGES
def test_no_dsse_makes_a_dsse_default_sse_kms(tmp_path: Path, name: str, text: str) -> None:
    plan = plan_of(tmp_path, name, text.format(algorithm="aws:kms:dsse", key="alias/old"), dsse=False)

    assert [line.rpartition("lgorithm:")[2] for line in changed_lines(plan) if "lgorithm" in line] == [
        "aws:kms:dsse",
        "aws:kms",
    ]


@LANGUAGES
def test_the_key_that_is_there_already_needs_no_change(tmp_path: Path, name: str, text: str) -> None:
    plan = plan_of(tmp_path, name, text.format(algorithm="aws:kms", key="alias/new"), key="alias/new")

    assert plan.patches == ()
    assert [one.skipped.is_compliant for one in plan.skipped] == [True]


def test_a_declared_key_in_the_place_of_another_is_written_once(tmp_path: Path) -> None:
    code = CODE.format(algorithm="aws:kms", key="alias/old")
    first = plan_of(tmp_path, "main.tf", code, key="aws_kms_key.k")
    assert changed_lines(first)[-1] == "+kms_master_key_id:aws_kms_key.k.arn"

    again = plan_of(tmp_path, "main.tf", first.patches[0].after.decode(), key="aws_kms_key.k")

    assert again.patches == ()
    assert [one.skipped.is_compliant for one in again.skipped] == [True]


@LANGUAGES
def test_what_is_said_for_a_folder_of_buckets_changes_no_key_that_is_there(
    tmp_path: Path, name: str, text: str
) -> None:
    other = (
        text.replace("  B:", "  C:")
        .replace('"b"', '"c"')
        .replace("aws_s3_bucket.b", "aws_s3_bucket.c")
        .replace('"k"', '"l"')
    )
    (tmp_path / f"other_{name}").write_text(other.format(algorithm="aws:kms", key="alias/old"))

    plan = plan_of(tmp_path, name, text.format(algorithm="aws:kms", key="alias/old"), key="alias/new")

    assert plan.patches == ()


@LANGUAGES
def test_the_text_aws_s3_becomes_the_aws_managed_key(tmp_path: Path, name: str, text: str) -> None:
    plan = plan_of(tmp_path, name, text.format(algorithm="aws:kms", key="aws/s3"))

    written = {
        "t.yaml": ["-KMSMasterKeyID:aws/s3"],
        "main.tf": ["-kms_master_key_id:aws/s3", "+kms_master_key_id:alias/aws/s3"],
    }
    assert changed_lines(plan) == written[name]


@LANGUAGES
@pytest.mark.parametrize("key", ["qwertzuiop", "alias/aws/ebs"])
def test_another_key_that_s3_cannot_use_is_named_and_replaced_where_a_key_is_given(
    tmp_path: Path, name: str, text: str, key: str
) -> None:
    code = text.format(algorithm="aws:kms", key=key)

    without, with_key = plan_of(tmp_path, name, code), plan_of(tmp_path, name, code, key="alias/new")

    assert without.patches == ()
    assert "a key that S3 cannot use" in without.skipped[0].skipped.reason
    assert without.skipped[0].skipped.is_unknown
    assert changed_lines(with_key)[-1].endswith(":alias/new")


@LANGUAGES
def test_the_aws_managed_key_of_another_service_is_refused(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(s3kms.S3kmsError, match="lets only ebs use it"):
        plan_of(tmp_path, name, text.format(algorithm="AES256", key=""), key="alias/aws/ebs")


@pytest.mark.parametrize(
    "key", ["arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "aws_kms_key.k"]
)
def test_a_key_of_another_region_is_never_written(tmp_path: Path, key: str) -> None:
    away = 'provider "aws" {\n  region = "us-east-1"\n}\n'
    away += 'provider "aws" {\n  alias = "eu"\n  region = "eu-central-1"\n}\n'
    code = away + 'resource "aws_kms_key" "k" {}\nresource "aws_s3_bucket" "b" {\n  provider = aws.eu\n}\n'

    plan = plan_of(tmp_path, "main.tf", code, key=key)

    assert plan.patches == ()
    assert "is in us-east-1, the bucket in eu-central-1" in plan.skipped[0].skipped.reason
