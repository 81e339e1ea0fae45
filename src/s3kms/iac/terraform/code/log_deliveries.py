"""The AWS services that deliver logs into a bucket, as far as the code declares it: a hazard of SSE-KMS."""

from collections.abc import Iterator
from dataclasses import dataclass

from s3kms.iac.budget import BudgetExhausted, within_bounds
from s3kms.iac.hcl.blocks import find_nested_blocks
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scope import ExpressionScope, ResourceInstance
from s3kms.iac.hcl.syntax_tree import Body
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.code.instance_identity import evaluate_bucket_name, referenced_bucket
from s3kms.iac.terraform.resource_types import BUCKET
from s3kms.iac.values import Rejected
from s3kms.model.usage import LogDelivery, LogSource


@dataclass(frozen=True, slots=True)
class _Sender:
    """An argument that names a bucket for logs."""

    block: str
    """The block around the argument; empty where it stands in the resource itself."""
    argument: str
    what: str
    """In a sentence, with `{}` for the address of the resource."""
    source: LogSource


_SERVER_ACCESS_LOGS = "S3 server access logs"
_LOGS_OF_APPLICATION_LOAD_BALANCERS = tuple(
    _Sender(block, "bucket", what + " of {}", LogSource.LOAD_BALANCER)
    for block, what in (
        ("access_logs", "access logs"),
        ("connection_logs", "connection logs"),
        ("health_check_logs", "health check logs"),
    )
)
_SENDERS = {
    "aws_s3_bucket_logging": (_Sender("", "target_bucket", _SERVER_ACCESS_LOGS, LogSource.S3),),
    BUCKET: (_Sender("logging", "target_bucket", _SERVER_ACCESS_LOGS, LogSource.S3),),
    "aws_lb": _LOGS_OF_APPLICATION_LOAD_BALANCERS,
    "aws_alb": _LOGS_OF_APPLICATION_LOAD_BALANCERS,
    "aws_elb": (_Sender("access_logs", "bucket", "access logs of {}", LogSource.LOAD_BALANCER),),
    "aws_redshift_logging": (_Sender("", "bucket_name", "audit logs of {}", LogSource.REDSHIFT),),
    "aws_redshift_cluster": (_Sender("logging", "bucket_name", "audit logs of {}", LogSource.REDSHIFT),),
}
_LOG_DELIVERY_ACL = "log-delivery-write"
_TYPES_WITH_ACL = frozenset({BUCKET, "aws_s3_bucket_acl"})
_APPLICATION_LOAD_BALANCER = {None, "application"}
"""What `load_balancer_type` is for one, the default included."""


class DeclaredLogDeliveries:
    """The log deliveries of a root module, by the bucket that they lead to. One that depends on an unknown condition
    is left out.
    """

    def __init__(self, root: RootModule) -> None:
        self._evaluation = root.undecided
        self._by_address: dict[str, dict[LogDelivery, None]] = {}
        self._by_name: dict[str, dict[LogDelivery, None]] = {}
        try:
            with within_bounds():
                self._find_all(root)
        except BudgetExhausted:
            return  # the buckets come out Unknown then, and say why

    def _find_all(self, root: RootModule) -> None:
        for names, resource in root.resources(_SENDERS.keys() | _TYPES_WITH_ACL):
            for instance in root.instances(self._evaluation, names, resource):
                for target, delivery in _deliveries_of(self._evaluation, instance):
                    self._add(target, delivery)

    def to(self, bucket: ResourceInstance) -> tuple[LogDelivery, ...]:
        """What is delivered into a bucket."""
        name = evaluate_bucket_name(self._evaluation, bucket)
        by_name = self._by_name.get(name, {}) if isinstance(name, str) else {}
        return tuple(self._by_address.get(bucket.address, {}) | by_name)

    def _add(self, target: Value, delivery: LogDelivery) -> None:
        if reference := referenced_bucket(target):
            self._by_address.setdefault(reference.address, {})[delivery] = None
        elif isinstance(target, str):
            self._by_name.setdefault(target, {})[delivery] = None


def _deliveries_of(evaluation: Evaluation, instance: ResourceInstance) -> Iterator[tuple[Value, LogDelivery]]:
    """What a resource delivers, each after the value of the argument that names the bucket."""
    body, scope = instance.block.body, instance.scope(instance.block)
    load_balancer_type = _evaluate_argument(evaluation, body, scope, "load_balancer_type")
    for sender in _SENDERS.get(instance.resource.type, ()):
        if (
            instance.resource.type != "aws_elb"
            and sender.source is LogSource.LOAD_BALANCER
            and load_balancer_type not in _APPLICATION_LOAD_BALANCER
        ):
            continue  # a Network Load Balancer takes a customer managed key (fact C4)
        bodies = [body] if not sender.block else [one.body for one in find_nested_blocks(body, sender.block)]
        for inner in bodies:
            if _evaluate_argument(evaluation, inner, scope, "enabled") is not False:
                target = _evaluate_argument(evaluation, inner, scope, sender.argument)
                yield target, LogDelivery(sender.source, sender.what.format(instance.address))
    has_acl = instance.resource.type in _TYPES_WITH_ACL
    if has_acl and _evaluate_argument(evaluation, body, scope, "acl") == _LOG_DELIVERY_ACL:
        target = _evaluate_argument(evaluation, body, scope, "bucket")
        yield target, LogDelivery(LogSource.S3, f"{_SERVER_ACCESS_LOGS} (its ACL is {_LOG_DELIVERY_ACL})")


def _evaluate_argument(evaluation: Evaluation, body: Body, scope: ExpressionScope, name: str) -> Value:
    attribute = body.attributes.get(name)
    if attribute is None:
        return None
    try:
        return evaluation.value(attribute.expression, scope)
    except Rejected:
        return None
