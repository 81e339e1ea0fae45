"""`s3kms plan --prepare`: what policies of keys and buckets have to say first, as diffs, and written with --apply."""

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
from s3kms.cli.policy_validation import describe_checked, describe_cost, is_answered, refuse_errors
from s3kms.cli.wording import cli_wording
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.describe import count_buckets
from s3kms.model.errors import BadInput
from s3kms.model.exits import Exit
from s3kms.model.plan import PlanEvent
from s3kms.model.policy_checks import PAID_CHECK_PRICE, CheckedPolicy
from s3kms.model.policy_operations import DEFAULT_MAX_POLICIES
from s3kms.text.count import count
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.changes.planning.request import PlanRequest
    from s3kms.changes.policies.outlook import PreparationFold
    from s3kms.changes.policies.preparation import Preparation
    from s3kms.changes.policies.prepare import PreparedPolicies

PREPARE = "Preparation"
MAX_TOLD = 10
"""Buckets that are told one by one."""
Command = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class PrepareOptions:
    """What was asked about preparing."""

    is_asked: bool
    max_policies: int
    journal: Path | None
    validates: bool = False
    """Whether Access Analyzer is asked about the documents."""
    is_paid: bool = False
    """Whether it is asked what it charges for, too."""

    def new_fold(self) -> "PreparationFold | None":
        """What watches the plan; None where nothing is prepared."""
        if not self.is_asked:
            return None
        from s3kms.changes.policies.outlook import PreparationFold

        return PreparationFold()

    def check(self, given: frozenset[str], request: "PlanRequest") -> None:
        """Raises BadInput for options that go with --prepare alone, and for a plan of code."""
        from s3kms.model.request_fields import TargetKind

        if not self.is_asked and (alone := sorted(given & _OF_PREPARE)):
            raise _goes_with(alone[0], "prepare")
        if self.is_paid and not self.validates:
            raise _goes_with("paid_checks", "validate")
        if self.is_asked and request.kind is TargetKind.CODE:
            raise BadInput(
                Sentence("{prepare} requires live keys and buckets", {"prepare": Option("prepare")}),
                advice="add what is missing to the code that declares them",
            )


_OF_PREPARE = frozenset({"max_policies", "journal", "validate", "paid_checks"})


def _goes_with(name: str, other: str) -> BadInput:
    fields: dict[str, Any] = {"option": Option(name), "other": Option(other)}
    return BadInput(Sentence("{option} requires {other}", fields), advice=Advice("add {other}", fields))


def _validation_options(function: Command) -> Command:
    free = option(
        PREPARE,
        "--validate",
        "validate",
        is_flag=True,
        help="Validate each document with IAM Access Analyzer, free of charge; --apply writes none that "
        "has an error.",
    )
    charged = option(
        PREPARE,
        "--paid-checks",
        "paid_checks",
        is_flag=True,
        envvar=None,  # it costs money, so that it is said each time
        help=f"With --validate: also check for new or public access, for {PAID_CHECK_PRICE}.",
    )
    found: Command = free(charged(function))
    return found


def prepare_options(function: Command) -> Command:
    """`--prepare`, `--max-policies`, `--journal`, `--validate`, `--paid-checks`: the command gets `preparation`."""

    @option(
        PREPARE,
        "--prepare",
        "is_prepare",
        is_flag=True,
        help="Show the required changes of key and bucket policies as diffs; --apply writes them.",
    )
    @option(
        PREPARE,
        "--max-policies",
        "max_policies",
        type=click.IntRange(min=1),
        default=DEFAULT_MAX_POLICIES,
        show_default=True,
        metavar="N",
        envvar=None,
        help="Refuse to write more policies than this.",
    )
    @option(
        PREPARE,
        "--journal",
        "journal",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Folder for journals [default: that of fix].",
    )
    @_validation_options
    @functools.wraps(function)
    def decorated(
        *args: Any,
        is_prepare: bool,
        max_policies: int,
        journal: Path | None,
        validate: bool,
        paid_checks: bool,
        **options: Any,
    ) -> Any:
        chosen = PrepareOptions(is_prepare, max_policies, journal, validate, paid_checks)
        return function(*args, preparation=chosen, **options)

    return decorated


def prepare(
    events: Iterable[PlanEvent],
    fold: "PreparationFold",
    request: "PlanRequest",
    client: "api.Client",
    chosen: PrepareOptions,
    *,
    write: Callable[[str], object],
    is_apply: bool,
    yes: bool,
) -> Exit:
    """Show the documents, and with --apply write them; `fold` watched the plan. Raises BadInput, Refused, Stopped."""
    from s3kms.changes.policies.preparation import prepare_plan
    from s3kms.changes.policies.validation import check_documents, documents_to_check

    preparation = prepare_plan(events, fold, request, client.connect())
    prepared = preparation.policies
    for text in _shown(prepared):
        write(text)
    _tell(prepared)
    checked: tuple[CheckedPolicy, ...] = ()
    if chosen.validates:
        documents = documents_to_check(prepared)
        if chosen.is_paid and (cost := describe_cost(documents)):
            notify(cost)
        checked = check_documents(client.connect(), documents, is_paid=chosen.is_paid)
        for text in describe_checked(checked):
            write(text)
    is_done = not (prepared.left or prepared.is_open) and is_answered(checked)
    if prepared.changes and is_apply:
        refuse_errors(checked)
        _apply(preparation, chosen, yes=yes)
    elif prepared.changes:
        notify(
            f"{count(len(prepared.changes), 'policy document')} to change; nothing was written. To "
            "write, add --apply"
        )
    return (
        Exit.OK if preparation.is_whole and is_done and (is_apply or not prepared.changes) else Exit.UNKNOWNS
    )


def _apply(preparation: "Preparation", chosen: PrepareOptions, *, yes: bool) -> None:
    from s3kms.changes.journal import default_journal_folder
    from s3kms.changes.policies.preparation import apply_preparation

    things = count(len(preparation.changes), "policy document")
    runs = apply_preparation(
        preparation,
        chosen.journal or default_journal_folder(),
        max_policies=chosen.max_policies,
        command="plan --prepare",
        callbacks=callbacks_for(
            lambda: confirm(f"Write {things}?", yes=yes),
            lambda outcome: click.echo(describe_outcome(outcome)),
        ),
    )
    for run in runs:
        notify(f"run {run.run}: written and verified; s3kms undo {run.run} restores the previous policies")
    many = preparation.ready
    ready = f"{count_buckets(many)} {'is' if many == 1 else 'are'}" if many else "no bucket is"
    notify(f"run the plan again: {ready} ready with these policies")


def _shown(prepared: "PreparedPolicies") -> Iterator[str]:
    """The documents as diffs: the policy of each key, then those of the buckets that are to have it."""
    left = prepared.left
    for one in prepared.documents:
        if one.after:
            yield from policy_diff(one.title, one.before, one.after, is_whole=one in left)


def _tell(prepared: "PreparedPolicies") -> None:
    for left in prepared.left:
        advice = f" ({left.advice.worded(cli_wording)})" if left.advice else ""
        notify(printable(f"not written: {left.title}: {left.why}") + advice)
    if prepared.without_key:
        many = count_buckets(prepared.without_key)
        notify(
            f"{many} {'needs' if prepared.without_key == 1 else 'need'} a customer managed key: run the "
            f"plan with {cli_wording(Option('key', 'ARN'))}"
        )
    if prepared.left_out:
        notify(
            f"{count(prepared.left_out, 'more IAM policy document')} without permission for a key: too "
            "many to print"
        )
    _tell_outlook(prepared)
    if not (prepared.documents or prepared.is_open):
        notify("no policy needs to be changed first")


def _tell_outlook(prepared: "PreparedPolicies") -> None:
    """Which buckets are not ready once what can be written is written, and why."""
    remaining = (*prepared.outlook.remaining, *prepared.passed_over)
    for planned in remaining[:MAX_TOLD]:
        worst = planned.hazards[0]
        advice = worst.advice.worded(cli_wording)
        text = f"still not ready: s3://{planned.bucket}: {worst.why}{f' ({advice})' if advice else ''}"
        notify(printable(text))
    if (more := len(prepared.outlook.remaining) + prepared.passed_over_count - MAX_TOLD) > 0:
        notify(f"still not ready: {count_buckets(more)} more; see the plan")
    if prepared.not_judged:
        notify(
            f"{count_buckets(prepared.not_judged)} more to prepare: run the plan again after these "
            "policies are written"
        )
