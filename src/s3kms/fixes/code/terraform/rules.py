"""The rule that is written where there is none."""

from s3kms.estate.encryption import DSSE_KMS
from s3kms.fixes.code.terraform.case import Case
from s3kms.fixes.code.terraform.groups import ALGORITHM, APPLY, BUCKET_KEY, KEY, RULE
from s3kms.fixes.code.terraform.keys import key_value
from s3kms.fixes.code.terraform.layout import Frame
from s3kms.fixes.code.terraform.writing import Nested, Value


def rule_entries(case: Case, frame: Frame) -> dict[str, Value]:
    """A whole configuration, without its bucket. Raises Refused."""
    apply: dict[str, Value] = {ALGORITHM: case.algorithm}
    key = case.desired.key
    if key is not None and (value := key_value(key, frame)) is not None:
        apply[KEY] = value
    rule: dict[str, Value] = {APPLY: Nested(apply)}
    if case.algorithm != DSSE_KMS:  # fact A15
        rule[BUCKET_KEY] = case.desired.bucket_key is not False
    return {RULE: Nested(rule)}


def as_objects(entries: dict[str, Value]) -> Nested:
    """The same as objects, not as blocks."""
    return Nested(
        {
            name: as_objects(dict(value.entries)) if isinstance(value, Nested) else value
            for name, value in entries.items()
        },
        is_block=False,
    )
