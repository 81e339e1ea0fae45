"""Every statement that is printed for a key policy lets in whom it names, and nobody else."""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from s3kms.access.callers import Requester, RequesterKind
from s3kms.access.context import RequestContext
from s3kms.access.documents import parse_policy
from s3kms.access.evaluate import AccessOutcome, PolicySet, evaluate_access
from s3kms.access.grouping import MAX_NAMED_IN_STATEMENT, statement_for
from s3kms.access.key_use import BucketUnderKey, caller_named, key_context
from s3kms.access.weigh import AccessRequest
from s3kms.hazards import all_hazards
from s3kms.hazards.interface import Danger
from s3kms.model.access import KeyUse
from s3kms.model.policy import PolicyDocument

OWN = "111122223333"
KEY = f"arn:aws:kms:eu-central-1:{OWN}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
VIA = "s3.eu-central-1.amazonaws.com"
GLOBAL_KEYS = frozenset({"aws:SourceAccount", "aws:SourceArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"})
"""What a request has besides what S3's has."""


def of_hazards() -> list[dict[str, Any]]:
    found = [
        danger.statements
        for hazard in all_hazards()
        for one in hazard.examples
        if isinstance(danger := hazard.evaluate(one.bucket, one.switch), Danger)
    ]
    return [statement.to_policy() for statements in found for statement in statements]


def of_access() -> list[dict[str, Any]]:
    role, user = f"arn:aws:iam::{OWN}:role/reader", f"arn:aws:iam::{OWN}:user/alice"
    many = [f"{role}-{number}" for number in range(MAX_NAMED_IN_STATEMENT + 1)]
    return [
        statement_for(OWN, names, uses, via)
        for names in ([role], [role, user], many)
        for uses in ((KeyUse.READ,), (KeyUse.READ, KeyUse.WRITE, KeyUse.MULTIPART))
        for via in (VIA, None)
    ]


STATEMENTS = [*of_hazards(), *of_access()]
IDS = [json.dumps([one["Principal"], one["Action"]])[:80] for one in STATEMENTS]


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def conditions_of(statement: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    return [
        (operator, key, listed(values))
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    ]


def requester(statement: dict[str, Any], name: str) -> Requester:
    if "Service" in statement["Principal"]:
        return Requester(RequesterKind.SERVICE, arn=name)
    account = OWN if name == "*" else name.split(":")[4]
    return caller_named(name, account) or Requester(
        RequesterKind.ROLE, account, f"arn:aws:iam::{account}:role/somebody"
    )


def asked_for(statement: dict[str, Any]) -> dict[str, str]:
    """What the conditions ask of a request beyond what S3's has."""
    return {
        key: values[0].replace("*", "x") for _, key, values in conditions_of(statement) if key in GLOBAL_KEYS
    }


@pytest.mark.parametrize("has_bucket_key", [True, False])
@pytest.mark.parametrize("statement", STATEMENTS, ids=IDS)
def test_it_lets_in_whom_it_names_with_and_without_a_bucket_key_and_nobody_else(
    statement: dict[str, Any], has_bucket_key: bool
) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    everything = parse_policy(
        PolicyDocument(
            {"Statement": ({"Effect": "Allow", "Action": "kms:*", "Resource": "*"},)}, "its policy"
        )
    )
    policies = PolicySet(
        resource=(parse_policy(PolicyDocument(document, "the key policy")),), identity=(everything,)
    )
    under = BucketUnderKey(bucket_arn="arn:aws:s3:::b", key_arn=KEY, has_bucket_key=has_bucket_key)
    (kind,) = statement["Principal"]
    for name in listed(statement["Principal"][kind]):
        caller = requester(statement, name)
        context = key_context(under, caller).extended(asked_for(statement))
        for action in ("kms:Decrypt", "kms:GenerateDataKey"):
            found = evaluate_access(AccessRequest(caller, action, KEY, OWN, context), policies)
            is_named = any(fnmatchcase(action, pattern) for pattern in listed(statement["Action"]))
            assert (found.outcome is AccessOutcome.ALLOWED) is is_named, (name, action)

        stranger = Requester(RequesterKind.SERVICE, arn="ec2.amazonaws.com")
        if kind == "AWS":
            stranger = Requester(
                RequesterKind.ROLE, "999988887777", "arn:aws:iam::999988887777:role/stranger"
            )
        context = RequestContext({**key_context(under, stranger).values})
        found = evaluate_access(AccessRequest(stranger, "kms:Decrypt", KEY, OWN, context), policies)
        assert found.outcome is not AccessOutcome.ALLOWED


def test_there_are_statements_of_hazards_and_of_access() -> None:
    assert len(of_hazards()) >= 15
    assert len(of_access()) >= 10
