"""`s3kms plan`: the classes of the sample estate, the file, and what is not written."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import shell_of
from tests.support.cli import Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, EmbeddedAws

CLASSES = {
    "acme-www": "stay",
    "acme-alb-logs": "stay",
    "acme-access-logs": "stay",
    "acme-sealed": "look",
    "acme-flow-logs": "prepare",
    "acme-master-data": "prepare",
    "acme-partner-share": "prepare",
    "acme-invoices": "ready",
}


def buckets_of(document: str) -> dict[str, dict[str, Any]]:
    return {one["bucket"]: one for one in json.loads(document)["buckets"]}


@pytest.mark.parametrize(("bucket", "plan_class"), CLASSES.items())
def test_each_bucket_of_the_estate_has_its_class(production: Shell, bucket: str, plan_class: str) -> None:
    found = buckets_of(production("plan", f"s3://{bucket}", "--format", "json").out)

    assert {name: one["class"] for name, one in found.items()} == {bucket: plan_class}


def test_a_plan_writes_nothing_in_the_account(production: Shell, estate: EmbeddedAws) -> None:
    production("plan")

    assert {call.operation for call in estate.calls if not call.operation.startswith(("Get", "List"))} <= {
        "DescribeKey",
        "DescribeOrganization",
    }


def test_the_sum_and_the_buckets_agree(production: Shell) -> None:
    document = json.loads(production("plan", "--format", "json").out)
    found = [one["class"] for one in document["buckets"]]

    assert {name: found.count(name) for name in ("ready", "prepare", "look", "stay")} == {
        name: document["summary"][name] for name in ("ready", "prepare", "look", "stay")
    }
    assert min(found.count(name) for name in ("ready", "prepare", "look", "stay")) > 0


def test_a_bucket_that_other_accounts_read_should_get_a_key_of_its_own(production: Shell) -> None:
    found = buckets_of(production("plan", "--format", "json").out)

    assert found["acme-partner-share"]["key"]["recommended"] == "a customer managed key"
    assert "333333333333" in found["acme-partner-share"]["key"]["why"]
    assert found["acme-invoices"]["key"]["recommended"] == "aws/s3"


@pytest.mark.parametrize("bucket", ["acme-flow-logs", "acme-partner-share"])
def test_a_customer_managed_key_that_says_what_the_plan_asks_for_makes_the_bucket_ready(
    production: Shell, estate: EmbeddedAws, bucket: str
) -> None:
    kms = client_of(estate, PRODUCTION, "kms", "eu-central-1")
    key = kms.describe_key(KeyId="alias/data")["KeyMetadata"]["KeyId"]
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    plan = ("plan", f"s3://{bucket}", "--key", "alias/data", "--format", "json")
    before = buckets_of(production(*plan).out)[bucket]

    policy["Statement"] += before["hazards"][0]["statements"]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))

    assert (before["class"], len(before["hazards"])) == ("prepare", 1)
    # What binds a service stands in policies of the organization, too; whether the other account lets its own people
    # use the key, only that account knows.
    is_foreign = bucket == "acme-partner-share"
    unread = "access-unread" if is_foreign else "org-policies-unread"
    assert buckets_of(production(*plan).out)[bucket]["class"] == "look"
    assert buckets_of(production(*plan, "--accept", unread).out)[bucket]["class"] == "ready"


def test_only_ready_buckets_are_in_a_wave_and_the_first_is_the_canary(production: Shell) -> None:
    document = json.loads(production("plan", "--wave-by", "region", "--canary", "2", "--format", "json").out)
    waves = {one["bucket"]: one["wave"] for one in document["buckets"]}

    assert all((one["wave"] is not None) == (one["class"] == "ready") for one in document["buckets"])
    assert list(waves.values()).count(1) == 2
    assert document["summary"]["waves"][0] == {"wave": 1, "name": "canary", "buckets": 2}
    assert {one["name"] for one in document["summary"]["waves"][1:]} == {
        "eu-central-1",
        "eu-west-1",
        "us-east-1",
    }


def test_the_file_of_a_plan_is_for_its_owner_alone(production: Shell) -> None:
    done = production("plan", "--out", "plan.json")
    file = production.folder / "plan.json"

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert buckets_of(file.read_text()).keys() >= CLASSES.keys()
    assert "plan written to plan.json" in done.err


def test_an_estate_of_accounts_is_planned_account_by_account(estate: EmbeddedAws, tmp_path: Path) -> None:
    shell = shell_of(estate, tmp_path, "management")
    done = shell("plan", "--org", "--wave-by", "account", "--format", "json")
    document = json.loads(done.out)
    accounts = [one["account"] for one in document["buckets"]]

    assert done.exit == 11
    assert accounts == sorted(accounts, key=accounts.index)
    assert len(set(accounts)) == 3
    assert any(
        "555555555555 (acquired) could not be assumed" in one for one in document["summary"]["unlisted"]
    )
    assert any("666666666666 (dormant) is SUSPENDED" in one for one in document["summary"]["notes"])


def test_code_has_the_same_classes_without_any_call(shell: Shell) -> None:
    (shell.folder / "main.tf").write_text(
        'resource "aws_s3_bucket" "plain" { bucket = "plain" }\n'
        'resource "aws_s3_bucket" "logs" { bucket = "logs" }\n'
        'resource "aws_s3_bucket_logging" "l" {\n'
        '  bucket = aws_s3_bucket.plain.id\n  target_bucket = aws_s3_bucket.logs.id\n  target_prefix = "x"\n}\n'
    )
    found = buckets_of(shell("plan", ".", "--format", "json").out)

    assert {name: one["class"] for name, one in found.items()} == {"plain": "ready", "logs": "stay"}
    assert found["logs"]["hazards"][0]["id"] == "s3_access_logs"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--wave-by", "team"), "--wave-by team is neither account, region nor tag:NAME"),
        (("--format", "csv"), "a plan has no format 'csv'"),
        (("-o", "plan.csv"), "a plan has no format 'csv'"),
        (("-o", "plan.sarif.json"), "a plan has no format 'sarif'"),
        (("--assume-role", "X"), "--assume-role"),
        (("--org", "--account", "111122223333"), "--org means every account"),
        ((".", "--org"), "--org is about buckets in an account"),
        (("config://organization",), "an AWS Config aggregator"),
    ],
)
def test_bad_input_gets_a_sentence(production: Shell, arguments: tuple[str, ...], sentence: str) -> None:
    done = production("plan", *arguments)

    assert done.exit == 2
    assert sentence in done.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--out", "folder"), "is a directory"),
        (("--out", "nowhere/plan.json"), "nowhere/plan.json is not writable: No such file or directory"),
        (("--out", "nowhere/plan.json"), "name another with --out\n"),
        (("--out", "-"), "--out - is not a file"),
        (("--out", "one.json", "-o", "./one.json"), "--out one.json and --output one.json are the same file"),
        (("--format", "json", "-o", "folder"), "folder is a folder"),
    ],
)
def test_a_file_that_cannot_be_written_gets_a_sentence(
    production: Shell, arguments: tuple[str, ...], sentence: str
) -> None:
    (production.folder / "folder").mkdir()
    done = production("plan", "s3://acme-invoices", *arguments)

    assert done.exit == 2
    assert sentence in done.err
    assert [one.name for one in production.folder.iterdir() if one.is_file()] == []


def test_a_link_in_the_place_of_the_file_is_replaced_and_never_followed(production: Shell) -> None:
    (production.folder / "target").write_text("kept")
    (production.folder / "plan.json").symlink_to("target")

    assert production("plan", "s3://acme-invoices", "--out", "plan.json").exit == 0
    assert (production.folder / "target").read_text() == "kept"
    assert not (production.folder / "plan.json").is_symlink()
    assert stat.S_IMODE((production.folder / "plan.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("arguments", [("-o", "plan.txt", "--format", "json"), ("-o", "plan.json")])
def test_the_format_is_the_one_that_is_named_else_that_of_the_name(
    production: Shell, arguments: tuple[str, ...]
) -> None:
    assert production("plan", "s3://acme-invoices", *arguments).exit == 0
    assert buckets_of((production.folder / arguments[1]).read_text()).keys() == {"acme-invoices"}


def test_an_account_without_a_bucket_is_nothing_to_plan_for(aws: EmbeddedAws, tmp_path: Path) -> None:
    done = shell_of(aws, tmp_path)("plan", "--out", "plan.json")

    assert done.exit == 3
    assert not (tmp_path / "plan.json").exists()


VENDED = {
    "Effect": "Allow",
    "Principal": {"Service": "delivery.logs.amazonaws.com"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
    "Resource": "*",
}
OWN = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{PRODUCTION}:root"},
    "Action": "kms:*",
    "Resource": "*",
}


@pytest.mark.parametrize(("statements", "plan_class"), [((OWN,), "prepare"), ((OWN, VENDED), "ready")])
def test_a_key_whose_policy_lets_the_service_in_makes_its_bucket_ready(
    aws: EmbeddedAws, tmp_path: Path, statements: tuple[dict[str, Any], ...], plan_class: str
) -> None:
    kms, s3 = (client_of(aws, PRODUCTION, name, "eu-central-1") for name in ("kms", "s3"))
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    arn = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    writer = {"Effect": "Allow", "Principal": VENDED["Principal"], "Action": "s3:PutObject"}
    for name in ("flow-logs-1", "flow-logs-2"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        document = {"Statement": [{**writer, "Resource": f"arn:aws:s3:::{name}/*"}]}
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(document))
    aws.calls.clear()

    document = json.loads(shell_of(aws, tmp_path)("plan", "--key", arn, "--format", "json").out)

    assert {one["class"] for one in document["buckets"]} == {plan_class}
    asked = [call.operation for call in aws.calls if call.service == "kms"]
    assert sorted(asked) == ["DescribeKey", "GetKeyPolicy", "GetKeyPolicy", "ListAliases", "ListGrants"]
    if plan_class == "prepare":
        (cause,) = document["summary"]["causes"]
        assert cause["buckets"] == 2
        assert cause["statements"][0]["Principal"] == VENDED["Principal"]
        assert set(VENDED["Action"]) <= set(cause["statements"][0]["Action"])


@pytest.mark.parametrize(("operation", "plan_class"), [("GetKeyPolicy", "look"), ("ListGrants", "prepare")])
def test_a_key_that_does_not_tell_whom_it_lets_in_makes_no_bucket_readier(
    aws: EmbeddedAws, tmp_path: Path, operation: str, plan_class: str
) -> None:
    kms, s3 = (client_of(aws, PRODUCTION, name, "eu-central-1") for name in ("kms", "s3"))
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    for name in ("flow-logs", "plain"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    writer = {"Effect": "Allow", "Principal": VENDED["Principal"], "Action": "s3:PutObject"}
    document = {"Statement": [{**writer, "Resource": "arn:aws:s3:::flow-logs/*"}]}
    s3.put_bucket_policy(Bucket="flow-logs", Policy=json.dumps(document))
    aws.faults.fail(operation, 403, "AccessDenied")

    found = buckets_of(shell_of(aws, tmp_path)("plan", "--key", arn, "--format", "json").out)

    assert {name: one["class"] for name, one in found.items()} == {"flow-logs": plan_class, "plain": "ready"}
    if plan_class == "look":
        assert "kms:GetKeyPolicy" in found["flow-logs"]["hazards"][0]["remedy"]


def test_a_bucket_that_is_not_there_is_named(production: Shell) -> None:
    done = production("plan", "s3://acme-no-such-bucket")

    assert (done.exit, "no bucket to plan for: s3://acme-no-such-bucket: account" in done.err) == (3, True)
