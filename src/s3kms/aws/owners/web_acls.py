"""The logs of AWS WAF (fact C7)."""

from collections.abc import Iterator

from s3kms.aws.connection import Connection
from s3kms.aws.owners.interface import Delivered, OwningService, bucket_of_arn
from s3kms.aws.service_client import ServiceClient
from s3kms.model import owner_operations as op
from s3kms.model.usage import LogDelivery, LogSource

_TOKENS = ("NextMarker", "NextMarker")
_HOME = "us-east-1"
"""Where WAF is asked about web ACLs of CloudFront."""


def _read(connection: Connection, region: str) -> Iterator[Delivered]:
    return _of_scope(connection, region, "REGIONAL")


def _read_global(connection: Connection, _: str) -> Iterator[Delivered]:
    return _of_scope(connection, _HOME, "CLOUDFRONT") if connection.partition == "aws" else iter(())


def _of_scope(connection: Connection, region: str, scope: str) -> Iterator[Delivered]:
    owner = ServiceClient.of(connection, "wafv2", region, f"the {scope} web ACLs")
    rows = owner.rows(
        op.LIST_LOGGING_CONFIGURATIONS, "LoggingConfigurations", _TOKENS, Scope=scope, Limit=100
    )
    for row in rows:
        for destination in row.get("LogDestinationConfigs") or ():
            if bucket := bucket_of_arn(destination):
                what = f"logs of web ACL {_name(row.get('ResourceArn', ''))}"
                yield Delivered(bucket, LogDelivery(LogSource.VENDED, what))


def _name(arn: str) -> str:
    """The name in the ARN of a web ACL: `…:regional/webacl/NAME/ID`."""
    parts = arn.split("/")
    return parts[2] if len(parts) > 3 else arn  # noqa: PLR2004 - scope, word, name, id


WEB_ACLS = OwningService("where AWS WAF delivers logs", frozenset({LogSource.VENDED}), _read)
GLOBAL_WEB_ACLS = OwningService(
    "where AWS WAF delivers logs of CloudFront", frozenset({LogSource.VENDED}), _read_global, is_global=True
)
