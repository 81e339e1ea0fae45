"""The audit logs of Redshift (fact C11)."""

from collections.abc import Iterator

from s3kms.aws.connection import Connection
from s3kms.aws.owners.interface import Delivered, OwningService
from s3kms.aws.service_client import ServiceClient
from s3kms.model import owner_operations as op
from s3kms.model.usage import LogDelivery, LogSource


def _read(connection: Connection, region: str) -> Iterator[Delivered]:
    owner = ServiceClient.of(connection, "redshift", region, "the Redshift clusters")
    for row in owner.rows(op.DESCRIBE_CLUSTERS, "Clusters", ("Marker", "Marker"), MaxRecords=100):
        name = row.get("ClusterIdentifier", "")
        status = owner.find(op.DESCRIBE_LOGGING_STATUS, f"Redshift cluster {name}", ClusterIdentifier=name)
        if not status or not status.get("LoggingEnabled"):
            continue
        bucket = status.get("BucketName")
        if bucket and status.get("LogDestinationType") in {None, "", "s3"}:
            yield Delivered(bucket, LogDelivery(LogSource.REDSHIFT, f"audit logs of cluster {name}"))


REDSHIFT = OwningService("where Redshift delivers audit logs", frozenset({LogSource.REDSHIFT}), _read)
