"""The rules: one question about one bucket each, one file each. A new one needs its line in `IDS`."""

from collections.abc import Iterable
from importlib import import_module

from s3kms.desired.configuration import Configuration
from s3kms.model.errors import BadInput
from s3kms.rules.interface import Rule

IDS = (
    "s3_bucket_kms_encryption",
    "s3_bucket_customer_managed_key",
    "s3_bucket_kms_key_allowed",
    "s3_bucket_kms_key_usable",
    "s3_bucket_kms_key_rotation",
    "s3_bucket_bucket_key_enabled",
    "s3_bucket_dsse_encryption",
    "s3_bucket_sse_c_blocked",
)
"""Each is the `RULE` of the module of that name, in the order of reports."""


def _load(rule_id: str) -> Rule:
    rule: Rule = import_module(f"{__name__}.{rule_id}").RULE
    return rule


RULES: tuple[Rule, ...] = tuple(_load(rule_id) for rule_id in IDS)


def find_rule(rule_id: str) -> Rule:
    """The rule of that id. Raises BadInput, which names those there are."""
    for rule in RULES:
        if rule.id == rule_id:
            return rule
    raise BadInput(f"there is no rule {rule_id!r}", advice=f"the rules are {', '.join(IDS)}")


def choose_rules(named: Iterable[str], wanted: Configuration) -> tuple[Rule, ...]:
    """The default rule, those named, and those that the configuration turns on, in the list's order."""
    on = {find_rule(rule_id).id for rule_id in (*named, *wanted.rules)}
    return tuple(rule for rule in RULES if rule.is_default or rule.id in on or rule.enabled_by(wanted))
