"""`s3kms fix`."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from s3kms.cli.acting import (
    apply_options,
    carry_out,
    confirm,
    folder_of,
    journal_option,
    show_changes,
)
from s3kms.cli.messages import keep_quiet, say
from s3kms.cli.options import Aws, aws_options, config_option, from_file_option, region_option
from s3kms.cli.selection import connect, read_targets, select
from s3kms.estate.bucket import Bucket, Gone, Missing, Sighting
from s3kms.estate.changes import Change
from s3kms.estate.encryption import DSSE_KMS, SSE_KMS, KeyKind
from s3kms.estate.errors import BadInput, NothingToCheck, Refused
from s3kms.estate.exits import Exit
from s3kms.estate.facts import Fact
from s3kms.estate.targets import Target
from s3kms.estate.unknown import Unknown
from s3kms.rules import IDS
from s3kms.wanted.load import load_wanted
from s3kms.wanted.model import Wanted, WantedState

if TYPE_CHECKING:
    from s3kms.fixes.key import KeyExaminer
    from s3kms.fixes.plan import Desired, Leave

RULE = "s3_bucket_kms_encryption"
"""The rule whose exemptions say that a bucket is left alone."""

EPILOG = """\b
Examples:
  s3kms fix
  s3kms fix 's3://logs-*' --key alias/logs --apply
  s3kms fix s3://ledger --key mrk-1234abcd12ab34cd56ef1234567890ab --dsse --apply --yes

\b
A bucket that has SSE-KMS keeps its key, unless the bucket itself is named together with
--key. Directory buckets are changed only where they are named.
Exit codes: 0 done or nothing to do, 3 no bucket, 4 refused and nothing changed, 5 stopped
part-way (the journal says where), 11 some bucket could not be judged, 2 usage, 1 failed.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks of the buckets."""

    key: str | None
    dsse: bool | None
    no_bucket_key: bool
    bucket_key_only: bool


@dataclass(slots=True)
class Plan:
    """What is to be done, and what is not."""

    changes: list[Change] = field(default_factory=list)
    left: "list[Leave]" = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)


@click.command("fix", epilog=EPILOG)
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@from_file_option
@click.option(
    "--key", metavar="KEY", help="aws/s3, key id, alias or ARN [default: the key map's, else aws/s3]."
)
@click.option("--dsse/--no-dsse", default=None, help="DSSE-KMS; or SSE-KMS even for named DSSE-KMS buckets.")
@click.option("--no-bucket-key", is_flag=True, help="Without S3 Bucket Key [default: with, save for DSSE].")
@click.option("--bucket-key-only", is_flag=True, help="Only turn the bucket key on; algorithm and key stay.")
@click.option(
    "--max-changes",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="Refuse to change more buckets than this.",
)
@click.option("-q", "--quiet", is_flag=True, help="No notes on stderr.")
@apply_options
@journal_option
@region_option
@config_option
@aws_options
def command(  # noqa: PLR0917 - click passes them by name
    targets: tuple[str, ...],
    from_file: Path | None,
    key: str | None,
    dsse: bool | None,
    no_bucket_key: bool,
    bucket_key_only: bool,
    max_changes: int,
    quiet: bool,
    is_apply: bool,
    yes: bool,
    journal: Path | None,
    regions: tuple[str, ...],
    config: Path | None,
    aws: Aws,
) -> int:
    """Move buckets to SSE-KMS default encryption, or show what would change.

    With --apply each bucket is read again, the change is journalled, written, and read back;
    `s3kms undo` puts back what was there. Objects that are there already stay as they are.
    """
    asked = Asked(key, dsse, no_bucket_key, bucket_key_only)
    _check(asked)
    wanted = load_wanted(config, IDS)
    chosen = read_targets(targets, from_file)
    connection = connect(aws)
    source = select(
        aws,
        chosen,
        regions,
        directory_buckets=wanted.directory_buckets,
        say=keep_quiet if quiet else say,
        connection=connection,
    )
    from s3kms.fixes.apply import check_number
    from s3kms.fixes.key import KeyExaminer

    planner = _Planner(asked, wanted, chosen, KeyExaminer(connection))
    plan = planner.plan(source.buckets(facts_of(wanted)))
    _show(plan, quiet=quiet)
    _check_named(plan, planner)
    check_number(plan.changes, max_changes)
    if plan.changes and is_apply:
        confirm(f"Change the default encryption of {_buckets(len(plan.changes))}?", yes=yes)
        carry_out(plan.changes, connection, folder_of(journal), _command(targets), undoes=None)
    elif plan.changes and not quiet:
        say(f"{_buckets(len(plan.changes))} would change; nothing was written. Do it with --apply")
    unsure = bool(plan.missing) or any(leave.is_unknown for leave in plan.left)
    return int(Exit.UNKNOWNS if unsure else Exit.OK)


def facts_of(wanted: Wanted) -> frozenset[Fact]:
    """What has to be read to plan."""
    return frozenset({Fact.ENCRYPTION, Fact.TAGS} if wanted.needs_tags else {Fact.ENCRYPTION})


def _check(asked: Asked) -> None:
    if asked.bucket_key_only and (asked.key or asked.dsse is not None or asked.no_bucket_key):
        raise BadInput(
            "--bucket-key-only keeps algorithm and key; it goes with no --key, --dsse or --no-bucket-key",
            hint="leave the others out",
        )


class _Planner:
    """From sightings to a plan: the command line first, then the configuration, then the defaults."""

    def __init__(
        self, asked: Asked, wanted: Wanted, targets: tuple[Target, ...], keys: "KeyExaminer"
    ) -> None:
        self._asked = asked
        self._wanted = wanted
        self._names = {target.pattern for target in targets if not target.is_glob}
        self._keys = keys

    def is_named(self, name: str | None) -> bool:
        """Whether the bucket itself was named, not a pattern."""
        return name in self._names

    def plan(self, sightings: Iterable[Sighting]) -> Plan:
        """Raises Refused for a key that cannot be used, NothingToCheck where there is no bucket."""
        plan = Plan()
        today = datetime.now(UTC).date()
        for sighting in sightings:
            match sighting:
                case Missing():
                    plan.missing.append(sighting)
                case Bucket():
                    found = self._one(sighting, today)
                    if isinstance(found, Change):
                        plan.changes.append(found)
                    else:
                        plan.left.append(found)
                case Gone():
                    pass
        if not plan.changes and not plan.left:
            why = f": {plan.missing[0].remedy}" if plan.missing else ""
            raise NothingToCheck(f"there was no bucket to fix{why}")
        return plan

    def _one(self, bucket: Bucket, today: date) -> "Change | Leave":
        from s3kms.fixes.plan import Leave, needs_key, plan

        if exemption := self._wanted.exemption_for(bucket, RULE, today):
            return Leave(bucket.label, f"is exempt: {exemption.describe()}", bucket.region)
        state = self._wanted.state_for(bucket)
        if isinstance(state, Unknown):
            return Leave(bucket.label, state.why, bucket.region, state.remedy, is_unknown=True)
        desired = self._desired(bucket, state)
        if needs_key(bucket, desired):
            reference = self._asked.key or state.key
            if reference is None and state.key_kind is KeyKind.CUSTOMER_MANAGED:
                why = "a customer managed key is wanted, and none is named for its account and region"
                remedy = "name one in the key map of s3kms.toml, or with --key"
                return Leave(bucket.label, why, bucket.region, remedy, is_unknown=True)
            desired = replace(desired, key=self._keys.key_for(reference, bucket.region or ""))
        return plan(bucket, desired)

    def _desired(self, bucket: Bucket, state: WantedState) -> "Desired":
        """What is said for many buckets never takes away from one that has SSE-KMS already."""
        from s3kms.fixes.plan import Desired

        named = self.is_named(bucket.name)
        has_kms = not isinstance(bucket.encryption, Unknown) and bucket.encryption.is_kms
        algorithm = DSSE_KMS if self._asked.dsse or state.algorithm == DSSE_KMS else None
        if self._asked.dsse is False:
            algorithm = SSE_KMS if named or not has_kms else None
        off = self._asked.no_bucket_key and (named or not has_kms)
        return Desired(
            algorithm=algorithm,
            bucket_key=False if off else state.bucket_key,
            bucket_key_only=self._asked.bucket_key_only,
            rekey=named and self._asked.key is not None,
            is_named=named,
        )


def _check_named(plan: Plan, planner: _Planner) -> None:
    """Raises Refused where a bucket was named and what is asked cannot be done to it."""
    refused = [leave for leave in plan.left if leave.is_refusal and planner.is_named(leave.bucket)]
    if refused:
        raise Refused(
            "; ".join(f"s3://{leave.bucket} {leave.why}" for leave in refused),
            hint="nothing was changed; leave these targets out, or ask for something they can have",
        )


def _show(plan: Plan, *, quiet: bool) -> None:
    show_changes(plan.changes)
    if quiet:
        return
    quietly = 0
    for leave in plan.left:
        if leave.why.endswith(" already") and not leave.is_unknown:
            quietly += 1
            continue
        say(f"left alone: s3://{leave.bucket} {leave.why}" + (f" ({leave.remedy})" if leave.remedy else ""))
    if quietly:
        say(f"left alone: {_buckets(quietly)} that need no change")
    for missing in plan.missing:
        say(f"note: s3://{missing.name} was not looked at: {missing.remedy}")


def _buckets(count: int) -> str:
    return "1 bucket" if count == 1 else f"{count} buckets"


def _command(targets: tuple[str, ...]) -> str:
    return shlex.join(("fix", *targets))
