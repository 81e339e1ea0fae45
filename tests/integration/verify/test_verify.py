"""`s3kms verify`: read back, key examined, and a probe object that really lands under the key."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.cli import Done, Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import PROFILES

PRODUCTION = PROFILES["production"]


@pytest.fixture
def s3(estate: EmbeddedAws) -> Any:
    return client_of(estate, PRODUCTION, "s3", "eu-central-1")


def proof(done: Done, rule: str = "s3kms_probe") -> tuple[str, str]:
    (finding,) = [f for f in done.findings if f["rule"] == rule]
    return finding["verdict"], finding["message"]


@pytest.mark.parametrize(
    "bucket", ["acme-orders", "acme-app-config", "acme-ledger", "acme-contracts", "acme-invoices"]
)
def test_a_probe_lands_as_the_default_says_and_is_gone(production: Shell, s3: Any, bucket: str) -> None:
    done = production("verify", "--format", "json", f"s3://{bucket}", "--probe")

    verdict, message = proof(done)
    assert verdict == "pass"
    assert "could be read; it was removed" in message
    listed = s3.list_object_versions(Bucket=bucket)
    assert (listed.get("Versions", []), listed.get("DeleteMarkers", [])) == ([], [])


def test_the_probe_shows_the_key_s3_used(production: Shell) -> None:
    done = production("verify", "--format", "json", "s3://acme-ledger", "--probe")

    assert f"arn:aws:kms:eu-central-1:{PRODUCTION}:key/" in proof(done)[1]  # the default says alias/data
    assert done.exit == 0


@pytest.mark.parametrize("bucket", ["acme-old-mail", "acme-old-wiki", "acme-signing"])
def test_a_key_that_cannot_be_used_fails_the_probe(production: Shell, bucket: str) -> None:
    done = production("verify", "--format", "json", f"s3://{bucket}", "--probe")

    assert proof(done)[0] == "fail"
    assert done.exit == 10


def test_an_object_that_can_be_neither_read_nor_removed_is_said_to_be_there(
    production: Shell, s3: Any
) -> None:
    bucket = "acme-orders"
    denied = {"Effect": "Deny", "Principal": "*", "Action": ["s3:GetObject*", "s3:DeleteObject*"]}
    statement = {**denied, "Resource": f"arn:aws:s3:::{bucket}/s3kms-probe-*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    done = production("verify", "--format", "json", f"s3://{bucket}", "--probe")

    s3.delete_bucket_policy(Bucket=bucket)
    (version,) = s3.list_object_versions(Bucket=bucket)["Versions"]
    s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    verdict, message = proof(done)
    assert verdict == "unknown"
    assert f"the probe object s3://{bucket}/{version['Key']} is still there" in message
    assert done.exit == 11


def test_an_object_whose_deletion_was_not_answered_may_be_there(
    estate: EmbeddedAws, production: Shell
) -> None:
    estate.faults.lost = "DeleteObject*"

    done = production("verify", "--format", "json", "s3://acme-analytics", "--probe")

    estate.faults.lost = ""
    verdict, message = proof(done)
    assert verdict == "unknown"
    assert "may still be there" in message


def test_without_probe_nothing_is_written(production: Shell, estate: EmbeddedAws) -> None:
    production("verify", "--format", "json", "s3://acme-o*")

    assert {c.method for c in estate.calls if c.service.startswith("s3")} == {"GET"}


def test_a_probe_wants_to_be_told_where(production: Shell) -> None:
    done = production("verify", "--format", "json", "--probe")

    assert done.exit == 2
    assert "--probe writes objects, so it needs targets" in done.err


def test_the_command_to_repeat_it_by_hand_is_printed(production: Shell) -> None:
    done = production("verify", "--format", "json", "s3://acme-ledger")

    assert "aws s3api get-bucket-encryption --bucket acme-ledger --region eu-central-1" in done.err


def test_a_run_is_verified_by_its_journal(production: Shell, s3: Any) -> None:
    state = production.having(XDG_STATE_HOME=str(production.folder))
    state("fix", "s3://acme-web-uploads", "--apply", "--yes")
    (run,) = json.loads(state("runs", "--format", "json").out)

    still_there = state("verify", "--format", "json", "--run", run["run"], "--probe")
    s3.delete_bucket_encryption(Bucket="acme-web-uploads")
    changed = state("verify", "--format", "json", "--run", run["run"])

    assert proof(still_there, "s3kms_run")[0] == proof(still_there)[0] == "pass"
    assert still_there.exit == 0
    assert proof(changed, "s3kms_run") == ("fail", f"the default is no longer what run {run['run']} wrote")
    assert changed.exit == 10


def test_a_run_of_another_account_is_said_and_nothing_is_asked_of_its_buckets(
    production: Shell, estate: EmbeddedAws
) -> None:
    state = production.having(XDG_STATE_HOME=str(production.folder))
    state("fix", "s3://acme-lambda-code", "--apply", "--yes")
    (run,) = json.loads(state("runs", "--format", "json").out)
    estate.calls.clear()

    done = state.having(**estate.credentials(PROFILES["sandbox"]))(
        "verify", "--format", "json", "--run", run["run"]
    )

    assert (done.exit, done.out) == (2, "")
    assert f"was made in account {PRODUCTION}" in done.err
    assert {call.operation for call in estate.calls} <= {"GetCallerIdentity"}


def test_the_printed_policy_is_enough_for_a_probe(production: Shell, estate: EmbeddedAws) -> None:
    policy = json.loads(production("permissions", "verify", "--probe").out)
    allowed = {action for s in policy["Statement"] for action in s["Action"]}
    estate.calls.clear()

    production("verify", "--format", "json", "s3://acme-invoices", "--probe")

    actions: dict[str, Callable[[str], set[str]]] = {
        "PutObject": lambda _: {"s3:PutObject"},
        "HeadObject": lambda _: {"s3:GetObject"},
        "GetObject": lambda _: {"s3:GetObject"},
        "DeleteObject": lambda query: {
            "s3:DeleteObjectVersion" if "versionId" in query else "s3:DeleteObject"
        },
    }
    made = [call for call in estate.calls if call.operation in actions]
    assert Counter(call.operation for call in made) == dict.fromkeys(actions, 1)
    for call in made:
        assert actions[call.operation](call.query) <= allowed
    assert {"kms:GenerateDataKey", "kms:Decrypt"} <= allowed  # what S3 asks KMS for in our name (fact A27)
