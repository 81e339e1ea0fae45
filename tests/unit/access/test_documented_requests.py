"""More requests as AWS documents them, each rule once: every row names the page that it rests on."""

import json
from typing import Any

import pytest
from tests.support.policies import (
    ACCOUNT,
    FOREIGN,
    FOREIGN_ARN,
    KEY,
    LOGS,
    OTHER,
    ROLE,
    ROLE_ARN,
    ROOT,
    ROOT_ARN,
    SERVICE,
    SESSION,
    USER,
    USER_ARN,
    Node,
    allow,
    aws,
    deny,
    policy,
)
from tests.unit.access.test_conditions import CASES as CONDITION_ROWS
from tests.unit.access.test_evaluate import OF_BUCKETS, OF_KEYS

from s3kms.access.callers import Requester, RequesterKind
from s3kms.access.context import RequestContext
from s3kms.access.documents import parse_policy
from s3kms.access.evaluate import AccessOutcome
from s3kms.access.key_use import BucketUnderKey, BucketUser, judge_key_use
from s3kms.access.statements import Policy
from s3kms.model.access import KeyAccess, KeyUse
from s3kms.model.advice import Advice
from s3kms.model.grants import KeyGrant
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause

PRINCIPAL = "IAM/reference_policies_elements_principal"
NOT_PRINCIPAL = "IAM/reference_policies_elements_notprincipal"
BOUNDARIES = "IAM/access_policies_boundaries"
RESOURCE = "IAM/reference_policies_elements_resource"
VARIABLES = "IAM/reference_policies_variables"
OPERATORS = "IAM/reference_policies_elements_condition_operators"
SETS = "IAM/reference_policies_condition-single-vs-multi-valued-context-keys"
GLOBAL_KEYS = "IAM/reference_policies_condition-keys"
FORWARD = "IAM/access_forward_access_sessions"
GRAMMAR = "IAM/reference_policies_grammar"
KEY_POLICY = "kms/key-policy-overview"
KMS_AWS = "kms/conditions-aws"
KMS_KEYS = "kms/conditions-kms"
KMS_IAM = "kms/cmks-in-iam-policies"
MULTI_REGION = "kms/multi-region-keys-auth"
PERMISSIONS = "kms/kms-api-permissions-reference"
SERVICES = "kms/key-policy-services"
GRANTS = "kms/create-grant-overview"
S3_KMS = "s3/UsingKMSEncryption"
BUCKET_KEYS = "s3/bucket-key"
RCP = "organizations/orgs_manage_policies_rcps_examples"
SCP = "organizations/orgs_manage_policies_scps_examples_general"

KEEPS, LOSES, OPEN = KeyAccess.KEEPS, KeyAccess.LOSES, KeyAccess.CANNOT_TELL
UNREAD = Unknown(UnknownCause.DENIED, "not read", Advice("read it"))
REGION, BUCKET = "eu-central-1", "arn:aws:s3:::b"
TO_ROOT = allow("kms:*", **aws(ROOT_ARN))
OBJECTS = "kms:EncryptionContext:aws:s3:arn"
FULL_RCP = (policy(allow(Principal="*")),)
MRK = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/mrk-1234abcd12ab34cd56ef1234567890ab"


def test(operator: str, key: str, *values: str) -> Node:
    """A Condition element; not a test of pytest."""
    return {"Condition": {operator: {key: list(values)}}}


test.__test__ = False  # type: ignore[attr-defined]


def by_key(*statements: Node, caller: Requester = ROLE, **more: Any) -> dict[str, Any]:
    """A caller whom the key policy alone may let in."""
    return {"caller": caller, "key": (policy(*statements, source="the key policy"),), **more}


def by_iam(*statements: Node, caller: Requester = ROLE, **more: Any) -> dict[str, Any]:
    """A caller whom IAM policies may let in, because the key policy leaves it to them."""
    return {"caller": caller, "key": (policy(TO_ROOT),), "identity": (policy(*statements),), **more}


def named(**more: Any) -> Node:
    return allow("kms:*", **aws(ROLE_ARN), **more)


def granted(**more: Any) -> dict[str, Any]:
    return by_key(TO_ROOT, grants=(KeyGrant(frozenset({"Decrypt"}), ROLE_ARN, **more),))


def under_rcp(*statements: Node, caller: Requester = ROLE, **more: Any) -> dict[str, Any]:
    rcps = ((*FULL_RCP, policy(*statements)),)
    return by_key(named(), allow("kms:*", Principal={"Service": LOGS}), caller=caller, rcps=rcps, **more)


def text_of(statement: str) -> tuple[Policy, ...]:
    text = f'{{"Version": "2012-10-17", "Statement": [{statement}]}}'
    return (parse_policy(PolicyDocument(text, "its policy")),)


ROLE_OF_PATH = Requester(RequesterKind.ROLE, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/team/app")
BOUNDARY = (policy(allow("kms:*")),)
SILENT = (policy(allow("ec2:*")),)
SPARED = {"AWS": [ROLE_ARN, ROOT_ARN, SESSION.session]}
NOT_FROM_THERE = deny("kms:*", Principal="*", **test("StringNotEquals", "aws:SourceVpce", "vpce-1"))

ROWS: list[tuple[str, str, dict[str, Any], KeyAccess]] = [
    # Principals
    (
        BOUNDARIES,
        "NotPrincipal denies whoever has a permissions boundary, whomever it spares",
        by_key(named(), deny("kms:*", NotPrincipal=SPARED), caller=SESSION, boundary=BOUNDARY),
        LOSES,
    ),
    (
        BOUNDARIES,
        "and nobody can tell where it is not known whether there is one",
        by_key(
            allow("kms:*", **aws(SESSION.session or "")),
            deny("kms:*", NotPrincipal=SPARED),
            caller=SESSION,
            boundary=UNREAD,
        ),
        OPEN,
    ),
    (
        BOUNDARIES,
        "a service has no boundary that NotPrincipal could mean",
        by_key(
            allow("kms:*", Principal={"Service": LOGS}),
            deny("kms:*", NotPrincipal={"Service": LOGS}),
            caller=SERVICE,
            boundary=BOUNDARY,
        ),
        KEEPS,
    ),
    (
        NOT_PRINCIPAL,
        "the way that AWS recommends instead spares by aws:PrincipalArn",
        by_key(
            named(),
            deny("kms:*", Principal="*", **test("ArnNotEquals", "aws:PrincipalArn", ROLE_ARN)),
            boundary=BOUNDARY,
        ),
        KEEPS,
    ),
    (
        NOT_PRINCIPAL,
        "and denies the others",
        by_key(
            allow("kms:*", **aws(USER_ARN)),
            deny("kms:*", Principal="*", **test("ArnNotEquals", "aws:PrincipalArn", ROLE_ARN)),
            caller=USER,
        ),
        LOSES,
    ),
    (
        PRINCIPAL,
        "everyone, named by aws:PrincipalArn, is not cut by a silent boundary",
        by_key(
            allow("kms:*", Principal="*", **test("ArnEquals", "aws:PrincipalArn", ROLE_ARN)), boundary=SILENT
        ),
        KEEPS,
    ),
    (
        PRINCIPAL,
        "nor by a silent session policy",
        by_key(
            allow("kms:*", Principal="*", **test("ArnLike", "aws:PrincipalArn", ROLE_ARN)), session=SILENT
        ),
        KEEPS,
    ),
    (
        PRINCIPAL,
        "but by an explicit deny there",
        by_key(
            allow("kms:*", Principal="*", **test("ArnEquals", "aws:PrincipalArn", ROLE_ARN)),
            boundary=(policy(allow(), deny("kms:*")),),
        ),
        LOSES,
    ),
    (
        PRINCIPAL,
        "everyone but some names nobody by aws:PrincipalArn",
        by_key(
            allow("kms:*", Principal="*", **test("ArnNotEquals", "aws:PrincipalArn", USER_ARN)),
            boundary=SILENT,
        ),
        OPEN,
    ),
    (
        PRINCIPAL,
        "one of several principals is enough",
        by_key(allow("kms:*", **aws(OTHER, USER_ARN, ROLE_ARN))),
        KEEPS,
    ),
    (
        PRINCIPAL,
        "names of users are case sensitive",
        by_key(allow("kms:*", **aws(USER_ARN.replace("alice", "Alice"))), caller=USER),
        LOSES,
    ),
    (
        PRINCIPAL,
        "a role is named with its path",
        by_key(named(), caller=ROLE_OF_PATH),
        LOSES,
    ),
    (
        PRINCIPAL,
        "and by it",
        by_key(allow("kms:*", **aws(ROLE_OF_PATH.arn)), caller=ROLE_OF_PATH),
        KEEPS,
    ),
    (
        PRINCIPAL,
        "a service principal means no role",
        by_key(allow("kms:*", Principal={"Service": "s3.amazonaws.com"})),
        LOSES,
    ),
    (
        PRINCIPAL,
        "a federated user is not the user",
        by_key(allow("kms:*", **aws(f"arn:aws:sts::{ACCOUNT}:federated-user/alice")), caller=USER),
        LOSES,
    ),
    (
        PRINCIPAL,
        "a SAML provider may stand behind a session",
        by_key(
            allow("kms:*", Principal={"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"}),
        ),
        OPEN,
    ),
    (
        PRINCIPAL,
        "a SAML provider is no user",
        by_key(
            allow("kms:*", Principal={"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"}), caller=USER
        ),
        LOSES,
    ),
    (
        PRINCIPAL,
        "everyone with the account as a condition is everyone of the account",
        by_key(allow("kms:*", **aws("*"), **test("StringEquals", "aws:PrincipalAccount", ACCOUNT))),
        KEEPS,
    ),
    (
        PRINCIPAL,
        "everyone of an organization: which one is not read here",
        by_key(allow("kms:*", **aws("*"), **test("StringEquals", "aws:PrincipalOrgID", "o-1"))),
        OPEN,
    ),
    (
        GLOBAL_KEYS,
        "the root user as a value of aws:PrincipalArn is the root user alone",
        by_key(allow("kms:*", **aws("*"), **test("ArnEquals", "aws:PrincipalArn", ROOT_ARN))),
        LOSES,
    ),
    (
        GLOBAL_KEYS,
        "and it is that user",
        by_key(
            allow("kms:*", **aws("*"), **test("ArnEquals", "aws:PrincipalArn", ROOT_ARN)),
            caller=ROOT,
        ),
        KEEPS,
    ),
    (
        GLOBAL_KEYS,
        "of a session aws:PrincipalArn is the role",
        by_key(allow("kms:*", **aws("*"), **test("ArnEquals", "aws:PrincipalArn", ROLE_ARN)), caller=SESSION),
        KEEPS,
    ),
    (
        GLOBAL_KEYS,
        "and not the session",
        by_key(
            allow(
                "kms:*", **aws("*"), **test("ArnLike", "aws:PrincipalArn", "arn:aws:sts::*:assumed-role/*")
            ),
            caller=SESSION,
        ),
        LOSES,
    ),
    # What is there in a request that S3 forwards
    (
        FORWARD,
        "S3 asks with the caller's rights: aws:ViaAWSService is true",
        by_key(named(**test("Bool", "aws:ViaAWSService", "true"))),
        KEEPS,
    ),
    (
        FORWARD,
        "a deny of direct calls alone spares them",
        by_key(named(), deny("kms:*", Principal="*", **test("Bool", "aws:ViaAWSService", "false"))),
        KEEPS,
    ),
    (
        FORWARD,
        "S3 is among the services by which they come",
        by_iam(allow(**test("ForAnyValue:StringEquals", "aws:CalledVia", "s3.amazonaws.com"))),
        KEEPS,
    ),
    (
        FORWARD,
        "whether another one called S3 is not known",
        by_iam(allow(**test("ForAnyValue:StringEquals", "aws:CalledVia", "athena.amazonaws.com"))),
        OPEN,
    ),
    (
        FORWARD,
        "S3 is the last of them",
        by_iam(allow(**test("StringEquals", "aws:CalledViaLast", "dynamodb.amazonaws.com"))),
        LOSES,
    ),
    (
        GLOBAL_KEYS,
        "a service is of no organization",
        by_key(
            allow("kms:*", Principal={"Service": LOGS}),
            deny("*", Principal="*", **test("StringNotEquals", "aws:PrincipalOrgID", "o-1")),
            caller=SERVICE,
        ),
        LOSES,
    ),
    (
        GLOBAL_KEYS,
        "no role has the credentials of AssumeRoot",
        by_iam(allow(), deny(**test("Null", "aws:AssumedRoot", "false"))),
        KEEPS,
    ),
    (
        KMS_AWS,
        "only from one VPC endpoint: forwarded calls might fail",
        by_key(named(), NOT_FROM_THERE),
        OPEN,
    ),
    (
        KMS_AWS,
        "only from some addresses: forwarded calls may come from elsewhere",
        by_iam(allow(), deny(**test("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"))),
        OPEN,
    ),
    (
        "IAM/reference_policies_examples_aws_deny-ip",
        "addresses count for direct calls alone",
        by_iam(
            allow(),
            deny(
                Condition={
                    "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"},
                    "Bool": {"aws:ViaAWSService": "false"},
                }
            ),
        ),
        KEEPS,
    ),
    (
        GLOBAL_KEYS,
        "aws:SourceAccount is there for services alone",
        by_key(named(**test("StringEquals", "aws:SourceAccount", ACCOUNT))),
        LOSES,
    ),
    (
        GLOBAL_KEYS,
        "aws:SourceArn is there for services alone",
        by_key(
            named(),
            deny("kms:*", Principal="*", **test("ArnLikeIfExists", "aws:SourceArn", "arn:aws:s3:::x")),
        ),
        LOSES,
    ),
    (
        GLOBAL_KEYS,
        "a role has temporary credentials",
        by_iam(allow(), deny(**test("Null", "aws:TokenIssueTime", "true"))),
        KEEPS,
    ),
    (
        GLOBAL_KEYS,
        "when they were issued is not known",
        by_iam(allow(**test("DateGreaterThan", "aws:TokenIssueTime", "2020-01-01T00:00:01Z"))),
        OPEN,
    ),
    (
        GLOBAL_KEYS,
        "whether a user has them is not known",
        by_iam(allow(), deny(**test("Null", "aws:TokenIssueTime", "true")), caller=USER),
        OPEN,
    ),
    (
        GLOBAL_KEYS,
        "whether somebody came with MFA is not known",
        by_iam(allow(), deny(**test("BoolIfExists", "aws:MultiFactorAuthPresent", "false"))),
        OPEN,
    ),
    (
        GLOBAL_KEYS,
        "a role is an assumed role",
        by_iam(allow(**test("StringEquals", "aws:PrincipalType", "AssumedRole"))),
        KEEPS,
    ),
    (
        GLOBAL_KEYS,
        "the day is not known",
        by_iam(allow(**test("DateLessThan", "aws:CurrentTime", "2099-01-01T00:00:00Z"))),
        OPEN,
    ),
    (
        GLOBAL_KEYS,
        "the account of the key is known",
        by_iam(allow(**test("StringEquals", "aws:ResourceAccount", ACCOUNT))),
        KEEPS,
    ),
    (
        GLOBAL_KEYS,
        "tags of the key are not read here",
        by_iam(allow(**test("StringEquals", "aws:ResourceTag/use", "s3"))),
        OPEN,
    ),
    (
        VARIABLES,
        "aws:username is there for users",
        by_iam(allow(**test("StringEquals", "aws:username", "alice")), caller=USER),
        KEEPS,
    ),
    (
        VARIABLES,
        "and for no role",
        by_iam(allow(**test("StringLike", "aws:username", "*"))),
        LOSES,
    ),
    (
        SCP,
        "regions are denied but for some: the key is in one of them",
        by_iam(
            allow(),
            scps=(
                (
                    policy(allow()),
                    policy(
                        {
                            "Effect": "Deny",
                            "NotAction": ["iam:*", "s3:ListAllMyBuckets"],
                            "Resource": "*",
                            **test("StringNotEquals", "aws:RequestedRegion", REGION, "eu-west-1"),
                        }
                    ),
                ),
            ),
        ),
        KEEPS,
    ),
    (
        SCP,
        "and in none of them",
        by_iam(
            allow(),
            scps=((policy(allow(), deny(**test("StringNotEquals", "aws:RequestedRegion", "us-east-1"))),),),
        ),
        LOSES,
    ),
    (
        SCP,
        "a role that a policy exempts",
        by_iam(
            allow(),
            scps=(
                (policy(allow(), deny(**test("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/app"))),),
            ),
        ),
        KEEPS,
    ),
    (
        RCP,
        "whoever is of another account is denied, services are not: a role of the account",
        under_rcp(
            deny(
                "kms:*",
                Principal="*",
                Condition={
                    "StringNotEqualsIfExists": {"aws:PrincipalAccount": ACCOUNT},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                },
            )
        ),
        KEEPS,
    ),
    (
        RCP,
        "the same for a service",
        under_rcp(
            deny("kms:*", Principal="*", **test("BoolIfExists", "aws:PrincipalIsAWSService", "false")),
            caller=SERVICE,
        ),
        KEEPS,
    ),
    (
        RCP,
        "services of other organizations are denied: people are not meant",
        under_rcp(
            deny(
                "kms:*",
                Principal="*",
                Condition={
                    "StringNotEqualsIfExists": {"aws:SourceOrgID": "o-1"},
                    "Null": {"aws:SourceAccount": "false"},
                    "Bool": {"aws:PrincipalIsAWSService": "true"},
                },
            )
        ),
        KEEPS,
    ),
    (
        RCP,
        "plain HTTP is denied: S3 comes to KMS over TLS",
        under_rcp(deny("*", Principal="*", **test("BoolIfExists", "aws:SecureTransport", "false"))),
        KEEPS,
    ),
    # KMS
    (
        KEY_POLICY,
        "a statement without a Resource lets nobody in",
        by_key({"Effect": "Allow", "Action": "kms:*", **aws(ROLE_ARN)}),
        LOSES,
    ),
    (
        KEY_POLICY,
        "and denies nobody",
        by_key(named(), {"Effect": "Deny", "Action": "kms:*", "Principal": "*"}),
        KEEPS,
    ),
    (
        KEY_POLICY,
        "a statement for this key by its ARN",
        by_key(allow("kms:*", KEY, **aws(ROLE_ARN))),
        KEEPS,
    ),
    (
        KEY_POLICY,
        "a statement for another key",
        by_key(allow("kms:*", KEY[:-1] + "c", **aws(ROLE_ARN))),
        LOSES,
    ),
    (
        KMS_IAM,
        "an alias in a Resource stands for no key",
        by_iam(allow("kms:*", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/data")),
        LOSES,
    ),
    (
        KMS_IAM,
        "keys of another region",
        by_iam(allow("kms:*", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/*")),
        LOSES,
    ),
    (
        KMS_IAM,
        "keys of another account",
        by_iam(allow("kms:*", f"arn:aws:kms:{REGION}:{OTHER}:key/*")),
        LOSES,
    ),
    (
        MULTI_REGION,
        "a multi-Region key in every region",
        by_iam(allow("kms:*", MRK.replace(REGION, "*")), key_arn=MRK),
        KEEPS,
    ),
    (
        MULTI_REGION,
        "another replica of it is another key",
        by_iam(allow("kms:*", MRK.replace(REGION, "us-east-1")), key_arn=MRK),
        LOSES,
    ),
    (
        RESOURCE,
        "a star at the end reaches over colons",
        by_iam(allow("kms:*", "arn:aws:kms:*")),
        KEEPS,
    ),
    (
        RESOURCE,
        "and over those of the parts that are left",
        by_iam(allow("kms:*", f"arn:aws:kms:{REGION}:*")),
        KEEPS,
    ),
    (
        RESOURCE,
        "no wildcard stands for the service",
        by_iam(allow("kms:*", "arn:aws:*:*:*:*")),
        OPEN,
    ),
    (
        VARIABLES,
        "no variable stands for the account",
        by_iam(allow("kms:*", f"arn:aws:kms:{REGION}:${{aws:PrincipalAccount}}:key/*")),
        OPEN,
    ),
    (
        VARIABLES,
        "a variable in the last part",
        by_iam(allow("kms:*", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/${{aws:PrincipalAccount}}")),
        LOSES,
    ),
    (
        VARIABLES,
        "a key of several values is no variable",
        by_iam(allow(**test("StringLike", "kms:KeySpec", "${kms:EncryptionContextKeys}*"))),
        OPEN,
    ),
    (
        KMS_KEYS,
        "a statement about grants through services is not about Decrypt",
        by_key(named(**test("Bool", "kms:GrantIsForAWSResource", "true"))),
        LOSES,
    ),
    (
        KMS_KEYS,
        "the alias that a request names is not known",
        by_key(named(**test("StringEquals", "kms:RequestAlias", "alias/data"))),
        OPEN,
    ),
    (
        KMS_KEYS,
        "the aliases of a key count in IAM policies only",
        by_key(named(**test("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/data"))),
        OPEN,
    ),
    (
        KMS_KEYS,
        "there they do",
        by_iam(allow(**test("ForAnyValue:StringLike", "kms:ResourceAliases", "alias/d*"))),
        KEEPS,
    ),
    (
        KMS_KEYS,
        "and ask for a set operator",
        by_iam(allow(**test("StringEquals", "kms:ResourceAliases", "alias/data"))),
        OPEN,
    ),
    (
        KMS_KEYS,
        "with more aliases than the quota nobody may be let in",
        by_iam(
            allow(**test("ForAnyValue:StringLike", "kms:ResourceAliases", "alias/*")),
            aliases=tuple(f"alias/{number}" for number in range(51)),
        ),
        OPEN,
    ),
    (
        KMS_KEYS,
        "keys of S3 are symmetric",
        by_iam(allow(), deny(**test("StringNotEquals", "kms:KeySpec", "SYMMETRIC_DEFAULT"))),
        KEEPS,
    ),
    (
        KMS_KEYS,
        "kms:ViaService of several services",
        by_key(
            named(
                **test(
                    "StringEquals",
                    "kms:ViaService",
                    "ec2.eu-central-1.amazonaws.com",
                    f"s3.{REGION}.amazonaws.com",
                )
            )
        ),
        KEEPS,
    ),
    (
        KMS_KEYS,
        "kms:ViaService of any region",
        by_key(named(**test("StringLike", "kms:ViaService", "s3.*.amazonaws.com"))),
        KEEPS,
    ),
    (
        KMS_KEYS,
        "StringEquals takes no wildcard",
        by_key(named(**test("StringEquals", "kms:ViaService", "s3.*.amazonaws.com"))),
        LOSES,
    ),
    (
        KMS_KEYS,
        "the encryption context has no other key",
        by_key(named(**test("StringEquals", "kms:EncryptionContext:Department", "IT"))),
        LOSES,
    ),
    (
        KMS_KEYS,
        "all keys of the encryption context are named",
        by_key(named(**test("ForAllValues:StringEquals", "kms:EncryptionContextKeys", "aws:s3:arn"))),
        KEEPS,
    ),
    (
        KMS_KEYS,
        "one key of the encryption context is asked for",
        by_key(named(**test("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", "Department"))),
        LOSES,
    ),
    (
        S3_KMS,
        "without a bucket key the context is the object's ARN",
        by_key(named(**test("StringLike", OBJECTS, f"{BUCKET}/*")), has_bucket_key=False),
        KEEPS,
    ),
    (
        BUCKET_KEYS,
        "with one it is the bucket's",
        by_key(named(**test("ArnLike", OBJECTS, f"{BUCKET}/*"))),
        LOSES,
    ),
    (
        BUCKET_KEYS,
        "a policy for both",
        by_key(named(**test("StringLike", OBJECTS, BUCKET, f"{BUCKET}/*"))),
        KEEPS,
    ),
    (
        BUCKET_KEYS,
        "another bucket whose name begins alike",
        by_key(named(**test("StringLike", OBJECTS, f"{BUCKET}-logs*")), has_bucket_key=False),
        LOSES,
    ),
    (
        SERVICES,
        "a service for its source",
        by_key(
            allow(
                "kms:*", Principal={"Service": LOGS}, **test("ArnLike", "aws:SourceArn", "arn:aws:logs:*:*:*")
            ),
            caller=SERVICE,
            keys={"aws:SourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:delivery-source:x"},
        ),
        KEEPS,
    ),
    (
        SERVICES,
        "a service for another source",
        by_key(
            allow("kms:*", Principal={"Service": LOGS}, **test("StringEquals", "aws:SourceAccount", OTHER)),
            caller=SERVICE,
            keys={"aws:SourceAccount": ACCOUNT},
        ),
        LOSES,
    ),
    (
        SERVICES,
        "a service whose source is not known",
        by_key(
            allow("kms:*", Principal={"Service": LOGS}, **test("StringEquals", "aws:SourceAccount", ACCOUNT)),
            caller=SERVICE,
        ),
        OPEN,
    ),
    (
        "kms/key-policy-modifying-external-accounts",
        "a foreign role through S3, let in on both sides",
        by_key(
            allow("kms:*", **aws(OTHER), **test("StringEquals", "kms:CallerAccount", OTHER)),
            caller=FOREIGN,
            identity=(policy(allow("kms:Decrypt", KEY)),),
        ),
        KEEPS,
    ),
    (
        "kms/key-policy-modifying-external-accounts",
        "a foreign role whose boundary is silent",
        by_key(
            allow("kms:*", **aws(FOREIGN_ARN)),
            caller=FOREIGN,
            identity=(policy(allow("kms:*")),),
            boundary=SILENT,
        ),
        LOSES,
    ),
    (
        PERMISSIONS,
        "what an enclave proves is there in no request of S3: an allow",
        by_key(named(**test("StringEqualsIgnoreCase", "kms:RecipientAttestation:ImageSha384", "9fed"))),
        LOSES,
    ),
    (
        PERMISSIONS,
        "and a deny of whoever proves nothing",
        by_key(
            named(),
            deny("kms:Decrypt", Principal="*", **test("Null", "kms:RecipientAttestation:PCR0", "true")),
        ),
        LOSES,
    ),
    (
        PERMISSIONS,
        "data is encrypted symmetrically",
        by_iam(allow(**test("StringEquals", "kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"))),
        KEEPS,
    ),
    (
        PERMISSIONS,
        "a waiting period is there where a key is to be deleted",
        by_key(
            named(),
            deny(
                "kms:*",
                Principal="*",
                **test("NumericLessThan", "kms:ScheduleKeyDeletionPendingWindowInDays", "30"),
            ),
        ),
        KEEPS,
    ),
    (
        PERMISSIONS,
        "tags are there where a request takes some",
        by_iam(allow(), deny("*", **test("Null", "aws:RequestTag/owner", "true"))),
        LOSES,
    ),
    (
        PERMISSIONS,
        "where a key material comes from is not known",
        by_iam(allow(**test("StringEquals", "kms:KeyOrigin", "AWS_KMS"))),
        OPEN,
    ),
    (
        MULTI_REGION,
        "its id tells a multi-Region key",
        by_iam(allow(**test("Bool", "kms:MultiRegion", "true")), key_arn=MRK),
        KEEPS,
    ),
    (
        MULTI_REGION,
        "and one that is none",
        by_iam(allow(**test("Bool", "kms:MultiRegion", "true"))),
        LOSES,
    ),
    (
        OPERATORS,
        "a star alone is every ARN",
        by_key(allow("kms:*", Principal="*", **test("ArnLike", "aws:PrincipalArn", "*"))),
        KEEPS,
    ),
    # Grants
    (GRANTS, "a grant for the role serves its sessions", {**granted(), "caller": SESSION}, KEEPS),
    (
        GRANTS,
        "the exact encryption context",
        granted(context_equals={"aws:s3:arn": BUCKET}),
        KEEPS,
    ),
    (
        GRANTS,
        "an encryption context that has to have more",
        granted(context_subset={"aws:s3:arn": BUCKET, "Department": "IT"}),
        LOSES,
    ),
    (
        GRANTS,
        "keys of the encryption context are case sensitive",
        granted(context_subset={"AWS:S3:ARN": BUCKET}),
        LOSES,
    ),
    (
        GRANTS,
        "values of the encryption context are case sensitive",
        granted(context_subset={"aws:s3:arn": BUCKET.upper()}),
        LOSES,
    ),
    (
        GRANTS,
        "a grant for one object, without a bucket key",
        {**granted(context_equals={"aws:s3:arn": f"{BUCKET}/key"}), "has_bucket_key": False},
        OPEN,
    ),
    (
        "kms/grants",
        "an operation whose name begins alike is another one",
        by_key(
            TO_ROOT, grants=(KeyGrant(frozenset({"DecryptX", "GenerateDataKeyWithoutPlaintext"}), ROLE_ARN),)
        ),
        LOSES,
    ),
    (
        "kms/grants",
        "a deny of an IAM policy beats a grant",
        {**granted(), "identity": (policy(deny("kms:Decrypt")),)},
        LOSES,
    ),
    (
        "kms/grants",
        "a service control policy beats a grant",
        {**granted(), "scps": ((policy(allow("s3:*")),),)},
        LOSES,
    ),
    # Conditions of whole statements
    (
        OPERATORS,
        "all keys of a condition have to hold",
        by_key(
            named(
                Condition={
                    "StringEquals": {"kms:CallerAccount": ACCOUNT, "kms:ViaService": "ec2.amazonaws.com"}
                }
            )
        ),
        LOSES,
    ),
    (
        OPERATORS,
        "all operators of a condition have to hold",
        by_key(
            named(
                Condition={
                    "StringEquals": {"kms:CallerAccount": ACCOUNT},
                    "Bool": {"aws:SecureTransport": "false"},
                }
            )
        ),
        LOSES,
    ),
    (
        OPERATORS,
        "an empty condition is none",
        by_key(named(Condition={})),
        KEEPS,
    ),
    (
        OPERATORS,
        "a boolean as JSON has it",
        by_key(named(Condition={"Bool": {"aws:SecureTransport": True}})),
        KEEPS,
    ),
    (
        SETS,
        "ForAllValues holds of a key that is not there",
        by_key(named(**test("ForAllValues:StringEquals", "aws:SourceAccount", OTHER))),
        KEEPS,
    ),
    (
        SETS,
        "with Null it does not",
        by_key(
            named(
                Condition={
                    "ForAllValues:StringEquals": {"aws:SourceAccount": OTHER},
                    "Null": {"aws:SourceAccount": "false"},
                }
            )
        ),
        LOSES,
    ),
    # Documents
    (
        GRAMMAR,
        "an element that stands twice",
        {
            "caller": ROLE,
            "key": (policy(TO_ROOT),),
            "identity": text_of(
                '{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals":'
                ' {"aws:SourceAccount": "1"}}, "Condition": {}}'
            ),
        },
        OPEN,
    ),
    (
        GRAMMAR,
        "a statement that stands alone, not in a list",
        {
            "caller": ROLE,
            "key": (parse_policy(PolicyDocument(json.dumps({"Statement": named()}), "the key policy")),),
        },
        KEEPS,
    ),
    (GRAMMAR, "names of elements are case sensitive", by_iam({**allow(), "condition": {}}), OPEN),
    (GRAMMAR, "Effect is case sensitive", by_iam({**allow(), "Effect": "allow"}), OPEN),
    (
        GRAMMAR,
        "a version that is not known",
        {
            "caller": ROLE,
            "key": (parse_policy(PolicyDocument(json.dumps({"Version": "2", "Statement": named()}), "x")),),
        },
        OPEN,
    ),
    (
        "IAM/reference_policies_elements_action",
        "an action of no service",
        by_iam(allow("Decrypt")),
        LOSES,
    ),
    (
        "IAM/reference_policies_elements_notaction",
        "a deny of all but some actions spares those",
        by_iam(allow(), {"Effect": "Deny", "NotAction": ["s3:*", "kms:Decrypt"], "Resource": "*"}),
        KEEPS,
    ),
    (
        "IAM/reference_policies_elements_notresource",
        "an allow of all but some keys",
        by_iam(
            {"Effect": "Allow", "Action": "kms:*", "NotResource": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*"}
        ),
        LOSES,
    ),
]


def judged(
    caller: Requester, key: tuple[Policy, ...], *, keys: dict[str, str] | None = None, **more: Any
) -> KeyAccess:
    of_bucket: dict[str, Any] = {
        "bucket_arn": BUCKET,
        "key_arn": KEY,
        "aliases": ("alias/data",),
        "has_bucket_key": True,
    }
    of_bucket |= {
        name: more.pop(name)
        for name in ("grants", "rcps", "has_bucket_key", "key_arn", "aliases")
        if name in more
    }
    bucket = BucketUnderKey(key_policies=key, **of_bucket)
    user = BucketUser(caller=caller, keys=RequestContext.of(keys or {}), **more)
    return judge_key_use(user, bucket)[KeyUse.READ].access


@pytest.mark.parametrize(
    ("page", "what", "request_of", "expected"), ROWS, ids=[f"{row[0]}: {row[1]}" for row in ROWS]
)
def test_who_may_read_what_the_key_encrypts(
    page: str, what: str, request_of: dict[str, Any], expected: KeyAccess
) -> None:
    assert judged(**request_of) is expected, (page, what)


def test_every_row_names_a_page_of_aws_and_says_one_thing_that_no_other_says() -> None:
    rows = [row[:2] for row in ROWS] + [row[:2] for row in (*OF_KEYS, *OF_BUCKETS)]
    conditions = [(f"IAM/{row[0]}", str(row[1:4])) for row in CONDITION_ROWS]
    guides = ("IAM/", "kms/", "organizations/", "s3/")

    assert len(rows) >= 200
    assert len(conditions) >= 70
    assert len(set(rows)) == len(rows)
    assert len(set(conditions)) == len(conditions)
    assert all(page.startswith(guides) and what for page, what in (*rows, *conditions))


def test_rows_that_keep_lose_and_stay_open_are_all_there() -> None:
    answers = [row[3] for row in ROWS]

    assert min(answers.count(one) for one in (KEEPS, LOSES, OPEN)) >= 15
    assert {row[4] for row in OF_KEYS} == set(AccessOutcome)
