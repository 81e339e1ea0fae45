"""What S3 says of the inventories of a bucket, and the reports in the buckets that they are delivered to."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.connection import Connection
from s3kms.aws.repeated_pages import RepeatedPages
from s3kms.aws.service_client import ServiceClient
from s3kms.model import inventory as op
from s3kms.model.errors import NotFound
from s3kms.model.inventory import InventoryConfiguration
from s3kms.text.sanitize import printable

_CHUNK_BYTES = 1024**2


def list_inventory_configurations(connection: Connection, bucket: str) -> tuple[InventoryConfiguration, ...]:
    """The inventories of a bucket of this account. Raises AwsError."""
    client = ServiceClient(connection.s3(), f"s3://{bucket}")
    operation = op.LIST_INVENTORY_CONFIGURATIONS
    loop, token = RepeatedPages(operation, client.where), ""
    found: list[InventoryConfiguration] = []
    while True:
        more = {"ContinuationToken": token} if token else {}
        answer = client.send(operation, Bucket=bucket, ExpectedBucketOwner=connection.account, **more)
        rows = answer.get("InventoryConfigurationList") or []
        with translate_errors(operation, client.where):
            found += [_configuration(row, bucket) for row in rows]
        token = str(answer.get("NextContinuationToken") or "")
        if not token:
            return tuple(found)
        loop.watch(token, rows)


def _configuration(row: dict[str, Any], source: str) -> InventoryConfiguration:
    destination = row["Destination"]["S3BucketDestination"]
    return InventoryConfiguration(
        id=str(row["Id"]),
        source=source,
        bucket=str(destination["Bucket"]).rpartition(":")[2],
        account=destination.get("AccountId"),
        prefix=str(destination.get("Prefix") or ""),
        is_enabled=bool(row["IsEnabled"]),
        all_versions=row["IncludedObjectVersions"] == "All",
        frequency=str(row["Schedule"]["Frequency"]),
        only=str((row.get("Filter") or {}).get("Prefix") or ""),
        fields=frozenset(map(str, row.get("OptionalFields") or ())),
    )


@dataclass(frozen=True, slots=True)
class ReportStore:
    """A bucket that reports are delivered to."""

    connection: Connection
    bucket: str
    account: str | None = None
    """Whose it must be; None where nobody said."""

    def folders(self, prefix: str) -> Iterator[str]:
        """The names of the folders right below a prefix, in S3's order. Raises AwsError."""
        client = ServiceClient(self.connection.s3(), f"s3://{self.bucket}/{printable(prefix)}")
        operation = op.LIST_REPORTS
        loop, token = RepeatedPages(operation, client.where), ""
        while True:
            more = {"ContinuationToken": token} if token else {}
            answer = client.send(
                operation, Bucket=self.bucket, Prefix=prefix, Delimiter="/", **self._owner, **more
            )
            rows = answer.get("CommonPrefixes") or []
            for row in rows:
                name = str(row.get("Prefix") or "")
                if not name.startswith(prefix) or not name.endswith("/"):
                    raise bad_answer(operation, client.where, "listed a folder that is elsewhere")
                yield name[len(prefix) : -1]
            if not answer.get("IsTruncated"):
                return
            token = str(answer.get("NextContinuationToken") or "")
            if not token:
                raise bad_answer(operation, client.where, "was answered with a list that does not go on")
            loop.watch(token, rows)

    def read(self, key: str, limit: int) -> bytes | None:
        """A small object; None where there is none. Raises AwsError; BadAnswer where it is larger than the limit."""
        where = self._where(key)
        try:
            with translate_errors(op.READ_REPORT, where):
                body = self._body(key)
                data = bytes(body.read(limit + 1))
        except NotFound as error:
            if error.code == "NoSuchKey":
                return None
            raise
        if len(data) > limit:
            raise bad_answer(op.READ_REPORT, where, f"has more than {limit:,} bytes")
        return data

    def fetch(self, key: str, file: BinaryIO, on_bytes: Callable[[int], object]) -> tuple[int, str]:
        """Write an object to a file as it comes; returns its bytes and their MD5. Raises AwsError, OSError."""
        where, size, digest = self._where(key), 0, hashlib.md5(usedforsecurity=False)
        with translate_errors(op.READ_REPORT, where):
            body = self._body(key)
        while True:
            with translate_errors(op.READ_REPORT, where):
                chunk = body.read(_CHUNK_BYTES)
            if not chunk:
                return size, digest.hexdigest()
            digest.update(chunk)
            file.write(chunk)
            size += len(chunk)
            on_bytes(len(chunk))

    def _body(self, key: str) -> Any:
        return self.connection.s3().get_object(Bucket=self.bucket, Key=key, **self._owner)["Body"]

    @property
    def _owner(self) -> dict[str, Any]:
        return {"ExpectedBucketOwner": self.account} if self.account else {}

    def _where(self, key: str) -> str:
        return f"s3://{self.bucket}/{printable(key)}"
