"""The engine of fix: from a request to a plan, and from a plan to a run. What a program calls, without a terminal."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3kms.changes.apply import Callbacks, RunPlan, RunResult, check_max_changes, run_changes
from s3kms.changes.buckets.operations import facts_needed_to_plan
from s3kms.changes.plan import ChangePlan
from s3kms.changes.request import FixRequest
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.change import Change
from s3kms.model.errors import BadInput
from s3kms.model.facts import Fact
from s3kms.model.request_fields import TargetKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3kms.aws.connection import Connection
    from s3kms.changes.media import Connect
    from s3kms.iac.interface import Language
    from s3kms.model.stream import ScanItem


def plan_fix(
    request: FixRequest,
    connect: "Connect",
    *,
    languages: "tuple[Language, ...] | None" = None,
) -> ChangePlan[Any, Any, Any]:
    """What the fix would change, in the account or in code; writes nothing.

    `connect` is called where the targets are live buckets; `languages` replaces those of the product.

    Raises BadInput, NothingToCheck where there is no bucket, Refused for a key that cannot be used, AwsError.
    """
    today = datetime.now(UTC).date()
    if request.code is None:
        from s3kms.changes.buckets.keys import KeyExaminer
        from s3kms.changes.buckets.medium import BucketMedium
        from s3kms.changes.buckets.planner import BucketPlanner
        from s3kms.sources.usage import read_usage

        connection = connect()
        planner = BucketPlanner(request, KeyExaminer(connection), today, partial(read_usage, connection))
        facts = facts_needed_to_plan(request.configuration)
        return planner.plan(_live_buckets(request, connection, facts), BucketMedium.of(connection))
    if not request.iac:
        from s3kms.changes.files.planner import FilePlanner

        return FilePlanner(request, request.code, today, languages=languages).plan()
    return _plan_paired(request, connect, languages)


def _plan_paired(
    request: FixRequest, connect: "Connect", languages: "tuple[Language, ...] | None"
) -> ChangePlan[Any, Any, Any]:
    from s3kms.changes.files.paired import PairedPlanner
    from s3kms.iac.pairing.index import read_declaration_index
    from s3kms.sources.usage import read_usage

    if request.kind is TargetKind.CODE:
        fields: dict[str, Any] = {"iac": Option("iac")}
        raise BadInput(
            Sentence("{iac} is about live buckets, and the targets are code", fields),
            advice=Advice("leave {iac} out", fields),
        )
    include = request.includes_directory_buckets
    index = read_declaration_index(request.iac, request.code_inputs, directory_buckets=include)
    tags = {Fact.TAGS} if index.has_templates else set[Fact]()
    facts = facts_needed_to_plan(request.configuration) | tags
    connection = connect()
    usage = partial(read_usage, connection)
    planner = PairedPlanner(request, index, datetime.now(UTC).date(), usage, languages)
    return planner.plan(_live_buckets(request, connection, facts))


def _live_buckets(
    request: FixRequest, connection: "Connection", facts: frozenset[Fact]
) -> "Iterator[ScanItem]":
    from s3kms.sources.account import AccountSource
    from s3kms.sources.selection import Selection

    selection = Selection(request.live_targets, request.regions, request.includes_directory_buckets)
    return AccountSource(connection, selection).buckets(facts)


def plan_new_bucket(request: FixRequest, connect: "Connect") -> Change:
    """The default encryption of the one named bucket, which is yet to be made. Raises BadInput, Refused, AwsError."""
    from s3kms.changes.buckets.keys import KeyExaminer
    from s3kms.changes.buckets.planner import BucketPlanner

    connection = connect()
    planner = BucketPlanner(request, KeyExaminer(connection), datetime.now(UTC).date())
    return planner.plan_new(connection.account)


def apply_plan(
    plan: ChangePlan[Any, Any, Any],
    folder: Path,
    *,
    command: str = "",
    callbacks: Callbacks = Callbacks(),
) -> RunResult | None:
    """Carry a plan out under a journal in the folder; None where there is nothing to do.

    Each thing is read again, the change is journalled, written, and read back; in the end the whole is proven.
    `command` is what was typed, for the journal.

    Raises Refused before anything is written (more buckets than `max_changes`, a named bucket that cannot have what
    is asked, a caller who does not confirm, a folder that cannot hold a journal), Stopped where something was not
    done.
    """
    plan.check()
    check_max_changes(plan.bucket_count, plan.request.max_changes)
    if not plan.changes:
        return None
    run = RunPlan(
        changes=plan.changes,
        folder=folder,
        command=command,
        request=plan.journalled_request(),
        prove=plan.prove,
    )
    return run_changes(run, plan.medium, callbacks)
