"""Two ways to sign a GET for S3: botocore's signer as it is, and the same signature from prepared parts."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials

from s3kms.aws.s3.signing import Clock, SigningScope
from s3kms.aws.s3.signing import Signer as ProductSigner

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
    """The product's own: botocore signs one request every few seconds, the others follow its pattern."""

    def __init__(self, where: Where) -> None:
        given = where.credentials
        self._credentials = ReadOnlyCredentials(given.access_key, given.secret_key, given.token, None)
        scope = SigningScope("s3", where.region, f"https://{where.host}", dict(where.extra))
        self._signer = ProductSigner(scope, Clock())

    def headers(self, path: str, query: str) -> dict[str, str]:
        return self._signer.headers(self._credentials, path, query)


SIGNERS: dict[str, Callable[[Where], Signer]] = {"botocore": BotocoreSigner, "prepared": PreparedSigner}
