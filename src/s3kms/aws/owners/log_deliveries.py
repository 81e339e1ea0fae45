"""Deliveries of CloudWatch Logs: how services of today deliver vended logs, CloudFront's newer ones too (fact C6)."""

from collections.abc import Iterator

from s3kms.aws.connection import Connection
from s3kms.aws.owners.interface import Delivered, OwningService, bucket_of_arn
from s3kms.aws.service_client import ServiceClient
from s3kms.model import owner_operations as op
from s3kms.model.usage import LogDelivery, LogSource

_TOKENS = ("nextToken", "nextToken")
_PAGE_SIZE = 50


def _read(connection: Connection, region: str) -> Iterator[Delivered]:
    owner = ServiceClient.of(connection, "logs", region, "the log deliveries")
    rows = owner.rows(op.DESCRIBE_DELIVERIES, "deliveries", _TOKENS, limit=_PAGE_SIZE)
    to_buckets = [row for row in rows if row.get("deliveryDestinationType") == "S3"]
    buckets = dict(_destinations(owner)) if to_buckets else {}
    for row in to_buckets:
        if bucket := buckets.get(row.get("deliveryDestinationArn")):
            what = f"logs of delivery source {row.get('deliverySourceName', '')}"
            yield Delivered(bucket, LogDelivery(LogSource.VENDED, what))


def _destinations(owner: ServiceClient) -> Iterator[tuple[str, str]]:
    """The bucket behind the ARN of each destination; one of another account is not listed."""
    rows = owner.rows(op.DESCRIBE_DELIVERY_DESTINATIONS, "deliveryDestinations", _TOKENS, limit=_PAGE_SIZE)
    for row in rows:
        configuration = row.get("deliveryDestinationConfiguration") or {}
        if bucket := bucket_of_arn(configuration.get("destinationResourceArn")):
            yield row.get("arn", ""), bucket


LOG_DELIVERIES = OwningService(
    "where CloudWatch Logs delivers the logs of other services", frozenset({LogSource.VENDED}), _read
)
