"""Is the key behind the default encryption on the list of allowed keys?"""

from fnmatch import fnmatchcase

from s3kms.desired.configuration import Configuration
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption, KeyKind
from s3kms.model.facts import Fact
from s3kms.model.findings import Verdict
from s3kms.model.keys import (
    AWS_S3_ALIAS,
    AWS_S3_NAME,
    DeclaredKey,
    KeyForm,
    KeyReference,
    KmsKey,
    MissingKey,
    UnusedAwsManagedKey,
    missing_key_of,
)
from s3kms.model.scan_context import ComplianceRequirement, Severity
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.rules import examples as an
from s3kms.rules.interface import (
    PLACEHOLDER_KEY,
    Example,
    Rule,
    RuleAnswer,
    RuleDoc,
    failed,
    key_name,
    not_kms,
    passed,
)

_AWS_MANAGED = {AWS_S3_NAME, AWS_S3_ALIAS}
_REMEDY = "set an allowed key by its full ARN, or add this one to allowed_keys in s3kms.toml"
_NO_LIST = Unknown(
    UnknownCause.NOT_READ,
    "no list of allowed keys is configured",
    Advice("write allowed_keys = [...] into s3kms.toml"),
)


def evaluate(bucket: Bucket, encryption: Encryption, wanted: Configuration) -> RuleAnswer:
    """Pass where the resolved key, its account or its alias matches a pattern."""
    state = wanted.state_for(bucket)
    if isinstance(state, Unknown):
        return state
    patterns = (state.key,) if state.key else wanted.allowed_keys
    if not patterns:
        return passed("no key is stated for this bucket") if _states_keys(wanted) else _NO_LIST
    if not encryption.is_kms:
        return failed(not_kms(encryption), _REMEDY)
    if any(fnmatchcase(name, pattern) for name in names_of(encryption, bucket) for pattern in patterns):
        return passed(f"{key_name(encryption)} is allowed")
    if unresolved := _unresolved(encryption, bucket, patterns):
        return unresolved
    return failed(f"{key_name(encryption)} is not an allowed key", _REMEDY)


def names_of(encryption: Encryption, bucket: Bucket) -> set[str]:
    """Everything a pattern may match: ARN, id, account and aliases of the key, and what it is called here.

    A bare alias means the bucket's own account: another account's alias of that name is another key.
    """
    reference, key = KeyReference.parse(encryption.key), bucket.key
    if isinstance(key, MissingKey) and reference.form is KeyForm.MALFORMED:
        return set()  # it is no key, so a pattern that happens to match its text allows nothing
    names = {encryption.key} if encryption.key else set()
    if reference.form is KeyForm.AWS_MANAGED and reference.account in {None, bucket.account}:
        names |= _AWS_MANAGED
    if reference.account:
        names.add(reference.account)
    if isinstance(key, KmsKey):
        names |= {key.arn, key.arn.partition("/")[2], key.account}
        names |= _AWS_MANAGED if key.manager is KeyKind.AWS_MANAGED and not key.foreign_alias else set()
        aliases = key.aliases if isinstance(key.aliases, tuple) else ()
        prefix = key.arn.rpartition(":")[0]
        names |= (
            {*aliases, *(f"{prefix}:{alias}" for alias in aliases)}
            if key.account == bucket.account
            else set()
        )
    return names


def _unresolved(encryption: Encryption, bucket: Bucket, patterns: tuple[str, ...]) -> Unknown | None:
    """What kept the names from being complete, where that could have changed the answer."""
    key = bucket.key
    if isinstance(key, Unknown) and KeyReference.parse(encryption.key).form is not KeyForm.ARN:
        return key
    if isinstance(key, DeclaredKey) and KeyReference.parse(encryption.key).form is not KeyForm.ARN:
        return Unknown(
            UnknownCause.NOT_READ,
            f"the key {key.address} gets its ARN when it is made",
            Advice(
                "check the bucket once it is deployed, or allow the key by its alias and name it so in the code"
            ),
        )
    by_alias = any("alias/" in pattern for pattern in patterns)
    if (
        by_alias
        and isinstance(key, KmsKey)
        and key.account == bucket.account
        and isinstance(key.aliases, Unknown)
    ):
        return key.aliases
    return None


def _states_keys(wanted: Configuration) -> bool:
    return bool(wanted.allowed_keys or wanted.keys or any(state.key for state in wanted.states))


_ALLOWED = Configuration(allowed_keys=("arn:aws:kms:*:111122223333:key/*", "alias/s3-*"))

RULE = Rule(
    id="s3_bucket_kms_key_allowed",
    title="The default key is on the list of allowed keys",
    severity=Severity.MEDIUM,
    needs=frozenset({Fact.ENCRYPTION, Fact.KEY, Fact.ALIASES}),
    evaluate=evaluate,
    compliant_encryption=Encryption(SSE_KMS, PLACEHOLDER_KEY, bucket_key=True),
    enabled_by=_states_keys,
    doc=RuleDoc(
        overview=(
            "The key of the default encryption should be one of those that the organization chose. The list, "
            "allowed_keys in s3kms.toml, names key ARNs, account ids or aliases; * matches anything. An id or "
            "an alias is resolved to its key before it is compared. Where the key map or an override states a key "
            "for the bucket, that one alone is allowed."
        ),
        risk=(
            "S3 accepts any key name, a stranger's included, without a word.",  # fact A4
            "Data under a key of another account is unreadable from the day that account says so.",
        ),
        exceptions=("Buckets that a service or another team encrypts with its own key by agreement.",),
        remedy=f"For each bucket: {_REMEDY}.",
        verification="The default encryption names a key whose ARN, account or alias is in allowed_keys.",
        notes=("An alias can be moved to another key; an ARN cannot.",),
        page="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    ),
    compliance=(
        ComplianceRequirement(
            "AWS Config", ("s3-default-encryption-kms with kmsKeyArns",), "AWS Config managed rules"
        ),
    ),
    examples=(
        Example("SSE-S3", an.bucket(SSE_S3), Verdict.FAIL, _ALLOWED),
        Example(
            "the ARN of a key whose alias is allowed",
            an.bucket_under(an.customer_key(aliases=("alias/s3-data",))),
            Verdict.PASS,
            Configuration(allowed_keys=("alias/s3-*",)),
        ),
        Example(
            "another account's alias of an allowed name",
            an.bucket(SSE_KMS, f"arn:aws:kms:{an.REGION}:999999999999:alias/s3-evil", known=an.DENIED),
            Verdict.UNKNOWN,
            Configuration(allowed_keys=("alias/s3-*",)),
        ),
        Example(
            "a key whose aliases could not be listed",
            an.bucket_under(an.customer_key(aliases=an.DENIED)),
            Verdict.UNKNOWN,
            Configuration(allowed_keys=("alias/s3-*",)),
        ),
        Example(
            "an allowed key that is not the one stated for this bucket",
            an.bucket_under(an.customer_key(aliases=())),
            Verdict.FAIL,
            Configuration(allowed_keys=("*",), keys={an.ACCOUNT: {"*": "alias/other"}}),
        ),
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
            Configuration(keys={an.ACCOUNT: {an.REGION: an.KEY_ARN}}),
        ),
        Example(
            "another than the key map states",
            an.bucket(SSE_KMS, known=UnusedAwsManagedKey()),
            Verdict.FAIL,
            Configuration(keys={an.ACCOUNT: {"*": an.KEY_ARN}}),
        ),
        Example("no list configured", an.bucket(SSE_KMS), Verdict.UNKNOWN),
        Example(
            "the text aws/s3, which is no key",
            an.bucket(SSE_KMS, AWS_S3_NAME, known=missing_key_of(AWS_S3_NAME)),
            Verdict.FAIL,
            Configuration(allowed_keys=(AWS_S3_NAME,)),
        ),
        Example(
            "aws/s3, not on the list", an.bucket(SSE_KMS, known=UnusedAwsManagedKey()), Verdict.FAIL, _ALLOWED
        ),
    ),
)
