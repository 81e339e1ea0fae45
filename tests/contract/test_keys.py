"""KMS keys as s3kms looks at them: DescribeKey, aliases, rotation, key policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.clients import ABROAD, ACCOUNT, HOME, OTHER_ACCOUNT, said
from tests.contract.differences import expected

if TYPE_CHECKING:
    from tests.contract.clients import Server


def described(server: Server, key: str, account: str = ACCOUNT, region: str = HOME) -> dict[str, Any]:
    """What DescribeKey says."""
    return dict(server.client("kms", account, region).describe_key(KeyId=key)["KeyMetadata"])


@pytest.mark.parametrize("form", ["id", "ARN", "alias", "alias ARN"])
def test_every_form_describes_the_same_key(server: Server, form: str) -> None:
    """Id, ARN, alias and alias ARN all lead to the key's ARN (fact A10)."""
    assert described(server, server.keys.forms[form])["Arn"] == server.keys.customer["Arn"]


def test_key_arn_has_the_account_and_the_region(server: Server) -> None:
    """An ARN says whose key it is, and where: what a bare id does not (fact A11)."""
    assert server.keys.customer["Arn"].split(":")[:5] == ["arn", "aws", "kms", HOME, ACCOUNT]


def test_new_key_is_fit_for_s3(server: Server) -> None:
    """CreateKey without settings makes an enabled symmetric customer managed key (facts B1, B2)."""
    key = described(server, server.keys.customer["KeyId"])

    assert [key[part] for part in ("KeyState", "KeySpec", "KeyUsage", "KeyManager", "Origin")] == [
        "Enabled",
        "SYMMETRIC_DEFAULT",
        "ENCRYPT_DECRYPT",
        "CUSTOMER",
        "AWS_KMS",
    ]


@pytest.mark.parametrize(
    ("kind", "part", "value"),
    [
        ("disabled", "KeyState", "Disabled"),
        ("pending deletion", "KeyState", "PendingDeletion"),
        ("asymmetric", "KeySpec", "RSA_2048"),
        ("HMAC", "KeyUsage", "GENERATE_VERIFY_MAC"),
    ],
)
def test_unfit_key_says_why(server: Server, kind: str, part: str, value: str) -> None:
    """DescribeKey tells what S3 will stumble over, before it does (facts B1, B2)."""
    assert described(server, server.keys.unfit[kind])[part] == value


def test_pending_key_has_a_date(server: Server) -> None:
    """A key that waits for its deletion says until when (fact B3)."""
    assert "DeletionDate" in described(server, server.keys.unfit["pending deletion"])


def test_key_without_material_waits_for_it(server: Server) -> None:
    """A key with EXTERNAL origin cannot encrypt before its import (fact B2)."""
    key = server.client("kms").create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]

    assert described(server, key)["KeyState"] == "PendingImport"


def test_multi_region_key_says_so_in_its_id(server: Server) -> None:
    """`mrk-` marks a multi-Region key (fact B2)."""
    key = server.client("kms").create_key(MultiRegion=True)["KeyMetadata"]

    assert (key["MultiRegion"], key["KeyId"][:4]) == (True, "mrk-")


@pytest.mark.parametrize("kind", ["missing", "of another region"])
def test_key_that_is_not_here_is_not_found(server: Server, kind: str) -> None:
    """No such key here is NotFoundException, 400 (fact A9)."""
    assert said(lambda: described(server, server.keys.unfit[kind])) == "NotFoundException 400"


def test_alias_that_is_not_there_is_not_found(server: Server) -> None:
    """No such alias is NotFoundException, 400 (fact A9)."""
    assert said(lambda: described(server, "alias/nobody-made-this")) == "NotFoundException 400"


def test_bare_id_belongs_to_the_region_it_is_asked_in(server: Server) -> None:
    """A key id means nothing in another region (fact B1)."""
    key = server.keys.customer["KeyId"]

    assert said(lambda: described(server, key, region=ABROAD)) == "NotFoundException 400"


def test_alias_belongs_to_the_account_that_asks(server: Server) -> None:
    """An alias is looked up in the caller's own account: elsewhere it is not there, or another key (fact A11)."""
    alias = server.keys.forms["alias"]

    assert said(lambda: described(server, alias, OTHER_ACCOUNT)) == "NotFoundException 400"


def test_another_account_may_not_describe_the_key(server: Server) -> None:
    """A key whose policy admits its own account only is closed to others (facts A27, B8)."""
    arn = server.keys.customer["Arn"]

    answer = said(lambda: described(server, arn, OTHER_ACCOUNT))

    assert answer == expected(server, "DescribeKey by another account")


def test_alias_is_listed_with_its_key(server: Server) -> None:
    """ListAliases resolves an alias without touching the key (fact B5)."""
    key = server.keys.customer["KeyId"]

    aliases = server.client("kms").list_aliases(KeyId=key)["Aliases"]

    assert [(a["AliasName"], a["TargetKeyId"]) for a in aliases] == [(server.keys.alias, key)]


def test_alias_may_move_to_another_key(server: Server) -> None:
    """UpdateAlias makes the same name another key: why an ARN is the safer reference (fact A11)."""
    kms, alias = server.client("kms"), f"{server.keys.alias}-moving"
    first, second = (kms.create_key()["KeyMetadata"] for _ in range(2))
    kms.create_alias(AliasName=alias, TargetKeyId=first["KeyId"])

    kms.update_alias(AliasName=alias, TargetKeyId=second["KeyId"])

    assert described(server, alias)["Arn"] == second["Arn"]


def aws_s3_in_the_listing(server: Server, account: str) -> str:
    """How ListAliases shows alias/aws/s3."""
    aliases = server.client("kms", account).list_aliases()["Aliases"]
    aws_s3 = [alias for alias in aliases if alias["AliasName"] == "alias/aws/s3"]
    if not aws_s3:
        return "not listed"
    return "listed with a key" if "TargetKeyId" in aws_s3[0] else "listed without a key"


def test_aws_s3_has_no_key_before_its_first_use(server: Server) -> None:
    """An untouched account's alias/aws/s3 leads to no key yet (fact B5)."""
    answer = aws_s3_in_the_listing(server, "600000000001")

    assert answer == expected(server, "alias aws/s3 before its first use")


def test_describing_aws_s3_creates_it(server: Server) -> None:
    """DescribeKey on a predefined alias makes the key: what an audit must not do (fact B5)."""
    described(server, "alias/aws/s3", "600000000002")

    assert aws_s3_in_the_listing(server, "600000000002") == "listed with a key"


def test_aws_s3_is_managed_by_aws(server: Server) -> None:
    """DescribeKey tells the AWS managed key from a customer's (facts B2, B6)."""
    assert described(server, "alias/aws/s3")["KeyManager"] == expected(server, "who manages aws/s3")


def test_rotation_is_off_by_default(server: Server) -> None:
    """A new key does not rotate by itself (fact B4)."""
    status = server.client("kms").get_key_rotation_status(KeyId=server.keys.forms["id"])

    assert status["KeyRotationEnabled"] is False


def test_rotation_period_reads_back(server: Server) -> None:
    """The rotation period is read back as it was set (fact B4)."""
    kms = server.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]

    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)

    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 180


def test_default_key_policy_admits_its_account(server: Server) -> None:
    """Without a policy of one's own the account's IAM policies decide (fact B8)."""
    text = server.client("kms").get_key_policy(KeyId=server.keys.forms["id"], PolicyName="default")["Policy"]

    assert json.loads(text)["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def test_key_policy_reads_back(server: Server) -> None:
    """PutKeyPolicy replaces the policy, and GetKeyPolicy gives it back."""
    kms = server.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) | {"Id": "contract"}

    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))

    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == policy


def test_caller_identity_is_the_account_of_the_credentials(server: Server) -> None:
    """GetCallerIdentity says in which account a question is asked."""
    assert server.client("sts", OTHER_ACCOUNT).get_caller_identity()["Account"] == OTHER_ACCOUNT
