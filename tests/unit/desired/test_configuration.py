"""What the configuration says of one bucket."""

from datetime import date

import pytest

from s3kms.desired.configuration import Configuration, Exemption
from s3kms.desired.load import parse_wanted
from s3kms.model.bucket import Bucket
from s3kms.rules import IDS

LOGS = Bucket("logs-1", account="111122223333", region="eu-central-1")
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_MAP = f'[keys."111122223333"]\neu-central-1 = "{KEY}"\n'
RULE = IDS[0]


def wanted(text: str) -> Configuration:
    return parse_wanted(text, "s3kms.toml", IDS)


@pytest.mark.parametrize(
    ("today", "counts"),
    [(date(2027, 3, 30), True), (date(2027, 3, 31), True), (date(2027, 4, 1), False)],
)
def test_an_exemption_counts_on_its_last_day_and_not_the_day_after(today: date, counts: bool) -> None:
    exempt = Configuration(exemptions=(Exemption("logs-*", "old", until=date(2027, 3, 31)),))

    assert (exempt.exemption_for(LOGS, RULE, today) is not None) == counts
    assert (exempt.expired_exemption_for(LOGS, RULE, today) is not None) == (not counts)


def test_the_key_map_gives_a_bucket_the_key_of_its_account_and_region() -> None:
    state = wanted(KEY_MAP).state_for(LOGS)

    assert state.key == KEY  # type: ignore[union-attr]


def test_an_override_that_wants_the_aws_managed_key_puts_the_key_maps_key_away() -> None:
    override = '[[overrides]]\nbuckets = "logs-*"\nkey_kind = "aws-managed"\n'

    state = wanted(KEY_MAP + override).state_for(LOGS)

    assert state.key is None  # type: ignore[union-attr]
    assert state.key_kind == "aws-managed"  # type: ignore[union-attr]


def test_an_override_that_wants_a_customer_managed_key_keeps_the_key_maps_key() -> None:
    override = '[[overrides]]\nbuckets = "logs-*"\nkey_kind = "customer-managed"\n'

    assert wanted(KEY_MAP + override).state_for(LOGS).key == KEY  # type: ignore[union-attr]
