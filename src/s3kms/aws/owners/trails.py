"""What CloudTrail and AWS Config deliver, and under which key of their own (facts C12, C13)."""

from collections.abc import Iterator

from s3kms.aws.connection import Connection
from s3kms.aws.owners.interface import Delivered, OwningService
from s3kms.aws.service_client import ServiceClient
from s3kms.model import owner_operations as op
from s3kms.model.usage import LogDelivery, LogSource


def _read_trails(connection: Connection, region: str) -> Iterator[Delivered]:
    """Trails of the organization among them, which a member account sees as shadows alone."""
    owner = ServiceClient.of(connection, "cloudtrail", region, "the trails")
    for row in owner.rows(op.DESCRIBE_TRAILS, "trailList", includeShadowTrails=True):
        if bucket := row.get("S3BucketName"):
            what = f"log files of trail {row.get('Name', '')}"
            yield Delivered(bucket, LogDelivery(LogSource.CLOUDTRAIL, what, key=row.get("KmsKeyId") or None))


def _read_channels(connection: Connection, region: str) -> Iterator[Delivered]:
    owner = ServiceClient.of(connection, "config", region, "the delivery channels")
    for row in owner.rows(op.DESCRIBE_DELIVERY_CHANNELS, "DeliveryChannels"):
        if bucket := row.get("s3BucketName"):
            what = f"what AWS Config delivers from {region}"
            yield Delivered(bucket, LogDelivery(LogSource.CONFIG, what, key=row.get("s3KmsKeyArn") or None))


CLOUDTRAIL = OwningService(
    "where CloudTrail delivers log files", frozenset({LogSource.CLOUDTRAIL}), _read_trails
)
CONFIG = OwningService("where AWS Config delivers", frozenset({LogSource.CONFIG}), _read_channels)
