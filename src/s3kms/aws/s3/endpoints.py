"""Regional endpoints by botocore's own rules: partitions, FIPS, dual-stack, AWS_ENDPOINT_URL, another server."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from s3kms.model.partitions import is_aws_host

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
ACCOUNT_BLOCK_PATH = "/v20180820/configuration/publicAccessBlock"
ACCESS_POINTS_PATH = "/v20180820/accesspoint"
"""Of S3 Control."""
_PLAIN = re.compile("[A-Za-z0-9._~-]*")
_PLAIN_KEY = re.compile("[A-Za-z0-9._~/-]*")
"""What quoting leaves as it is: `quote` costs as much as a signature."""
_LABEL, _LABELS = re.compile("[a-z0-9-]+"), re.compile("[a-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A regional endpoint, and what to sign for it."""

    origin: str
    """Scheme and host: `https://s3.eu-central-1.amazonaws.com`."""
    prefix: str
    """What stands before the bucket in the path, for servers that have it; else empty."""
    region: str
    service: str

    def path(self, bucket: str | None) -> str:
        """The path of a bucket, or of the account, quoted as S3 wants it signed."""
        name = bucket or ""
        return f"{self.prefix}/{name if _PLAIN.fullmatch(name) else quote(name, safe='-_.~')}"

    def object_path(self, bucket: str | None, key: str) -> str:
        """The path of an object, quoted as S3 wants it signed; no bucket where the host has it in its name.

        Nothing is normalized: `a//b`, `../c` and a leading slash are keys of their own.
        """
        path = self.path(bucket) if bucket else self.prefix
        return f"{path}/{key if _PLAIN_KEY.fullmatch(key) else quote(key, safe='/-_.~')}"

    def can_host(self, bucket: str) -> bool:
        """Whether a bucket's name can stand before the host: the * of a certificate stands for no dot."""
        return bool((_LABEL if self.origin.startswith("https:") else _LABELS).fullmatch(bucket))

    def hosting(self, bucket: str) -> "Endpoint":
        """The endpoint of one bucket, whose name is the first part of the host's: virtual-hosted style."""
        scheme, _, host = self.origin.partition("://")
        return Endpoint(f"{scheme}://{bucket}.{host}", self.prefix, self.region, self.service)


def endpoint_of(client: "S3Client", *, directory: bool) -> Endpoint:
    """The path-style endpoint for general purpose or for directory buckets, as a client of botocore's has it."""
    return presigned_endpoint(client, "list_directory_buckets" if directory else "list_buckets")


def presigned_endpoint(client: Any, operation: str, path: str = "/", **parameters: str) -> Endpoint:
    """From a URL that botocore presigns: the one public way to its endpoint rules. It has to sign with SigV4.

    `path` is that of the operation.
    """
    presign: Callable[..., str] = client.generate_presigned_url
    url = urlsplit(presign(operation, Params=parameters))
    _, _, region, service, _ = parse_qs(url.query)["X-Amz-Credential"][0].rsplit("/", 4)
    return Endpoint(origin_of(url), url.path.removesuffix(path), region, service)


def is_aws_url(url: str) -> bool:
    """Whether the host is one of AWS's own: of any partition, of a VPC endpoint, with FIPS or dual-stack."""
    return is_aws_host(urlsplit(url).hostname or "")


def origin_of(url: SplitResult) -> str:
    """Scheme and host as the Host header has them: in lower case, without a user, without the scheme's usual port.

    What is signed and what is sent would differ else: botocore signs the host so.
    """
    host = url.netloc.rpartition("@")[2].lower()
    return f"{url.scheme}://{host.removesuffix(_DEFAULT_PORTS.get(url.scheme, ''))}"
