"""Requests as AWS documents them: every row names the page that it rests on."""

import json
from typing import Any

import pytest
from tests.support.policies import (
    ACCOUNT,
    ANONYMOUS,
    FOREIGN,
    FOREIGN_ARN,
    KEY,
    LINKED,
    LOGS,
    OTHER,
    ROLE,
    ROLE_ARN,
    ROOT,
    ROOT_ARN,
    SERVICE,
    SESSION,
    SESSION_ARN,
    USER,
    USER_ARN,
    allow,
    aws,
    deny,
    policy,
)

from s3kms.access.callers import Requester
from s3kms.access.context import RequestContext
from s3kms.access.documents import parse_policy
from s3kms.access.evaluate import AccessDecision, AccessOutcome, PolicySet, evaluate_access
from s3kms.access.weigh import AccessRequest
from s3kms.model.advice import Advice
from s3kms.model.grants import KeyGrant
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause

LOGIC = "IAM/reference_policies_evaluation-logic"
CROSS = "IAM/reference_policies_evaluation-logic-cross-account"
RESOURCE = "IAM/access_policies_boundaries"
PRINCIPAL = "IAM/reference_policies_elements_principal"
NOT_PRINCIPAL = "IAM/reference_policies_elements_notprincipal"
NOT_ACTION = "IAM/reference_policies_elements_notaction"
NOT_RESOURCE = "IAM/reference_policies_elements_notresource"
ACTION = "IAM/reference_policies_elements_action"
ELEMENT_RESOURCE = "IAM/reference_policies_elements_resource"
KEY_POLICY = "kms/key-policy-overview"
DEFAULT = "kms/key-policy-default"
OUTSIDE = "kms/key-policy-modifying-external-accounts"
KMS_IAM = "kms/iam-policies"
CONDITIONS = "kms/conditions-kms"
GRANTS = "kms/grants"
SCP = "organizations/orgs_manage_policies_scps_evaluation"
RCP = "organizations/orgs_manage_policies_rcps_evaluation"
SESSIONS = "IAM/access_policies#policies_session"

YES, NO, OPEN = AccessOutcome.ALLOWED, AccessOutcome.DENIED, AccessOutcome.CANNOT_TELL
UNREAD = Unknown(UnknownCause.DENIED, "the policies could not be read", Advice("allow iam:GetPolicy"))
DECRYPT = "kms:Decrypt"
TO_ROOT = policy(allow("kms:*", **aws(ROOT_ARN)), source="the key policy")
ANY_KEY = policy(allow(DECRYPT), source="its policy")
BROKEN = parse_policy(PolicyDocument("{", "its second policy"))
NOTHING = policy(allow("ec2:*"))
FULL = (policy(allow()),)
FULL_RCP = (policy(allow(Principal="*")),)
VIA_S3 = {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com", "kms:CallerAccount": ACCOUNT}}
CONTEXT = RequestContext.of(
    {
        "kms:ViaService": "s3.eu-central-1.amazonaws.com",
        "kms:CallerAccount": ACCOUNT,
        "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::b",
        "kms:EncryptionContextKeys": ("aws:s3:arn",),
        "kms:ResourceAliases": ("alias/a", "alias/b"),
        "aws:PrincipalTag/team": "red",
        "aws:SourceArn": None,
    }
)


def of_key(*statements: dict[str, Any], **more: Any) -> PolicySet:
    return PolicySet(resource=(policy(*statements, source="the key policy"),), **more)


def under_root(**more: Any) -> PolicySet:
    return PolicySet(**{"resource": (TO_ROOT,), "identity": (ANY_KEY,), **more})


def decide(
    caller: Requester, policies: PolicySet, action: str = DECRYPT, resource: str = KEY
) -> AccessDecision:
    return evaluate_access(AccessRequest(caller, action, resource, ACCOUNT, CONTEXT), policies)


OF_KEYS: list[tuple[str, str, Requester, PolicySet, AccessOutcome]] = [
    (KEY_POLICY, "an IAM policy alone lets nobody use a key", ROLE, PolicySet(identity=(ANY_KEY,)), NO),
    (DEFAULT, "the root statement lets IAM policies decide", ROLE, under_root(), YES),
    (DEFAULT, "and gives nobody anything by itself", ROLE, under_root(identity=()), NO),
    (
        DEFAULT,
        "the account by its number",
        ROLE,
        of_key(allow("kms:*", **aws(ACCOUNT)), identity=(ANY_KEY,)),
        YES,
    ),
    (DEFAULT, "the root user by it", ROOT, of_key(allow("kms:*", **aws(ROOT_ARN))), YES),
    (DEFAULT, "the root user without it", ROOT, of_key(allow("kms:*", **aws(ROLE_ARN))), NO),
    (
        KEY_POLICY,
        "a role that is named needs no IAM policy",
        ROLE,
        of_key(allow(DECRYPT, **aws(ROLE_ARN))),
        YES,
    ),
    (KEY_POLICY, "a user that is named", USER, of_key(allow(DECRYPT, **aws(USER_ARN))), YES),
    (KEY_POLICY, "another user", USER, of_key(allow(DECRYPT, **aws(USER_ARN + "2"))), NO),
    (
        KEY_POLICY,
        "without the root statement IAM policies count nothing",
        USER,
        of_key(allow("kms:*", **aws(ROLE_ARN)), identity=FULL),
        NO,
    ),
    (PRINCIPAL, "a session that is named", SESSION, of_key(allow(DECRYPT, **aws(SESSION_ARN))), YES),
    (
        PRINCIPAL,
        "a session of the role, nobody knows which",
        ROLE,
        of_key(allow(DECRYPT, **aws(SESSION_ARN))),
        OPEN,
    ),
    (PRINCIPAL, "another session", SESSION, of_key(allow(DECRYPT, **aws(SESSION_ARN + "2"))), NO),
    (PRINCIPAL, "a deleted role", ROLE, of_key(allow(DECRYPT, **aws("AROAEXAMPLEEXAMPLE12"))), NO),
    (
        PRINCIPAL,
        "a wildcard within an ARN",
        ROLE,
        of_key(allow(DECRYPT, **aws(f"arn:aws:iam::{ACCOUNT}:role/*"))),
        OPEN,
    ),
    (PRINCIPAL, "everyone in the same account", ROLE, of_key(allow(DECRYPT, Principal="*")), YES),
    (
        KEY_POLICY,
        "everyone of the account through S3, as aws/s3",
        ROLE,
        of_key(allow(DECRYPT, **aws("*"), Condition=VIA_S3)),
        YES,
    ),
    (
        PRINCIPAL,
        "everyone, and the caller is anonymous",
        ANONYMOUS,
        of_key(allow(DECRYPT, Principal="*")),
        YES,
    ),
    (
        PRINCIPAL,
        "everyone, and the caller is a service",
        SERVICE,
        of_key(allow(DECRYPT, Principal="*")),
        OPEN,
    ),
    (PRINCIPAL, "a service", SERVICE, of_key(allow(DECRYPT, Principal={"Service": LOGS})), YES),
    (
        PRINCIPAL,
        "another service",
        SERVICE,
        of_key(allow(DECRYPT, Principal={"Service": "ses.amazonaws.com"})),
        NO,
    ),
    (PRINCIPAL, "a service is of no account", SERVICE, under_root(), NO),
    (
        PRINCIPAL,
        "a canonical user",
        ROLE,
        of_key(allow(DECRYPT, Principal={"CanonicalUser": "79a5"}), identity=(ANY_KEY,)),
        OPEN,
    ),
    (OUTSIDE, "another account by the key policy alone", FOREIGN, of_key(allow(DECRYPT, **aws(OTHER))), NO),
    (
        OUTSIDE,
        "another account with both",
        FOREIGN,
        of_key(allow(DECRYPT, **aws(OTHER)), identity=(ANY_KEY,)),
        YES,
    ),
    (
        OUTSIDE,
        "a role of another account by the key policy alone",
        FOREIGN,
        of_key(allow(DECRYPT, **aws(FOREIGN_ARN))),
        NO,
    ),
    (
        OUTSIDE,
        "a role of another account with both",
        FOREIGN,
        of_key(allow(DECRYPT, **aws(FOREIGN_ARN)), identity=(ANY_KEY,)),
        YES,
    ),
    (OUTSIDE, "its IAM policy alone", FOREIGN, under_root(), NO),
    (
        OUTSIDE,
        "its IAM policies not known",
        FOREIGN,
        of_key(allow(DECRYPT, **aws(OTHER)), identity=UNREAD),
        OPEN,
    ),
    (OUTSIDE, "not let in, its IAM policies not known", FOREIGN, under_root(identity=UNREAD), NO),
    (
        KMS_IAM,
        "an IAM policy that names this key",
        ROLE,
        under_root(identity=(policy(allow(DECRYPT, KEY)),)),
        YES,
    ),
    (
        KMS_IAM,
        "an IAM policy that names another key",
        ROLE,
        under_root(identity=(policy(allow(DECRYPT, KEY[:-1] + "c")),)),
        NO,
    ),
    (
        KMS_IAM,
        "all keys of the account",
        ROLE,
        under_root(identity=(policy(allow(DECRYPT, f"arn:aws:kms:*:{ACCOUNT}:key/*")),)),
        YES,
    ),
    (
        KMS_IAM,
        "an alias does not stand for its key",
        ROLE,
        under_root(identity=(policy(allow(DECRYPT, f"arn:aws:kms:*:{ACCOUNT}:alias/a")),)),
        NO,
    ),
    (
        LOGIC,
        "a deny of the key policy wins",
        ROLE,
        of_key(allow("kms:*", **aws(ROLE_ARN)), deny(DECRYPT, Principal="*")),
        NO,
    ),
    (
        LOGIC,
        "a deny of the IAM policy wins",
        ROLE,
        of_key(allow("kms:*", **aws(ROLE_ARN)), identity=(policy(deny(DECRYPT)),)),
        NO,
    ),
    (
        LOGIC,
        "a deny of another action",
        ROLE,
        under_root(identity=(ANY_KEY, policy(deny("kms:Encrypt")))),
        YES,
    ),
    (
        LOGIC,
        "a deny for another account",
        ROLE,
        of_key(allow("kms:*", **aws(ROLE_ARN)), deny(DECRYPT, **aws(OTHER))),
        YES,
    ),
    (
        LOGIC,
        "a deny for the whole account",
        ROLE,
        of_key(allow("kms:*", **aws(ROLE_ARN)), deny(DECRYPT, **aws(ROOT_ARN))),
        NO,
    ),
    (
        LOGIC,
        "a deny that may hold",
        ROLE,
        under_root(identity=(ANY_KEY, policy(deny(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})))),
        OPEN,
    ),
    (
        LOGIC,
        "an allow that may hold",
        ROLE,
        under_root(identity=(policy(allow(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})),)),
        OPEN,
    ),
    (LOGIC, "IAM policies that nobody read", ROLE, under_root(identity=UNREAD), OPEN),
    (LOGIC, "a key policy that nobody read", ROLE, PolicySet(resource=UNREAD, identity=(ANY_KEY,)), OPEN),
    (
        LOGIC,
        "a policy that is not JSON",
        ROLE,
        under_root(identity=(ANY_KEY, policy({"Effect": "Perhaps"}))),
        OPEN,
    ),
    (
        ACTION,
        "actions are compared without case",
        ROLE,
        under_root(identity=(policy(allow("KMS:dec*")),)),
        YES,
    ),
    (ACTION, "a question mark in an action", ROLE, under_root(identity=(policy(allow("kms:Decryp?")),)), YES),
    (
        NOT_ACTION,
        "everything but",
        ROLE,
        under_root(identity=(policy({"Effect": "Allow", "NotAction": "kms:Encrypt", "Resource": "*"}),)),
        YES,
    ),
    (
        NOT_ACTION,
        "everything but this",
        ROLE,
        under_root(identity=(policy({"Effect": "Allow", "NotAction": "kms:*", "Resource": "*"}),)),
        NO,
    ),
    (
        NOT_ACTION,
        "all but this is denied",
        ROLE,
        under_root(identity=(ANY_KEY, policy({"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}))),
        NO,
    ),
    (
        NOT_RESOURCE,
        "all but this key is denied",
        ROLE,
        under_root(identity=(ANY_KEY, policy({"Effect": "Deny", "Action": "kms:*", "NotResource": KEY}))),
        YES,
    ),
    (
        NOT_RESOURCE,
        "all but another key is denied",
        ROLE,
        under_root(
            identity=(ANY_KEY, policy({"Effect": "Deny", "Action": "kms:*", "NotResource": KEY + "x"}))
        ),
        NO,
    ),
    (
        ELEMENT_RESOURCE,
        "a wildcard over a colon",
        ROLE,
        under_root(identity=(policy(allow(DECRYPT, "arn:aws:kms:*/1234abcd-12ab-34cd-56ef-1234567890ab")),)),
        OPEN,
    ),
    (
        NOT_PRINCIPAL,
        "role, account and session are spared",
        SESSION,
        of_key(
            allow("kms:*", **aws(ROLE_ARN)),
            deny("kms:*", NotPrincipal={"AWS": [ROLE_ARN, ROOT_ARN, SESSION_ARN]}),
        ),
        YES,
    ),
    (
        NOT_PRINCIPAL,
        "the account alone spares no role",
        SESSION,
        of_key(allow("kms:*", **aws(ROLE_ARN)), deny("kms:*", NotPrincipal={"AWS": ROOT_ARN})),
        NO,
    ),
    (
        NOT_PRINCIPAL,
        "the role without its session",
        SESSION,
        of_key(allow("kms:*", **aws(ROLE_ARN)), deny("kms:*", NotPrincipal={"AWS": [ROLE_ARN, ROOT_ARN]})),
        OPEN,
    ),
    (
        NOT_PRINCIPAL,
        "a user with the account",
        USER,
        of_key(allow("kms:*", **aws(USER_ARN)), deny("kms:*", NotPrincipal={"AWS": [USER_ARN, ROOT_ARN]})),
        YES,
    ),
    (
        NOT_PRINCIPAL,
        "a user without the account",
        USER,
        of_key(allow("kms:*", **aws(USER_ARN)), deny("kms:*", NotPrincipal={"AWS": USER_ARN})),
        OPEN,
    ),
    (
        NOT_PRINCIPAL,
        "another user is denied",
        USER,
        of_key(allow("kms:*", **aws(USER_ARN)), deny("kms:*", NotPrincipal={"AWS": [ROLE_ARN, ROOT_ARN]})),
        NO,
    ),
    (
        NOT_PRINCIPAL,
        "the service is spared",
        SERVICE,
        of_key(allow("kms:*", Principal={"Service": LOGS}), deny("kms:*", NotPrincipal={"Service": LOGS})),
        YES,
    ),
    (
        NOT_PRINCIPAL,
        "allowed to all but one",
        ROLE,
        of_key(allow("kms:*", NotPrincipal={"AWS": USER_ARN})),
        OPEN,
    ),
    (RESOURCE, "a boundary that allows", ROLE, under_root(boundary=FULL), YES),
    (RESOURCE, "a boundary that is silent", ROLE, under_root(boundary=(NOTHING,)), NO),
    (
        RESOURCE,
        "a boundary that denies",
        USER,
        of_key(allow(DECRYPT, **aws(USER_ARN)), boundary=(policy(allow(), deny(DECRYPT)),)),
        NO,
    ),
    (
        RESOURCE,
        "a silent boundary does not cut a user that is named",
        USER,
        of_key(allow(DECRYPT, **aws(USER_ARN)), boundary=(NOTHING,)),
        YES,
    ),
    (
        RESOURCE,
        "it cuts a role that is named",
        ROLE,
        of_key(allow(DECRYPT, **aws(ROLE_ARN)), boundary=(NOTHING,)),
        NO,
    ),
    (
        RESOURCE,
        "it does not cut a session that is named",
        SESSION,
        of_key(allow(DECRYPT, **aws(SESSION_ARN)), boundary=(NOTHING,)),
        YES,
    ),
    (
        RESOURCE,
        "whether it cuts everyone is not told",
        ROLE,
        of_key(allow(DECRYPT, Principal="*"), boundary=(NOTHING,)),
        OPEN,
    ),
    (RESOURCE, "a boundary that nobody read", ROLE, under_root(boundary=UNREAD), OPEN),
    (SESSIONS, "a session policy that allows", ROLE, under_root(session=(ANY_KEY,)), YES),
    (SESSIONS, "a session policy that is silent", ROLE, under_root(session=(NOTHING,)), NO),
    (
        SESSIONS,
        "it cuts a role that is named",
        ROLE,
        of_key(allow(DECRYPT, **aws(ROLE_ARN)), session=(NOTHING,)),
        NO,
    ),
    (
        SESSIONS,
        "it does not cut a session that is named",
        SESSION,
        of_key(allow(DECRYPT, **aws(SESSION_ARN)), session=(NOTHING,)),
        YES,
    ),
    (
        SESSIONS,
        "it cuts a role of another account",
        FOREIGN,
        of_key(allow(DECRYPT, **aws(OTHER)), identity=(ANY_KEY,), session=(NOTHING,)),
        NO,
    ),
    (SCP, "every level allows", ROLE, under_root(scps=(FULL, FULL)), YES),
    (SCP, "one level is silent", ROLE, under_root(scps=(FULL, (NOTHING,))), NO),
    (SCP, "one policy of a level is enough", ROLE, under_root(scps=((NOTHING, *FULL),)), YES),
    (SCP, "a deny on any level", ROLE, under_root(scps=(FULL, (*FULL, policy(deny("kms:*"))))), NO),
    (SCP, "they bind the root user", ROOT, under_root(scps=((NOTHING,),)), NO),
    (
        SCP,
        "and whoever the key policy names",
        USER,
        of_key(allow(DECRYPT, **aws(USER_ARN)), scps=((NOTHING,),)),
        NO,
    ),
    (
        SCP,
        "but no service",
        SERVICE,
        of_key(allow(DECRYPT, Principal={"Service": LOGS}), scps=((NOTHING,),)),
        YES,
    ),
    (SCP, "and no service-linked role", LINKED, under_root(scps=((NOTHING,),)), YES),
    (SCP, "that nobody could read", ROLE, under_root(scps=UNREAD), OPEN),
    (SCP, "that nobody could read, and it is denied anyway", ROLE, under_root(scps=UNREAD, identity=()), NO),
    (RCP, "the full policy", ROLE, under_root(rcps=(FULL_RCP,)), YES),
    (
        RCP,
        "a deny for whoever is of no organization",
        FOREIGN,
        of_key(
            allow(DECRYPT, **aws(OTHER)),
            identity=(ANY_KEY,),
            rcps=(
                (
                    *FULL_RCP,
                    policy(
                        deny(
                            "kms:*",
                            Principal="*",
                            Condition={"StringNotEquals": {"kms:CallerAccount": OTHER}},
                        )
                    ),
                ),
            ),
        ),
        NO,
    ),
    (
        RCP,
        "they bind services",
        SERVICE,
        of_key(allow(DECRYPT, Principal={"Service": LOGS}), rcps=((*FULL_RCP, policy(deny(Principal="*"))),)),
        NO,
    ),
    (
        RCP,
        "the full policy lets services be",
        SERVICE,
        of_key(allow(DECRYPT, Principal={"Service": LOGS}), rcps=(FULL_RCP,)),
        YES,
    ),
    (
        RCP,
        "but no service-linked role",
        LINKED,
        under_root(rcps=((*FULL_RCP, policy(deny(Principal="*"))),)),
        YES,
    ),
    (RCP, "that nobody could read", ROLE, under_root(rcps=UNREAD), OPEN),
    (
        CONDITIONS,
        "through S3 of this region",
        ROLE,
        of_key(allow(DECRYPT, **aws(ROLE_ARN), Condition=VIA_S3)),
        YES,
    ),
    (
        CONDITIONS,
        "through S3 of another region",
        ROLE,
        of_key(
            allow(
                DECRYPT,
                **aws(ROLE_ARN),
                Condition={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
            )
        ),
        NO,
    ),
    (
        CONDITIONS,
        "for callers of another account",
        ROLE,
        of_key(allow(DECRYPT, **aws("*"), Condition={"StringEquals": {"kms:CallerAccount": OTHER}})),
        NO,
    ),
    (
        CONDITIONS,
        "the encryption context of the bucket",
        ROLE,
        of_key(
            allow(
                DECRYPT,
                **aws(ROLE_ARN),
                Condition={"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::b"}},
            )
        ),
        YES,
    ),
    (
        CONDITIONS,
        "the encryption context of objects, with a bucket key",
        ROLE,
        of_key(
            allow(
                DECRYPT,
                **aws(ROLE_ARN),
                Condition={"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::b/*"}},
            )
        ),
        NO,
    ),
    (
        CONDITIONS,
        "the keys of the encryption context",
        ROLE,
        of_key(
            allow(
                DECRYPT,
                **aws(ROLE_ARN),
                Condition={"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["aws:s3:arn", "x"]}},
            )
        ),
        YES,
    ),
    (
        CONDITIONS,
        "one of the aliases",
        ROLE,
        under_root(
            identity=(
                policy(
                    allow(DECRYPT, Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/b"}})
                ),
            )
        ),
        YES,
    ),
    (
        CONDITIONS,
        "an alias that it does not have",
        ROLE,
        under_root(
            identity=(
                policy(
                    allow(DECRYPT, Condition={"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/c*"}})
                ),
            )
        ),
        NO,
    ),
    (
        CONDITIONS,
        "a tag of the caller",
        ROLE,
        under_root(
            identity=(policy(allow(DECRYPT, Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})),)
        ),
        YES,
    ),
    (
        GRANTS,
        "a grant needs no other policy",
        ROLE,
        PolicySet(grants=(KeyGrant(frozenset({"Decrypt"}), ROLE_ARN),)),
        YES,
    ),
    (
        GRANTS,
        "of another operation",
        ROLE,
        PolicySet(grants=(KeyGrant(frozenset({"Encrypt"}), ROLE_ARN),)),
        NO,
    ),
    (GRANTS, "to somebody else", ROLE, PolicySet(grants=(KeyGrant(frozenset({"Decrypt"}), USER_ARN),)), NO),
    (
        GRANTS,
        "a deny wins over a grant",
        ROLE,
        of_key(deny(DECRYPT, Principal="*"), grants=(KeyGrant(frozenset({"Decrypt"}), ROLE_ARN),)),
        NO,
    ),
    (
        GRANTS,
        "with the encryption context",
        ROLE,
        PolicySet(
            grants=(
                KeyGrant(frozenset({"Decrypt"}), ROLE_ARN, context_subset={"aws:s3:arn": "arn:aws:s3:::b"}),
            )
        ),
        YES,
    ),
    (
        GRANTS,
        "with another encryption context",
        ROLE,
        PolicySet(
            grants=(
                KeyGrant(frozenset({"Decrypt"}), ROLE_ARN, context_subset={"aws:s3:arn": "arn:aws:s3:::c"}),
            )
        ),
        NO,
    ),
    (
        GRANTS,
        "with this encryption context alone",
        ROLE,
        PolicySet(
            grants=(
                KeyGrant(frozenset({"Decrypt"}), ROLE_ARN, context_equals={"aws:s3:arn": "arn:aws:s3:::b"}),
            )
        ),
        YES,
    ),
    (
        GRANTS,
        "with more in the encryption context",
        ROLE,
        PolicySet(
            grants=(
                KeyGrant(
                    frozenset({"Decrypt"}),
                    ROLE_ARN,
                    context_equals={"aws:s3:arn": "arn:aws:s3:::b", "x": "y"},
                ),
            )
        ),
        NO,
    ),
    (
        GRANTS,
        "to a service, for another source",
        SERVICE,
        PolicySet(
            grants=(
                KeyGrant(
                    frozenset({"Decrypt"}), grantee_service=LOGS, source_arn="arn:aws:logs:eu-central-1:1:*"
                ),
            )
        ),
        NO,
    ),
    (
        GRANTS,
        "to a service as the older field shows it",
        SERVICE,
        PolicySet(grants=(KeyGrant(frozenset({"Decrypt"}), grantee=LOGS),)),
        OPEN,
    ),
    (
        GRANTS,
        "to a role of another account, its IAM policies silent",
        FOREIGN,
        PolicySet(grants=(KeyGrant(frozenset({"Decrypt"}), FOREIGN_ARN),)),
        OPEN,
    ),
    (
        GRANTS,
        "to a role of another account whose IAM policies allow it",
        FOREIGN,
        PolicySet(grants=(KeyGrant(frozenset({"Decrypt"}), FOREIGN_ARN),), identity=(ANY_KEY,)),
        YES,
    ),
    (
        GRANTS,
        "to a role of another account whose IAM policies deny it",
        FOREIGN,
        PolicySet(grants=(KeyGrant(frozenset({"Decrypt"}), FOREIGN_ARN),), identity=(policy(deny("kms:*")),)),
        NO,
    ),
    (
        GRANTS,
        "within a boundary that is silent",
        ROLE,
        PolicySet(grants=(KeyGrant(frozenset({"Decrypt"}), ROLE_ARN),), boundary=(NOTHING,)),
        OPEN,
    ),
    (
        NOT_PRINCIPAL,
        "the session and the account without the role",
        SESSION,
        of_key(
            allow("kms:*", **aws(ROLE_ARN)),
            deny("kms:*", NotPrincipal={"AWS": [SESSION_ARN, ROOT_ARN]}),
        ),
        OPEN,
    ),
    (
        "IAM/access_policies_identity-vs-resource",
        "an identity policy names no principal",
        ROLE,
        under_root(identity=(policy(allow(DECRYPT, Principal="*")),)),
        OPEN,
    ),
    (LOGIC, "a second policy that is not JSON", ROLE, under_root(identity=(ANY_KEY, BROKEN)), OPEN),
    (
        LOGIC,
        "a service has no identity policies",
        SERVICE,
        of_key(allow(DECRYPT, Principal={"Service": LOGS}), identity=UNREAD),
        YES,
    ),
    (GRANTS, "that nobody read", ROLE, PolicySet(grants=UNREAD), OPEN),
]


@pytest.mark.parametrize(
    ("page", "what", "caller", "policies", "expected"),
    OF_KEYS,
    ids=[f"{row[0]}: {row[1]}" for row in OF_KEYS],
)
def test_who_may_decrypt(
    page: str, what: str, caller: Requester, policies: PolicySet, expected: AccessOutcome
) -> None:
    assert decide(caller, policies).outcome is expected, (page, what)


OBJECT = "arn:aws:s3:::b/key"
OF_BUCKETS: list[tuple[str, str, Requester, PolicySet, AccessOutcome]] = [
    (LOGIC, "an IAM policy is enough in the same account", ROLE, PolicySet(identity=FULL), YES),
    (
        LOGIC,
        "a bucket policy that names the role is enough",
        ROLE,
        PolicySet(resource=(policy(allow("s3:*", OBJECT, **aws(ROLE_ARN))),)),
        YES,
    ),
    (
        LOGIC,
        "one that names the account is not",
        ROLE,
        PolicySet(resource=(policy(allow("s3:*", OBJECT, **aws(ROOT_ARN))),)),
        NO,
    ),
    (CROSS, "another account needs both", FOREIGN, PolicySet(identity=FULL), NO),
    (
        CROSS,
        "another account has both",
        FOREIGN,
        PolicySet(identity=FULL, resource=(policy(allow("s3:*", OBJECT, **aws(OTHER))),)),
        YES,
    ),
    (
        CROSS,
        "everyone, and another account's own policies are silent",
        FOREIGN,
        PolicySet(resource=(policy(allow("s3:*", OBJECT, Principal="*")),)),
        NO,
    ),
    (LOGIC, "nothing at all", ROLE, PolicySet(), NO),
    (LOGIC, "the root user", ROOT, PolicySet(), YES),
    (
        ELEMENT_RESOURCE,
        "a wildcard reaches over slashes",
        ROLE,
        PolicySet(identity=(policy(allow("s3:GetObject", "arn:aws:s3:::b/*y")),)),
        YES,
    ),
    (
        ELEMENT_RESOURCE,
        "the bucket is not its objects",
        ROLE,
        PolicySet(identity=(policy(allow("s3:GetObject", "arn:aws:s3:::b")),)),
        NO,
    ),
    (
        "IAM/reference_policies_variables",
        "a tag as a variable",
        ROLE,
        PolicySet(identity=(policy(allow("s3:GetObject", "arn:aws:s3:::b/${aws:PrincipalTag/team}/*")),)),
        NO,
    ),
    (
        "IAM/reference_policies_variables",
        "a variable of which nothing is known",
        ROLE,
        PolicySet(identity=(policy(allow("s3:GetObject", "arn:aws:s3:::b/${aws:userid}")),)),
        OPEN,
    ),
]


@pytest.mark.parametrize(
    ("page", "what", "caller", "policies", "expected"),
    OF_BUCKETS,
    ids=[f"{row[0]}: {row[1]}" for row in OF_BUCKETS],
)
def test_who_may_read_an_object(
    page: str, what: str, caller: Requester, policies: PolicySet, expected: AccessOutcome
) -> None:
    assert decide(caller, policies, "s3:GetObject", OBJECT).outcome is expected, (page, what)


def test_a_resource_has_variables_in_the_newer_version_alone() -> None:
    def decided(version: str) -> AccessOutcome:
        statement = allow("s3:GetObject", "arn:aws:s3:::b/${aws:PrincipalTag/team}")
        text = json.dumps({"Version": version, "Statement": statement})
        policies = PolicySet(identity=(parse_policy(PolicyDocument(text, "its policy")),))
        return decide(ROLE, policies, "s3:GetObject", "arn:aws:s3:::b/red").outcome

    assert (decided("2012-10-17"), decided("2008-10-17")) == (YES, NO)


def test_the_statement_that_decides_is_named() -> None:
    denied = of_key(allow("kms:*", **aws(ROLE_ARN)), deny(DECRYPT, Principal="*", Sid="NotHere"))

    assert decide(ROLE, denied).why == "statement 'NotHere' of the key policy denies it"
    assert decide(ROLE, under_root(identity=())).why == "nothing in its identity policies allows it"
    assert decide(ROLE, PolicySet(identity=(ANY_KEY,))).why == "nothing in the key policy allows it"
    assert decide(ROLE, under_root(identity=UNREAD)).why == "the policies could not be read"
    assert (
        decide(ROLE, of_key(allow(DECRYPT, **aws(ROLE_ARN)))).why == "statement 1 of the key policy allows it"
    )


def test_at_least_120_cases_rest_on_a_page_of_aws() -> None:
    from tests.unit.access.test_conditions import CASES

    assert len(CASES) + len(OF_KEYS) + len(OF_BUCKETS) >= 120
