"""Sessions of assumed roles: which there are, and that only a valid one is served. moto serves any key for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from moto.core.utils import utcnow
from moto.sts.models import AssumedRole

from s3kms.demo.corrections.http import S3Error

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest, ServerResponse

_sessions: dict[str, AssumedRole] = {}


def index_sessions() -> None:
    """Index sessions by access key as they are made; moto looks through all accounts for each request."""
    original = AssumedRole.__init__

    def begin(self: Any, *arguments: Any, **named: Any) -> None:
        original(self, *arguments, **named)
        _sessions[self.access_key_id] = self

    AssumedRole.__init__ = begin


def session_of(access_key: str) -> Any | None:
    """Moto's session with this access key; None where there is none."""
    return _sessions.get(access_key)


def forget_sessions() -> None:
    """Make the keys of all sessions unknown from now on."""
    _sessions.clear()


def expire_sessions() -> None:
    """Make the keys of all sessions expired from now on, whatever Expiration their holders were told."""
    for session in list(_sessions.values()):
        session.expiration = utcnow() - timedelta(seconds=1)


def require_session(request: ServerRequest) -> ServerResponse | None:
    """The refusal of a temporary access key that is unknown, lacks its token, or has expired.

    A request inside an S3 Express session signs with that session's token instead (fact A20).
    """
    if not (request.access_key or "").startswith("ASIA"):
        return None
    session = session_of(request.access_key or "")
    token = request.header("x-amz-security-token") or _presigned_token(request)
    express = request.header("x-amz-s3session-token") is not None
    if session is None or not (token or express):
        return _unknown(request)
    if token and token != session.session_token:
        return _malformed(request, token)
    if session.expiration <= utcnow():
        return _expired(request, token or "")
    return None


def _presigned_token(request: ServerRequest) -> str | None:
    """The session token in a presigned URL's query, which each signature version spells in its own case."""
    return {name.lower(): value for name, value in request.query.items()}.get("x-amz-security-token")


def _unknown(request: ServerRequest) -> ServerResponse:
    """The refusal of a key that is unknown, or of a temporary key without its token."""
    if request.is_s3:
        message = "The AWS Access Key Id you provided does not exist in our records."
        return S3Error(403, "InvalidAccessKeyId", message, AWSAccessKeyId=request.access_key or "").response()
    return _invalid(request)


def _malformed(request: ServerRequest, token: str) -> ServerResponse:
    if request.is_s3:
        message = "The provided token is malformed or otherwise invalid."
        return S3Error(400, "InvalidToken", message, **{"Token-0": token}).response()
    return _invalid(request)


def _invalid(request: ServerRequest) -> ServerResponse:
    message = "The security token included in the request is invalid."
    if request.header("X-Amz-Target"):
        return request.error(400, "UnrecognizedClientException", message)
    return request.error(403, "InvalidClientTokenId", message)


def _expired(request: ServerRequest, token: str) -> ServerResponse:
    """The refusal of an expired token, in the service's shape.

    Seen in craftcms/aws-s3#182, cfn-sphere#55 and sops#621.
    """
    if request.is_s3:
        return S3Error(
            400, "ExpiredToken", "The provided token has expired.", **{"Token-0": token}
        ).response()
    message = "The security token included in the request is expired"
    if request.header("X-Amz-Target"):
        return request.error(400, "ExpiredTokenException", message)
    return request.error(403, "ExpiredToken", message)
