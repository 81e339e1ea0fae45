"""Replication by a role that may not decrypt under the new key (facts C22 and C57)."""

from collections.abc import Iterator

from s3kms.access.key_use import BucketUser, caller_named, judge_key_use
from s3kms.access.match import Match, any_of
from s3kms.access.statements import Policy
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import add_up, asked, parse_once
from s3kms.hazards.interface import (
    Danger,
    EncryptionSwitch,
    Hazard,
    HazardAnswer,
    HazardDoc,
    HazardExample,
    HazardShape,
    KeyStatement,
)
from s3kms.hazards.key_admission import is_judged, key_policies, under_key, worst_of
from s3kms.model.access import KeyUse
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import KeyKind
from s3kms.model.facts import Fact
from s3kms.model.policy import PolicyDocument, PolicyNode
from s3kms.model.unknown import Unknown
from s3kms.model.usage import ReplicationRule

_DECRYPT = "kms:Decrypt"
_CONSEQUENCE = "new objects silently stop being replicated"
_ACCOUNT_PART = 4


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """With a customer managed key; the AWS managed one lets the roles of its own account in."""
    rules, documents = bucket.usage.replication, bucket.usage.role_policies
    if not switch.is_new_key or switch.key is KeyKind.AWS_MANAGED or isinstance(rules, Unknown):
        return None
    roles = list(dict.fromkeys(one.role for one in rules if one.role and one.is_enabled is not False))
    if not roles:
        return None
    if isinstance(documents, Unknown):
        return asked(documents)
    policies = tuple(map(parse_once, documents))
    return add_up(_judge(bucket, switch, role, policies) for role in roles)


def _judge(
    bucket: Bucket, switch: EncryptionSwitch, role: str, policies: tuple[Policy, ...]
) -> Danger | Unknown | None:
    # Code knows a role by its address, which no key policy takes.
    statements = (KeyStatement(("AWS", role), (_DECRYPT,)),) if role.startswith("arn:") else ()
    who = f"is replicated by {role}"
    if not is_judged(switch):
        if _may_decrypt(policies) is not Match.NO:
            return None
        why = f"{who}, whose policies do not allow {_DECRYPT}: unless the policy of the key does, {_CONSEQUENCE}"
        return Danger(why, statements)
    known = key_policies(bucket, switch)
    if isinstance(known, Unknown):
        return known
    caller = caller_named(role, role.split(":")[_ACCOUNT_PART] if role.count(":") > _ACCOUNT_PART else "")
    if caller is None:
        return None
    user = BucketUser(caller=caller, identity=policies)
    found = worst_of([judge_key_use(user, under_key(bucket, switch, known))[KeyUse.READ]], role)
    if isinstance(found, str):
        return Danger(f"{who}, which may not decrypt under the key ({found}): {_CONSEQUENCE}", statements)
    return found


def _may_decrypt(policies: tuple[Policy, ...]) -> Match:
    """Whether some statement allows it; the key and the conditions that it names are not looked at."""
    if any(policy.unread for policy in policies):
        return Match.MAYBE
    return any_of(_covers(policies))


def _covers(policies: tuple[Policy, ...]) -> Iterator[Match]:
    for policy in policies:
        yield from (one.covers_action(_DECRYPT) for one in policy.statements if one.is_allow)


def _replicated(*actions: str, is_enabled: bool = True) -> Bucket:
    statement: PolicyNode = {"Effect": "Allow", "Action": ("s3:Replicate*", *actions), "Resource": "*"}
    role = f"arn:aws:iam::{an.OWN_ACCOUNT}:role/replication"
    rule = ReplicationRule("all", is_enabled, True, "arn:aws:s3:::replica", role)
    document = PolicyDocument({"Statement": statement}, "policy replicate of role replication")
    return an.using(replication=(rule,), role_policies=(document,))


HAZARD = Hazard(
    id="replication_role_lacks_permission",
    title="Replication by a role that may not decrypt under the new key",
    shape=HazardShape.SILENT_DAMAGE,
    needs=frozenset({Fact.REPLICATION}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "The role that replicates has to decrypt new objects. Without kms:Decrypt on the bucket's key they "
            "silently stop being replicated."
        ),
        evidence=(
            "The policies of the role of an enabled rule, and the policy of the key where it was read, do not "
            "allow kms:Decrypt. They are read by a deep plan, and of the same code."
        ),
        advice=(
            "give the role kms:Decrypt on the bucket's key, and kms:Encrypt and kms:Decrypt on that of the "
            "replicas, first"
        ),
        sources=(
            "Replicating encrypted objects: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>",
        ),
    ),
    examples=(
        HazardExample("a role with kms:Encrypt alone", _replicated("kms:Encrypt"), an.TO_CUSTOMER, True),
        HazardExample(
            "a role that may do neither, under a key for its own account",
            _replicated("kms:Encrypt"),
            an.TO_KEY_OF_OWN_ACCOUNT,
            True,
        ),
        HazardExample("a role that may decrypt", _replicated("kms:Decrypt"), an.TO_KEY_OF_OWN_ACCOUNT, False),
        HazardExample(
            "a role that the policy of the key lets in",
            _replicated("kms:Encrypt"),
            an.to_key_that_lets_in("kms:Decrypt", AWS=f"arn:aws:iam::{an.OWN_ACCOUNT}:role/replication"),
            False,
        ),
        HazardExample("the AWS managed key", _replicated("kms:Encrypt"), an.TO_MANAGED, False),
        HazardExample("a disabled rule", _replicated("kms:Encrypt", is_enabled=False), an.TO_CUSTOMER, False),
        HazardExample("a key whose policy could not be read", _replicated("kms:*"), an.TO_UNREAD_KEY, None),
    ),
)
