"""The condition keys that a caller brings to every request of theirs."""

from collections.abc import Mapping

from s3kms.access.callers import Requester, RequesterKind
from s3kms.access.context import ContextValue, PrefixValue, RequestContext

ContextValues = dict[str, "ContextValue | tuple[ContextValue, ...] | None"]


def caller_context(
    caller: Requester,
    tags: Mapping[str, str] | None,
    values: ContextValues,
    closed: tuple[str, ...] = (),
) -> RequestContext:
    """What is known of who calls, with other keys of the request; `tags` None is that nobody read them."""
    known: ContextValues = {**values, **_keys_of_caller(caller)}
    if tags is not None:
        known |= {f"aws:PrincipalTag/{key}": value for key, value in tags.items()}
    context = RequestContext.of(known, closed)
    if caller.kind is RequesterKind.ANONYMOUS:
        return context.extended({}, ("aws:PrincipalTag/",))
    if caller.kind is RequesterKind.ROLE or tags is None:
        return context  # a session may bring tags of its own
    return context.extended({}, ("aws:PrincipalTag/",))


def _keys_of_caller(caller: Requester) -> ContextValues:
    """See IAM User Guide, "Global condition context keys" and "Principal key values"."""
    if caller.kind is RequesterKind.SERVICE:
        # It keeps out "all principals outside of the specified organization. This includes any AWS services".
        of_service: ContextValues = {"aws:PrincipalOrgID": None, "aws:PrincipalOrgPaths": None}
        return {**of_service, "aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": caller.arn}
    if caller.kind is RequesterKind.ANONYMOUS:
        return {**dict.fromkeys(_KEYS_OF_SIGNED_REQUESTS), "aws:PrincipalAccount": "anonymous"}
    if caller.account is None:
        return {}
    if caller.is_some:
        return {
            **dict.fromkeys(_KEYS_OF_SERVICES),
            "aws:AssumedRoot": None,
            "aws:PrincipalAccount": caller.account,
            "aws:PrincipalArn": PrefixValue(caller.arn),
            "aws:PrincipalIsAWSService": "false",
        }
    is_user, is_role = caller.kind is RequesterKind.USER, caller.kind is RequesterKind.ROLE
    values: ContextValues = {
        **dict.fromkeys(_KEYS_OF_SERVICES),
        "aws:PrincipalAccount": caller.account,
        "aws:PrincipalArn": caller.arn,
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalType": "User" if is_user else "AssumedRole" if is_role else "Account",
        "aws:username": caller.arn.rsplit("/", 1)[-1] if is_user else None,
    }
    if is_user or is_role:
        values["aws:AssumedRoot"] = None  # only there with credentials of AssumeRoot
    if is_role:
        values["aws:TokenIssueTime"] = PrefixValue("")  # it is there: when that was is not known
    return values


_KEYS_OF_SIGNED_REQUESTS = (
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:username",
)
"""Not there in anonymous requests (IAM User Guide, "Global condition context keys")."""
_KEYS_OF_SERVICES = (
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
)
"""Only there "when the call to your resource is made directly by an AWS service principal" (IAM User Guide)."""
