"""The rules: one question about one bucket each, one file each. A new one needs a line in `RULES`."""

from collections.abc import Iterable

from s3kms.estate.errors import BadInput
from s3kms.rules import (
    s3_bucket_bucket_key_enabled,
    s3_bucket_customer_managed_key,
    s3_bucket_dsse_encryption,
    s3_bucket_kms_encryption,
    s3_bucket_kms_key_allowed,
    s3_bucket_kms_key_rotation,
    s3_bucket_kms_key_usable,
    s3_bucket_sse_c_blocked,
)
from s3kms.rules.interface import Rule
from s3kms.wanted.model import Wanted

RULES: tuple[Rule, ...] = (
    s3_bucket_kms_encryption.RULE,
    s3_bucket_customer_managed_key.RULE,
    s3_bucket_kms_key_allowed.RULE,
    s3_bucket_kms_key_usable.RULE,
    s3_bucket_kms_key_rotation.RULE,
    s3_bucket_bucket_key_enabled.RULE,
    s3_bucket_dsse_encryption.RULE,
    s3_bucket_sse_c_blocked.RULE,
)

IDS = tuple(rule.id for rule in RULES)


def find_rule(rule_id: str) -> Rule:
    """The rule of that id. Raises BadInput, which names those there are."""
    for rule in RULES:
        if rule.id == rule_id:
            return rule
    raise BadInput(f"there is no rule {rule_id!r}", hint=f"the rules are {', '.join(IDS)}")


def choose_rules(named: Iterable[str], wanted: Wanted) -> tuple[Rule, ...]:
    """The default rule, those named, and those that the configuration turns on, in the list's order."""
    on = {find_rule(rule_id).id for rule_id in (*named, *wanted.rules)}
    return tuple(rule for rule in RULES if rule.is_default or rule.id in on or rule.asked_by(wanted))
