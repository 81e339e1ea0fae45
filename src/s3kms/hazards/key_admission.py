"""Whether the policy of a customer managed key lets in who uses a bucket, and what it has to say first."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from s3kms.access.callers import Requester, RequesterKind
from s3kms.access.conditions import Condition
from s3kms.access.context import RequestContext
from s3kms.access.documents import parse_policy
from s3kms.access.key_use import BucketUnderKey, BucketUser, KeyAccessAnswer, judge_key_use
from s3kms.access.match import Match
from s3kms.access.operators import OPERATORS
from s3kms.access.statements import Patterns, Policy, Statement
from s3kms.access.weigh import Policies
from s3kms.hazards.evidence import READ_ACTIONS, WRITE_ACTIONS, covers_any, parse_once
from s3kms.hazards.interface import EncryptionSwitch, KeyStatement
from s3kms.model.access import KeyAccess, KeyUse
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket, bucket_arn
from s3kms.model.encryption import KeyKind
from s3kms.model.keys import KeyForm, KeyReference
from s3kms.model.partitions import partition_of as partition_of_region
from s3kms.model.policy import PolicyDocument, PolicyNode
from s3kms.model.unknown import NOT_READ, Unknown, UnknownCause

SourceConditions = tuple[tuple[str, str, str], ...]
"""Operator, key and value each, as in `KeyStatement.conditions`."""
_SOURCE_ACCOUNT = "aws:SourceAccount"
_SOURCE_KEYS = frozenset(
    {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"}
)
"""Condition keys by which a policy says on whose behalf a service comes."""
_ACCOUNT_OF_PREFIX = re.compile(r"/AWSLogs/(\d{12})/")
"""Where services put the logs of an account (fact C55)."""
_UNKNOWN_ID = "00000000-0000-0000-0000-000000000000"
MAX_SOURCE_ACCOUNTS = 50
"""Of one statement: each is asked about."""


def is_judged(switch: EncryptionSwitch) -> bool:
    """Whether somebody else's use of the key can be judged: aws/s3 is new, or the policy of the key was asked for.

    A bucket key that is turned on asks for more of the policy, too (fact B15).
    """
    if switch.key is KeyKind.AWS_MANAGED:
        return switch.brings_aws_managed_key
    return (switch.is_new_key or switch.is_new_bucket_key) and switch.key_policy is not NOT_READ


@dataclass(frozen=True, slots=True)
class KeyNeeds:
    """What a service needs of a customer managed key, as AWS documents it."""

    actions: tuple[str, ...] = ("kms:Decrypt", "kms:GenerateDataKey*")
    """What the statement of the key policy lists: both, because of bucket keys (fact B15)."""
    use: KeyUse = KeyUse.WRITE
    """Without which it fails."""
    use_with_bucket_key: KeyUse = KeyUse.WRITE
    """Without which it fails when objects use a bucket key."""
    source_arn: str | None = None
    """What it comes on behalf of: `arn:{partition}:logs:{region}:{account}:*`."""
    names_source_account: bool = True
    """Whether its requests to KMS are documented to name an account: a condition that never holds lets nobody in."""


def needs_of(statement: Statement) -> KeyNeeds:
    """What follows from what a statement of the bucket policy lets somebody do (facts A27 and B15)."""
    if covers_any(statement, WRITE_ACTIONS) is Match.NO:
        return KeyNeeds(("kms:Decrypt",), KeyUse.READ, KeyUse.READ, names_source_account=False)
    if covers_any(statement, READ_ACTIONS) is Match.NO:
        return KeyNeeds(use=KeyUse.WRITE, use_with_bucket_key=KeyUse.MULTIPART, names_source_account=False)
    return KeyNeeds(use=KeyUse.MULTIPART, use_with_bucket_key=KeyUse.MULTIPART, names_source_account=False)


def statement_for_service(
    bucket: Bucket, service: str, needs: KeyNeeds, sources: SourceConditions
) -> KeyStatement:
    """What lets a service in: on whose behalf it comes as the bucket policy says, else as AWS documents it. Where
    neither says, it is let in as the bucket policy does.
    """
    return KeyStatement(("Service", service), needs.actions, sources or _documented_sources(bucket, needs))


def _documented_sources(bucket: Bucket, needs: KeyNeeds) -> SourceConditions:
    if bucket.account is None:
        return ()
    conditions = [("StringEquals", _SOURCE_ACCOUNT, bucket.account)] if needs.names_source_account else []
    if needs.source_arn and bucket.region:
        names = {"partition": partition_of(bucket), "region": bucket.region, "account": bucket.account}
        conditions.append(("ArnLike", "aws:SourceArn", needs.source_arn.format(**names)))
    return tuple(conditions)


def sources_of(statement: Statement) -> SourceConditions:
    """On whose behalf a statement of the bucket policy lets a service in: by its conditions, else by the accounts
    whose logs it may write; none where it does not say.
    """
    found = tuple(
        (condition.operator, condition.key, value)
        for condition in statement.conditions
        if condition.key.lower() in _SOURCE_KEYS and not _is_negated(condition)
        for value in condition.values
        if isinstance(value, str)
    )
    if found:
        return found
    accounts = {
        text[1]
        for value in statement.resources.values
        if isinstance(value, str) and (text := _ACCOUNT_OF_PREFIX.search(value))
    }
    return tuple(("StringEquals", _SOURCE_ACCOUNT, account) for account in sorted(accounts))


def why_not_admitted(
    bucket: Bucket, switch: EncryptionSwitch, service: str, needs: KeyNeeds, sources: SourceConditions
) -> str | Unknown | None:
    """Why the key does not let a service in; None where it does.

    On whose behalf the service comes is taken as matching, but for the accounts that the bucket policy names.
    """
    policies = key_policies(bucket, switch)
    if isinstance(policies, Unknown):
        return policies
    accounts = _source_accounts(sources)
    if len(accounts) > MAX_SOURCE_ACCOUNTS:
        why = f"its policy allows {service} for more than {MAX_SOURCE_ACCOUNTS} accounts"
        return Unknown(UnknownCause.BUDGET, why, Advice("compare them with the key policy"))
    taken = _SOURCE_KEYS - ({_SOURCE_ACCOUNT.lower()} if accounts else set())
    judged = under_key(bucket, switch, tuple(_without_sources(one, taken) for one in policies))
    use = needs.use_with_bucket_key if switch.has_bucket_key else needs.use
    caller = Requester(RequesterKind.SERVICE, None, service)
    users = [
        BucketUser(caller=caller, keys=RequestContext.of({_SOURCE_ACCOUNT: one} if one else {}))
        for one in accounts or [""]
    ]
    found = worst_of([judge_key_use(user, judged)[use] for user in users], service)
    if isinstance(found, str) and _may_be_granted(judged, switch, caller, use):
        why = "a grant of the key does, and AWS does not say that it is enough"  # fact B26
        return cannot_tell(service, why)
    return found


def _source_accounts(sources: SourceConditions) -> list[str]:
    named = [value for _, key, value in sources if key.lower() == _SOURCE_ACCOUNT.lower()]
    return [one for one in dict.fromkeys(named) if "*" not in one and "?" not in one]


def worst_of(answers: Iterable[KeyAccessAnswer], who: str) -> str | Unknown | None:
    """Why one of them loses access; else that it cannot be told of one; None where all keep it."""
    listed = list(answers)
    for answer in listed:
        if answer.access is KeyAccess.LOSES:
            return answer.why
    unsure = [answer.why for answer in listed if answer.access is KeyAccess.CANNOT_TELL]
    return cannot_tell(who, unsure[0]) if unsure else None


def cannot_tell(who: str, why: str) -> Unknown:
    """That nobody can tell whether the policy of the key lets somebody in."""
    why = f"whether the key policy allows {who} to use it cannot be told: {why}"
    return Unknown(UnknownCause.UNSUPPORTED, why, Advice("look at the key policy"))


def _may_be_granted(judged: BucketUnderKey, switch: EncryptionSwitch, caller: Requester, use: KeyUse) -> bool:
    """Whether a grant lets a service in, the source that such a grant has to name taken as matching."""
    if isinstance(switch.key_grants, Unknown) or not switch.key_grants:
        return False
    grants = tuple(replace(one, source_arn=None) for one in switch.key_grants)
    by_grants = replace(judged, key_policies=(), grants=grants)
    return judge_key_use(BucketUser(caller=caller), by_grants)[use].access is not KeyAccess.LOSES


def key_policies(bucket: Bucket, switch: EncryptionSwitch) -> Policies:
    """The policies of the new key; where it has none of its own, the one that KMS gives."""
    document, shared = switch.key_policy, switch.key_shared_policy
    if isinstance(document, Unknown):
        return document
    if isinstance(shared, Unknown):
        return shared
    if document is not None:
        return (parse_once(document), *((parse_once(shared),) if shared else ()))
    account = _key_place(bucket, switch)[1]
    statement: PolicyNode = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition_of(bucket)}:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return (parse_policy(PolicyDocument({"Statement": statement}, "the default key policy")),)


def under_key(bucket: Bucket, switch: EncryptionSwitch, policies: Policies) -> BucketUnderKey:
    """The bucket under its new key. A key whose ARN is not known is the one that its own policy is about."""
    reference = KeyReference.parse(switch.key_text)
    partition = partition_of(bucket)
    region, account = _key_place(bucket, switch)
    arn = f"arn:{partition}:kms:{region}:{account}:key/{_UNKNOWN_ID}"
    if reference.form is KeyForm.ARN and reference.text and "$" not in reference.text:
        arn = reference.text
    elif not isinstance(policies, Unknown):
        policies = tuple(map(_about_this_key, policies))
    return BucketUnderKey(
        bucket_arn=bucket.arn or bucket_arn(bucket.name or "*", partition),
        key_arn=arn,
        has_bucket_key=switch.has_bucket_key,
        key_policies=policies,
    )


def _key_place(bucket: Bucket, switch: EncryptionSwitch) -> tuple[str, str]:
    reference = KeyReference.parse(switch.key_text)
    return reference.region or bucket.region or "", reference.account or bucket.account or ""


def partition_of(bucket: Bucket) -> str:
    """The partition that a bucket is in, as far as its ARN or region tells."""
    if bucket.arn:
        return bucket.arn.split(":")[1]
    return partition_of_region(bucket.region)


def _about_this_key(policy: Policy) -> Policy:
    """The key that a statement of a key policy names can only be its own."""
    return replace(
        policy, statements=tuple(replace(one, resources=Patterns(("*",))) for one in policy.statements)
    )


def _without_sources(policy: Policy, keys: frozenset[str]) -> Policy:
    """The policy for a service that comes on behalf of whom the policy wants: what an Allow demands of that holds,
    and what a Deny says of all others does not.
    """
    kept = [
        statement
        if not statement.is_allow
        else replace(statement, conditions=tuple(_without(statement, keys)))
        for statement in policy.statements
        if statement.is_allow or not any(_is_of_others(one, keys) for one in statement.conditions)
    ]
    return replace(policy, statements=tuple(kept))


def _without(statement: Statement, keys: frozenset[str]) -> Iterator[Condition]:
    return (one for one in statement.conditions if one.key.lower() not in keys or _is_negated(one))


def _is_of_others(condition: Condition, keys: frozenset[str]) -> bool:
    return condition.key.lower() in keys and _is_negated(condition)


def _is_negated(condition: Condition) -> bool:
    operator = OPERATORS.get(condition.base_operator)
    return operator is not None and operator.is_negated
