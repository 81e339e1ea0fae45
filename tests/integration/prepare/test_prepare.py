"""`s3kms plan --prepare`: what a key policy has to say first, written, used, and restored in the right order."""

import json
from typing import Any

import pytest
from tests.integration.prepare.conftest import BUCKET, run_of
from tests.support.account_seed import REGION, create_bucket
from tests.support.cli import Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import AUDIT, PRODUCTION, EmbeddedAws


def policy_of(aws: EmbeddedAws, key: str) -> dict[str, Any]:
    kms = client_of(aws, PRODUCTION, "kms", REGION)
    found: dict[str, Any] = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    return found


def planned(sh: Shell, key: str) -> dict[str, Any]:
    (found,) = json.loads(sh("plan", f"s3://{BUCKET}", "--key", key, "--format", "json").out)["buckets"]
    return {"class": found["class"], "reads": [one["access"] for one in found["access"]]}


def prepare(sh: Shell, key: str, *options: str) -> Any:
    return sh("plan", f"s3://{BUCKET}", "--key", key, "--prepare", *options)


def test_a_bucket_is_prepared_changed_and_put_back_in_the_right_order_alone(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    present = policy_of(aws, key)
    assert planned(sh, key) == {"class": "prepare", "reads": ["loses"]}

    prepared = prepare(sh, key, "--apply", "--yes")
    assert (prepared.exit, planned(sh, key)) == (0, {"class": "ready", "reads": ["keeps"]})

    sh("plan", f"s3://{BUCKET}", "--key", key, "--out", "plan.json")
    fixed = sh("fix", "--plan", "plan.json", "--apply", "--yes")
    assert fixed.exit == 0, fixed.err

    refused = sh("undo", run_of(prepared.err), "--apply", "--yes")
    assert refused.exit == 4
    assert "uses the key for its default encryption" in refused.err
    assert "undo the run that changed the bucket first" in refused.err
    assert "--accept readers-lose" in refused.err
    assert policy_of(aws, key) != present

    assert sh("undo", run_of(fixed.err), "--apply", "--yes").exit == 0
    assert sh("undo", run_of(prepared.err), "--apply", "--yes").exit == 0
    assert policy_of(aws, key) == present


def test_without_apply_the_document_is_shown_and_nothing_is_written(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    present = policy_of(aws, key)

    done = prepare(sh, key)

    assert done.exit == 11
    assert '+      "Sid": "S3kms1"' in done.out
    assert policy_of(aws, key) == present
    assert not [call for call in aws.calls if call.operation.startswith("Put")][3:]


def test_preparing_twice_writes_once(aws: EmbeddedAws, sh: Shell, key: str) -> None:
    prepare(sh, key, "--apply", "--yes")
    once = policy_of(aws, key)

    again = prepare(sh, key, "--apply", "--yes")

    assert (again.exit, policy_of(aws, key)) == (0, once)
    assert "no policy needs to be changed first" in again.err


def test_objects_under_the_key_keep_the_policy_although_the_default_was_put_back(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    prepared = prepare(sh, key, "--apply", "--yes")
    fixed = sh("fix", f"s3://{BUCKET}", "--key", key, "--apply", "--yes")
    client_of(aws, PRODUCTION, "s3", REGION).put_object(Bucket=BUCKET, Key="new", Body=b"x")
    sh("undo", run_of(fixed.err), "--apply", "--yes")

    refused = sh("undo", run_of(prepared.err), "--apply", "--yes")
    assert (refused.exit, "has objects under the key" in refused.err) == (4, True)

    accepted = sh("undo", run_of(prepared.err), "--accept", "readers-lose", "--apply", "--yes")
    assert accepted.exit == 0
    assert "S3kms1" not in json.dumps(policy_of(aws, key))


def test_an_older_version_under_the_key_keeps_the_policy(aws: EmbeddedAws, sh: Shell, key: str) -> None:
    s3 = client_of(aws, PRODUCTION, "s3", REGION)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    prepared = prepare(sh, key, "--apply", "--yes")
    under_key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    s3.put_object(Bucket=BUCKET, Key="report", Body=b"old", **under_key)
    s3.put_object(Bucket=BUCKET, Key="report", Body=b"new", ServerSideEncryption="AES256")

    refused = sh("undo", run_of(prepared.err), "--apply", "--yes")

    assert (refused.exit, "has objects under the key" in refused.err) == (4, True)


@pytest.mark.parametrize("form", ["id", "alias", "alias ARN"])
def test_a_default_that_names_the_key_in_another_way_keeps_the_policy(
    aws: EmbeddedAws, sh: Shell, key: str, form: str
) -> None:
    kms = client_of(aws, PRODUCTION, "kms", REGION)
    kms.create_alias(AliasName="alias/other", TargetKeyId=key)
    prepared = prepare(sh, key, "--apply", "--yes")
    prefix, _, name = key.rpartition(":key/")
    named = {"id": name, "alias": "alias/other", "alias ARN": f"{prefix}:alias/other"}[form]
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": named}}
    client_of(aws, PRODUCTION, "s3", REGION).put_bucket_encryption(
        Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [default]}
    )

    refused = sh("undo", run_of(prepared.err), "--apply", "--yes")

    assert (refused.exit, "default encryption" in refused.err) == (4, True)


def test_a_policy_that_somebody_changed_meanwhile_is_not_put_back_over(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    prepared = prepare(sh, key, "--apply", "--yes")
    mine = policy_of(aws, key)
    mine["Statement"].append(
        {"Sid": "Other", "Effect": "Deny", "Principal": "*", "Action": "kms:Sign", "Resource": "*"}
    )
    kms = client_of(aws, PRODUCTION, "kms", REGION)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(mine))

    done = sh("undo", run_of(prepared.err), "--apply", "--yes")

    assert (done.exit, policy_of(aws, key)) == (4, mine)
    assert "somebody changed it since" in done.err


def test_a_key_of_a_stack_is_shown_and_not_written(aws: EmbeddedAws, sh: Shell, key: str) -> None:
    kms = client_of(aws, PRODUCTION, "kms", REGION)
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "aws:cloudformation:stack-name", "TagValue": "keys"}])
    present = policy_of(aws, key)

    done = prepare(sh, key, "--apply", "--yes")

    assert (done.exit, policy_of(aws, key)) == (11, present)
    assert "belongs to the CloudFormation stack keys" in done.err
    assert '+      "Sid": "S3kms1"' in done.out


def test_the_lockout_check_of_kms_is_never_passed_by(aws: EmbeddedAws, sh: Shell, key: str) -> None:
    aws.calls.clear()
    prepare(sh, key, "--apply", "--yes")

    assert [call.operation for call in aws.calls].count("PutKeyPolicy") == 1


@pytest.mark.parametrize("options", [("--journal", "runs"), ("--max-policies", "3")])
def test_options_of_preparing_go_with_it_alone(sh: Shell, options: tuple[str, ...]) -> None:
    done = sh("plan", *options)

    assert (done.exit, "--prepare" in done.err) == (2, True)


def test_a_key_of_a_central_account_is_read_and_prepared_with_the_role_there(
    aws: EmbeddedAws, sh: Shell
) -> None:
    kms, iam = client_of(aws, AUDIT, "kms", REGION), client_of(aws, AUDIT, "iam", "us-east-1")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    document = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    describe = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{PRODUCTION}:root"},
        "Action": "kms:DescribeKey",
        "Resource": "*",
    }
    document["Statement"].append(describe)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{PRODUCTION}:root"},
        "Action": "sts:AssumeRole",
    }
    iam.create_role(RoleName="keys", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    may = {"Effect": "Allow", "Action": ["s3:GetObject", "kms:Decrypt"], "Resource": "*"}
    client_of(aws, PRODUCTION, "iam", "us-east-1").put_role_policy(
        RoleName="reader",
        PolicyName="read",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [may]}),
    )
    role = ("--key-role", f"arn:aws:iam::{AUDIT}:role/keys")
    plan = ("plan", f"s3://{BUCKET}", "--key", key, *role)
    (unread,) = json.loads(sh("plan", f"s3://{BUCKET}", "--key", key, "--format", "json").out)["buckets"]
    (before,) = json.loads(sh(*plan, "--format", "json").out)["buckets"]

    prepared = sh(*plan, "--prepare", "--apply", "--yes")

    (after,) = json.loads(sh(*plan, "--format", "json").out)["buckets"]
    assert [one["access"] for one in unread["access"]] == ["cannot be told"]
    assert [one["access"] for one in before["access"]] == ["loses"]
    assert prepared.exit == 0, prepared.err
    assert [one["access"] for one in after["access"]] == ["keeps"]
    assert after["class"] == "ready"


def make_bucket(aws: EmbeddedAws, name: str) -> None:
    create_bucket(aws, PRODUCTION, name)


def test_a_bucket_that_came_to_rely_on_the_statement_later_keeps_the_policy(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    prepared = prepare(sh, key, "--apply", "--yes")
    make_bucket(aws, "came-later")
    fixed = sh("fix", "s3://came-later", "--key", key, "--apply", "--yes")

    refused = sh("undo", run_of(prepared.err), "--apply", "--yes")
    assert (refused.exit, "s3://came-later uses the key for its default encryption" in refused.err) == (
        4,
        True,
    )

    client_of(aws, PRODUCTION, "s3", REGION).put_object(Bucket="came-later", Key="new", Body=b"x")
    sh("undo", run_of(fixed.err), "--apply", "--yes")
    refused = sh("undo", run_of(prepared.err), "--apply", "--yes")
    assert (refused.exit, "s3://came-later has objects under the key" in refused.err) == (4, True)


def test_a_bucket_that_had_the_key_before_did_without_the_statement(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    make_bucket(aws, "came-earlier")
    sh("fix", "s3://came-earlier", "--key", key, "--apply", "--yes")
    prepared = prepare(sh, key, "--apply", "--yes")

    undone = sh("undo", run_of(prepared.err), "--apply", "--yes")

    assert undone.exit == 0, undone.err


def test_a_bucket_that_could_be_read_neither_before_nor_since_does_not_keep_the_policy(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    make_bucket(aws, "sealed")
    aws.faults.fail("GetBucketEncryption", 403, "AccessDenied", "no", bucket="sealed")
    prepared = prepare(sh, key, "--apply", "--yes")

    undone = sh("undo", run_of(prepared.err), "--apply", "--yes")
    aws.faults.failures.clear()

    assert undone.exit == 0, undone.err


def test_an_undo_that_is_undone_protects_the_buckets_again(aws: EmbeddedAws, sh: Shell, key: str) -> None:
    prepared = prepare(sh, key, "--apply", "--yes")
    narrowed = sh("undo", run_of(prepared.err), "--apply", "--yes")
    widened = sh("undo", run_of(narrowed.err), "--apply", "--yes")
    assert (narrowed.exit, widened.exit) == (0, 0)
    sh("fix", f"s3://{BUCKET}", "--key", key, "--apply", "--yes")

    refused = sh("undo", run_of(widened.err), "--apply", "--yes")

    assert (refused.exit, "uses the key for its default encryption" in refused.err) == (4, True)


def test_an_unreadable_journal_keeps_the_policy(sh: Shell, key: str) -> None:
    prepared = prepare(sh, key, "--apply", "--yes", "--journal", "runs")
    (sh.folder / "runs" / "20260101T000000Z-abcdef.jsonl").write_text("{")

    refused = sh("undo", run_of(prepared.err), "--apply", "--yes", "--journal", "runs")

    assert (refused.exit, "journal of run 20260101T000000Z-abcdef cannot be read" in refused.err) == (4, True)


def test_buckets_that_cannot_be_listed_keep_the_policy(aws: EmbeddedAws, sh: Shell, key: str) -> None:
    prepared = prepare(sh, key, "--apply", "--yes")
    aws.faults.fail("ListBuckets", 403, "AccessDenied", "no")

    refused = sh("undo", run_of(prepared.err), "--apply", "--yes")
    aws.faults.failures.clear()

    assert (refused.exit, "could not be read" in refused.err) == (4, True)


def test_a_run_that_wrote_key_policies_is_not_verified_as_one_of_files(sh: Shell, key: str) -> None:
    prepared = prepare(sh, key, "--apply", "--yes")

    done = sh("verify", "--run", run_of(prepared.err))

    assert (done.exit, "wrote key policies" in done.err) == (2, True)


def test_what_the_merged_policy_denies_all_the_same_is_not_said_to_be_ready(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    deliver = {
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    client_of(aws, PRODUCTION, "s3", REGION).put_bucket_policy(
        Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deliver]})
    )
    strangers = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "kms:GenerateDataKey*",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": PRODUCTION}},
    }
    document = policy_of(aws, key)
    document["Statement"].append(strangers)
    kms = client_of(aws, PRODUCTION, "kms", REGION)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))

    done = prepare(sh, key, "--apply", "--yes")

    assert (done.exit, planned(sh, key)["class"] == "ready") == (11, False)
    assert f"still not ready: s3://{BUCKET}" in done.err
    assert "no bucket is ready with these policies" in done.err


def _pending(kms: Any, key: str) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


def _disabled(kms: Any, key: str) -> None:
    kms.disable_key(KeyId=key)


def _without_a_policy(kms: Any, key: str) -> None:
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy="{")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_pending, "the key will be deleted on"),
        (_disabled, "the key is disabled"),
        (_without_a_policy, "its key policy is not JSON"),
    ],
)
def test_a_key_that_cannot_be_prepared_is_never_said_to_need_nothing(
    aws: EmbeddedAws, sh: Shell, key: str, spoil: Any, reason: str
) -> None:
    spoil(client_of(aws, PRODUCTION, "kms", REGION), key)

    done = prepare(sh, key, "--apply", "--yes")

    assert done.exit == 11
    assert (reason in done.err, "no policy needs to be changed" in done.err) == (True, False), done.err
    assert "1 bucket" not in done.out


def test_more_policies_than_allowed_are_refused_with_the_option_that_allows_them(
    aws: EmbeddedAws, sh: Shell, key: str
) -> None:
    only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
        "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}},
    }
    client_of(aws, PRODUCTION, "s3", REGION).put_bucket_policy(
        Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [only]})
    )
    present = policy_of(aws, key)

    refused = prepare(sh, key, "--max-policies", "1", "--apply", "--yes")

    assert (refused.exit, policy_of(aws, key)) == (4, present)
    hint = refused.err.partition("allow them with ")[2].split()
    assert hint[:2] == ["--max-policies", "2"]
    assert prepare(sh, key, *hint[:2], "--apply", "--yes").exit == 0
