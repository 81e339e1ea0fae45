"""The resources of the AWS provider that deliver logs into a bucket, and the argument that names it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from s3kms.iac.hcl.scalars import list_elements
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.terraform.code.resource_blocks import ResourceBlock
from s3kms.iac.terraform.resource_types import BUCKET
from s3kms.iac.values import UnknownValue
from s3kms.model.usage import LogDelivery, LogSource


@dataclass(frozen=True, slots=True)
class LogSender:
    """An argument that names a bucket for logs."""

    blocks: tuple[str, ...]
    """The blocks around the argument, from the outside; none where it stands in the resource itself."""
    argument: str
    what: str
    """In a sentence, with `{}` for the address of the resource."""
    source: LogSource


_OF_BALANCER = tuple(
    LogSender((block,), "bucket", f"{what} of {{}}", LogSource.LOAD_BALANCER)
    for block, what in (
        ("access_logs", "access logs"),
        ("connection_logs", "connection logs"),
        ("health_check_logs", "health check logs"),
    )
)


def _vended(argument: str, what: str, *blocks: str) -> LogSender:
    return LogSender(blocks, argument, f"{what} of {{}}", LogSource.VENDED)


_SERVER = "S3 server access logs"
SENDERS: Mapping[str, tuple[LogSender, ...]] = {
    "aws_s3_bucket_logging": (LogSender((), "target_bucket", f"{_SERVER} ({{}})", LogSource.S3),),
    BUCKET: (LogSender(("logging",), "target_bucket", f"{_SERVER} of {{}}", LogSource.S3),),
    "aws_lb": _OF_BALANCER,
    "aws_alb": _OF_BALANCER,
    "aws_elb": (LogSender(("access_logs",), "bucket", "access logs of {}", LogSource.LOAD_BALANCER),),
    "aws_redshift_logging": (LogSender((), "bucket_name", "audit logs of {}", LogSource.REDSHIFT),),
    "aws_redshift_cluster": (LogSender(("logging",), "bucket_name", "audit logs of {}", LogSource.REDSHIFT),),
    "aws_flow_log": (_vended("log_destination", "flow logs"),),
    "aws_cloudfront_distribution": (_vended("bucket", "standard logs", "logging_config"),),
    "aws_wafv2_web_acl_logging_configuration": (_vended("log_destination_configs", "logs"),),
    "aws_networkfirewall_logging_configuration": (
        _vended("log_destination", "logs", "logging_configuration", "log_destination_config"),
    ),
    "aws_route53_resolver_query_log_config": (_vended("destination_arn", "query logs"),),
    "aws_vpclattice_access_log_subscription": (_vended("destination_arn", "access logs"),),
    "aws_globalaccelerator_accelerator": (_vended("flow_logs_s3_bucket", "flow logs", "attributes"),),
    "aws_cloudwatch_log_delivery_destination": (
        _vended("destination_resource_arn", "logs", "delivery_destination_configuration"),
    ),
    "aws_msk_cluster": (_vended("bucket", "broker logs", "logging_info", "broker_logs", "s3"),),
    "aws_spot_datafeed_subscription": (_vended("bucket", "the data feed"),),
    "aws_config_delivery_channel": (LogSender((), "s3_bucket_name", "what {} delivers", LogSource.CONFIG),),
}
_BALANCERS = frozenset({"aws_lb", "aws_alb"})


def find_deliveries(
    resource: ResourceBlock, resource_type: str, address: str
) -> Iterator[tuple[Value, LogDelivery]]:
    """What a resource delivers, each after the value of the argument that names the bucket."""
    for sender in SENDERS.get(resource_type, ()):
        source = sender.source
        if resource_type in _BALANCERS:
            kind = resource.value("load_balancer_type")
            if kind == "gateway":
                continue
            source = LogSource.VENDED if kind == "network" else source  # fact C4
        for block in resource.blocks(*sender.blocks):
            is_off = block.value("enabled") is False or block.value("enable") is False
            if is_off or _goes_elsewhere(block):
                continue
            delivery = LogDelivery(source, sender.what.format(address), is_certain=block.is_certain)
            yield from ((target, delivery) for target in _targets(block.value(sender.argument)))


def _goes_elsewhere(block: ResourceBlock) -> bool:
    """Whether the logs of flow logs, Redshift or Network Firewall go to no bucket."""
    found = block.value("log_destination_type")
    return isinstance(found, str) and found.lower() != "s3"


def _targets(value: Value) -> Iterator[Value]:
    """The one value, or those of a list or a map: `log_destination = {bucketName = …}`."""
    if isinstance(value, list | dict | SetValue):
        yield from list_elements(value)
    elif isinstance(value, str | UnknownValue):
        yield value
