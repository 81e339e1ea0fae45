"""Who made a request: the identity of a CloudTrail event, the requester of an access log."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from s3kms.model.observed import ObservedKind

ANONYMOUS = "anonymous"
_ARN = re.compile(r"arn:([a-z0-9-]+):(iam|sts)::(\d{12}):([^\s]{1,1024})")
_ACCOUNT = re.compile(r"\d{12}")
_CANONICAL = re.compile(r"[0-9a-f]{64}")
_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.amazonaws\.com(\.cn)?")
_MAX_NAME = 1024


@dataclass(frozen=True, slots=True)
class RequestIdentity:
    """Somebody, as one record of a log names them."""

    kind: ObservedKind
    account: str | None
    name: str
    """To be shown."""
    short: str
    """By which two records mean the same one: names of roles and users are unique in an account without their path,
    which the ARN of a session does not have.
    """

    @property
    def key(self) -> tuple[ObservedKind, str | None, str]:
        """Equal for two records that mean the same one."""
        return self.kind, self.account, self.short

    @property
    def has_path(self) -> bool:
        """Whether its name is an ARN with a path."""
        return self.name.count("/") > 1


NOBODY = RequestIdentity(ObservedKind.ANONYMOUS, None, ANONYMOUS, ANONYMOUS)


@lru_cache(4096)
def identity_of_arn(arn: str) -> RequestIdentity | None:
    """Whom the ARN of an identity or a session means; None where it is the ARN of something else."""
    found = _ARN.fullmatch(arn)
    if found is None:
        return None
    partition, _, account, resource = found.groups()
    if resource == "root":
        return RequestIdentity(ObservedKind.ROOT, account, arn, "root")
    sort, _, rest = resource.partition("/")
    if sort == "assumed-role":
        role = rest.partition("/")[0]
        return RequestIdentity(
            ObservedKind.ROLE, account, f"arn:{partition}:iam::{account}:role/{role}", role.lower()
        )
    kinds = {
        "role": ObservedKind.ROLE,
        "user": ObservedKind.USER,
        "federated-user": ObservedKind.FEDERATED,
    }
    if sort not in kinds or not rest:
        return None
    return RequestIdentity(kinds[sort], account, arn, rest.rpartition("/")[2].lower())


def identity_of_event(identity: Mapping[str, Any]) -> RequestIdentity:
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
) -> RequestIdentity:
    """Whom these parts of an event's identity mean; `sort` is its type: `AssumedRole`, `AWSService`."""
    if found := identity_of_arn(arn):
        return found
    if sort == "AWSService" and service:
        return service_identity(service)
    if account.lower().startswith(ANONYMOUS):
        return NOBODY
    if _ACCOUNT.fullmatch(account):
        return RequestIdentity(ObservedKind.ACCOUNT, account, account, account)
    if service:
        return service_identity(service)
    return other_identity(arn or fallback or account or sort or "not named")


def identity_of_requester(text: str) -> RequestIdentity:
    """Whom the requester of an access log means: an ARN, a canonical user id, a service, `-` for anonymous."""
    if text in {"-", "Anonymous"}:
        return NOBODY
    if _CANONICAL.fullmatch(text):
        return RequestIdentity(ObservedKind.CANONICAL, None, text, text)
    service = text.removeprefix("svc:")
    if service != text or _SERVICE.fullmatch(text):
        return service_identity(service)
    return identity_of_arn(text) or other_identity(text)


def service_identity(name: str) -> RequestIdentity:
    """A service of AWS by its name: `cloudtrail.amazonaws.com`."""
    return RequestIdentity(ObservedKind.SERVICE, None, name[:_MAX_NAME], name[:_MAX_NAME].lower())


def other_identity(name: str) -> RequestIdentity:
    """Somebody of no kind that is known."""
    return RequestIdentity(ObservedKind.OTHER, None, name[:_MAX_NAME], name[:_MAX_NAME])


def _nested(found: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        inner = found.get(name)
        if not isinstance(inner, dict):
            return {}
        found = inner
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
