"""Who delivers logs into a bucket, as far as the code says it: a hazard of SSE-KMS, and no verdict."""

from collections.abc import Iterator
from dataclasses import dataclass

from s3kms.iac.hcl.blocks import find_nested_blocks
from s3kms.iac.hcl.composite_values import BudgetExhausted
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scope import ExpressionScope, ResourceInstance
from s3kms.iac.hcl.syntax_tree import Body
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.code.configuration_matching import evaluate_bucket_name, referenced_bucket
from s3kms.iac.values import Rejected
from s3kms.model.bucket import LogDelivery


@dataclass(frozen=True, slots=True)
class _Sender:
    """An argument that names a bucket for logs."""

    block: str
    """Around the argument; empty where it stands in the resource itself."""
    argument: str
    what: str
    fact: str


_SERVER = "S3 server access logs"
_BALANCER = "access logs of {}"
_APPLICATION = tuple(
    _Sender(block, "bucket", what + " of {}", "C2")
    for block, what in (
        ("access_logs", "access logs"),
        ("connection_logs", "connection logs"),
        ("health_check_logs", "health check logs"),
    )
)
_SENDERS = {
    "aws_s3_bucket_logging": (_Sender("", "target_bucket", _SERVER, "C1"),),
    "aws_s3_bucket": (_Sender("logging", "target_bucket", _SERVER, "C1"),),
    "aws_lb": _APPLICATION,
    "aws_alb": _APPLICATION,
    "aws_elb": (_Sender("access_logs", "bucket", _BALANCER, "C3"),),
    "aws_redshift_logging": (_Sender("", "bucket_name", "audit logs of {}", "C11"),),
    "aws_redshift_cluster": (_Sender("logging", "bucket_name", "audit logs of {}", "C11"),),
}
_ACL = "log-delivery-write"
_ACLS = frozenset({"aws_s3_bucket", "aws_s3_bucket_acl"})
_APPLICATION_TYPES = {None, "application"}


class DeclaredLogDeliveries:
    """Of a root module, by what leads to the bucket. What hangs on an open condition is not told."""

    def __init__(self, root: RootModule) -> None:
        self._run = root.undecided
        self._found: dict[str, dict[LogDelivery, None]] = {}
        try:
            for names, resource in root.resources(_SENDERS.keys() | _ACLS):
                for resource_instance in root.instances(self._run, names, resource):
                    for target, delivery in _sent(self._run, resource_instance):
                        self._add(target, delivery)
        except (BudgetExhausted, RecursionError):
            return  # a hazard that is not seen; what the bucket comes to is told by who reads it

    def to(self, bucket: ResourceInstance) -> tuple[LogDelivery, ...]:
        """What is delivered into a bucket."""
        name = evaluate_bucket_name(self._run, bucket)
        found = self._found.get(f"is {bucket.address}", {}) | self._found.get(f"named {name}", {})
        return tuple(found)

    def _add(self, target: Value, delivery: LogDelivery) -> None:
        reference = referenced_bucket(target)
        mark = (
            f"is {reference.address}" if reference else f"named {target}" if isinstance(target, str) else None
        )
        if mark is not None:
            self._found.setdefault(mark, {})[delivery] = None


def _sent(run: Evaluation, resource_instance: ResourceInstance) -> Iterator[tuple[Value, LogDelivery]]:
    """The buckets that a resource delivers into."""
    body, scope = resource_instance.block.body, resource_instance.scope(resource_instance.block)
    kind = _value(run, body, scope, "load_balancer_type")
    for sender in _SENDERS.get(resource_instance.resource.type, ()):
        if sender.fact == "C2" and kind not in _APPLICATION_TYPES:
            continue  # a Network Load Balancer takes a customer managed key (fact C4)
        bodies = [body] if not sender.block else [one.body for one in find_nested_blocks(body, sender.block)]
        for inner in bodies:
            if _value(run, inner, scope, "enabled") is not False:
                target = _value(run, inner, scope, sender.argument)
                yield target, LogDelivery(sender.what.format(resource_instance.address), sender.fact)
    if resource_instance.resource.type in _ACLS and _value(run, body, scope, "acl") == _ACL:
        target = _value(run, body, scope, "bucket")
        yield target, LogDelivery(f"{_SERVER} (its ACL is {_ACL})", "C1")


def _value(run: Evaluation, body: Body, scope: ExpressionScope, name: str) -> Value:
    attribute = body.attributes.get(name)
    if attribute is None:
        return None
    try:
        return run.value(attribute.expression, scope)
    except Rejected:
        return None
