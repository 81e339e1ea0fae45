"""The rules: one question about one bucket each, one file each. A new one needs its line in `IDS`."""

from collections.abc import Iterable
from importlib import import_module

from s3kms.desired.configuration import Configuration
from s3kms.model.bucket import BucketKind
from s3kms.model.errors import BadInput
from s3kms.rules.interface import Rule
from s3kms.text.nearest import did_you_mean

IDS = (
    "s3_bucket_kms_encryption",
    "s3_bucket_customer_managed_key",
    "s3_bucket_kms_key_allowed",
    "s3_bucket_kms_key_usable",
    "s3_bucket_kms_key_rotation",
    "s3_bucket_bucket_key_enabled",
    "s3_bucket_dsse_encryption",
    "s3_bucket_sse_c_blocked",
    "s3_table_bucket_kms_encryption",
    "s3_vector_bucket_kms_encryption",
)
"""Each is the `RULE` of the module of that name, in the order of reports."""
KEY_USABLE = "s3_bucket_kms_key_usable"
"""The rule that key policies are read for."""
ENTRY_POINTS = "s3kms.rules"


SEPARATE_RULES = frozenset({"s3_table_bucket_kms_encryption", "s3_vector_bucket_kms_encryption"})
"""Those of buckets that are not among S3's own; of a live account they are listed where one of these is named."""


def _load(rule_id: str) -> Rule:
    rule: Rule = import_module(f"{__name__}.{rule_id}").RULE
    return rule


RULES: tuple[Rule, ...] = tuple(_load(rule_id) for rule_id in IDS)


def find_rule(rule_id: str) -> Rule:
    """The rule of that id, installed ones included. Raises BadInput, which names those there are."""
    for rule in RULES:
        if rule.id == rule_id:
            return rule
    for rule in installed_rules():
        if rule.id == rule_id:
            return rule
    known = (*IDS, *(rule.id for rule in installed_rules()))
    raise BadInput(
        f"there is no rule {rule_id!r}{did_you_mean(rule_id, known)}",
        advice=f"the rules are {', '.join(known)}",
    )


def encryption_rule_of(kind: BucketKind) -> Rule:
    """The rule that asks a bucket of that kind for SSE-KMS: the default one, or that of table or vector buckets."""
    return next(rule for rule in RULES if rule.asks_for_kms and kind in rule.kinds)


def installed_rules() -> tuple[Rule, ...]:
    """The rules of other packages: their entry points in the group `s3kms.rules`, each a Rule."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - reads every installed distribution

    return tuple(entry.load() for entry in sorted(entry_points(group=ENTRY_POINTS)))


def choose_rules(named: Iterable[str], wanted: Configuration) -> tuple[Rule, ...]:
    """The default rule, those named, and those that the configuration turns on, in the list's order."""
    on = {rule_id: find_rule(rule_id) for rule_id in (*named, *wanted.rules)}
    ours = tuple(rule for rule in RULES if rule.is_default or rule.id in on or rule.enabled_by(wanted))
    return (*ours, *(rule for rule_id, rule in on.items() if rule_id not in IDS))
