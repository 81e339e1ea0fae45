"""DescribeStackResources by the id of a resource: its stack, and what else is in it. moto has it not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from s3kms.demo.corrections.http import ServerResponse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3kms.demo.corrections.http import ServerRequest

_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
_BUCKET_POLICY = "AWS::S3::BucketPolicy"


def answer_stack_lookup(request: ServerRequest) -> ServerResponse | None:
    """The resources of the stack of a resource; None for every other request."""
    if request.operation != "DescribeStackResources":
        return None
    wanted = request.form().get("PhysicalResourceId")
    if wanted is None:
        return None
    for stack in _stacks(request):
        rows = list(_resources(stack))
        if any(physical == wanted for _, physical, _ in rows):
            return _answer(stack, rows)
    return ServerResponse.query_error("ValidationError", f"Stack for {wanted} does not exist", 400)


def _stacks(request: ServerRequest) -> list[Any]:
    """None where nobody made a stack: moto's CloudFormation is loaded with the first alone."""
    models = sys.modules.get("moto.cloudformation.models")
    if models is None:
        return []
    return list(models.cloudformation_backends[request.account][request.region].stacks.values())


def _resources(stack: Any) -> Iterator[tuple[str, str, str]]:
    """Logical id, physical id and type of each; moto makes no bucket policies, so that the template tells them."""
    found = {one.logical_resource_id: one.physical_resource_id for one in stack.stack_resources if one}
    for logical, declared in stack.template_dict.get("Resources", {}).items():
        kind, physical = declared["Type"], found.get(logical)
        if kind == _BUCKET_POLICY:
            bucket = declared["Properties"]["Bucket"]
            physical = found.get(bucket["Ref"]) if isinstance(bucket, dict) else bucket
        if physical is not None:
            yield logical, str(physical), kind


def _answer(stack: Any, rows: list[tuple[str, str, str]]) -> ServerResponse:
    members = "".join(
        f"<member><StackName>{escape(stack.name)}</StackName><StackId>{escape(stack.stack_id)}</StackId>"
        f"<LogicalResourceId>{escape(logical)}</LogicalResourceId>"
        f"<PhysicalResourceId>{escape(physical)}</PhysicalResourceId>"
        f"<ResourceType>{escape(kind)}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
        for logical, physical, kind in rows
    )
    name = "DescribeStackResources"
    body = (
        f'<{name}Response xmlns="{_NAMESPACE}"><{name}Result><StackResources>{members}</StackResources>'
        f"</{name}Result></{name}Response>"
    )
    return ServerResponse(200, body)
