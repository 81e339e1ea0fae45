"""SigV4 for many alike requests: botocore signs a sample every few seconds, and the others reuse its pattern.

Which headers are signed, and how, stays botocore's business. What is left for each request is the path and the
query: one SHA-256 and one HMAC in place of about 50 microseconds of general work.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botocore.auth import SIGV4_TIMESTAMP, S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

MAX_CLOCK_REUSE_SECONDS = 5.0
"""How long one signed date is reused; S3 allows 15 minutes."""


class Clock:
    """The server's time: this machine's, corrected once a server says that it is wrong."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """In UTC."""
        return datetime.now(UTC) + self.offset


@dataclass(frozen=True, slots=True)
class SigningScope:
    """What a signature depends on, besides path and query."""

    service: str
    """The service in the credential scope: `s3`, `s3express`."""
    region: str
    origin: str
    """Scheme and host."""
    headers: Mapping[str, str]
    """Sent with each request, and signed."""


class Signer:
    """Signs requests of one scope, method and body, with whatever credentials are current."""

    def __init__(self, scope: SigningScope, clock: Clock, method: str = "GET", body: bytes = b"") -> None:
        self._scope = scope
        self._clock = clock
        self._sample = _Sample(method, body)
        self._pattern: _Pattern | None = None

    def headers(self, credentials: ReadOnlyCredentials, path: str, query: str) -> dict[str, str]:
        """All headers to send, for a path and a query that need no more quoting."""
        now = self._clock.now()
        pattern = self._pattern
        if pattern is None or pattern.credentials is not credentials or not pattern.is_fresh(now):
            pattern = self._pattern = _patterned(self._scope, self._sample, credentials, now)
        return {**pattern.headers, "Authorization": pattern.authorization + pattern.signature(path, query)}


@dataclass(frozen=True, slots=True)
class _Sample:
    method: str
    body: bytes
    path: str = "/sample"
    query: str = "encryption="


@dataclass(frozen=True, slots=True)
class _Pattern:
    credentials: ReadOnlyCredentials
    at: datetime
    headers: Mapping[str, str]
    method: str
    authorization: str
    """The header up to the signature."""
    tail: str
    """The canonical request after the query."""
    head: str
    """The string to sign up to the hash of the canonical request."""
    key: bytes

    def is_fresh(self, now: datetime) -> bool:
        return abs((now - self.at).total_seconds()) < MAX_CLOCK_REUSE_SECONDS

    def signature(self, path: str, query: str) -> str:
        canonical = hashlib.sha256(f"{self.method}\n{path}\n{query}\n{self.tail}".encode()).hexdigest()
        return hmac.digest(self.key, f"{self.head}{canonical}".encode(), "sha256").hex()


def _patterned(
    scope: SigningScope, sample: _Sample, credentials: ReadOnlyCredentials, now: datetime
) -> _Pattern:
    """What botocore's own signature of a sample request teaches. Raises RuntimeError where ours would differ."""
    method, path, query = sample.method, sample.path, sample.query
    auth = S3SigV4Auth(credentials, scope.service, scope.region)
    url = f"{scope.origin}{path}?{query}"
    request = AWSRequest(method, url, headers=dict(scope.headers), data=sample.body or None)
    # The steps of add_auth, which asks this machine's clock.
    request.context["timestamp"] = now.strftime(SIGV4_TIMESTAMP)
    auth._modify_request_before_signing(request)  # type: ignore[attr-defined] # noqa: SLF001
    canonical = auth.canonical_request(request)
    to_sign = auth.string_to_sign(request, canonical)
    signature = auth.signature(to_sign, request)
    fixed = dict(request.headers.items())
    auth._inject_signature_to_request(request, signature)  # type: ignore[attr-defined] # noqa: SLF001
    pattern = _Pattern(
        credentials,
        now,
        fixed,
        method,
        request.headers["Authorization"].removesuffix(signature),
        canonical.removeprefix(f"{method}\n{path}\n{query}\n"),
        to_sign[: -len(hashlib.sha256().hexdigest())],
        _key(credentials.secret_key or "", auth.credential_scope(request)),
    )
    if pattern.signature(path, query) != signature:
        raise RuntimeError("this version of botocore signs in another way; report this as a bug")
    return pattern


def _key(secret: str, scope: str) -> bytes:
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def sign_post(
    scope: SigningScope, credentials: ReadOnlyCredentials, clock: Clock, path: str, body: bytes
) -> dict[str, str]:
    """All headers to send with one POST to a service other than S3, as botocore signs it."""
    auth = SigV4Auth(credentials, scope.service, scope.region)
    request = AWSRequest("POST", f"{scope.origin}{path}", headers=dict(scope.headers), data=body)
    add_auth(auth, request, clock)
    return dict(request.headers.items())


def add_auth(auth: SigV4Auth, request: AWSRequest, clock: Clock) -> None:
    """Sign a request, also one that was signed before: the steps of botocore's add_auth, by the server's time."""
    request.context["timestamp"] = clock.now().strftime(SIGV4_TIMESTAMP)
    auth._modify_request_before_signing(request)  # type: ignore[attr-defined] # noqa: SLF001
    signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    auth._inject_signature_to_request(request, signature)  # type: ignore[attr-defined] # noqa: SLF001
