"""Replicas that arrive in the bucket, which keep the encryption of their source (fact C23)."""

from collections.abc import Iterator

from s3kms.access.match import Match
from s3kms.access.principals import describe_principal
from s3kms.access.statements import Policy, Statement
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import OBJECT_ACTIONS, allowed_principals, covers_any, search_policies
from s3kms.hazards.interface import (
    Danger,
    EncryptionSwitch,
    Hazard,
    HazardAnswer,
    HazardDoc,
    HazardExample,
    HazardShape,
)
from s3kms.model.bucket import Bucket
from s3kms.model.facts import Fact
from s3kms.model.unknown import Unknown

_ACTIONS = ("s3:ReplicateObject",)


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Whatever the key: the default is used for replicas of unencrypted objects alone."""
    return search_policies(bucket, _replicates) if switch.is_new_kms else None


def _replicates(policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
    """A statement about replication; one that allows everything says nothing of it."""
    if covers_any(statement, OBJECT_ACTIONS) is not Match.NO:
        return
    for principal in allowed_principals(statement, _ACTIONS):
        if isinstance(principal, Unknown):
            yield principal
        else:
            who = describe_principal(principal)
            yield Danger(
                f"takes replicas ({policy.source} lets {who} replicate into it), which keep the encryption of "
                "their source"
            )


HAZARD = Hazard(
    id="replication_destination",
    title="Replicas that arrive in the bucket",
    shape=HazardShape.IGNORES_DEFAULT,
    needs=frozenset({Fact.POLICY}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "Replicas keep the encryption of their source: those of objects with SSE-S3 go on having SSE-S3, "
            "whatever the default of the destination is."
        ),
        evidence="The bucket policy lets somebody do s3:ReplicateObject, and does not do so by allowing everything.",
        advice="change the default of the source bucket, too",
        sources=(
            "Setting default server-side encryption behavior for Amazon S3 buckets: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html>",
        ),
    ),
    examples=(
        HazardExample(
            "a role of the own account replicates into it",
            an.open_to("s3:ReplicateObject", AWS=f"arn:aws:iam::{an.OWN_ACCOUNT}:role/replication"),
            an.TO_CUSTOMER,
            True,
        ),
        HazardExample(
            "a role of the own account that may do anything",
            an.open_to("s3:*", AWS=f"arn:aws:iam::{an.OWN_ACCOUNT}:role/admin"),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample(
            "SSE-KMS already",
            an.open_to("s3:ReplicateObject", AWS=f"arn:aws:iam::{an.OWN_ACCOUNT}:role/replication"),
            an.NEW_KEY,
            False,
        ),
        HazardExample("a policy that was not read", an.UNREAD_POLICY, an.TO_MANAGED, None),
    ),
)
