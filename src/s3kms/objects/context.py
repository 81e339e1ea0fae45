"""As whom and when a command about the objects of a bucket ran, for the records that it writes."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from s3kms._version import VERSION
from s3kms.model.scan_context import ScanContext, ScanScope

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


def context_of_objects(began: datetime, connection: "Connection | None", bucket: str) -> ScanContext:
    """The identity, time, version and scope of a command; without a connection AWS was not called."""
    scope = ScanScope(None, phrase=f"the objects of s3://{bucket}")
    if connection is None:
        return ScanContext(began, version=VERSION, scope=scope)
    return ScanContext(began, connection.known_account, connection.known_identity, VERSION, scope)


def context_record(context: ScanContext | None) -> dict[str, Any] | None:
    """A context as JSON data, with the fields of `run` in the results of other commands; None where it is unknown."""
    if context is None:
        return None
    return {
        "at": context.at.isoformat(timespec="seconds"),
        "s3kms": context.version,
        "account": context.account,
        "identity": context.identity,
        "scope": context.scope and context.scope.describe(context.account),
    }


def context_of_record(record: Mapping[str, Any] | None) -> ScanContext | None:
    """What `context_record` wrote. Raises KeyError, TypeError, ValueError."""
    if record is None:
        return None
    scope = ScanScope(None, phrase=record["scope"])
    at = datetime.fromisoformat(record["at"])
    return ScanContext(at, record["account"], record["identity"], record["s3kms"], scope)
