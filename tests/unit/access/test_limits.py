"""The limits of the evaluator that the manual lists are those that it has: each is shown by a request."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.support.policies import (
    ACCOUNT,
    LOGS,
    ROLE,
    ROLE_ARN,
    ROOT_ARN,
    SERVICE,
    SESSION_ARN,
    USER,
    Node,
    allow,
    aws,
    deny,
    policy,
)

from s3kms.access.callers import Requester, RequesterKind
from s3kms.access.documents import parse_policy
from s3kms.access.key_use import BucketUnderKey, BucketUser, judge_key_use
from s3kms.access.limits import LIMITS, EvaluatorLimit
from s3kms.model.access import KeyAccess, KeyUse
from s3kms.model.grants import KeyGrant
from s3kms.model.policy import PolicyDocument

KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEEPS = KeyAccess.KEEPS
TO_ROOT = allow("kms:*", **aws(ROOT_ARN))
SILENT = (policy(allow("ec2:*")),)


def ask(
    *of_key: Node, caller: Requester = ROLE, grants: tuple[KeyGrant, ...] = (), key: str = KEY, **more: Any
) -> KeyAccess:
    bucket = BucketUnderKey(
        bucket_arn="arn:aws:s3:::b",
        key_arn=key,
        has_bucket_key=True,
        key_policies=(policy(*of_key),),
        grants=grants,
    )
    return judge_key_use(BucketUser(caller=caller, **more), bucket)[KeyUse.READ].access


def under(operator: str, key: str, *values: str) -> KeyAccess:
    statement = allow("kms:*", Condition={operator: {key: list(values)}})
    return ask(TO_ROOT, identity=(policy(statement),))


def named(**condition: Any) -> Node:
    return allow("kms:*", **aws(ROLE_ARN), **condition)


DECRYPT = frozenset({"Decrypt"})
EXAMPLES: dict[str, Callable[[], KeyAccess]] = {
    "session-policies": lambda: ask(named()),
    "session-tags": lambda: under("StringEquals", "aws:PrincipalTag/team", "red"),
    "federated-users": lambda: ask(allow("kms:*", **aws(USER.arn)), caller=USER),
    "endpoint-policies": lambda: ask(named()),
    "network": lambda: under("StringEquals", "aws:SourceVpce", "vpce-1"),
    "sign-in": lambda: under("Bool", "aws:MultiFactorAuthPresent", "true"),
    "organization-keys": lambda: under("StringEquals", "aws:PrincipalOrgID", "o-1"),
    "key-tags": lambda: under("StringEquals", "aws:ResourceTag/use", "s3"),
    "request-alias": lambda: under("StringEquals", "kms:RequestAlias", "alias/data"),
    "not-principal-allow": lambda: ask(allow("kms:*", NotPrincipal={"AWS": USER.arn})),
    "not-principal-deny": lambda: ask(named(), deny("kms:*", NotPrincipal={"AWS": ROLE_ARN})),
    "named-sessions": lambda: ask(allow("kms:*", **aws(SESSION_ARN))),
    "federated-principals": lambda: ask(
        allow("kms:*", Principal={"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"})
    ),
    "everyone-service": lambda: ask(allow("kms:*", Principal="*"), caller=SERVICE),
    "silent-boundary": lambda: ask(allow("kms:*", Principal="*"), boundary=SILENT),
    "grants-of-accounts": lambda: ask(TO_ROOT, grants=(KeyGrant(DECRYPT, ROOT_ARN),)),
    "operators": lambda: under("StringResembles", "kms:CallerAccount", ACCOUNT),
    "variables": lambda: under("StringEquals", "kms:CallerAccount", "${aws:userid}"),
    "documents": lambda: ask(TO_ROOT, identity=(parse_policy(PolicyDocument("{", "its policy")),)),
    "china": lambda: ask(
        allow(
            "kms:*",
            **aws(ROLE_ARN.replace("arn:aws:", "arn:aws-cn:")),
            Condition={"StringLike": {"kms:ViaService": "s3.*"}},
        ),
        caller=Requester(RequesterKind.ROLE, ACCOUNT, ROLE_ARN.replace("arn:aws:", "arn:aws-cn:")),
        key=KEY.replace("arn:aws:", "arn:aws-cn:"),
    ),
}


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.id)
def test_a_limit_answers_as_the_manual_says(limit: EvaluatorLimit) -> None:
    if limit.answer is KeyAccess.KEEPS_UNLESS_DENIED:
        return  # of a whole run, not of one request: the plan says it
    assert EXAMPLES[limit.id]() is (limit.answer or KEEPS)


def test_every_limit_has_an_example_and_none_keeps_what_was_not_read() -> None:
    names = [limit.id for limit in LIMITS]

    assert len(names) == len(set(names)) >= 20
    assert set(EXAMPLES) | {"organization-policies"} == set(names)
    assert KEEPS not in {limit.answer for limit in LIMITS}
    assert all(limit.what and limit.why.endswith(".") and "|" not in limit.why for limit in LIMITS)


def test_a_service_in_the_older_form_of_a_grant_is_open_for_everyone() -> None:
    assert ask(TO_ROOT, grants=(KeyGrant(DECRYPT, LOGS),)) is KeyAccess.CANNOT_TELL
