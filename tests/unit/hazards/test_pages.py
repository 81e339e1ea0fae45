"""What `explain HAZARD` and the page of a hazard say."""

import json
import re

import pytest

from s3kms.explanation import explain_hazard
from s3kms.hazards import all_hazards, find_hazard
from s3kms.hazards.interface import Danger, Hazard

STATEMENTS = re.compile(r"## Statements to add\n.*?```json\n(.*?)```", re.DOTALL)
NEED_STATEMENTS = [
    hazard
    for hazard in all_hazards()
    if any(
        isinstance(found := hazard.evaluate(one.bucket, one.switch), Danger) and found.statements
        for one in hazard.examples
    )
]


def test_hazards_that_a_key_policy_mends_are_among_those_that_are_looked_at() -> None:
    ids = {hazard.id for hazard in NEED_STATEMENTS}

    assert ids >= {"vended_logs", "config_delivery", "cloudfront_oac", "inventory_reports", "other_accounts"}
    assert not ids & {"website", "load_balancer_logs", "cloudtrail_logs"}


@pytest.mark.parametrize("hazard", NEED_STATEMENTS, ids=lambda hazard: hazard.id)
def test_the_page_shows_the_statement_that_a_key_policy_has_to_have(hazard: Hazard) -> None:
    found = STATEMENTS.search(explain_hazard(hazard))

    assert found
    statement = json.loads(found[1])
    assert (statement["Effect"], statement["Resource"]) == ("Allow", "*")
    assert all(action.startswith("kms:") for action in statement["Action"])


@pytest.mark.parametrize("hazard_id", ["website", "load_balancer_logs", "cloudtrail_logs"])
def test_the_page_of_what_no_key_policy_mends_shows_no_statement(hazard_id: str) -> None:
    assert "Statements to add" not in explain_hazard(find_hazard(hazard_id))


@pytest.mark.parametrize("hazard", all_hazards(), ids=lambda hazard: hazard.id)
def test_what_aws_does_not_confirm_is_said_once_and_nothing_else_is(hazard: Hazard) -> None:
    told = explain_hazard(hazard).lower().count("not confirmed by aws")

    assert told == (0 if hazard.doc.is_confirmed else 1)
