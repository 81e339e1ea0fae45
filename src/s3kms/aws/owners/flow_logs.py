"""Flow logs of VPCs, subnets, interfaces and transit gateways, and the query logs of Route 53 Resolver (fact C6)."""

from collections.abc import Iterator

from s3kms.aws.connection import Connection
from s3kms.aws.owners.interface import Delivered, OwningService, bucket_of_arn
from s3kms.aws.service_client import ServiceClient
from s3kms.model import owner_operations as op
from s3kms.model.usage import LogDelivery, LogSource

_TOKENS = ("NextToken", "NextToken")
_VENDED = frozenset({LogSource.VENDED})


def _read_flow_logs(connection: Connection, region: str) -> Iterator[Delivered]:
    owner = ServiceClient.of(connection, "ec2", region, "the flow logs")
    only = [{"Name": "log-destination-type", "Values": ["s3"]}]
    for row in owner.rows(op.DESCRIBE_FLOW_LOGS, "FlowLogs", _TOKENS, Filter=only, MaxResults=1000):
        if bucket := bucket_of_arn(row.get("LogDestination")):
            what = f"flow logs of {row.get('ResourceId', 'a resource')} ({row.get('FlowLogId', '')})"
            yield Delivered(bucket, LogDelivery(LogSource.VENDED, what))


def _read_query_logs(connection: Connection, region: str) -> Iterator[Delivered]:
    owner = ServiceClient.of(connection, "route53resolver", region, "the DNS query logs")
    for row in owner.rows(op.LIST_QUERY_LOG_CONFIGS, "ResolverQueryLogConfigs", _TOKENS, MaxResults=100):
        if bucket := bucket_of_arn(row.get("DestinationArn")):
            what = f"DNS query logs ({row.get('Name') or row.get('Id', '')})"
            yield Delivered(bucket, LogDelivery(LogSource.VENDED, what))


FLOW_LOGS = OwningService("where flow logs are delivered", _VENDED, _read_flow_logs)
QUERY_LOGS = OwningService("where DNS query logs are delivered", _VENDED, _read_query_logs)
