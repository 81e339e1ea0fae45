"""A bucket policy that denies writes under the new key: it demands another one, or none (facts E1 and E2)."""

from collections.abc import Iterator

from s3kms.access.context import ContextValue
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
    denies_key,
    unread_conditions,
    wanted_key,
)
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import KeyKind
from s3kms.model.facts import Fact
from s3kms.model.policy import PolicyDocument, PolicyNode, UnresolvedPart, UnresolvedText
from s3kms.model.unknown import Unknown, UnknownCause


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """A write without headers has the key of the default in its condition key, as a full ARN (fact E2)."""
    if not switch.is_new_key:
        return None
    key = wanted_key(bucket, switch.key_text)

    def test(policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
        is_new = switch.is_new_kms or not statement.is_allow
        if is_new and not _names_declared_key(statement, switch.key_text):
            yield from _judge(policy, statement, key, switch)

    return search_policies(bucket, test)


def _judge(
    policy: Policy, statement: Statement, key: ContextValue, switch: EncryptionSwitch
) -> Iterator[Danger | Unknown]:
    after = denies_key(statement, key)
    if after is Match.NO:
        return
    unread = next(iter(unread_conditions(statement, DEMANDED_HEADERS)), None)
    if after is Match.MAYBE and not unread and _is_yet_to_be_chosen(switch):
        return  # the key that the policy names may be the one
    if after is Match.MAYBE and (unread or switch.key_text is not None):
        yield unread or _cannot_tell(policy, switch)
        return
    unless = "" if after is Match.YES else ", unless the key that it names is that one"
    yield Danger(
        f"has a policy that denies writes under the new key, {_describe(switch)}{unless} ({policy.source}, "
        f"{statement.name}): it demands another key, or none"
    )


def _names_declared_key(statement: Statement, text: str | None) -> bool:
    """Whether the key that it names is the one that code declares, by whose address the default is to name it."""
    return text is not None and any(
        part.address == text
        for condition in statement.conditions
        for value in (condition.values if condition.is_about(KEY_HEADER) else ())
        if isinstance(value, UnresolvedText)
        for part in value.open_parts
    )


def _is_yet_to_be_chosen(switch: EncryptionSwitch) -> bool:
    return switch.key is KeyKind.CUSTOMER_MANAGED and switch.key_text is None


def _describe(switch: EncryptionSwitch) -> str:
    if _is_yet_to_be_chosen(switch):
        return "whichever that is"
    return switch.key_text or "the AWS managed key (aws/s3)"


def _cannot_tell(policy: Policy, switch: EncryptionSwitch) -> Unknown:
    why = f"{policy.source} demands a key, and whether {_describe(switch)} is that one cannot be told"
    return Unknown(UnknownCause.UNSUPPORTED, why, Advice("name the key by its full ARN"))


_KEY = f"arn:aws:kms:eu-central-1:{an.OWN_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
_OTHER = _KEY.replace("1234abcd", "99999999")
_TO_KEY = an.to_key(_KEY)


def _pinning_declared(address: str) -> Bucket:
    """With a policy of code that names a key which the code declares."""
    part = UnresolvedPart(f"{address}.arn", an.DENIED, address=address, attribute="arn")
    statement: PolicyNode = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": "*",
        "Condition": {"StringNotEquals": {KEY_HEADER: UnresolvedText((part,))}},
    }
    return an.using(policies=(PolicyDocument({"Statement": statement}, "aws_s3_bucket_policy.p"),))


HAZARD = Hazard(
    id="policy_pins_other_key",
    title="A bucket policy that denies writes under the new key",
    shape=HazardShape.NEEDS_CUSTOMER_KEY,
    needs=frozenset({Fact.POLICY}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "The policy compares the key that S3 uses with one that it names, or demands that there is none. "
            "Writers that rely on the default are denied after the switch."
        ),
        evidence=(
            f"A statement of the bucket policy with a condition on {KEY_HEADER}, evaluated for a write without "
            "headers under the new default, denies it. S3 is taken to fill this condition key from the default."
        ),
        advice="make the key that the policy names the default, or let the policy accept the new one first",
        sources=(
            "Bucket policy examples: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html>",
            "Using server-side encryption with AWS KMS keys: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>",
        ),
        is_confirmed=False,
    ),
    examples=(
        HazardExample(
            "every other key is denied",
            an.denying({"ArnNotEqualsIfExists": {KEY_HEADER: _OTHER}}),
            _TO_KEY,
            True,
        ),
        HazardExample(
            "this key is the one", an.denying({"ArnNotEqualsIfExists": {KEY_HEADER: _KEY}}), _TO_KEY, False
        ),
        HazardExample(
            "every other key is denied, as text",
            an.denying({"StringNotEquals": {KEY_HEADER: _OTHER}}),
            _TO_KEY,
            True,
        ),
        HazardExample(
            "one of several keys",
            an.denying({"StringNotEquals": {KEY_HEADER: [_OTHER, _KEY]}}),
            _TO_KEY,
            False,
        ),
        HazardExample(
            "another key with the AWS managed one",
            an.denying({"StringNotEquals": {KEY_HEADER: _OTHER}}),
            an.TO_MANAGED,
            True,
        ),
        HazardExample(
            "every key is denied",
            an.denying({"Null": {KEY_HEADER: "false"}}),
            an.TO_MANAGED,
            True,
            frozenset({"policy_demands_sse_s3"}),
        ),
        HazardExample(
            "writes without a key are denied",
            an.denying({"Null": {KEY_HEADER: "true"}}),
            an.TO_MANAGED,
            False,
        ),
        HazardExample(
            "only a wrong header is denied",
            an.denying({"StringNotEquals": {KEY_HEADER: _OTHER}, "Null": {ENCRYPTION_HEADER: "false"}}),
            _TO_KEY,
            False,
        ),
        HazardExample(
            "the key of the same code",
            _pinning_declared("aws_kms_key.main"),
            an.to_key("aws_kms_key.main"),
            False,
        ),
        HazardExample(
            "another key of the same code",
            _pinning_declared("aws_kms_key.other"),
            an.to_key("aws_kms_key.main"),
            None,
        ),
        HazardExample(
            "a customer managed key that is yet to be chosen",
            an.denying({"StringNotEquals": {KEY_HEADER: _OTHER}}),
            an.TO_CUSTOMER,
            False,
        ),
        HazardExample(
            "an alias", an.denying({"StringNotEquals": {KEY_HEADER: _KEY}}), an.to_key("alias/data"), None
        ),
        HazardExample(
            "writers are let in under another key alone",
            an.open_to(condition={"StringEqualsIfExists": {KEY_HEADER: _OTHER}}, AWS=an.OWN_ACCOUNT),
            _TO_KEY,
            True,
        ),
        HazardExample(
            "reads are no writes", an.denying({"Null": {KEY_HEADER: "false"}}, "s3:GetObject"), _TO_KEY, False
        ),
        HazardExample("a policy that was not read", an.UNREAD_POLICY, an.TO_MANAGED, None),
    ),
)
