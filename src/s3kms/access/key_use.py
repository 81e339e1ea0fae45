"""Who can go on using a bucket once a KMS key encrypts it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from s3kms.access.caller_context import ContextValues, caller_context
from s3kms.access.callers import Requester, RequesterKind
from s3kms.access.context import PrefixValue, RequestContext
from s3kms.access.documents import parse_policy
from s3kms.access.evaluate import (
    AccessDecision,
    AccessOutcome,
    Levels,
    PolicySet,
    evaluate_access,
)
from s3kms.access.grants import names_operation
from s3kms.access.statements import Policy
from s3kms.access.weigh import AccessRequest, Policies
from s3kms.model.access import KeyAccess, KeyUse
from s3kms.model.grants import KeyGrant
from s3kms.model.policy import PolicyDocument, PolicyNode
from s3kms.model.unknown import Unknown

_BY_OUTCOME = {
    AccessOutcome.ALLOWED: KeyAccess.KEEPS,
    AccessOutcome.DENIED: KeyAccess.LOSES,
    AccessOutcome.CANNOT_TELL: KeyAccess.CANNOT_TELL,
}


@dataclass(frozen=True, slots=True)
class KeyAccessAnswer:
    """What becomes of somebody's access, and why."""

    access: KeyAccess
    why: str
    is_denied: bool = False
    """Whether a statement denies it, which no other statement can mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketUnderKey:
    """A bucket, and the key that is to encrypt it."""

    bucket_arn: str
    key_arn: str
    is_aws_managed: bool = False
    """Whether the key is aws/s3."""
    has_bucket_key: bool | None = None
    """None where it is not known."""
    key_policies: Policies = ()
    """Of a key shared through AWS RAM there are two (fact B9)."""
    aliases: tuple[str, ...] | Unknown | None = None
    """Of the key; None where nobody read them."""
    grants: tuple[KeyGrant, ...] | Unknown = ()
    rcps: Levels = ()

    @property
    def key_account(self) -> str:
        """Whose the key is."""
        return self.key_arn.split(":")[4]


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketUser:
    """Somebody who may use a bucket, with the policies that bear on them alone."""

    caller: Requester
    identity: Policies = ()
    boundary: Policies | None = None
    session: Policies | None = None
    scps: Levels = ()
    tags: Mapping[str, str] | None = None
    """Of the user or role; None where they are not known."""
    keys: RequestContext = field(default_factory=RequestContext)
    """What else is known of their requests: `aws:SourceArn` of a service."""


def judge_key_use(user: BucketUser, bucket: BucketUnderKey) -> Mapping[KeyUse, KeyAccessAnswer]:
    """Whether somebody keeps what they may do to a bucket, as far as the key is concerned."""
    if barred := _is_barred(user.caller, bucket):
        return dict.fromkeys(KeyUse, barred)
    actions = sorted({action for use in KeyUse for action in use.actions})
    decisions = {action: _decide(user, bucket, action) for action in actions}
    return {use: _add_up({action: decisions[action] for action in use.actions}) for use in KeyUse}


def _add_up(decisions: Mapping[str, AccessDecision]) -> KeyAccessAnswer:
    for outcome in (AccessOutcome.DENIED, AccessOutcome.CANNOT_TELL):
        for action, decision in decisions.items():
            if decision.outcome is outcome:
                why = f"{action}: {decision.why}"
                return KeyAccessAnswer(_BY_OUTCOME[outcome], why, decision.is_explicit)
    return KeyAccessAnswer(KeyAccess.KEEPS, "; ".join(dict.fromkeys(one.why for one in decisions.values())))


def _is_barred(caller: Requester, bucket: BucketUnderKey) -> KeyAccessAnswer | None:
    """Why nobody of this sort can use such a key, whatever the policies say; None where they decide."""
    if caller.kind is RequesterKind.ANONYMOUS:  # fact B16
        return KeyAccessAnswer(KeyAccess.LOSES, "anonymous requests cannot use a KMS key")
    if bucket.is_aws_managed and caller.account != bucket.key_account:  # facts B6 and B7
        return KeyAccessAnswer(
            KeyAccess.LOSES,
            f"only principals of account {bucket.key_account} can use the AWS managed key (aws/s3)",
        )
    return None


def _decide(user: BucketUser, bucket: BucketUnderKey, action: str) -> AccessDecision:
    context = key_context(bucket, user.caller, user.tags)
    context = RequestContext({**context.values, **user.keys.values}, (*context.closed, *user.keys.closed))
    request = AccessRequest(user.caller, action, bucket.key_arn, bucket.key_account, context)
    policies = PolicySet(
        identity=user.identity,
        boundary=user.boundary,
        session=user.session,
        scps=user.scps,
        # Resource control policies do not bind AWS managed keys (fact B6).
        rcps=() if bucket.is_aws_managed else bucket.rcps,
        resource=managed_key_policy(bucket) if bucket.is_aws_managed else bucket.key_policies,
        grants=bucket.grants,
    )
    return evaluate_access(request, policies)


def managed_key_policy(bucket: BucketUnderKey) -> Policies:
    """The policy of aws/s3: where nobody read it, as KMS makes it, for whoever of the account comes through S3.

    See fact B6.
    """
    if not isinstance(bucket.key_policies, Unknown) and bucket.key_policies:
        return bucket.key_policies
    _, _, _, region, account, *_ = bucket.key_arn.split(":")
    tests = {"kms:ViaService": f"s3.{region}.amazonaws.com", "kms:CallerAccount": account}
    statement: PolicyNode = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"),
        "Resource": "*",
        "Condition": {"StringEquals": tests},
    }
    return (parse_policy(PolicyDocument({"Statement": (statement,)}, "the policy of aws/s3")),)


def key_context(
    bucket: BucketUnderKey, caller: Requester, tags: Mapping[str, str] | None = None
) -> RequestContext:
    """The condition keys of a request that S3 makes to KMS for somebody (facts B10 and B11)."""
    _, partition, _, region, account, *_ = bucket.key_arn.split(":")
    objects = PrefixValue(f"{bucket.bucket_arn}/")
    values: ContextValues = {
        **dict.fromkeys(_KEYS_OF_OTHER_OPERATIONS),
        "kms:EncryptionContextKeys": ("aws:s3:arn",),
        "kms:KeySpec": "SYMMETRIC_DEFAULT",  # S3 takes no other key (fact B1)
        "kms:KeyUsage": "ENCRYPT_DECRYPT",
        "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        # "The IDs of multi-Region keys begin with mrk-" (KMS Developer Guide, "How multi-Region keys work").
        "kms:MultiRegion": str(bucket.key_arn.partition(":key/")[2].startswith("mrk-")).lower(),
        "aws:SecureTransport": "true",  # fact B16
        "aws:RequestedRegion": region,
        "aws:ResourceAccount": account,
    }
    if bucket.has_bucket_key is not None:
        values["kms:EncryptionContext:aws:s3:arn"] = bucket.bucket_arn if bucket.has_bucket_key else objects
    if isinstance(bucket.aliases, tuple) and len(bucket.aliases) <= _MAX_ALIASES:
        values["kms:ResourceAliases"] = bucket.aliases
    if caller.account is not None:
        values["kms:CallerAccount"] = caller.account
        values["aws:ViaAWSService"] = "true"  # IAM User Guide, "Forward access sessions": S3 is its example
        if partition in {"aws", "aws-us-gov"}:  # how it is written elsewhere is not documented
            values["kms:ViaService"] = f"s3.{region}.amazonaws.com"
            # Other services may have called S3 for them before.
            values["aws:CalledVia"] = (_S3, PrefixValue(""))
            values["aws:CalledViaLast"] = _S3
    # Nobody who relies on the default encryption sends an encryption context of their own.
    closed = ("kms:EncryptionContext:",) if bucket.has_bucket_key is not None else ()
    return caller_context(caller, tags, values, (*closed, *_KEYS_OF_OTHER_CALLERS))


_S3 = "s3.amazonaws.com"
_MAX_ALIASES = 50
"""With more, `kms:ResourceAliases` lets nobody in unless the quota was raised (KMS Developer Guide, "Quotas")."""
_KEYS_OF_OTHER_OPERATIONS = (
    "aws:TagKeys",
    "kms:BypassPolicyLockoutSafetyCheck",
    "kms:DataKeyPairSpec",
    "kms:EncapsulationAlgorithm",
    "kms:ExpirationModel",
    "kms:GrantConstraintSourceArn",
    "kms:GrantConstraintType",
    "kms:GrantIsForAWSResource",
    "kms:GrantOperations",
    "kms:GranteePrincipal",
    "kms:GranteeServicePrincipal",
    "kms:KeyAgreementAlgorithm",
    "kms:MacAlgorithm",
    "kms:MessageType",
    "kms:PrimaryRegion",
    "kms:ReEncryptOnSameKey",
    "kms:ReplicaRegion",
    "kms:RetiringPrincipal",
    "kms:RetiringServicePrincipal",
    "kms:RotationPeriodInDays",
    "kms:ScheduleKeyDeletionPendingWindowInDays",
    "kms:SigningAlgorithm",
    "kms:TrailingDaysWithoutKeyUsage",
    "kms:ValidTo",
    "kms:WrappingAlgorithm",
    "kms:WrappingKeySpec",
)
"""KMS has them for other operations than those on data alone (KMS Developer Guide, "AWS KMS permissions")."""
_KEYS_OF_OTHER_CALLERS = ("kms:RecipientAttestation:", "aws:RequestTag/")
"""Beginnings of keys that are there for enclaves, and for operations that take tags, alone."""
EVERYTHING: Policies = (
    parse_policy(
        PolicyDocument({"Statement": ({"Effect": "Allow", "Action": "*", "Resource": "*"},)}, "its account")
    ),
)
"""The policies of somebody whose own account lets them do anything."""
_ARN_PARTS = 6
MAX_STATEMENTS_EVALUATED = 100_000
"""For one key and action. A key policy of 32 KB that names a principal in each statement has some 250 of both."""


def own_account_use(bucket: BucketUnderKey, account: str, action: str) -> AccessDecision:
    """Whether the key policy or a grant lets principals of an account do something with the key for a bucket: the
    account, so that its IAM policies decide, or a user, role or session that one of them names.
    """
    partition = bucket.key_arn.split(":")[1]
    root = Requester(RequesterKind.ROOT, account, f"arn:{partition}:iam::{account}:root")
    bucket = replace(bucket, grants=_grants_about(bucket.grants, action))
    decisions = [_decide(BucketUser(caller=root), bucket, action)]
    if decisions[0].is_explicit:  # what denies the root user may spare others of the account
        some = BucketUser(caller=Requester.some_of(account, partition), identity=EVERYTHING)
        decisions = [_decide(some, bucket, action)]
    named = [*_callers_in_policies(bucket, account), *_callers_in_grants(bucket, account)]
    affordable = MAX_STATEMENTS_EVALUATED // max(1, _count_statements(bucket.key_policies))
    if len(named) > affordable:
        decisions.append(
            AccessDecision(
                AccessOutcome.CANNOT_TELL, "the key policy and the grants name too many principals"
            )
        )
    for caller, under in named[:affordable]:
        decision = _decide(BucketUser(caller=caller), under, action)
        if decision.outcome is AccessOutcome.ALLOWED:
            return AccessDecision(decision.outcome, f"{decision.why} for {caller.session or caller.arn}")
        decisions.append(decision)
    for outcome in (AccessOutcome.ALLOWED, AccessOutcome.CANNOT_TELL):
        for decision in decisions:
            if decision.outcome is outcome:
                return decision
    return decisions[0]


def _count_statements(policies: Policies) -> int:
    return 0 if isinstance(policies, Unknown) else sum(len(one.statements) for one in policies)


def _grants_about(grants: tuple[KeyGrant, ...] | Unknown, action: str) -> tuple[KeyGrant, ...] | Unknown:
    return (
        grants
        if isinstance(grants, Unknown)
        else tuple(one for one in grants if names_operation(one, action))
    )


def _callers_in_policies(bucket: BucketUnderKey, account: str) -> list[tuple[Requester, BucketUnderKey]]:
    """The users, roles and sessions of an account that statements name, each once, without what grants give them."""
    policies, found = bucket.key_policies, dict[str, Requester]()
    under = bucket if isinstance(bucket.grants, Unknown) else replace(bucket, grants=())
    for policy in () if isinstance(policies, Unknown) else policies:
        for text in _principal_texts(policy):
            if text not in found and (caller := caller_named(text, account)):
                found[text] = caller
    return [(caller, under) for caller in found.values()]


def _callers_in_grants(bucket: BucketUnderKey, account: str) -> list[tuple[Requester, BucketUnderKey]]:
    """The users, roles and sessions of an account that grants are for, each with its grant alone."""
    grants = () if isinstance(bucket.grants, Unknown) else bucket.grants
    callers = ((caller_named(one.grantee or "", account), one) for one in grants)
    return [(caller, replace(bucket, grants=(grant,))) for caller, grant in callers if caller]


def _principal_texts(policy: Policy) -> list[str]:
    return [
        principal.text
        for statement in policy.statements
        if statement.is_allow and not statement.is_negated
        for principal in statement.principals
        if isinstance(principal.text, str)
    ]


def caller_named(arn: str, account: str) -> Requester | None:
    """The user, role or session of an account that an ARN names; None where it names something else."""
    parts = arn.split(":", 5)
    if len(parts) != _ARN_PARTS or parts[4] != account:
        return None
    kind, _, name = parts[5].partition("/")
    if kind == "user" and parts[2] == "iam":
        return Requester(RequesterKind.USER, account, arn)
    if kind == "role" and parts[2] == "iam":
        return Requester(RequesterKind.ROLE, account, arn)
    if kind == "assumed-role" and parts[2] == "sts":
        role = f"arn:{parts[1]}:iam::{account}:role/{name.partition('/')[0]}"
        return Requester(RequesterKind.ROLE, account, role, arn)
    return None
