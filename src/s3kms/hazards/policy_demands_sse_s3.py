"""A bucket policy that demands SSE-S3, or denies SSE-KMS, of writers (facts E1, E2, E4 and E19)."""

from collections.abc import Iterator

from s3kms.access.match import Match
from s3kms.access.statements import Policy, Statement
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import search_policies
from s3kms.hazards.interface import (
    Danger,
    EncryptionSwitch,
    Hazard,
    HazardAnswer,
    HazardDoc,
    HazardExample,
    HazardShape,
)
from s3kms.hazards.write_demands import (
    DEMANDED_HEADERS,
    ENCRYPTION_HEADER,
    KEY_HEADER,
    demands_sse_s3,
    unread_conditions,
    wanted_key,
)
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import SSE_KMS, SSE_S3
from s3kms.model.facts import Fact
from s3kms.model.unknown import Unknown

_HEADER = ENCRYPTION_HEADER


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Whatever the key."""
    if not switch.is_new_kms:
        return None
    key = wanted_key(bucket, switch.key_text)

    def test(policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
        found = demands_sse_s3(policy, statement, key)
        if found is Match.YES:
            what = (
                "allows only writes that ask for AES256" if statement.is_allow else "denies writers SSE-KMS"
            )
            yield Danger(
                f"has a policy that {what} ({policy.source}), so that they cannot use the new default"
            )
        elif found is Match.MAYBE:
            yield from unread_conditions(statement, DEMANDED_HEADERS)

    return search_policies(bucket, test)


HAZARD = Hazard(
    id="policy_demands_sse_s3",
    title="A bucket policy that demands SSE-S3",
    shape=HazardShape.SILENT_DAMAGE,
    needs=frozenset({Fact.POLICY}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "Writers have to send AES256, so that their objects go on getting SSE-S3 whatever the default is; "
            "whoever asks for SSE-KMS, replication included, is denied."
        ),
        evidence=(
            "A statement of the bucket policy allows a to write through that sends AES256, and not one that sends "
            "aws:kms. Conditions are evaluated, not compared as text."
        ),
        advice="let the statement accept aws:kms first, or drop it",
        sources=(
            "Bucket policy examples: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html>",
        ),
    ),
    examples=(
        HazardExample(
            "everything but AES256 is denied",
            an.denying({"StringNotEquals": {_HEADER: SSE_S3}}),
            an.TO_CUSTOMER,
            True,
        ),
        HazardExample(
            "SSE-KMS is denied", an.denying({"StringLike": {_HEADER: "aws:kms*"}}), an.TO_CUSTOMER, True
        ),
        HazardExample(
            "everything but AES256 and SSE-KMS is denied",
            an.denying({"StringNotEquals": {_HEADER: [SSE_S3, SSE_KMS]}}),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample(
            "AES256 is denied", an.denying({"StringNotEquals": {_HEADER: SSE_KMS}}), an.TO_CUSTOMER, False
        ),
        HazardExample(
            "writes without a header are denied",
            an.denying({"Null": {_HEADER: "true"}}),
            an.TO_MANAGED,
            False,
        ),
        HazardExample(
            "only writes with AES256 are let in",
            an.open_to(condition={"StringEquals": {_HEADER: SSE_S3}}, AWS=an.OWN_ACCOUNT),
            an.TO_MANAGED,
            True,
        ),
        HazardExample(
            "replicas without AES256 are denied",
            an.denying({"StringNotEqualsIfExists": {_HEADER: SSE_S3}}, "s3:ReplicateObject"),
            an.TO_MANAGED,
            True,
        ),
        HazardExample(
            "a write that names a key is denied",
            an.denying({"Null": {KEY_HEADER: "false"}}),
            an.TO_CUSTOMER,
            True,
            frozenset({"policy_pins_other_key"}),
        ),
        HazardExample(
            "all but SSE-KMS is denied, an absent header, too",
            an.denying({"StringNotEqualsIfExists": {_HEADER: SSE_KMS}}),
            an.TO_MANAGED,
            False,
        ),
        HazardExample(
            "an absent header is denied, and wrong ones pass by mistake",
            an.denying({"Null": {_HEADER: "true"}, "StringNotEquals": {_HEADER: SSE_KMS}}),
            an.TO_MANAGED,
            False,
        ),
        HazardExample("a policy that was not read", an.UNREAD_POLICY, an.TO_MANAGED, None),
    ),
)
