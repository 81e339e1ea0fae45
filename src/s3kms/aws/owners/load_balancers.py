"""The logs of load balancers, whose buckets are always in their own region (facts C2, C3, C4)."""

from collections.abc import Iterator

from s3kms.aws.connection import Connection
from s3kms.aws.owners.interface import Delivered, OwningService
from s3kms.aws.service_client import ServiceClient
from s3kms.model import owner_operations as op
from s3kms.model.usage import LogDelivery, LogSource

_PAGE_SIZE = 400
_TOKENS = ("Marker", "NextMarker")
_LOGS = {
    "access_logs": "access logs",
    "connection_logs": "connection logs",
    "health_check_logs": "health check logs",
}


def _read(connection: Connection, region: str) -> Iterator[Delivered]:
    owner = ServiceClient.of(connection, "elbv2", region, "the load balancers")
    rows = owner.rows(op.DESCRIBE_LOAD_BALANCERS, "LoadBalancers", _TOKENS, PageSize=_PAGE_SIZE)
    for row in rows:
        name, kind = row.get("LoadBalancerName", ""), row.get("Type", "application")
        if kind == "gateway":
            continue  # it has no logs
        answer = owner.find(
            op.DESCRIBE_LOAD_BALANCER_ATTRIBUTES,
            f"load balancer {name}",
            LoadBalancerArn=row.get("LoadBalancerArn"),
        )
        attributes = {one.get("Key"): one.get("Value") for one in (answer or {}).get("Attributes") or ()}
        source = LogSource.VENDED if kind == "network" else LogSource.LOAD_BALANCER  # fact C4
        for logs, words in _LOGS.items():
            bucket = attributes.get(f"{logs}.s3.bucket")
            if attributes.get(f"{logs}.s3.enabled") == "true" and bucket:
                yield Delivered(bucket, LogDelivery(source, f"{words} of load balancer {name}"))


def _read_classic(connection: Connection, region: str) -> Iterator[Delivered]:
    owner = ServiceClient.of(connection, "elb", region, "the Classic Load Balancers")
    rows = owner.rows(
        op.DESCRIBE_CLASSIC_LOAD_BALANCERS, "LoadBalancerDescriptions", _TOKENS, PageSize=_PAGE_SIZE
    )
    for row in rows:
        name = row.get("LoadBalancerName", "")
        answer = owner.find(
            op.DESCRIBE_CLASSIC_LOAD_BALANCER_ATTRIBUTES,
            f"Classic Load Balancer {name}",
            LoadBalancerName=name,
        )
        logs = ((answer or {}).get("LoadBalancerAttributes") or {}).get("AccessLog") or {}
        if logs.get("Enabled") and logs.get("S3BucketName"):
            what = f"access logs of Classic Load Balancer {name}"
            yield Delivered(logs["S3BucketName"], LogDelivery(LogSource.LOAD_BALANCER, what))


LOAD_BALANCERS = OwningService(
    "where load balancers deliver logs",
    frozenset({LogSource.LOAD_BALANCER, LogSource.VENDED}),
    _read,
    is_bound_to_region=True,
)
CLASSIC_LOAD_BALANCERS = OwningService(
    "where Classic Load Balancers deliver logs",
    frozenset({LogSource.LOAD_BALANCER}),
    _read_classic,
    is_bound_to_region=True,
)
