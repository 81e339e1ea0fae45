"""AssumeRole, which moto grants to everybody, for any role, whether it exists or not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from s3kms.demo.corrections.accounts import CallerIdentity
from s3kms.demo.corrections.organizations import organization_id, state_of
from s3kms.demo.corrections.sessions import session_of
from s3kms.demo.corrections.trust import ConditionContext, trusts

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest, ServerResponse

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/.+")
_SHORTEST, _AN_HOUR = 900, 3600


def answer_sts(request: ServerRequest) -> ServerResponse | None:
    """The refusal of an AssumeRole request; None lets moto make the session."""
    if request.operation != "AssumeRole":
        return None
    form, caller = request.form(), CallerIdentity.of(request)
    arn = form.get("RoleArn", "")
    role = _role(arn)
    if role is None or not _may_enter(role, caller, form):
        return _denied(request, caller, arn)
    if refused := _too_short_or_long(request, role, form.get("DurationSeconds")):
        return refused
    if request.faults.session_seconds is not None:
        form["DurationSeconds"] = str(request.faults.session_seconds)
        request.replace_body(urlencode(form).encode())
    return None


def _role(arn: str) -> Any | None:
    said = _ROLE.fullmatch(arn)
    if not said:
        return None
    try:
        return iam_backends[said.group(1)]["aws"].get_role_by_arn(arn)
    except NotFoundException:
        return None


def _may_enter(role: Any, caller: CallerIdentity, form: dict[str, str]) -> bool:
    """Whether the role's account is ACTIVE and its trust policy admits the caller."""
    if caller.account is None or state_of(role.account_id) != "ACTIVE":
        return False
    context: ConditionContext = {
        "aws:multifactorauthpresent": None,
        "aws:principalaccount": caller.account,
        "aws:principalarn": caller.principal,
        "aws:principalorgid": organization_id(caller.account),
        "sts:externalid": form.get("ExternalId"),
        "sts:rolesessionname": form.get("RoleSessionName"),
    }
    return trusts(role.assume_role_policy_document, caller, context)


def _denied(request: ServerRequest, caller: CallerIdentity, arn: str) -> ServerResponse:
    """AccessDenied in the one sentence that STS has for every reason (seen in cloud-resource-estimator#25)."""
    message = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
    return request.error(403, "AccessDenied", message)


def _too_short_or_long(request: ServerRequest, role: Any, duration: str | None) -> ServerResponse | None:
    """The refusal of a DurationSeconds outside its bounds, or None.

    Bounds: 15 minutes to the role's own maximum, an hour from a session of another role (botocore model sts
    AssumeRole).
    """
    if duration is None:
        return None
    seconds = int(duration)
    if seconds < _SHORTEST:
        message = (
            f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: "
            f"Member must have value greater than or equal to {_SHORTEST}"
        )
    elif seconds > _AN_HOUR and session_of(request.access_key or ""):
        message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    elif seconds > int(role.max_session_duration or _AN_HOUR):
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    else:
        return None
    return request.error(400, "ValidationError", message)
