"""Which table of S3 Metadata lists the objects of a bucket (fact D23)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from s3kms.aws.boundary import bad_answer
from s3kms.aws.connection import Connection
from s3kms.aws.service_client import ServiceClient
from s3kms.model.athena_operations import GET_BUCKET_METADATA_CONFIGURATION
from s3kms.model.errors import AwsError
from s3kms.text.sanitize import printable

_NONE_CODE = "MetadataConfigurationNotFound"
_TABLE_BUCKET = re.compile(
    r"arn:[a-z-]+:s3tables:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):bucket/(?P<name>[a-z0-9-]+)"
)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,254}")


class TableState(StrEnum):
    """How far a live inventory table is."""

    CREATING = "CREATING"
    BACKFILLING = "BACKFILLING"
    """It can be asked, and lacks objects that were there before."""
    ACTIVE = "ACTIVE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class LiveInventoryTable:
    """A live inventory table of S3 Metadata, as the bucket's configuration names it."""

    bucket: str
    """Whose objects it lists."""
    region: str
    table_bucket: str
    """`aws-s3`, which AWS manages, or one of the customer's."""
    namespace: str
    name: str
    state: TableState
    error: str = ""
    """Why it FAILED, in AWS's words."""

    @property
    def catalog(self) -> str:
        """What Athena calls the table bucket."""
        return f"s3tablescatalog/{self.table_bucket}"


def find_live_inventory_table(connection: Connection, bucket: str) -> LiveInventoryTable | None:
    """The live inventory table of a bucket of this account; None where none is enabled. Raises AwsError."""
    client = ServiceClient(connection.s3(), f"s3://{bucket}")
    operation = GET_BUCKET_METADATA_CONFIGURATION
    try:
        answer = client.send(operation, Bucket=bucket, ExpectedBucketOwner=connection.account)
    except AwsError as error:
        if error.code == _NONE_CODE:
            return None
        raise
    told = (answer.get("GetBucketMetadataConfigurationResult") or {}).get("MetadataConfigurationResult")
    if not told:
        raise bad_answer(operation, client.where, "was answered without a configuration")
    inventory = told.get("InventoryTableConfigurationResult") or {}
    if inventory.get("ConfigurationState") != "ENABLED":
        return None  # a journal alone, which tells of changes and not of what is there
    return _table(bucket, told.get("DestinationResult") or {}, inventory)


def _table(bucket: str, destination: Mapping[str, Any], inventory: Mapping[str, Any]) -> LiveInventoryTable:
    operation, where = GET_BUCKET_METADATA_CONFIGURATION, f"s3://{bucket}"
    place = _TABLE_BUCKET.fullmatch(str(destination.get("TableBucketArn") or ""))
    namespace, name = str(destination.get("TableNamespace") or ""), str(inventory.get("TableName") or "")
    if not place or not _NAME.fullmatch(namespace) or not _NAME.fullmatch(name):
        raise bad_answer(operation, where, "was answered without the place of its live inventory table")
    state = str(inventory.get("TableStatus") or "")
    if state not in set(TableState):
        raise bad_answer(operation, where, f"has a live inventory table that is {printable(state)!r}")
    failed = inventory.get("Error") or {}
    said = f"{failed.get('ErrorCode', '')}: {failed.get('ErrorMessage', '')}".strip(": ")
    return LiveInventoryTable(
        bucket, place["region"], place["name"], namespace, name, TableState(state), printable(said)
    )
