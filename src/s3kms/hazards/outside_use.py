"""Other accounts and organizations that use a bucket, and need to be let in by the policy of its key (fact B8)."""

from collections.abc import Iterator
from dataclasses import dataclass

from s3kms.access.callers import Requester, RequesterKind
from s3kms.access.context import PrefixValue, RequestContext
from s3kms.access.documents import parse_policy
from s3kms.access.key_use import BucketUnderKey, BucketUser, caller_named, judge_key_use
from s3kms.access.texts import Text, describe_text
from s3kms.hazards.interface import Danger, EncryptionSwitch, HazardAnswer, KeyStatement
from s3kms.hazards.key_admission import (
    KeyNeeds,
    cannot_tell,
    key_policies,
    partition_of,
    under_key,
    worst_of,
)
from s3kms.model.access import KeyAccess
from s3kms.model.bucket import Bucket
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown

_OWN_POLICIES = (
    parse_policy(
        PolicyDocument({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, "its own policies")
    ),
)
"""What the principals of another account may do by their own policies is theirs to say: taken as all."""
_HAS_VIA_SERVICE = ("aws", "aws-us-gov")
"""The partitions where `kms:ViaService` is written `s3.REGION.amazonaws.com` (fact B10)."""

_COLONS_OF_ARN = 5


@dataclass(frozen=True, slots=True)
class Outsider:
    """Whom a bucket policy lets in from outside the account."""

    who: str
    """In a sentence: `account 444455556666`."""
    principal: str
    """As a key policy names it: an ARN, or `*` with a condition."""
    needs: KeyNeeds
    account: str | None = None
    """None for the accounts of an organization."""
    organization: tuple[str, str, Text] | None = None
    """Operator, condition key and value that say which organization."""


def judge_outsider(
    bucket: Bucket, switch: EncryptionSwitch, outsider: Outsider, source: str, under_aws_managed: str
) -> HazardAnswer:
    """Whether somebody from outside is kept out by the new key; `source` is what names them."""
    why = f"is used by {outsider.who} ({source})"
    statement = _statement_for(bucket, outsider)
    if switch.brings_aws_managed_key:
        return Danger(f"{why}, {under_aws_managed}", (statement,))
    policies = key_policies(bucket, switch)
    if isinstance(policies, Unknown):
        return policies
    found = _why_not_admitted(outsider, under_key(bucket, switch, policies))
    if isinstance(found, str):
        return Danger(
            f"{why}, and the key policy does not allow {outsider.who} to use it ({found})", (statement,)
        )
    return found


def _statement_for(bucket: Bucket, outsider: Outsider) -> KeyStatement:
    conditions = []
    if outsider.organization:
        operator, key, value = outsider.organization
        conditions.append((operator, key, describe_text(value)))
    if bucket.region and partition_of(bucket) in _HAS_VIA_SERVICE:
        conditions.append(("StringEquals", "kms:ViaService", f"s3.{bucket.region}.amazonaws.com"))
    return KeyStatement(("AWS", outsider.principal), outsider.needs.actions, tuple(conditions))


def _why_not_admitted(outsider: Outsider, judged: BucketUnderKey) -> str | Unknown | None:
    if outsider.account is None:
        user = _member_of(outsider, judged)
        if user is None:
            return cannot_tell(outsider.who, "which organization it is, is not known")
    else:
        caller = caller_named(outsider.principal, outsider.account)
        some = Requester.some_of(outsider.account, judged.key_arn.split(":")[1])
        user = BucketUser(caller=caller or some, identity=_OWN_POLICIES)
    answer = judge_key_use(user, judged)[outsider.needs.use_with_bucket_key]
    if answer.access is not KeyAccess.KEEPS and (named := next(_named(outsider, judged), None)):
        return cannot_tell(outsider.who, f"it allows {named}, but not all of them")
    return worst_of([answer], outsider.who)


def _named(outsider: Outsider, judged: BucketUnderKey) -> Iterator[str]:
    """Who of the outsiders the policy of the key names, where it does not let all of them in."""
    policies = judged.key_policies
    for policy in () if isinstance(policies, Unknown) else policies:
        for statement in policy.statements:
            for principal in statement.principals if statement.is_allow else ():
                text = principal.text
                if isinstance(text, str) and _is_of(outsider, text, judged.key_account):
                    yield text


def _is_of(outsider: Outsider, arn: str, own_account: str) -> bool:
    if outsider.account is None:
        account = arn.split(":")[4] if arn.startswith("arn:") and arn.count(":") >= _COLONS_OF_ARN else arn
        return account.isdecimal() and account != own_account
    is_whole_account = outsider.principal.endswith(":root")
    return is_whole_account and caller_named(arn, outsider.account) is not None


def _member_of(outsider: Outsider, judged: BucketUnderKey) -> BucketUser | None:
    """Somebody of an organization, of whom nothing else is known."""
    _, key, value = outsider.organization or ("", "", None)
    if not isinstance(value, str):
        return None
    known: dict[str, str | PrefixValue | tuple[str | PrefixValue, ...] | None] = {
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalOrgID": value.split("/")[0],
    }
    if "/" in value:
        known[key] = (PrefixValue(value.rstrip("*")) if value.endswith("*") else value,)
    _, partition, _, region, *_ = judged.key_arn.split(":")
    if partition in _HAS_VIA_SERVICE and region:
        known["kms:ViaService"] = f"s3.{region}.amazonaws.com"
    return BucketUser(caller=Requester(RequesterKind.ROOT), keys=RequestContext.of(known))
