"""What a key's policy and grants say of the use of the key by the bucket's own account."""

from dataclasses import replace

from s3kms.access.documents import parse_policy
from s3kms.access.evaluate import AccessDecision, AccessOutcome
from s3kms.access.key_use import BucketUnderKey, own_account_use
from s3kms.model.access import KeyUse
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption, KeyKind
from s3kms.model.keys import KmsKey
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause, known
from s3kms.rules.interface import RuleAnswer, failed, key_name, passed, with_edit

_LACKS = {
    KeyUse.WRITE: "new objects cannot be written",
    KeyUse.READ: "new objects cannot be read",
}


def needs_grants(bucket: Bucket) -> bool:
    """Whether the key policy lets nobody of the bucket's account write, or read: a grant could let somebody."""
    key, encryption = bucket.key, bucket.encryption
    if not isinstance(key, KmsKey) or isinstance(encryption, Unknown) or key.manager is KeyKind.AWS_MANAGED:
        return False
    if isinstance(key.policy, Unknown):
        return False
    under_key = _under_key(bucket, encryption, key, key.policy)
    decisions = [_decide(under_key, bucket, key, use) for use in _LACKS]
    if any(one.is_explicit for one in decisions):
        return False
    return any(one.outcome is AccessOutcome.DENIED for one in decisions)


def judge_by_key_policy(
    bucket: Bucket, encryption: Encryption, key: KmsKey, policy: PolicyDocument | Unknown
) -> RuleAnswer:
    """Whether the key policy, or a grant, lets the bucket's own account write and read objects."""
    if isinstance(policy, Unknown):
        return policy
    account = bucket.account or key.account
    under_key = _under_key(bucket, encryption, key, policy)
    whys: list[str] = []
    unknown: Unknown | None = None
    for use, consequence in _LACKS.items():
        (action,) = use.actions
        decision = _decide(under_key, bucket, key, use)
        nobody = f"the key policy lets no principal of account {account} use {action}"
        if decision.outcome is AccessOutcome.DENIED and not decision.is_explicit:
            if isinstance(key.grants, Unknown):
                unknown = unknown or replace(
                    key.grants, why=f"{nobody}, and whether a grant does is not known: {key.grants.why}"
                )
                continue
            nobody += ", and no grant does"
            decision = _decide(replace(under_key, grants=key.grants), bucket, key, use)
        if decision.outcome is AccessOutcome.DENIED:
            remedy = f"let account {account} use it in the key policy: kms:GenerateDataKey and kms:Decrypt"
            return failed(f"{consequence}: {nobody} ({decision.why})", with_edit(remedy, bucket))
        if decision.outcome is AccessOutcome.CANNOT_TELL:
            why = f"whether account {account} may use {action} of its key cannot be told: {decision.why}"
            unknown = unknown or Unknown(UnknownCause.UNSUPPORTED, why, Advice("look at the key policy"))
        whys.append(decision.why)
    if unknown:
        return unknown
    by = "; ".join(dict.fromkeys(whys))
    lets = "key policy lets" if isinstance(key.grants, Unknown) else "grants and key policy let"
    seen = "is enabled, a symmetric encryption key and in the bucket's region"
    return passed(
        f"{key_name(encryption)} {seen}; its {lets} account {account} use it ({by}), "
        "and IAM policies were not examined"
    )


def _under_key(bucket: Bucket, encryption: Encryption, key: KmsKey, policy: PolicyDocument) -> BucketUnderKey:
    return BucketUnderKey(
        bucket_arn=bucket.arn or f"arn:{key.arn.split(':')[1]}:s3:::{bucket.name}",
        key_arn=key.arn,
        has_bucket_key=known(encryption.bucket_key) if encryption.bucket_key is not None else False,
        key_policies=(parse_policy(policy),),
        aliases=key.aliases,
    )


def _decide(under_key: BucketUnderKey, bucket: Bucket, key: KmsKey, use: KeyUse) -> AccessDecision:
    (action,) = use.actions
    return own_account_use(under_key, bucket.account or key.account, action)
