"""`s3kms plan --key-policy` and `--create-key`: the policy that the key of the buckets needs, and the key itself."""

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from s3kms.cli.messages import notify
from s3kms.cli.option_groups import option
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.describe import count_buckets
from s3kms.model.errors import BadInput, NothingToCheck
from s3kms.model.exits import Exit
from s3kms.model.partitions import partition_of
from s3kms.model.plan import PlanClass, PlanEvent, PlannedBucket, PlanSummary
from s3kms.remedies.new_key import NEW_KEY_FORMS, render_new_key

NEW_KEY = "A new key"
DEFAULT_ALIAS = "alias/s3-default"
Command = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class NewKeyOptions:
    """What was asked about a new key."""

    is_policy: bool
    form: str | None
    alias: str

    @property
    def is_asked(self) -> bool:
        """Whether the key is printed instead of the plan."""
        return self.is_policy or self.form is not None


def new_key_options(function: Command) -> Command:
    """`--key-policy`, `--create-key`, `--alias`; the command gets `new_key`."""

    @option(
        NEW_KEY,
        "--key-policy",
        "is_policy",
        is_flag=True,
        help="Print the key policy that these buckets need, instead of the plan.",
    )
    @option(
        NEW_KEY,
        "--create-key",
        "create_key",
        type=click.Choice(tuple(NEW_KEY_FORMS)),
        help="Print how a key with that policy is made, instead of the plan.",
    )
    @option(
        NEW_KEY,
        "--alias",
        "alias",
        default=DEFAULT_ALIAS,
        show_default=True,
        metavar="ALIAS",
        help="Of the new key.",
    )
    @functools.wraps(function)
    def decorated(*args: Any, is_policy: bool, create_key: str | None, alias: str, **options: Any) -> Any:
        return function(*args, new_key=NewKeyOptions(is_policy, create_key, alias), **options)

    return decorated


def print_new_key(events: Iterable[PlanEvent], chosen: NewKeyOptions, write: Callable[[str], object]) -> Exit:
    """One key for one account and region. Raises BadInput for buckets of several, NothingToCheck for none."""
    from s3kms.changes.policies.new_key import new_key_policy
    from s3kms.model.keys import KeyForm, KeyReference

    if KeyReference.parse(chosen.alias).form is not KeyForm.ALIAS:
        raise BadInput(f"{chosen.alias!r} is no alias", advice="write it as alias/NAME")
    statements: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    summary: PlanSummary | None = None
    for event in events:
        if isinstance(event, PlanSummary):
            summary = event
        if isinstance(event, PlannedBucket) and event.account and event.region:
            if event.plan_class is PlanClass.STAY:
                continue
            listed = statements.setdefault((event.account, event.region), [])
            of_bucket = (statement for one in event.hazards for statement in one.statements)
            listed += [one for one in of_bucket if one not in listed]
    if not statements:
        raise NothingToCheck("no bucket needs a key")
    if len(statements) > 1:
        places = ", ".join(f"{account} {region}" for account, region in sorted(statements))
        raise BadInput(
            Sentence(
                "the buckets are of several accounts or regions, and need a key in each: {p}", {"p": places}
            ),
            advice=Advice(
                "choose one with {region}, or name buckets", {"region": Option("region", "REGION")}
            ),
        )
    ((account, region), wanted) = statements.popitem()
    policy = new_key_policy(account, region, partition_of(region), wanted)
    if chosen.form is None:
        write(f"{json.dumps(policy, indent=2)}\n")
    else:
        write(render_new_key(chosen.form, policy, chosen.alias, region))
    notify(
        f"for the buckets of account {account} in {region}. Who may call kms:PutKeyPolicy can take the deny out: "
        "leave that to your administrators"
    )
    return Exit.UNKNOWNS if _is_open(summary) else Exit.OK


def _is_open(summary: PlanSummary | None) -> bool:
    """Whether somebody may need the key of whom the plan does not know; it is said which buckets."""
    if summary is None:
        return True
    looks = summary.classes.get(PlanClass.LOOK, 0)
    if looks:
        notify(f"what the key policy has to say for {count_buckets(looks)} could not be told: see the plan")
    if summary.unlisted or summary.missing:
        notify("not all buckets that were asked for could be read: see the plan")
    return bool(looks or summary.unlisted or summary.missing)
