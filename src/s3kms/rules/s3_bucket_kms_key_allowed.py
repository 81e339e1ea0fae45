"""Is the key behind the default encryption on the list of allowed keys?"""

from fnmatch import fnmatchcase

from s3kms.estate.bucket import Bucket
from s3kms.estate.encryption import SSE_KMS, SSE_S3, Encryption
from s3kms.estate.facts import Fact
from s3kms.estate.findings import Severity, Verdict
from s3kms.estate.keys import AWS_S3_ALIAS, KeyFact, KeyForm, KeyReference, KmsKey, UnusedAwsManagedKey
from s3kms.estate.unknown import Unknown
from s3kms.rules import examples as an
from s3kms.rules.interface import (
    PLACEHOLDER_KEY,
    Doc,
    Example,
    Judgement,
    Requirement,
    Rule,
    failed,
    key_name,
    known_encryption,
    not_kms,
    not_known,
    passed,
)
from s3kms.wanted.model import Wanted

ID = "s3_bucket_kms_key_allowed"
_REMEDY = "set an allowed key by its full ARN, or add this one to allowed_keys in s3kms.toml"
_NO_LIST = Unknown("no list of allowed keys is configured", "write allowed_keys = [...] into s3kms.toml")


def judge(bucket: Bucket, wanted: Wanted) -> Judgement:
    """Pass where the resolved key, its account or its alias matches a pattern."""
    encryption = known_encryption(bucket)
    if isinstance(encryption, Unknown):
        return not_known(encryption)
    state = wanted.state_for(bucket)
    if isinstance(state, Unknown):
        return not_known(state)
    patterns = (*wanted.allowed_keys, *((state.key,) if state.key else ()))
    if not patterns:
        return passed("no key is stated for this bucket") if _states_keys(wanted) else not_known(_NO_LIST)
    if not encryption.is_kms:
        return failed(not_kms(encryption), _REMEDY)
    names = names_of(encryption.key, bucket.key)
    if any(fnmatchcase(name, pattern) for name in names for pattern in patterns):
        return passed(f"{key_name(encryption)} is allowed")
    if isinstance(bucket.key, Unknown) and KeyReference.parse(encryption.key).form is not KeyForm.ARN:
        return not_known(bucket.key)
    return failed(f"{key_name(encryption)} is not on the list of allowed keys", _REMEDY)


def names_of(reference: str | None, key: KeyFact | None) -> set[str]:
    """Everything a pattern may match: the ARN, the account, and the names it was referred to by."""
    names: set[str] = set()
    parsed = KeyReference.parse(reference)
    if parsed.form is KeyForm.AWS_MANAGED:
        names |= {"aws/s3", AWS_S3_ALIAS}
    if reference is not None:
        names.add(reference)
        if parsed.form is KeyForm.ALIAS_ARN:
            names.add(reference.split(":", 5)[5])
    if isinstance(key, KmsKey):
        names |= {key.arn, key.arn.partition("/")[2], key.account}
    elif parsed.account:
        names.add(parsed.account)
    return names


def _states_keys(wanted: Wanted) -> bool:
    return bool(wanted.allowed_keys or wanted.keys or any(state.key for state in wanted.states))


_ALLOWED = Wanted(allowed_keys=("arn:aws:kms:*:111122223333:key/*", "alias/s3-*"))

RULE = Rule(
    id=ID,
    title="The default key is on the list of allowed keys",
    severity=Severity.MEDIUM,
    needs=frozenset({Fact.ENCRYPTION, Fact.KEY}),
    judge=judge,
    remedied=Encryption(SSE_KMS, PLACEHOLDER_KEY, bucket_key=True),
    asked_by=_states_keys,
    doc=Doc(
        overview=(
            "The key of the default encryption should be one of those that the organization chose. The list, "
            "allowed_keys in s3kms.toml, names key ARNs, account ids or aliases; * matches anything. An id or "
            "an alias is resolved to its key before it is compared."
        ),
        risk=(
            "S3 accepts any key name, a stranger's included, without a word (fact A4).",
            "Data under a key of another account is unreadable from the day that account says so.",
        ),
        leave_alone=("Buckets that a service or another team encrypts with its own key by agreement.",),
        remedy=f"For each bucket: {_REMEDY}.",
        verification="The default encryption names a key whose ARN, account or alias is in allowed_keys.",
        notes=("An alias can be moved to another key; an ARN cannot.",),
    ),
    compliance=(Requirement("AWS Config", ("s3-default-encryption-kms with kmsKeyArns",), "fact E8"),),
    examples=(
        Example("SSE-S3", an.bucket(SSE_S3), Verdict.FAIL, _ALLOWED),
        Example(
            "an id of an allowed account's key",
            an.bucket(SSE_KMS, "1234abcd-12ab-34cd-56ef-1234567890ab", known=an.CUSTOMER_KEY),
            Verdict.PASS,
            _ALLOWED,
        ),
        Example(
            "an allowed alias", an.bucket(SSE_KMS, "alias/s3-logs", known=an.DENIED), Verdict.PASS, _ALLOWED
        ),
        Example(
            "a key of another account",
            an.bucket(SSE_KMS, an.KEY_ARN.replace("111122223333", "999999999999"), known=an.DENIED),
            Verdict.FAIL,
            _ALLOWED,
        ),
        Example(
            "an alias that cannot be resolved",
            an.bucket(SSE_KMS, "alias/other", known=an.DENIED),
            Verdict.UNKNOWN,
            _ALLOWED,
        ),
        Example(
            "the key that the key map states",
            an.bucket(SSE_KMS, "alias/x", known=an.CUSTOMER_KEY),
            Verdict.PASS,
            Wanted(keys={an.ACCOUNT: {an.REGION: an.KEY_ARN}}),
        ),
        Example(
            "another than the key map states",
            an.bucket(SSE_KMS, known=UnusedAwsManagedKey()),
            Verdict.FAIL,
            Wanted(keys={an.ACCOUNT: {"*": an.KEY_ARN}}),
        ),
        Example("no list configured", an.bucket(SSE_KMS), Verdict.UNKNOWN),
        Example(
            "aws/s3, not on the list", an.bucket(SSE_KMS, known=UnusedAwsManagedKey()), Verdict.FAIL, _ALLOWED
        ),
    ),
)
