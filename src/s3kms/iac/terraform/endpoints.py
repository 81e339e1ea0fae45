"""Whether the S3 endpoint that a provider is given is AWS's: another server's buckets are not judged as AWS's."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from s3kms.model.advice import Advice
from s3kms.model.partitions import is_aws_host
from s3kms.model.unknown import Unknown, UnknownCause

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", "host.docker.internal"})  # noqa: S104 - compared
_PORTS_OF_EMULATORS = frozenset({4566, 4572, 5000})
"""LocalStack's, its old one for S3, and moto's."""
_NAMES_OF_EMULATORS = frozenset({"localstack", "moto", "motoserver"})
ENDPOINT_ARGUMENTS = ("s3", "s3api")
"""The arguments of `endpoints` in the AWS provider that mean S3; the second is the older name."""
NOT_AWS_ADVICE = Advice("look up what that server encrypts with; s3kms knows Amazon S3 alone")


@dataclass(frozen=True, slots=True)
class TestEndpoint:
    """An endpoint that stands in for AWS in tests: LocalStack's or moto's."""

    url: str

    def __str__(self) -> str:
        return f"its provider's s3 endpoint is {self.url}, which stands in for AWS: it is judged as if it were AWS"


def judge_endpoint(url: object) -> TestEndpoint | Unknown | None:
    """What the endpoint of a provider means for its buckets: None for AWS's own, and for none."""
    if url is None or url == "":
        return None
    host, port = _host_of(url) if isinstance(url, str) else ("", None)
    if is_aws_host(host):
        return None
    labels = set(host.split("."))
    is_emulator = labels & _NAMES_OF_EMULATORS or (host in _LOOPBACK and port in _PORTS_OF_EMULATORS)
    if is_emulator and isinstance(url, str):
        return TestEndpoint(url)
    why = f"its provider's s3 endpoint is {url}, which is not AWS"
    return Unknown(UnknownCause.UNSUPPORTED, why, NOT_AWS_ADVICE)


def _host_of(url: str) -> tuple[str, int | None]:
    """The host in lower case and the port of a URL, which may lack its scheme; no host where it is malformed."""
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        return (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "", None
