"""`s3kms plan --prepare`: the key policies that have to be there first, as diffs, and written with --apply."""

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s3kms import api
from s3kms.cli.change_output import callbacks_for, confirm, describe_outcome
from s3kms.cli.messages import notify
from s3kms.cli.option_groups import option
from s3kms.cli.policy_diff import policy_diff
from s3kms.cli.wording import cli_wording
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.describe import count_buckets
from s3kms.model.errors import BadInput
from s3kms.model.exits import Exit
from s3kms.model.plan import PlanEvent, PlannedBucket, PlanSummary
from s3kms.text.count import count
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.changes.planning.request import PlanRequest
    from s3kms.changes.policies.prepare import NeedFold, PreparedPolicies

PREPARE = "Preparation"
DEFAULT_MAX_CHANGES = 10
"""Policies of keys: each is used by many buckets."""
Command = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class PrepareOptions:
    """What was asked about preparing."""

    is_asked: bool
    max_policies: int
    journal: Path | None

    def check(self, given: frozenset[str], request: "PlanRequest") -> None:
        """Raises BadInput for options that go with --prepare alone, and for a plan of code."""
        from s3kms.model.request_fields import TargetKind

        if not self.is_asked and (alone := sorted(given & {"max_policies", "journal"})):
            fields: dict[str, Any] = {"option": Option(alone[0]), "prepare": Option("prepare")}
            raise BadInput(
                Sentence("{option} goes with {prepare}", fields), advice=Advice("add {prepare}", fields)
            )
        if self.is_asked and request.kind is TargetKind.CODE:
            raise BadInput(
                Sentence("{prepare} is about live keys", {"prepare": Option("prepare")}),
                advice="write what is missing into the code that declares the key",
            )


def prepare_options(function: Command) -> Command:
    """`--prepare`, `--max-policies`, `--journal`; the command gets `preparation`."""

    @option(
        PREPARE,
        "--prepare",
        "is_prepare",
        is_flag=True,
        help="Show what the key policies have to say first, as diffs; --apply writes it.",
    )
    @option(
        PREPARE,
        "--max-policies",
        "max_policies",
        type=click.IntRange(min=1),
        default=DEFAULT_MAX_CHANGES,
        show_default=True,
        metavar="N",
        envvar=None,
        help="Refuse to write more key policies than this.",
    )
    @option(
        PREPARE,
        "--journal",
        "journal",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Folder of the journals [default: as of fix].",
    )
    @functools.wraps(function)
    def decorated(
        *args: Any,
        is_prepare: bool,
        max_policies: int,
        journal: Path | None,
        **options: Any,
    ) -> Any:
        chosen = PrepareOptions(is_prepare, max_policies, journal)
        return function(*args, preparation=chosen, **options)

    return decorated


def prepare(
    events: Iterable[PlanEvent],
    request: "PlanRequest",
    client: "api.Client",
    chosen: PrepareOptions,
    write: Callable[[str], object],
    *,
    is_apply: bool,
    yes: bool,
) -> Exit:
    """Show the documents, and with --apply write them. Raises BadInput, Refused, Stopped."""
    from s3kms.changes.journal import default_journal_folder
    from s3kms.changes.policies.apply import KeyConnections, apply_policies
    from s3kms.changes.policies.prepare import NeedFold, prepare_policies

    fold, summary = NeedFold(), None
    for event in events:
        if isinstance(event, PlannedBucket):
            fold.add(event)
        elif isinstance(event, PlanSummary):
            summary = event
    connections = KeyConnections(
        client.connect(),
        role=request.role if request.enters_accounts else None,
        entered=_accounts(fold),
        key_role=request.key_role,
    )
    prepared = prepare_policies(fold, connections.connection_of)
    for text in _shown(prepared):
        write(text)
    _tell(prepared)
    is_whole = summary is not None and not summary.unlisted and not summary.missing
    is_done = not (prepared.left or prepared.without_key or prepared.others)
    if prepared.changes and is_apply:
        things = count(len(prepared.changes), "policy document")
        runs = apply_policies(
            prepared,
            connections,
            chosen.journal or default_journal_folder(),
            max_changes=chosen.max_policies,
            command="plan --prepare",
            callbacks=callbacks_for(
                lambda: confirm(f"Write {things}?", yes=yes),
                lambda outcome: click.echo(describe_outcome(outcome)),
            ),
        )
        for run in runs.runs:
            notify(f"run {run.run}: written and read back; s3kms undo {run.run} puts back what was there")
        notify("now plan again: the buckets that needed this are ready")
    elif prepared.changes:
        notify(f"{count(len(prepared.changes), 'policy document')}; nothing was written. Write with --apply")
    return Exit.OK if is_whole and is_done and (is_apply or not prepared.changes) else Exit.UNKNOWNS


def _accounts(fold: "NeedFold") -> frozenset[str]:
    return frozenset(account for need in fold.needs.values() for account in need.buckets)


def _shown(prepared: "PreparedPolicies") -> Iterator[str]:
    """The documents as diffs, on lines as `aws kms get-key-policy` shows them."""
    for change in prepared.changes:
        yield from policy_diff(change.key, change.before, change.after)
    for left in prepared.left:
        if left.after:
            yield from policy_diff(left.key, left.before, left.after)


def _tell(prepared: "PreparedPolicies") -> None:
    for left in prepared.left:
        advice = f" ({left.advice.worded(cli_wording)})" if left.advice else ""
        notify(printable(f"not written: the policy of {left.key}: {left.why}") + advice)
    if prepared.without_key:
        many = count_buckets(prepared.without_key)
        notify(
            f"{many} {'needs' if prepared.without_key == 1 else 'need'} a customer managed key: "
            f"plan with {cli_wording(Option('key', 'ARN'))}"
        )
    if prepared.others:
        many = count_buckets(prepared.others)
        notify(
            f"{many} {'needs' if prepared.others == 1 else 'need'} something else than a statement, too: see the plan"
        )
    if not (prepared.changes or prepared.left or prepared.without_key or prepared.others):
        notify("no key policy has to be changed first")
