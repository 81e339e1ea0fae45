"""What a write says of an object besides its encryption: ACL, tags, redirect, Object Lock, event holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.s3.models import FakeKey
from moto.s3.responses import S3Response

from s3kms.demo.corrections.http import S3Error
from s3kms.demo.corrections.ownership import may

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest

REDIRECT = "x-amz-website-redirect-location"
MODE, UNTIL = "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date"
HOLD = "x-amz-object-lock-legal-hold"
_EVENT_HOLD = (
    "x-amz-object-lock-event-hold",
    "x-amz-object-lock-event-hold-duration-days",
    "x-amz-object-lock-event-hold-duration-years",
)
_WITH_ACL = {"CopyObject", "CreateMultipartUpload", "PutObject", "PutObjectAcl"}
_EVENT_HOLD_ATTRIBUTE, _ARCHIVE_ATTRIBUTE = "s3kms_event_hold", "s3kms_archive_status"


def acl_of(request: ServerRequest) -> Any | None:
    """The ACL that the request's headers name, in moto's form; None where they name none."""
    return S3Response._acl_from_headers(None, request.headers())


def tags_of(request: ServerRequest) -> dict[str, str]:
    """The tags of the request's header."""
    tags: dict[str, str] = S3Response._tagging_from_headers(None, request.headers())
    return tags


def restated(request: ServerRequest, bucket: Any) -> dict[str, str]:
    """What a new object gets of redirect, Object Lock and event hold: the request's, else the bucket's default.

    Raises S3Error where the bucket has no Object Lock, or the retention has ended.
    """
    found = {name: request.header(name) for name in (REDIRECT, MODE, UNTIL, HOLD, *_EVENT_HOLD)}
    given = {name: value for name, value in found.items() if value}
    locks = given.keys() - {REDIRECT}
    if locks and not bucket.object_lock_enabled:
        raise S3Error(400, "InvalidRequest", "Bucket is missing Object Lock Configuration")
    if (MODE in given) != (UNTIL in given):
        message = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
        raise S3Error(400, "InvalidArgument", message)
    if UNTIL in given and _time(given[UNTIL]) <= datetime.now(UTC):
        raise S3Error(400, "InvalidArgument", "The retain until date must be in the future!")
    if MODE not in given and bucket.has_default_lock:
        given |= {MODE: bucket.default_lock_mode, UNTIL: bucket.default_retention()}
    return given


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        message = "The retain until date must be provided in ISO 8601 format"
        raise S3Error(400, "InvalidArgument", message) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def keep(stored: FakeKey, headers: dict[str, str]) -> None:
    """Put what `restated` found on moto's object."""
    stored.website_redirect_location = headers.get(REDIRECT)
    stored.lock_mode, stored.lock_until = headers.get(MODE), headers.get(UNTIL)
    stored.lock_legal_status = headers.get(HOLD)
    hold = {name: headers[name] for name in _EVENT_HOLD if name in headers}
    setattr(stored, _EVENT_HOLD_ATTRIBUTE, hold)


def keep_event_hold(request: ServerRequest, stored: FakeKey) -> None:
    """Remember the event hold of a PutObject, of which moto knows nothing."""
    found = {name: request.header(name) for name in _EVENT_HOLD}
    setattr(stored, _EVENT_HOLD_ATTRIBUTE, {name: value for name, value in found.items() if value})


def hidden_headers(request: ServerRequest, bucket: Any) -> set[str]:
    """The headers of HEAD and GET that the caller may not see; moto shows all."""
    if request.operation not in {"GetObject", "HeadObject"} or not bucket.policy:
        return set()
    hidden = {
        "s3:GetObjectRetention": {MODE, UNTIL},
        "s3:GetObjectLegalHold": {HOLD},
        "s3:GetObjectTagging": {"x-amz-tagging-count"},
    }
    return {name for action, names in hidden.items() if not may(request, bucket, action) for name in names}


def is_archived(stored: FakeKey) -> bool:
    """Whether S3 Intelligent-Tiering has moved the object to one of its archive tiers."""
    return getattr(stored, _ARCHIVE_ATTRIBUTE, None) is not None


def archive(stored: FakeKey, status: str) -> None:
    """Move an object to an archive tier of S3 Intelligent-Tiering: `ARCHIVE_ACCESS`, `DEEP_ARCHIVE_ACCESS`."""
    setattr(stored, _ARCHIVE_ATTRIBUTE, status)


def correct_more_headers() -> None:
    """Answer event holds and archive tiers; moto has no place for them."""
    original = FakeKey.response_dict.fget

    def response_dict(self: Any) -> dict[str, Any]:
        headers: dict[str, Any] = original(self)
        if is_archived(self):
            headers["x-amz-archive-status"] = getattr(self, _ARCHIVE_ATTRIBUTE)
        return headers | getattr(self, _EVENT_HOLD_ATTRIBUTE, {})

    FakeKey.response_dict = property(response_dict)


def require_acl_allowed(request: ServerRequest, bucket: Any) -> None:
    """Raise S3Error for an ACL where the bucket's owner owns every object; moto takes any."""
    if request.operation not in _WITH_ACL or "BucketOwnerEnforced" not in str(bucket.ownership_rule):
        return
    canned = request.header("x-amz-acl")
    grants = [name for name in request.headers() if name.lower().startswith("x-amz-grant-")]
    if grants or (canned and canned != "bucket-owner-full-control"):
        raise S3Error(400, "AccessControlListNotSupported", "The bucket does not allow ACLs")
