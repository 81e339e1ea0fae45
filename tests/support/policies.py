"""Policies and callers for tests of the evaluator, shortly written."""

import json
from typing import Any

from s3kms.access.callers import Requester, RequesterKind
from s3kms.access.documents import parse_policy
from s3kms.access.statements import Policy
from s3kms.model.policy import PolicyDocument

ACCOUNT, OTHER = "111122223333", "444455556666"
KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/app"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
FOREIGN_ARN = f"arn:aws:iam::{OTHER}:role/partner"
LOGS = "delivery.logs.amazonaws.com"

ROLE = Requester(RequesterKind.ROLE, ACCOUNT, ROLE_ARN)
SESSION = Requester(RequesterKind.ROLE, ACCOUNT, ROLE_ARN, SESSION_ARN)
USER = Requester(RequesterKind.USER, ACCOUNT, USER_ARN)
ROOT = Requester(RequesterKind.ROOT, ACCOUNT, ROOT_ARN)
FOREIGN = Requester(RequesterKind.ROLE, OTHER, FOREIGN_ARN, f"arn:aws:sts::{OTHER}:assumed-role/partner/one")
SERVICE = Requester(RequesterKind.SERVICE, arn=LOGS)
ANONYMOUS = Requester(RequesterKind.ANONYMOUS)
LINKED = Requester(
    RequesterKind.ROLE,
    ACCOUNT,
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
    is_service_linked=True,
)

Node = dict[str, Any]


def allow(action: str | list[str] = "*", resource: str | list[str] = "*", **more: Any) -> Node:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str | list[str] = "*", resource: str | list[str] = "*", **more: Any) -> Node:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def aws(*names: str) -> Node:
    return {"Principal": {"AWS": list(names)}}


def policy(*statements: Node, source: str = "a policy") -> Policy:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return parse_policy(PolicyDocument(text, source))
