"""What deploys a scheduled check: templates whose permissions are those of the check that is asked for."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from s3kms.model.errors import BadInput
from s3kms.model.iam_policy import iam_policy
from s3kms.model.request_fields import TargetKind, given_options
from s3kms.scan.request import ScanRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s3kms.deployment.interface import Statement
    from s3kms.model.targets import Target

SCHEDULE_FORMS = ("cloudformation", "terraform")


def render_scheduled_function(request: ScanRequest, form: str, settings: Mapping[str, Any]) -> str:
    """The function that makes this check on a schedule, in one of `SCHEDULE_FORMS`.

    `settings` are fields of `ScheduledFunction`. Raises BadInput for what cannot be scheduled, or not be so named.
    """
    from s3kms.deployment import cloudformation, terraform
    from s3kms.deployment.interface import ScheduledFunction

    partition = settings.get("partition", "aws")
    function = ScheduledFunction(
        **settings, statements=_statements(request, partition), options=_options_of(request)
    )
    renderers = {"cloudformation": cloudformation.render_function, "terraform": terraform.render_function}
    return renderers[form](function)


def render_read_role(request: ScanRequest, form: str, partition: str, settings: Mapping[str, Any]) -> str:
    """The role that this check assumes in the accounts of an organization, in one of `SCHEDULE_FORMS`.

    `settings` are fields of `ReadRole`, but for its name and external id, which are the request's. Raises BadInput.
    """
    from s3kms.deployment import cloudformation, terraform
    from s3kms.deployment.interface import ReadRole

    inside = replace(request, org=False, accounts=(), exclude_accounts=(), assume_role=None, external_id=None)
    role = ReadRole(
        **settings,
        name=request.role.name,
        external_id=request.external_id,
        statements=_statements(inside, partition),
    )
    renderers = {"cloudformation": cloudformation.render_role, "terraform": terraform.render_role}
    return renderers[form](role)


def _statements(request: ScanRequest, partition: str) -> "Sequence[Statement]":
    from s3kms.scan.permissions import scan_operations

    if request.kind is TargetKind.CODE:
        raise BadInput("code is not checked on a schedule", advice="name live buckets, or no target")
    operations = scan_operations(request)
    statements: Sequence[Statement] = iam_policy(
        operations, partition, request.role.name, _buckets_of(request)
    )["Statement"]
    return statements


def _buckets_of(request: ScanRequest) -> "tuple[Target, ...]":
    return request.targets if isinstance(request.targets, tuple) else ()


def _options_of(request: ScanRequest) -> dict[str, Any]:
    """Targets and options as the function's environment has them; the configuration is a file of its package."""
    from s3kms.scheduled import OPTION_NAMES

    given = given_options(request) & OPTION_NAMES
    values = {name: getattr(request, name) for name in given - {"targets"}}
    options = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    targets = request.targets if isinstance(request.targets, tuple) else (request.targets,)
    return {**options, **({"targets": [str(one) for one in targets]} if targets else {})}
