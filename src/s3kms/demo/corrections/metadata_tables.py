"""S3 Metadata: which buckets have live inventory tables, and the rows of those, made of what the server stores.

moto knows neither. Rows are there at once: in AWS it takes up to an hour (fact D23).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import xmltodict
from moto.s3.models import FakeDeleteMarker

from s3kms.demo.corrections.http import S3Error, ServerResponse
from s3kms.demo.corrections.stored_rule import xml_element

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3kms.demo.corrections.http import ServerRequest

CATALOG = "s3tablescatalog/aws-s3"
INVENTORY_TABLE = "inventory"
COLUMNS = {
    "bucket": "VARCHAR",
    "key": "VARCHAR",
    "sequence_number": "VARCHAR",
    "version_id": "VARCHAR",
    "is_delete_marker": "BOOLEAN",
    "size": "BIGINT",
    "last_modified_date": "TIMESTAMP",
    "e_tag": "VARCHAR",
    "storage_class": "VARCHAR",
    "is_multipart": "BOOLEAN",
    "encryption_status": "VARCHAR",
    "is_bucket_key_enabled": "BOOLEAN",
    "kms_key_arn": "VARCHAR",
    "checksum_algorithm": "VARCHAR",
}
"""Those of AWS's schema that hold one value; its maps of tags and metadata are left out."""
_STATUS = {"AES256": "SSE-S3", "aws:kms": "SSE-KMS", "aws:kms:dsse": "DSSE-KMS"}


@dataclass(slots=True)
class _Configuration:
    has_inventory: bool
    status: str = "ACTIVE"


_configured: dict[str, _Configuration] = {}
"""By the name of the bucket."""


def forget_metadata_tables() -> None:
    """Forget every configuration."""
    _configured.clear()


def set_inventory_status(bucket: str, status: str) -> None:
    """Let the live inventory table of a bucket be CREATING, BACKFILLING, ACTIVE or FAILED."""
    _configured[bucket].status = status


def create_configuration(request: ServerRequest, bucket: Any) -> ServerResponse:
    """CreateBucketMetadataConfiguration: a journal table always, a live inventory table where it is asked for."""
    told = xmltodict.parse(request.body)["MetadataConfiguration"]
    inventory = told.get("InventoryTableConfiguration") or {}
    _configured[bucket.name] = _Configuration(inventory.get("ConfigurationState") == "ENABLED")
    return ServerResponse(200)


def get_configuration(_: ServerRequest, bucket: Any) -> ServerResponse:
    """GetBucketMetadataConfiguration: 404 where there is none."""
    found = _configured.get(bucket.name)
    if found is None:
        message = "The metadata configuration does not exist."
        raise S3Error(404, "MetadataConfigurationNotFound", message, BucketName=bucket.name)
    arn = f"arn:aws:s3tables:{bucket.region_name}:{bucket.account_id}:bucket/aws-s3"
    destination = "".join(
        (
            xml_element("TableBucketType", "aws"),
            xml_element("TableBucketArn", arn),
            xml_element("TableNamespace", namespace_of(bucket.name)),
        )
    )
    journal = xml_element("TableStatus", "ACTIVE") + xml_element("TableName", "journal")
    state = "ENABLED" if found.has_inventory else "DISABLED"
    inventory = xml_element("ConfigurationState", state)
    if found.has_inventory:
        inventory += xml_element("TableStatus", found.status)
        inventory += xml_element("TableName", INVENTORY_TABLE) + xml_element("TableArn", f"{arn}/table/1")
    content = (
        xml_element("DestinationResult", destination)
        + xml_element("JournalTableConfigurationResult", journal)
        + xml_element("InventoryTableConfigurationResult", inventory)
    )
    inner = xml_element("MetadataConfigurationResult", content)
    return ServerResponse.xml("GetBucketMetadataConfigurationResult", inner)


def namespace_of(bucket: str) -> str:
    """The namespace of a bucket's metadata tables."""
    return f"b_{bucket.replace('.', '_')}"


def has_inventory_table(bucket: str) -> bool:
    """Whether Athena finds a live inventory table of a bucket."""
    found = _configured.get(bucket)
    return bool(found and found.has_inventory and found.status in {"ACTIVE", "BACKFILLING"})


def inventory_rows(bucket: Any) -> Iterator[tuple[Any, ...]]:
    """The rows of a live inventory table, with the columns of `COLUMNS`: one a version, delete markers included."""
    for key in sorted(dict(bucket.keys)):
        for number, version in enumerate(bucket.keys.getlist(key, [])):
            is_marker = isinstance(version, FakeDeleteMarker)
            yield (
                bucket.name,
                key,
                f"{number:032x}",
                None if str(version.version_id) == "null" else str(version.version_id),
                is_marker,
                0 if is_marker else version.size,
                _at(version.last_modified),
                *((None,) * 7 if is_marker else _of_version(version)),
            )


def _of_version(version: Any) -> tuple[Any, ...]:
    """ETag, storage class, multipart, encryption, bucket key, key and checksum of a version."""
    status = _STATUS.get(version.encryption or "")  # never encrypted is NULL
    if getattr(version, "customer_key_md5", None):
        status = "SSE-C"
    etag = str(version.etag).strip('"')
    return (
        etag,
        version.storage_class,
        "-" in etag,
        status,
        str(version.bucket_key_enabled).lower() == "true",
        version.kms_key_id if status in {"SSE-KMS", "DSSE-KMS"} else None,
        None,
    )


def _at(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
