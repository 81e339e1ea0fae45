"""Replication from the bucket by rules that do not select SSE-KMS objects (fact C22)."""

from s3kms.hazards import examples as an
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
from s3kms.model.usage import ReplicationRule


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Whatever the key, where an enabled rule does not select SSE-KMS objects."""
    rules = bucket.usage.replication
    if not switch.is_new_kms:
        return None
    if isinstance(rules, Unknown):
        return rules
    unknown: Unknown | None = None
    for rule in rules:
        if rule.is_enabled is False or rule.selects_kms is True:
            continue
        answers = (rule.is_enabled, rule.selects_kms)
        found = next((answer for answer in answers if isinstance(answer, Unknown)), None)
        if found is None:
            return Danger(
                f"is replicated by rule {rule.name}, which does not select objects encrypted with SSE-KMS: new "
                "objects silently stop being replicated"
            )
        unknown = unknown or found
    return unknown


HAZARD = Hazard(
    id="replication_source",
    title="Replication that does not select SSE-KMS objects",
    shape=HazardShape.SILENT_DAMAGE,
    needs=frozenset({Fact.REPLICATION}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "Objects encrypted with SSE-KMS are replicated only by rules that select them and name a key for the "
            "replicas. After the switch new objects silently stop being replicated."
        ),
        evidence=(
            "An enabled rule of the bucket's replication has no SourceSelectionCriteria with SseKmsEncryptedObjects "
            "enabled, or no ReplicaKmsKeyID."
        ),
        advice=(
            "first enable SseKmsEncryptedObjects and name a ReplicaKmsKeyID in the rule, and give its role "
            "kms:Decrypt on the bucket's key and kms:Encrypt on that of the replicas"
        ),
        sources=(
            "Replicating encrypted objects: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>",
        ),
    ),
    examples=(
        HazardExample(
            "a rule that does not select them",
            an.using(replication=(ReplicationRule("all", is_enabled=True, selects_kms=False),)),
            an.TO_CUSTOMER,
            True,
        ),
        HazardExample(
            "a rule that selects them",
            an.using(replication=(ReplicationRule("all", is_enabled=True, selects_kms=True),)),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample(
            "a disabled rule",
            an.using(replication=(ReplicationRule("all", is_enabled=False, selects_kms=False),)),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample(
            "a rule of which not all is known",
            an.using(replication=(ReplicationRule("all", is_enabled=True, selects_kms=an.DENIED),)),
            an.TO_CUSTOMER,
            None,
        ),
        HazardExample(
            "not read",
            an.using(replication=an.DENIED),
            an.TO_MANAGED,
            None,
            frozenset({"replication_role_demands_sse_s3"}),
        ),
    ),
)
