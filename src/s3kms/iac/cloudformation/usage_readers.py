"""What the resources of a template say of the use of buckets: the properties to read, and what they mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from s3kms.iac.cloudformation.plain_values import PlainValue, text_at, values_at
from s3kms.iac.usage_index import PublicAccessBlock, UsageFact, Website
from s3kms.iac.values import UnknownValue
from s3kms.model.unknown import Unknown
from s3kms.model.usage import (
    ALL_USERS_GROUP,
    AUTHENTICATED_USERS_GROUP,
    LOG_DELIVERY_GROUP,
    AclGrant,
    LogDelivery,
    LogSource,
    ReplicationRule,
)

BUCKET = "AWS::S3::Bucket"
Properties = Mapping[str, PlainValue]
Delivered = tuple[PlainValue, LogDelivery]


@dataclass(frozen=True, slots=True)
class TemplateLogSender:
    """A property that names a bucket for logs."""

    path: tuple[str, ...]
    what: str
    """In a sentence, with `{}` for the logical id."""
    source: LogSource
    switch: tuple[str, ...] = ()
    """The property that says whether it is on, if there is one."""


def _vended(what: str, *path: str) -> TemplateLogSender:
    return TemplateLogSender(path, f"{what} of {{}}", LogSource.VENDED)


SENDERS: Mapping[str, TemplateLogSender] = {
    "AWS::ElasticLoadBalancing::LoadBalancer": TemplateLogSender(
        ("AccessLoggingPolicy", "S3BucketName"),
        "access logs of {}",
        LogSource.LOAD_BALANCER,
        ("AccessLoggingPolicy", "Enabled"),
    ),
    "AWS::Redshift::Cluster": TemplateLogSender(
        ("LoggingProperties", "BucketName"), "audit logs of {}", LogSource.REDSHIFT
    ),
    "AWS::Config::DeliveryChannel": TemplateLogSender(
        ("S3BucketName",), "what {} delivers", LogSource.CONFIG
    ),
    "AWS::EC2::FlowLog": _vended("flow logs", "LogDestination"),
    "AWS::CloudFront::Distribution": _vended("standard logs", "DistributionConfig", "Logging", "Bucket"),
    "AWS::WAFv2::LoggingConfiguration": _vended("logs", "LogDestinationConfigs"),
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": _vended("query logs", "DestinationArn"),
    "AWS::VpcLattice::AccessLogSubscription": _vended("access logs", "DestinationArn"),
    "AWS::Logs::DeliveryDestination": _vended("logs", "DestinationResourceArn"),
    "AWS::MSK::Cluster": _vended("broker logs", "LoggingInfo", "BrokerLogs", "S3", "Bucket"),
}
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_BALANCER_LOGS = {
    "access_logs.s3": "access logs of {}",
    "connection_logs.s3": "connection logs of {}",
    "health_check_logs.s3": "health check logs of {}",
}
KEY_POLICIES: Mapping[str, tuple[str, ...]] = {
    "AWS::KMS::Key": ("KeyPolicy",),
    "AWS::IAM::Policy": ("PolicyDocument",),
    "AWS::IAM::ManagedPolicy": ("PolicyDocument",),
    "AWS::IAM::RolePolicy": ("PolicyDocument",),
    "AWS::IAM::Role": ("Policies", "PolicyDocument"),
    "AWS::IAM::User": ("Policies", "PolicyDocument"),
}
ROLE = "AWS::IAM::Role"
ATTACHED_BY_ITSELF = frozenset({"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"})
"""The types of policies that name the roles which have them."""
_OF_ROLES = ("Roles", "RoleName", "ManagedPolicyArns")
BUCKET_POLICY = "AWS::S3::BucketPolicy"
NEEDED: Mapping[str, tuple[str, ...]] = {
    BUCKET: (
        "LoggingConfiguration",
        "AccessControl",
        "PublicAccessBlockConfiguration",
        "WebsiteConfiguration",
        "ReplicationConfiguration",
    ),
    BUCKET_POLICY: ("Bucket", "PolicyDocument"),
    BALANCER: ("Type", "LoadBalancerAttributes"),
    **{kind: (sender.path[0], "LogDestinationType") for kind, sender in SENDERS.items()},
    **{kind: (*path[:1], *_OF_ROLES) for kind, path in KEY_POLICIES.items()},
}
"""The properties that are evaluated, by the type of the resource."""
_CANNED = {
    "LogDeliveryWrite": ((LOG_DELIVERY_GROUP, "WRITE"),),
    "PublicRead": ((ALL_USERS_GROUP, "READ"),),
    "AuthenticatedRead": ((AUTHENTICATED_USERS_GROUP, "READ"),),
    "PublicReadWrite": ((ALL_USERS_GROUP, "READ"), (ALL_USERS_GROUP, "WRITE")),
}


def find_deliveries(kind: str, logical_id: str, properties: Properties) -> Iterator[Delivered]:
    """What a resource delivers, each after the value that names the bucket."""
    found = dict(properties)
    if kind == BUCKET:
        logging = found.get("LoggingConfiguration")
        for target in values_at(logging, "DestinationBucketName"):
            yield target, LogDelivery(LogSource.S3, f"{LogSource.S3} of {logical_id}")
    if kind == BALANCER:
        yield from _balancer_logs(logical_id, found)
    if sender := SENDERS.get(kind):
        kinds = text_at(found, "LogDestinationType") or text_at(found, sender.path[0], "LogDestinationType")
        is_off = sender.switch and values_at(found, *sender.switch) in ([False], ["false"])
        if not is_off and kinds.lower() in {"", "s3"}:
            for target in values_at(found, *sender.path):
                yield target, LogDelivery(sender.source, sender.what.format(logical_id))


def _balancer_logs(logical_id: str, properties: Mapping[str, PlainValue]) -> Iterator[Delivered]:
    kind = text_at(properties.get("Type"))
    if kind == "gateway":
        return
    source = LogSource.VENDED if kind == "network" else LogSource.LOAD_BALANCER  # fact C4
    attributes = [one for one in values_at(properties.get("LoadBalancerAttributes")) if isinstance(one, dict)]
    off = {text_at(one, "Key") for one in attributes if one.get("Value") in {"false", False}}
    for attribute in attributes:
        name, _, part = text_at(attribute, "Key").rpartition(".")
        if part == "bucket" and name in _BALANCER_LOGS and f"{name}.enabled" not in off:
            for target in values_at(attribute, "Value"):
                yield target, LogDelivery(source, _BALANCER_LOGS[name].format(logical_id))


def find_settings(logical_id: str, properties: Properties) -> Iterator[UsageFact]:
    """What a bucket says of its own use."""
    found = dict(properties)
    acl = text_at(found, "AccessControl")
    for grantee, permission in _CANNED.get(acl, ()):
        yield AclGrant(grantee, permission, f"the AccessControl {acl} of {logical_id}")
    if "PublicAccessBlockConfiguration" in found:
        yield _public_access(found["PublicAccessBlockConfiguration"], logical_id)
    if "WebsiteConfiguration" in found:
        yield Website()
    role = next(iter(values_at(found, "ReplicationConfiguration", "Role")), None)
    for rule in values_at(found, "ReplicationConfiguration", "Rules"):
        yield replace(_rule(rule, logical_id), role=address_of(role) or None)
    if isinstance(whole := found.get("ReplicationConfiguration"), UnknownValue):
        yield ReplicationRule(whole.expression, whole.unknown, whole.unknown)
    logging = found.get("LoggingConfiguration")
    if isinstance(logging, dict) and "DestinationBucketName" not in logging:
        yield LogDelivery(LogSource.S3, f"its own {LogSource.S3}")


def address_of(value: PlainValue) -> str:
    """The address of the resource of the template that a value is, or is an attribute of; empty for none."""
    reference = value.reference if isinstance(value, UnknownValue) else None
    return reference.address if reference else ""


def _public_access(block: PlainValue, logical_id: str) -> PublicAccessBlock:
    if isinstance(block, UnknownValue):
        return PublicAccessBlock(block.unknown, block.unknown, logical_id)
    return PublicAccessBlock(
        _is_on(values_at(block, "IgnorePublicAcls")),
        _is_on(values_at(block, "RestrictPublicBuckets")),
        logical_id,
    )


def _is_on(values: list[PlainValue]) -> bool | Unknown:
    """Of a Boolean, which a template may write as text."""
    for value in values:
        if isinstance(value, UnknownValue):
            return value.unknown
    return bool(values) and all(str(value).lower() == "true" for value in values)


def _rule(rule: PlainValue, logical_id: str) -> ReplicationRule:
    if isinstance(rule, UnknownValue):
        return ReplicationRule(rule.expression, rule.unknown, rule.unknown)
    status = _flag(values_at(rule, "Status"))
    selects = _flag(values_at(rule, "SourceSelectionCriteria", "SseKmsEncryptedObjects", "Status"))
    has_key = bool(values_at(rule, "Destination", "EncryptionConfiguration", "ReplicaKmsKeyID"))
    name = text_at(rule, "Id") or logical_id
    return ReplicationRule(name, status, selects if isinstance(selects, Unknown) or has_key else False)


def _flag(values: list[PlainValue]) -> bool | Unknown:
    for value in values:
        if isinstance(value, UnknownValue):
            return value.unknown
    return "Enabled" in values
