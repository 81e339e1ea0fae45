"""Who made a request: the identity of a CloudTrail event, the requester of an access log."""

import re
from collections.abc import Mapping
from typing import Any

from s3kms.model.observed import ObservedIdentity, ObservedKind, identity_of_arn

ANONYMOUS = "anonymous"
_ACCOUNT = re.compile(r"\d{12}")
_CANONICAL = re.compile(r"[0-9a-f]{64}")
_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.amazonaws\.com(\.cn)?")
_MAX_NAME = 600


NOBODY = ObservedIdentity(ObservedKind.ANONYMOUS, None, ANONYMOUS, ANONYMOUS)


def identity_of_event(identity: Mapping[str, Any]) -> ObservedIdentity:
    """Whom the userIdentity of a CloudTrail event means."""
    issuer = _nested(identity, "sessionContext", "sessionIssuer")
    return named_identity(
        arn=_text(issuer.get("arn")) or _text(identity.get("arn")),
        sort=_text(identity.get("type")),
        account=_text(identity.get("accountId")),
        service=_text(identity.get("invokedBy")),
        fallback=_text(identity.get("principalId")),
    )


def named_identity(
    *, arn: str = "", sort: str = "", account: str = "", service: str = "", fallback: str = ""
) -> ObservedIdentity:
    """Whom these parts of an event's identity mean; `sort` is its type: `AssumedRole`, `AWSService`."""
    if found := identity_of_arn(arn):
        return found
    if sort == "AWSService" and service:
        return service_identity(service)
    if account.lower().startswith(ANONYMOUS):
        return NOBODY
    if _ACCOUNT.fullmatch(account):
        return ObservedIdentity(ObservedKind.ACCOUNT, account, account, account)
    if service:
        return service_identity(service)
    return other_identity(arn or fallback or account or sort or "not named")


def identity_of_requester(text: str) -> ObservedIdentity:
    """Whom the requester of an access log means: an ARN, a canonical user id, a service, `-` for anonymous."""
    if text in {"-", "Anonymous"}:
        return NOBODY
    if _CANONICAL.fullmatch(text):
        return ObservedIdentity(ObservedKind.CANONICAL, None, text, text)
    service = text.removeprefix("svc:")
    if service != text or _SERVICE.fullmatch(text):
        return service_identity(service)
    return identity_of_arn(text) or other_identity(text)


def service_identity(name: str) -> ObservedIdentity:
    """A service of AWS by its name: `cloudtrail.amazonaws.com`."""
    return ObservedIdentity(ObservedKind.SERVICE, None, name[:_MAX_NAME], name[:_MAX_NAME].lower())


def other_identity(name: str) -> ObservedIdentity:
    """Somebody of no kind that is known."""
    return ObservedIdentity(ObservedKind.OTHER, None, name[:_MAX_NAME], name[:_MAX_NAME])


def _nested(found: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        inner = found.get(name)
        if not isinstance(inner, dict):
            return {}
        found = inner
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
