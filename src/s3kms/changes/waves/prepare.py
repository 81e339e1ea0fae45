"""From a plan's file to what would be changed today: read, checked, and every bucket judged again."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.changes.planning.estate import MAX_ACCOUNTS_AT_ONCE, KnownMembers, members_of_plan
from s3kms.changes.policies.kind import PolicyChange, WrittenPolicy
from s3kms.changes.runs import list_runs
from s3kms.changes.waves.account import AccountWave, reassess_account
from s3kms.changes.waves.consistency import IN_SILENCE, Waiting, await_policies, recent_policies
from s3kms.changes.waves.ledger import read_ledger
from s3kms.changes.waves.order import check_wave
from s3kms.changes.waves.reassess import SkippedEntry, is_eligible
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
    def skipped(self) -> tuple[SkippedEntry, ...]:
        """The buckets that are skipped although the plan has them as ready, and still need a change."""
        return tuple(one for account in self.accounts for one in account.skipped if not one.is_done)

    @property
    def done(self) -> tuple[SkippedEntry, ...]:
        """Those that have already what the plan gives them."""
        return tuple(one for account in self.accounts for one in account.skipped if one.is_done)

    @property
    def notes(self) -> tuple[Sentence, ...]:
        """What a reader must know besides."""
        return tuple(dict.fromkeys(chain.from_iterable(one.notes for one in self.accounts)))

    @property
    def unread(self) -> int:
        """How many of those that are left could not be read: the wave does not come to its end without them."""
        return sum(one.is_unread for one in self.skipped)

    @property
    def exit(self) -> Exit:
        """How it ends when all changes succeed."""
        return Exit.UNKNOWNS if self.skipped else Exit.OK


def prepare_wave(
    request: WaveRequest, connect: "Connect", folder: Path, waiting: Waiting = IN_SILENCE
) -> PreparedWave:
    """Read the file, see whether its wave may be carried out, and judge each of its buckets again. Writes nothing.

    What runs of the folder prepared lately is waited for first: a policy may be read as it was before.

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
    prepared = recent_policies(
        list_runs(folder),
        {one.after.key for one in saved.buckets if one.after and one.after.key},
        {one.bucket for one in saved.buckets},
        now,
    )
    estate = _Estate(plan, connect(), saved)
    estate.await_policies(prepared, waiting)
    accounts = estate.accounts(request, now)
    return PreparedWave(request, saved, tuple(accounts))


def check_order(request: WaveRequest, saved: SavedPlan, folder: Path) -> None:
    """Raises BadInput for a wave that the plan has not, Refused where the wave before has not been proven."""
    if request.wave is not None:
        check_wave(request, saved.plan, saved.waves, read_ledger(folder, saved.plan), list_runs(folder))


class _Estate:
    """The ways into the accounts of a plan's file."""

    def __init__(self, plan: "PlanRequest", base: "Connection", saved: SavedPlan) -> None:
        """Raises Refused for a plan of another account."""
        from s3kms.changes.planning.principals import Principals

        self._plan = plan
        self._base = base
        self._saved = saved
        self._entries: dict[str, list[PlannedBucket]] = {}
        for planned in saved.buckets:
            self._entries.setdefault(planned.account or "", []).append(planned)
        self._own = base.account
        if not plan.enters_accounts and (others := sorted(self._entries.keys() - {self._own})):
            raise Refused(
                f"the plan {saved.path} is of account {others[0]}, and these credentials belong to {self._own}",
                advice=Advice(
                    "use the credentials of that account ({profile})", {"profile": Option("profile")}
                ),
            )
        self._members = KnownMembers(members_of_plan(plan, base))
        self._principals = Principals(plan, base, self._connect_to, self._accounts_of_plan)

    def _connect_to(self, account: str) -> "Connection | None":
        from s3kms.aws.assumed_role import AssumedRoleConnection

        if account == self._own:
            return self._base
        is_meant = account in self._saved.accounts or (
            self._plan.enters_accounts and self._members.knows(account)
        )
        return AssumedRoleConnection(self._base, account, self._plan.role) if is_meant else None

    def _accounts_of_plan(self, most: int) -> tuple[str, ...]:
        return self._members.at_most(most) if self._plan.enters_accounts else ()

    def await_policies(self, prepared: Sequence[WrittenPolicy], waiting: Waiting) -> None:
        """Wait for what was prepared to show. Raises CredentialsProblem."""
        from s3kms.aws.bucket_policy import get_bucket_policy
        from s3kms.changes.policies.store import read_key_policy

        def read(change: WrittenPolicy) -> str:
            if isinstance(change, PolicyChange):
                connection = self._principals.way_to_key(change.account) or self._base
                return read_key_policy(connection, change.key, change.region)
            connection = self._connect_to(change.account) or self._base
            return get_bucket_policy(connection, change.bucket, change.region)

        await_policies(prepared, read, waiting)

    def accounts(self, request: WaveRequest, now: datetime) -> Iterator[AccountWave]:
        """Each account with its buckets judged again."""
        reader = _Reader(self._plan, self._base, request.accepted, now.date(), self._principals)

        def read(account: str) -> AccountWave:
            return reader.read(account, self._entries[account], is_own=account == self._own)

        with ThreadPoolExecutor(MAX_ACCOUNTS_AT_ONCE) as executor:
            yield from executor.map(read, self._entries)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the accounts of one plan."""

    plan: "PlanRequest"
    base: "Connection"
    accept: frozenset[str]
    today: date
    principals: "Principals"

    def read(self, account: str, entries: Sequence[PlannedBucket], *, is_own: bool) -> AccountWave:
        """One account; of one that cannot be entered or read, every bucket is skipped.

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
            why, advice = f"its account could not be read: {error}", error.advice or NO_ADVICE
            skipped = [SkippedEntry(one.bucket, account, why, advice, is_unread=True) for one in entries]
            return AccountWave(account, skipped=skipped)
        return replace(found, account=account, role=None if is_own else self.plan.role.name)
