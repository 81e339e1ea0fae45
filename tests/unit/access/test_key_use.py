"""Who keeps, who loses access to a bucket once a key encrypts it, and of whom that cannot be told."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.policies import (
    ACCOUNT,
    ANONYMOUS,
    FOREIGN,
    KEY,
    LOGS,
    OTHER,
    ROLE,
    ROLE_ARN,
    ROOT,
    ROOT_ARN,
    SERVICE,
    USER,
    allow,
    aws,
    deny,
    policy,
)

from s3kms.access.callers import Requester
from s3kms.access.context import RequestContext
from s3kms.access.evaluate import AccessOutcome
from s3kms.access.key_use import BucketUnderKey, BucketUser, judge_key_use, own_account_use
from s3kms.access.statements import Policy
from s3kms.model.access import KeyAccess, KeyUse
from s3kms.model.advice import Advice
from s3kms.model.grants import KeyGrant
from s3kms.model.unknown import NOT_READ, Unknown, UnknownCause

KEEPS, LOSES, OPEN = KeyAccess.KEEPS, KeyAccess.LOSES, KeyAccess.CANNOT_TELL
READ, WRITE, MULTIPART = KeyUse.READ, KeyUse.WRITE, KeyUse.MULTIPART
UNREAD = Unknown(UnknownCause.DENIED, "iam:GetPolicy is denied", Advice("allow iam:GetPolicy"))
TO_ROOT = policy(allow("kms:*", **aws(ROOT_ARN)), source="the key policy")
S3_ONLY = (policy(allow("s3:*")),)
KMS_READ, KMS_ALL = (policy(allow(["kms:Decrypt"])),), (policy(allow("kms:*")),)
CONTEXT = "kms:EncryptionContext:aws:s3:arn"


def under(*policies: Policy, **more: Any) -> BucketUnderKey:
    return BucketUnderKey(
        **{
            "bucket_arn": "arn:aws:s3:::b",
            "key_arn": KEY,
            "key_policies": policies or (TO_ROOT,),
            "has_bucket_key": True,
            **more,
        }
    )


def answers(caller: Requester, bucket: BucketUnderKey, **more: Any) -> tuple[KeyAccess, ...]:
    found = judge_key_use(BucketUser(caller=caller, **more), bucket)
    return tuple(found[use].access for use in (READ, WRITE, MULTIPART))


def named(condition: dict[str, Any]) -> Policy:
    return policy(allow("kms:*", **aws(ROLE_ARN), Condition=condition), source="the key policy")


@pytest.mark.parametrize(
    ("caller", "bucket", "more", "expected"),
    [
        pytest.param(ROLE, under(), {"identity": KMS_ALL}, (KEEPS, KEEPS, KEEPS), id="rights on the key"),
        pytest.param(ROLE, under(), {"identity": S3_ONLY}, (LOSES, LOSES, LOSES), id="rights on S3 alone"),
        pytest.param(ROLE, under(), {"identity": KMS_READ}, (KEEPS, LOSES, LOSES), id="rights to decrypt"),
        pytest.param(
            ROLE,
            under(),
            {"identity": (policy(allow("kms:GenerateDataKey")),)},
            (LOSES, KEEPS, LOSES),
            id="a writer that cannot decrypt breaks on multipart uploads",
        ),
        pytest.param(ROLE, under(), {"identity": UNREAD}, (OPEN, OPEN, OPEN), id="unread IAM policies"),
        pytest.param(ROOT, under(), {}, (KEEPS, KEEPS, KEEPS), id="the root user"),
        pytest.param(
            ANONYMOUS, under(policy(allow(Principal="*"))), {}, (LOSES,) * 3, id="anonymous requests"
        ),
        pytest.param(FOREIGN, under(), {"identity": KMS_ALL}, (LOSES,) * 3, id="another account, not let in"),
        pytest.param(
            FOREIGN,
            under(policy(allow("kms:*", **aws(OTHER)))),
            {"identity": KMS_ALL},
            (KEEPS,) * 3,
            id="another account, let in on both sides",
        ),
        pytest.param(SERVICE, under(), {}, (LOSES,) * 3, id="a service that nothing lets in"),
        pytest.param(
            SERVICE,
            under(
                grants=(
                    KeyGrant(
                        frozenset({"GenerateDataKey"}), grantee_service=LOGS, source_arn="arn:aws:logs:a:1:*"
                    ),
                )
            ),
            {"keys": RequestContext.of({"aws:SourceArn": "arn:aws:logs:a:1:x"})},
            (LOSES, KEEPS, LOSES),
            id="a service by a grant",
        ),
        pytest.param(
            USER,
            under(is_aws_managed=True, key_policies=()),
            {},
            (KEEPS,) * 3,
            id="aws/s3, of the same account",
        ),
        pytest.param(
            FOREIGN,
            under(is_aws_managed=True, key_policies=()),
            {"identity": KMS_ALL},
            (LOSES,) * 3,
            id="aws/s3, of another account",
        ),
        pytest.param(SERVICE, under(is_aws_managed=True), {}, (LOSES,) * 3, id="aws/s3, a service"),
        pytest.param(
            SERVICE,
            under(policy(allow("kms:*", Principal={"Service": LOGS})), is_aws_managed=True),
            {},
            (LOSES,) * 3,
            id="aws/s3, a service, whatever its policy says",
        ),
        pytest.param(
            USER,
            under(is_aws_managed=True, key_policies=(), rcps=((policy(deny(Principal="*")),),)),
            {},
            (KEEPS,) * 3,
            id="resource control policies do not bind aws/s3",
        ),
        pytest.param(
            USER,
            under(is_aws_managed=True, key_policies=()),
            {"scps": ((policy(allow(), deny("kms:*")),),)},
            (LOSES,) * 3,
            id="service control policies do",
        ),
        pytest.param(
            ROLE,
            under(named({"StringEquals": {CONTEXT: "arn:aws:s3:::b"}})),
            {},
            (KEEPS,) * 3,
            id="context: bucket",
        ),
        pytest.param(
            ROLE,
            under(named({"StringLike": {CONTEXT: "arn:aws:s3:::b/*"}})),
            {},
            (LOSES,) * 3,
            id="context: objects",
        ),
        pytest.param(
            ROLE,
            under(named({"StringLike": {CONTEXT: "arn:aws:s3:::b/*"}}), has_bucket_key=False),
            {},
            (KEEPS,) * 3,
            id="context: objects, without a bucket key",
        ),
        pytest.param(
            ROLE,
            under(named({"StringLike": {CONTEXT: "arn:aws:s3:::b/logs/*"}}), has_bucket_key=False),
            {},
            (OPEN,) * 3,
            id="context: some objects",
        ),
        pytest.param(
            ROLE,
            under(named({"StringLike": {CONTEXT: "arn:aws:s3:::b/*"}}), has_bucket_key=None),
            {},
            (OPEN,) * 3,
            id="context: a bucket key, perhaps",
        ),
        pytest.param(
            ROLE,
            under(aliases=("alias/data",)),
            {
                "identity": (
                    policy(
                        allow(Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/data"}})
                    ),
                )
            },
            (KEEPS,) * 3,
            id="by an alias",
        ),
        pytest.param(
            ROLE,
            under(),
            {
                "identity": (
                    policy(
                        allow(Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/data"}})
                    ),
                )
            },
            (OPEN,) * 3,
            id="by an alias, and nobody read them",
        ),
        pytest.param(
            USER,
            under(),
            {
                "identity": (policy(allow(Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})),),
                "tags": {},
            },
            (LOSES,) * 3,
            id="by a tag that a user does not have",
        ),
        pytest.param(
            ROLE,
            under(),
            {
                "identity": (policy(allow(Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})),),
                "tags": {},
            },
            (OPEN,) * 3,
            id="by a tag that a session may bring",
        ),
        pytest.param(
            ROLE,
            under(),
            {"identity": KMS_ALL, "scps": UNREAD},
            (OPEN,) * 3,
            id="organization policies that nobody read",
        ),
    ],
)
def test_who_keeps_and_who_loses(
    caller: Requester, bucket: BucketUnderKey, more: dict[str, Any], expected: tuple[KeyAccess, ...]
) -> None:
    assert answers(caller, bucket, **more) == expected


def test_the_reason_names_the_action_and_the_statement() -> None:
    found = judge_key_use(BucketUser(caller=ROLE, identity=KMS_READ), under())
    assert found[MULTIPART].why == "kms:GenerateDataKey: nothing in its identity policies allows it"

    kept = judge_key_use(BucketUser(caller=ROLE), under(named({})))
    assert kept[READ].why == "statement 1 of the key policy allows it"


def test_a_key_policy_that_names_too_many_principals_cannot_be_told_and_ends_soon() -> None:
    statements = [
        allow("kms:Encrypt", **aws(f"arn:aws:iam::{ACCOUNT}:role/r{number}")) for number in range(3_000)
    ]

    found = own_account_use(under(policy(*statements)), ACCOUNT, "kms:Decrypt")

    assert found.outcome is AccessOutcome.CANNOT_TELL
    assert found.why == "the key policy and the grants name too many principals"


def test_one_principal_that_a_key_policy_names_is_enough_for_its_account() -> None:
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one"
    for name in (ROLE_ARN, session, f"arn:aws:iam::{ACCOUNT}:user/alice"):
        found = own_account_use(under(policy(allow("kms:*", **aws(name)))), ACCOUNT, "kms:Decrypt")
        assert (found.outcome, name in found.why) == (AccessOutcome.ALLOWED, True)
    nobody = own_account_use(under(policy(allow("kms:*", **aws(OTHER)))), ACCOUNT, "kms:Decrypt")
    assert nobody.outcome is AccessOutcome.DENIED


GRANTED = KeyGrant(frozenset({"Decrypt"}), ROLE_ARN, name="grant one")
NOBODY = policy(allow("kms:*", **aws(OTHER)))


@pytest.mark.parametrize(
    ("grant", "outcome"),
    [
        (GRANTED, AccessOutcome.ALLOWED),
        (replace(GRANTED, grantee=f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one"), AccessOutcome.ALLOWED),
        (replace(GRANTED, grantee=f"arn:aws:iam::{ACCOUNT}:user/alice"), AccessOutcome.ALLOWED),
        (replace(GRANTED, operations=frozenset({"Encrypt"})), AccessOutcome.DENIED),
        (replace(GRANTED, grantee=f"arn:aws:iam::{OTHER}:role/app"), AccessOutcome.DENIED),
        (replace(GRANTED, grantee=None, grantee_service=LOGS), AccessOutcome.DENIED),
        (replace(GRANTED, grantee=LOGS), AccessOutcome.CANNOT_TELL),
        (replace(GRANTED, context_equals={"aws:s3:arn": "elsewhere"}), AccessOutcome.DENIED),
    ],
)
def test_a_grant_lets_somebody_of_the_account_in_where_the_key_policy_lets_nobody(
    grant: KeyGrant, outcome: AccessOutcome
) -> None:
    found = own_account_use(under(NOBODY, grants=(grant,)), ACCOUNT, "kms:Decrypt")

    assert found.outcome is outcome
    assert not found.is_explicit


def test_grants_that_nobody_read_leave_it_open_and_help_nobody_who_is_let_in() -> None:
    assert (
        own_account_use(under(NOBODY, grants=NOT_READ), ACCOUNT, "kms:Decrypt").outcome
        is AccessOutcome.CANNOT_TELL
    )
    open_policy = policy(allow("kms:*", **aws(ROLE_ARN)))
    assert (
        own_account_use(under(open_policy, grants=NOT_READ), ACCOUNT, "kms:Decrypt").outcome
        is AccessOutcome.ALLOWED
    )


def test_no_grant_helps_against_a_statement_that_denies() -> None:
    shut = policy(deny("kms:Decrypt", Principal="*"))

    found = own_account_use(under(shut, grants=(GRANTED,)), ACCOUNT, "kms:Decrypt")

    assert found.outcome is AccessOutcome.DENIED


def test_as_many_grants_as_are_read_are_all_evaluated() -> None:
    grants = tuple(
        replace(
            GRANTED, grantee=f"arn:aws:iam::{ACCOUNT}:role/r{number}", context_equals={"aws:s3:arn": "no"}
        )
        for number in range(5_000)
    )
    found = own_account_use(under(NOBODY, grants=grants), ACCOUNT, "kms:Decrypt")

    assert found.outcome is AccessOutcome.DENIED


@pytest.mark.parametrize(
    ("denied", "expected"),
    [
        ({"ArnNotEquals": {"aws:PrincipalArn": ROLE_ARN}}, AccessOutcome.CANNOT_TELL),
        ({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, AccessOutcome.DENIED),
    ],
)
def test_what_denies_the_root_user_of_an_account_may_spare_its_roles(
    denied: dict[str, Any], expected: AccessOutcome
) -> None:
    key = policy(allow("kms:*", **aws(ROOT_ARN)), deny("kms:Decrypt", Principal="*", Condition=denied))
    assert own_account_use(under(key), ACCOUNT, "kms:Decrypt").outcome is expected
