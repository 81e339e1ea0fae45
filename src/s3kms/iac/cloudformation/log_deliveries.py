"""Finds which services deliver logs into the buckets of a template, where it says so: a hazard of SSE-KMS, and no
verdict.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from s3kms.iac.cloudformation.template import CloudFormationTemplate, TemplateResource
from s3kms.iac.cloudformation.tree import Array, Node, Scalar, Table
from s3kms.model.bucket import Bucket
from s3kms.model.usage import BucketUsage, LogDelivery, LogSource

_SERVER = "S3 server access logs"
_BUCKETS = {
    "AWS::S3::Bucket": (("LoggingConfiguration", "DestinationBucketName"), _SERVER, LogSource.S3),
    "AWS::ElasticLoadBalancing::LoadBalancer": (
        ("AccessLoggingPolicy", "S3BucketName"),
        "access logs of {}",
        LogSource.LOAD_BALANCER,
    ),
    "AWS::Redshift::Cluster": (("LoggingProperties", "BucketName"), "audit logs of {}", LogSource.REDSHIFT),
}
"""The property that names a bucket for logs, what they are, and their source."""
_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_ATTRIBUTES = {
    "access_logs.s3.bucket": "access logs of {}",
    "connection_logs.s3.bucket": "connection logs of {}",
    "health_check_logs.s3.bucket": "health check logs of {}",
}
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class TemplateLogDeliveries:
    """The log deliveries of a template and of those it nests, by the address of the bucket."""

    found: Mapping[str, dict[LogDelivery, None]]

    def added_to(self, bucket: Bucket) -> Bucket:
        """The bucket, with the log deliveries into it."""
        found = self.found.get(bucket.resource or "")
        return replace(bucket, usage=BucketUsage(deliveries=tuple(found))) if found else bucket


def find_log_deliveries(template: CloudFormationTemplate, stack: str = "") -> TemplateLogDeliveries:
    """The log deliveries that the resources of a template configure. `stack` is the logical ids around it, joined by
    dots.
    """
    found: dict[str, dict[LogDelivery, None]] = {}
    for resource in template.resources.values():
        for logical_id, delivery in _sent(resource):
            address = f"{stack}.{logical_id}" if stack else logical_id
            found.setdefault(address, {})[delivery] = None
    for logical_id, inner in template.nested.items():
        found |= find_log_deliveries(inner, f"{stack}.{logical_id}" if stack else logical_id).found
    return TemplateLogDeliveries(found)


def _sent(resource: TemplateResource) -> Iterator[tuple[str, LogDelivery]]:
    """The logical ids that a resource delivers to; in which case does not matter."""
    properties = resource.body.get("Properties")
    if resource.kind in _BUCKETS:
        steps, what, source = _BUCKETS[resource.kind]
        for logical_id in _named(_at(properties, steps)):
            yield logical_id, LogDelivery(source, what.format(resource.logical_id))
    if resource.kind == _BALANCER and not _is_network(properties):
        attributes = _at(properties, ("LoadBalancerAttributes",))
        for item in attributes.items if isinstance(attributes, Array) else ():
            key = _at(item, ("Key",))
            logs = _ATTRIBUTES.get(key.text) if isinstance(key, Scalar) else None
            for logical_id in _named(_at(item, ("Value",))) if logs else ():
                yield (
                    logical_id,
                    LogDelivery(LogSource.LOAD_BALANCER, (logs or "").format(resource.logical_id)),
                )
    acl = _at(properties, ("AccessControl",))
    if resource.kind == "AWS::S3::Bucket" and isinstance(acl, Scalar) and acl.text == "LogDeliveryWrite":
        yield resource.logical_id, LogDelivery(LogSource.S3, f"{_SERVER} (its ACL is {acl.text})")


def _is_network(properties: Node | None) -> bool:
    """A Network Load Balancer takes a customer managed key (fact C4)."""
    kind = _at(properties, ("Type",))
    return isinstance(kind, Scalar) and kind.text in {"network", "gateway"}


def _at(node: Node | None, steps: tuple[str, ...]) -> Node | None:
    for step in steps:
        node = node.get(step) if isinstance(node, Table) else None
    return node


def _named(node: Node | None, depth: int = 0) -> Iterator[str]:
    """The logical ids that a value may refer to, through any function."""
    if isinstance(node, Table) and depth < _DEEPEST:
        reference = node.get("Ref")
        if isinstance(reference, Scalar):
            yield reference.text
        for entry in node.entries.values():
            yield from _named(entry.node, depth + 1)
    elif isinstance(node, Array) and depth < _DEEPEST:
        for item in node.items:
            yield from _named(item, depth + 1)
