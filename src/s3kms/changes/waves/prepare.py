"""From a plan's file to what would be changed today: read, checked, and every bucket judged again."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.changes.planning.estate import MAX_ACCOUNTS_AT_ONCE, KnownMembers, members_of_plan
from s3kms.changes.runs import list_runs
from s3kms.changes.waves.account import AccountWave, reassess_account
from s3kms.changes.waves.ledger import read_ledger
from s3kms.changes.waves.order import check_wave
from s3kms.changes.waves.reassess import LeftAlone, is_eligible
from s3kms.changes.waves.request import WaveRequest
from s3kms.model.advice import NO_ADVICE, Advice, Option, Sentence
from s3kms.model.change import Change
from s3kms.model.errors import AwsError, CredentialsProblem, Refused
from s3kms.model.exits import Exit
from s3kms.model.plan import PlannedBucket
from s3kms.results.saved_plan import SavedPlan, read_saved_plan

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.changes.media import Connect
    from s3kms.changes.planning.principals import Principals
    from s3kms.changes.planning.request import PlanRequest


@dataclass(frozen=True, slots=True)
class PreparedWave:
    """What carrying out a plan's file comes to today; nothing has been written."""

    request: WaveRequest
    saved: SavedPlan
    accounts: tuple[AccountWave, ...]
    """In the order of the file."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """Those of all accounts."""
        return tuple(chain.from_iterable(one.changes for one in self.accounts))

    @property
    def left(self) -> tuple[LeftAlone, ...]:
        """The buckets that are left alone although the plan has them as ready, and still need a change."""
        return tuple(one for account in self.accounts for one in account.left if not one.is_done)

    @property
    def done(self) -> tuple[LeftAlone, ...]:
        """Those that have already what the plan gives them."""
        return tuple(one for account in self.accounts for one in account.left if one.is_done)

    @property
    def notes(self) -> tuple[Sentence, ...]:
        """What a reader must know besides."""
        return tuple(dict.fromkeys(chain.from_iterable(one.notes for one in self.accounts)))

    @property
    def unread(self) -> int:
        """How many of those that are left could not be read: the wave does not come to its end without them."""
        return sum(one.is_unread for one in self.left)

    @property
    def exit(self) -> Exit:
        """How it ends when all changes succeed."""
        return Exit.UNKNOWNS if self.left else Exit.OK


def prepare_wave(request: WaveRequest, connect: "Connect", folder: Path) -> PreparedWave:
    """Read the file, see whether its wave may be carried out, and judge each of its buckets again. Writes nothing.

    Raises BadInput and Refused for the file (`read_saved_plan`), for a wave that is not there or waits for another,
    and for a plan of another account; AwsError.
    """
    request.check()
    now = datetime.now(UTC)
    accept = request.accepted

    def keep(planned: PlannedBucket) -> bool:
        is_meant = request.wave is None or planned.wave == request.wave
        return is_meant and is_eligible(planned, accept)

    saved = read_saved_plan(request.file, now=now, max_age_hours=request.max_age, keep=keep)
    check_order(request, saved, folder)
    if not saved.buckets:
        return PreparedWave(request, saved, ())
    plan = request.as_plan(saved.request)
    accounts = _accounts(request, plan, connect(), saved, now)
    return PreparedWave(request, saved, tuple(accounts))


def check_order(request: WaveRequest, saved: SavedPlan, folder: Path) -> None:
    """Raises BadInput for a wave that the plan has not, Refused where the wave before has not been proven."""
    if request.wave is not None:
        check_wave(request, saved.plan, saved.waves, read_ledger(folder, saved.plan), list_runs(folder))


def _accounts(
    request: WaveRequest, plan: "PlanRequest", base: "Connection", saved: SavedPlan, now: datetime
) -> Iterator[AccountWave]:
    entries: dict[str, list[PlannedBucket]] = {}
    for planned in saved.buckets:
        entries.setdefault(planned.account or "", []).append(planned)
    own = base.account
    if not plan.enters_accounts and (others := sorted(entries.keys() - {own})):
        raise Refused(
            f"the plan {saved.path} is of account {others[0]}, and these credentials belong to {own}",
            advice=Advice("use the credentials of that account ({profile})", {"profile": Option("profile")}),
        )
    from s3kms.aws.assumed_role import AssumedRoleConnection
    from s3kms.changes.planning.principals import Principals

    members = KnownMembers(members_of_plan(plan, base))

    def connect_to(account: str) -> "Connection | None":
        if account == own:
            return base
        is_meant = account in saved.accounts or (plan.enters_accounts and members.knows(account))
        return AssumedRoleConnection(base, account, plan.role) if is_meant else None

    principals = Principals(plan, base, connect_to)
    reader = _Reader(plan, base, request.accepted, now.date(), principals)

    def read(account: str) -> AccountWave:
        return reader.read(account, entries[account], is_own=account == own)

    with ThreadPoolExecutor(MAX_ACCOUNTS_AT_ONCE) as executor:
        yield from executor.map(read, entries)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the accounts of one plan."""

    plan: "PlanRequest"
    base: "Connection"
    accept: frozenset[str]
    today: date
    principals: "Principals"

    def read(self, account: str, entries: Sequence[PlannedBucket], *, is_own: bool) -> AccountWave:
        """One account; of one that cannot be entered or read, every bucket is left alone.

        Raises CredentialsProblem, and for a plan of one account AwsError.
        """
        from s3kms.aws.assumed_role import AssumedRoleConnection

        try:
            connection = self.base if is_own else AssumedRoleConnection(self.base, account, self.plan.role)
            found = reassess_account(
                self.plan, connection, entries, self.accept, self.today, principals=self.principals
            )
        except AwsError as error:
            if is_own and (isinstance(error, CredentialsProblem) or not self.plan.enters_accounts):
                raise
            why, advice = f"its account could not be entered or read: {error}", error.advice or NO_ADVICE
            left = [LeftAlone(one.bucket, account, why, advice, is_unread=True) for one in entries]
            return AccountWave(account, left=left)
        return replace(found, account=account, role=None if is_own else self.plan.role.name)
