"""What a key's policy says of the use of the key by the bucket's own account."""

from s3kms.access.documents import parse_policy
from s3kms.access.evaluate import AccessOutcome
from s3kms.access.key_use import BucketUnderKey, KeyUse, own_account_use
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.keys import KmsKey
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause, known
from s3kms.rules.interface import RuleAnswer, failed, key_name, passed, with_edit

_LACKS = {
    KeyUse.WRITE: "new objects cannot be written",
    KeyUse.READ: "new objects cannot be read",
}


def judge_by_key_policy(
    bucket: Bucket, encryption: Encryption, key: KmsKey, policy: PolicyDocument | Unknown
) -> RuleAnswer:
    """Whether the key policy lets the bucket's own account write and read objects."""
    if isinstance(policy, Unknown):
        return policy
    account = bucket.account or key.account
    under_key = BucketUnderKey(
        bucket_arn=bucket.arn or f"arn:{key.arn.split(':')[1]}:s3:::{bucket.name}",
        key_arn=key.arn,
        has_bucket_key=known(encryption.bucket_key) if encryption.bucket_key is not None else False,
        key_policies=(parse_policy(policy),),
        aliases=key.aliases,
    )
    whys: list[str] = []
    unknown: Unknown | None = None
    for use, consequence in _LACKS.items():
        (action,) = use.actions
        decision = own_account_use(under_key, account, action)
        if decision.outcome is AccessOutcome.DENIED:
            remedy = f"let account {account} use it in the key policy: kms:GenerateDataKey and kms:Decrypt"
            why = f"{consequence}: the key policy lets no principal of account {account} use {action}"
            limit = "" if decision.is_explicit else "; grants were not read"
            return failed(f"{why} ({decision.why}){limit}", with_edit(remedy, bucket))
        if decision.outcome is AccessOutcome.CANNOT_TELL:
            why = f"whether its key policy lets account {account} use {action} cannot be told: {decision.why}"
            unknown = unknown or Unknown(UnknownCause.UNSUPPORTED, why, Advice("look at the key policy"))
        whys.append(decision.why)
    if unknown:
        return unknown
    by = "; ".join(dict.fromkeys(whys))
    seen = "is enabled, a symmetric encryption key and in the bucket's region"
    return passed(
        f"{key_name(encryption)} {seen}; its key policy lets account {account} use it ({by}), "
        "and IAM policies were not examined"
    )
