"""Preparing a plan's buckets, from the plan to the runs that write: what the command and the library call."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.changes.apply import Callbacks, RunResult
from s3kms.changes.policies.apply import PolicyConnections, apply_policies
from s3kms.changes.policies.kind import WrittenPolicy
from s3kms.changes.policies.left import LeftPolicy
from s3kms.changes.policies.outlook import PreparationFold
from s3kms.changes.policies.prepare import PreparedPolicies, prepare_policies
from s3kms.model.plan import PlanEvent, PlannedBucket, PlanSummary
from s3kms.model.policy_operations import DEFAULT_MAX_POLICIES

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.changes.planning.request import PlanRequest


@dataclass(frozen=True, slots=True)
class Preparation:
    """What has to be written before the buckets of a plan change; nothing has been written."""

    policies: PreparedPolicies
    connections: PolicyConnections = field(repr=False)
    summary: PlanSummary | None
    """Of the plan; None where it did not come to its end."""

    @property
    def changes(self) -> tuple[WrittenPolicy, ...]:
        """The policies of keys and buckets that are written: `subject`, `before` and `after` each."""
        return self.policies.changes

    @property
    def left(self) -> tuple[LeftPolicy, ...]:
        """What somebody else has to write, or could not be read: `title`, `why`, `before` and `after` each."""
        return self.policies.left

    @property
    def ready(self) -> int:
        """How many of the buckets to prepare are ready once it is written."""
        return self.policies.outlook.ready

    @property
    def remaining(self) -> tuple[PlannedBucket, ...]:
        """The buckets that are not ready with it, with what keeps them."""
        return (*self.policies.outlook.remaining, *self.policies.passed_over)

    @property
    def is_whole(self) -> bool:
        """Whether every bucket that was asked for was read."""
        return self.summary is not None and not self.summary.unlisted and not self.summary.missing


def prepare_plan(
    events: Iterable[PlanEvent], fold: PreparationFold, request: "PlanRequest", connection: "Connection"
) -> Preparation:
    """Take a plan to its end, which `fold` watches, and widen the policies. Writes nothing. Raises AwsError."""
    summary = None
    for event in events:
        if isinstance(event, PlannedBucket):
            fold.add(event)
        else:
            summary = event
    connections = PolicyConnections(
        connection,
        role=request.role if request.enters_accounts else None,
        entered=fold.needs.accounts,
        key_role=request.key_role,
    )
    return Preparation(prepare_policies(fold, connections), connections, summary)


def apply_preparation(
    preparation: Preparation,
    folder: Path,
    *,
    max_policies: int | None = None,
    command: str = "",
    callbacks: Callbacks = Callbacks(),
) -> tuple[RunResult, ...]:
    """Write what is prepared: a run for each account and sort of policy. Raises Refused, Stopped."""
    return apply_policies(
        preparation.policies,
        preparation.connections,
        folder,
        max_changes=DEFAULT_MAX_POLICIES if max_policies is None else max_policies,
        command=command,
        callbacks=callbacks,
    )
