"""GetAccountAuthorizationDetails as IAM answers it: in pages, and without policies that are boundaries alone.

moto gives everything at once, knows no boundaries of users, and has the policies of AWS only where all are loaded.
"""

from __future__ import annotations

import functools
import json
from itertools import chain
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.models import AWSManagedPolicy, IAMBackend, User
from moto.iam.responses import IamResponse

_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_DEFAULT_PAGE = 100
_BOUNDARY = "s3kms_boundary"
_OF_AWS = ":iam::aws:policy/"


def correct_account_details() -> None:
    """Answer in pages of MaxItems, and leave out policies that are nothing but boundaries (fact B32)."""
    original = IamResponse.get_account_authorization_details

    def get_account_authorization_details(self: Any) -> Any:
        found = original(self).result
        users, roles = found["UserDetailList"], found["RoleDetailList"]
        bound = {_boundary_of(one) for one in chain(users, roles)}
        policies = [one for one in found["Policies"] if one.attachment_count or one.arn not in bound]
        rows = [(name, one) for name in _LISTS[:-1] for one in found[name]]
        rows += [("Policies", one) for one in policies]
        start = int(self._get_param("Marker") or 0)
        end = start + int(self._get_param("MaxItems") or _DEFAULT_PAGE)
        page: dict[str, Any] = {name: [one for of, one in rows[start:end] if of == name] for name in _LISTS}
        page["IsTruncated"] = end < len(rows)
        return ActionResult(page | ({"Marker": str(end)} if page["IsTruncated"] else {}))

    IamResponse.get_account_authorization_details = get_account_authorization_details


def _boundary_of(identity: Any) -> str | None:
    return ((identity.permissions_boundary or {}) if identity else {}).get("PermissionsBoundaryArn")


def correct_user_boundaries() -> None:
    """Keep the permissions boundary that CreateUser and PutUserPermissionsBoundary give a user."""
    original = IamResponse.create_user

    def create_user(self: Any) -> Any:
        answer = original(self)
        setattr(answer.result["User"], _BOUNDARY, self._get_param("PermissionsBoundary"))
        return answer

    def put_user_permissions_boundary(self: Any) -> Any:
        user = self.backend.get_user(self._get_param("UserName"))
        setattr(user, _BOUNDARY, self._get_param("PermissionsBoundary"))
        return ActionResult({})

    def permissions_boundary(self: Any) -> dict[str, str] | None:
        arn = getattr(self, _BOUNDARY, None)
        return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn} if arn else None

    IamResponse.create_user = create_user
    IamResponse.put_user_permissions_boundary = put_user_permissions_boundary
    User.permissions_boundary = property(permissions_boundary)


def correct_policies_of_aws() -> None:
    """Have a managed policy of AWS when it is attached by its ARN: all take long to read, and few are used."""
    for name in ("attach_role_policy", "attach_user_policy", "attach_group_policy"):
        setattr(IAMBackend, name, _with_policies_of_aws(getattr(IAMBackend, name)))


def _with_policies_of_aws(original: Any) -> Any:
    @functools.wraps(original)
    def attach(self: Any, policy_arn: str, *who: str, **named: str) -> None:
        if _OF_AWS in policy_arn and policy_arn not in self.managed_policies:
            name = policy_arn.rsplit("/", 1)[-1]
            data = _policies_of_aws().get(name)
            found = data and AWSManagedPolicy.from_data(name, self.account_id, self.region_name, data)
            if found and found.arn == policy_arn:
                self.managed_policies[policy_arn] = found
        original(self, policy_arn, *who, **named)

    return attach


@functools.cache
def _policies_of_aws() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    found: dict[str, Any] = json.loads(aws_managed_policies_data)
    return found
