"""Which checks of other tools ask what s3_bucket_kms_encryption asks: one table, each row with its source."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class CheckQuestion(StrEnum):
    """What a check of another tool asks of a bucket. What fails either fails s3_bucket_kms_encryption, too."""

    SSE_KMS = "SSE-KMS or DSSE-KMS"
    """As s3_bucket_kms_encryption."""
    ANY_ENCRYPTION = "any encryption"
    """SSE-S3 passes it, so that a pass says nothing about KMS."""


@dataclass(frozen=True, slots=True)
class ExternalCheck:
    """A check of another tool, and what it asks."""

    tool: str
    id: str
    question: CheckQuestion
    source: str
    """Where that is known from."""
    note: str = ""


CHECKS = (
    ExternalCheck("Prowler", "s3_bucket_kms_encryption", CheckQuestion.SSE_KMS, "Prowler's check of that id"),
    ExternalCheck(
        "Prowler", "s3_bucket_default_encryption", CheckQuestion.ANY_ENCRYPTION, "Prowler's check of that id"
    ),
    ExternalCheck(
        "AWS Security Hub", "S3.17", CheckQuestion.SSE_KMS, "AWS Security Hub User Guide: Amazon S3 controls"
    ),
    ExternalCheck(
        "AWS Config",
        "s3-default-encryption-kms",
        CheckQuestion.SSE_KMS,
        "AWS Config Developer Guide: s3-default-encryption-kms",
    ),
    ExternalCheck(
        "AWS Config",
        "s3-bucket-server-side-encryption-enabled",
        CheckQuestion.ANY_ENCRYPTION,
        "AWS Config Developer Guide: s3-bucket-server-side-encryption-enabled",
    ),
    ExternalCheck(
        "Checkov",
        "CKV_AWS_145",
        CheckQuestion.SSE_KMS,
        "Checkov's policy of that id",
        "of Terraform and CDK code; it fails DSSE-KMS, too",
    ),
    ExternalCheck(
        "Checkov",
        "CKV_AWS_19",
        CheckQuestion.ANY_ENCRYPTION,
        "Checkov's policy of that id",
        "its only one for CloudFormation: what fails declares no encryption, and gets SSE-S3",
    ),
    ExternalCheck("s3kms", "s3_bucket_kms_encryption", CheckQuestion.SSE_KMS, "the rule of that id"),
)
"""Facts E8, E9, E12 and E20."""
_BY_ID = {check.id: check for check in CHECKS}
_CONFIG_IDS = tuple(check.id for check in CHECKS if check.tool == "AWS Config")
_CONFIG_NAME = re.compile(
    rf"(securityhub-|OrgConfigRule-)?(?P<id>{'|'.join(_CONFIG_IDS)})(-[a-z0-9]+|-conformance-pack-[a-z0-9]+)?"
)
"""What Security Hub, an organization and a conformance pack make of the name of a managed rule (fact E21)."""
_PROWLER_GENERATOR = "prowler-"


def question_of(ids: Iterable[str]) -> CheckQuestion | None:
    """What a check asks that a record gives these ids; None for a check that is not in the table."""
    found = [check.question for one in ids if (check := _check_of(one)) is not None]
    return CheckQuestion.SSE_KMS if CheckQuestion.SSE_KMS in found else next(iter(found), None)


def _check_of(text: str) -> ExternalCheck | None:
    last = text.rpartition("/")[2].removeprefix(_PROWLER_GENERATOR)
    if (check := _BY_ID.get(last)) is not None:
        return check
    named = _CONFIG_NAME.fullmatch(last)
    return _BY_ID[named["id"]] if named else None
