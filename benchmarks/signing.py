"""Two ways to sign a GET for S3: botocore's signer as it is, and the same signature from prepared parts."""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


class Signer(Protocol):
    """Headers for a GET of a path and a query that need no more escaping."""

    def headers(self, path: str, query: str) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class Where:
    """What a signature holds for, but for the path."""

    credentials: Credentials
    region: str
    host: str
    extra: tuple[tuple[str, str], ...] = ()
    """Signed headers, in lower case, such as x-amz-expected-bucket-owner."""


class BotocoreSigner:
    """botocore's signer, a request object a call."""

    def __init__(self, where: Where) -> None:
        self._base = f"https://{where.host}"
        self._extra = dict(where.extra)
        self._auth = S3SigV4Auth(where.credentials, "s3", where.region)

    def headers(self, path: str, query: str) -> dict[str, str]:
        request = AWSRequest("GET", f"{self._base}{path}?{query}", headers=self._extra)
        self._auth.add_auth(request)
        return dict(request.headers.items())


class PreparedSigner:
    """botocore signs one request every few seconds; the others in between differ from it in path and query alone.

    Which headers are signed, and how, stays botocore's business. What is left for each call is one SHA-256
    and one HMAC. The first signature of each is compared with botocore's own.
    """

    FRESH = 5
    """Seconds that a date is used for; AWS allows 15 minutes."""

    def __init__(self, where: Where) -> None:
        self._where = where
        self._auth = S3SigV4Auth(where.credentials, "s3", where.region)
        self._until = 0.0

    def headers(self, path: str, query: str) -> dict[str, str]:
        if time.monotonic() >= self._until:
            self._prepare()
        return {**self._fixed, "Authorization": self._authorization + self._signature(path, query)}

    def _signature(self, path: str, query: str) -> str:
        canonical = hashlib.sha256(f"GET\n{path}\n{query}\n{self._tail}".encode()).hexdigest()
        return hmac.digest(self._key, f"{self._to_sign}{canonical}".encode(), "sha256").hex()

    def _prepare(self) -> None:
        path, query = "/sample", "encryption="
        where = self._where
        request = AWSRequest("GET", f"https://{where.host}{path}?{query}", headers=dict(where.extra))
        self._auth.add_auth(request)
        signed: str = request.headers["Authorization"]
        self._authorization, signature = signed[:-64], signed[-64:]
        del request.headers["Authorization"]
        canonical = self._auth.canonical_request(request)
        self._tail = canonical.removeprefix(f"GET\n{path}\n{query}\n")
        self._to_sign = self._auth.string_to_sign(request, canonical)[:-64]
        self._fixed = dict(request.headers.items())
        self._key = _key(where.credentials.secret_key, self._auth.credential_scope(request))
        if self._signature(path, query) != signature:
            raise RuntimeError("botocore signs in another way than this")
        self._until = time.monotonic() + self.FRESH


def _key(secret: str, scope: str) -> bytes:
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


SIGNERS: dict[str, Callable[[Where], Signer]] = {"botocore": BotocoreSigner, "prepared": PreparedSigner}
