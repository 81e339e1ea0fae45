"""Settings of a bucket that moto keeps, and answers with less than was put: ACL, notifications, replication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import xmltodict
from moto.s3.models import OWNER

from s3kms.demo.corrections.accounts import canonical_id
from s3kms.demo.corrections.http import S3_NAMESPACE, ServerResponse
from s3kms.demo.corrections.objects import required_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from s3kms.demo.corrections.http import ServerRequest

_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def _acl(_: ServerRequest, bucket: Any) -> ServerResponse:
    """GetBucketAcl with every permission of every grantee, and the owner as ListBuckets names it.

    moto tells the first permission of each, and has one owner for all accounts.
    """
    return _access_control_policy(bucket.acl, canonical_id(bucket.account_id))


def _object_acl(request: ServerRequest, bucket: Any) -> ServerResponse:
    """GetObjectAcl of any version, with every permission of every grantee."""
    stored = required_object(request, bucket)
    owner = getattr(stored, "owner", OWNER)  # moto's name of every account is that of the bucket's
    return _access_control_policy(stored.acl, canonical_id(bucket.account_id) if owner == OWNER else owner)


def _access_control_policy(acl: Any, owner_id: str) -> ServerResponse:
    grants = "".join(
        f"<Grant>{_grantee(grantee, owner_id)}<Permission>{permission}</Permission></Grant>"
        for grant in acl.grants
        for grantee in grant.grantees
        for permission in grant.permissions
    )
    owner = f"<Owner><ID>{owner_id}</ID></Owner>"
    return ServerResponse.xml(
        "AccessControlPolicy", f"{owner}<AccessControlList>{grants}</AccessControlList>"
    )


def _grantee(grantee: Any, owner_id: str) -> str:
    name = owner_id if grantee.id == OWNER else grantee.id
    who = f"<URI>{escape(grantee.uri)}</URI>" if grantee.uri else f"<ID>{escape(name)}</ID>"
    return f'<Grantee {_XSI} xsi:type="{grantee.type}">{who}</Grantee>'


def _notification(_: ServerRequest, bucket: Any) -> ServerResponse | None:
    """GetBucketNotificationConfiguration of a bucket that notifies nobody: moto's document has another name."""
    if bucket.notification_configuration:
        return None
    return ServerResponse.xml("NotificationConfiguration", "")


def _replication(_: ServerRequest, bucket: Any) -> ServerResponse | None:
    """GetBucketReplication with all that was put; moto leaves out SourceSelectionCriteria and filters."""
    if not getattr(bucket, "replication", None):  # moto gives it the first put
        return None
    content = {name: value for name, value in bucket.replication.items() if not name.startswith("@")}
    document = xmltodict.unparse({"ReplicationConfiguration": {"@xmlns": S3_NAMESPACE, **content}})
    return ServerResponse(200, document, {"Content-Type": "application/xml"})


ANSWERS: dict[str, Callable[[ServerRequest, Any], ServerResponse | None]] = {
    "GetBucketAcl": _acl,
    "GetObjectAcl": _object_acl,
    "GetBucketNotificationConfiguration": _notification,
    "GetBucketReplication": _replication,
}
