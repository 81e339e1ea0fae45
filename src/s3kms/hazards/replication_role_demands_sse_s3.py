"""Replication by a role whose own policy demands SSE-S3 of replicas (fact C56)."""

from collections.abc import Iterator

from s3kms.access.context import PrefixValue
from s3kms.access.match import Match
from s3kms.access.statements import Policy
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import parse_once
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
    is_let_through,
    of_sse_kms,
    of_sse_s3,
)
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import SSE_KMS, SSE_S3
from s3kms.model.facts import Fact
from s3kms.model.policy import PolicyDocument, PolicyNode
from s3kms.model.unknown import NOT_READ, Unknown, UnknownCause
from s3kms.model.usage import ReplicationRule

_ACTION = "s3:ReplicateObject"
_SOME_KEY = PrefixValue("arn:")
"""That of the replicas, which their rule names."""


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """Whatever the key, where an enabled rule selects SSE-KMS objects; rules that do not are another hazard."""
    rules = bucket.usage.replication
    if not switch.is_new_kms:
        return None
    if isinstance(rules, Unknown):
        return None if rules is NOT_READ else rules
    replicating = [one for one in rules if one.is_enabled is not False and one.selects_kms is not False]
    if not replicating:
        return None
    documents = bucket.usage.role_policies
    if isinstance(documents, Unknown):
        return _not_read(replicating) if documents is NOT_READ else documents
    return _judge(tuple(map(parse_once, documents)), replicating)


def _judge(policies: tuple[Policy, ...], rules: list[ReplicationRule]) -> Danger | Unknown | None:
    with_sse_s3, with_kms = (
        is_let_through(policies, _ACTION, DEMANDED_HEADERS, write)
        for write in (of_sse_s3(), of_sse_kms(_SOME_KEY))
    )
    if with_kms is Match.NO and with_sse_s3 is not Match.NO:
        who = ", ".join(_roles(rules)) or "a role"
        return Danger(
            f"is replicated by {who}, whose policies let replicas through that are encrypted with SSE-S3, and not "
            "with SSE-KMS: new objects silently stop being replicated"
        )
    unread = (one for policy in policies for one in policy.unread)
    return next(unread, None) if with_kms is not Match.YES else None


def _roles(rules: list[ReplicationRule]) -> Iterator[str]:
    yield from dict.fromkeys(rule.role for rule in rules if rule.role)


def _not_read(rules: list[ReplicationRule]) -> Unknown | None:
    """Replication fails silently: a role that is known and whose policies are not is told. Code names none."""
    who = ", ".join(_roles(rules))
    if not who:
        return None
    why = f"whether the policies of {who} let replicas with SSE-KMS through was not read"
    return Unknown(UnknownCause.NOT_READ, why, Advice(f"look for conditions on {ENCRYPTION_HEADER} in them"))


def _role_policy(*statements: dict[str, PolicyNode]) -> PolicyDocument:
    return PolicyDocument({"Statement": tuple(statements)}, "policy replicate of role replication")


def _replicated(*documents: PolicyDocument, is_enabled: bool = True) -> Bucket:
    return an.using(replication=(_rule(is_enabled=is_enabled),), role_policies=documents)


def _rule(*, is_enabled: bool = True) -> ReplicationRule:
    role = f"arn:aws:iam::{an.OWN_ACCOUNT}:role/replication"
    return ReplicationRule("all", is_enabled, True, "arn:aws:s3:::replica", role)


_DECRYPT: dict[str, PolicyNode] = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
_ALLOW: dict[str, PolicyNode] = {"Effect": "Allow", "Action": "s3:Replicate*", "Resource": "*"}
_ONLY_SSE_S3: dict[str, PolicyNode] = _ALLOW | {"Condition": {"StringEquals": {ENCRYPTION_HEADER: SSE_S3}}}
_EITHER: dict[str, PolicyNode] = _ALLOW | {
    "Condition": {"StringLikeIfExists": {ENCRYPTION_HEADER: (SSE_KMS, SSE_S3)}}
}
_DENY_KMS: dict[str, PolicyNode] = {
    "Effect": "Deny",
    "Action": "s3:ReplicateObject",
    "Resource": "*",
    "Condition": {"StringNotEquals": {ENCRYPTION_HEADER: SSE_S3}},
}

HAZARD = Hazard(
    id="replication_role_demands_sse_s3",
    title="Replication by a role whose policy demands SSE-S3",
    shape=HazardShape.SILENT_DAMAGE,
    needs=frozenset({Fact.REPLICATION}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "Replicas keep the encryption of their source. Where the policy of the role that replicates lets "
            "s3:ReplicateObject through for AES256 alone, new objects silently stop being replicated, although "
            "the rule selects SSE-KMS objects."
        ),
        evidence=(
            "An enabled rule selects SSE-KMS objects, and the policies of its role, evaluated, let replicas with "
            "AES256 through and not with aws:kms. They are read by a deep plan, and of the same code."
        ),
        advice="let the policy of the role allow s3:ReplicateObject for aws:kms, too, first",
        sources=(
            "Replicating encrypted objects: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>",
            "Actions, resources, and condition keys for Amazon S3: "
            "<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>",
        ),
    ),
    examples=(
        HazardExample(
            "the role may replicate with AES256 alone",
            _replicated(_role_policy(_ONLY_SSE_S3, _DECRYPT)),
            an.TO_CUSTOMER,
            True,
        ),
        HazardExample(
            "the role is denied all but AES256",
            _replicated(_role_policy(_ALLOW, _DENY_KMS, _DECRYPT)),
            an.TO_MANAGED,
            True,
        ),
        HazardExample(
            "the role may replicate with either",
            _replicated(_role_policy(_EITHER, _DECRYPT)),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample(
            "one of its policies asks for AES256, and another one for nothing",
            _replicated(_role_policy(_ONLY_SSE_S3), _role_policy(_ALLOW, _DECRYPT)),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample(
            "a disabled rule",
            _replicated(_role_policy(_ONLY_SSE_S3), is_enabled=False),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample(
            "the policies of the role were not asked for",
            an.using(replication=(_rule(),)),
            an.TO_CUSTOMER,
            None,
        ),
        HazardExample(
            "the policies of the role could not be read",
            an.using(replication=(_rule(),), role_policies=an.DENIED),
            an.TO_CUSTOMER,
            None,
            frozenset({"replication_role_lacks_permission"}),
        ),
        HazardExample(
            "SSE-KMS already", _replicated(_role_policy(_ONLY_SSE_S3, _DECRYPT)), an.NEW_KEY, False
        ),
    ),
)
