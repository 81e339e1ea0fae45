"""The live source of many accounts: each entered through a role, several at once."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field

from s3kms.aws.assumed_role import AssumedRoleConnection
from s3kms.aws.connection import Connection
from s3kms.aws.s3.context import ClientContext, open_client
from s3kms.model import operations as op
from s3kms.model.accounts import AwsAccount, Role
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.counters import ScanCounters
from s3kms.model.errors import AwsError, CredentialsProblem, NothingToCheck
from s3kms.model.facts import Fact
from s3kms.model.operations import Operation
from s3kms.model.stream import DeletedDuringScan, ScanItem, TargetNotFound
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.sources.account import AccountSource, account_operations
from s3kms.sources.selection import Checkpoint, Selection
from s3kms.sources.sync import iterate_sync

MAX_CONCURRENT_ACCOUNTS = 16
"""Accounts that are looked at together."""
ACTIVE_STATUS = "ACTIVE"


@dataclass(frozen=True, slots=True)
class OrganizationMembers:
    """Which accounts, and how they are entered."""

    accounts: Callable[[], Iterable[AwsAccount]]
    """May ask Organizations, page by page. Raises AwsError."""
    role: Role
    excluded: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Walk:
    """What the accounts share while they are walked through."""

    needs: frozenset[Fact]
    traffic: ClientContext
    found: "asyncio.Queue[ScanItem | _Left]"
    missing: dict[str, TargetNotFound] = field(default_factory=dict)
    """Named buckets, until an account has them."""
    seen: set[str] = field(default_factory=set)


class _Left:
    """In the queue: one of the walkers is through."""


class OrganizationSource:
    """The buckets of many accounts, in the order of the listing within each.

    Costs the pages of the account list, one AssumeRole an account, and what AccountSource costs.
    """

    def __init__(
        self,
        connection: Connection,
        members: OrganizationMembers,
        selection: Selection | None = None,
        *,
        notify: Callable[[str], None] = lambda _: None,
        meter: ScanCounters | None = None,
        known: Checkpoint | None = None,
    ) -> None:
        self._connection = connection
        self._members = members
        self._selection = selection or Selection()
        self._say = notify
        self._meter = meter
        self._known = known or Checkpoint()

    def operations(self, needs: frozenset[Fact]) -> frozenset[Operation]:
        """Every AWS operation that `buckets(needs)` may call, in whichever account."""
        inside = account_operations(needs, directory_buckets=self._selection.directory_buckets)
        return inside | {op.LIST_ACCOUNTS, op.ASSUME_ROLE}

    def buckets(self, needs: frozenset[Fact]) -> Iterator[ScanItem]:
        """See the class. An account that cannot be entered is one sighting nobody can judge.

        Raises AwsError where the accounts cannot be listed, NothingToCheck where there is none.
        """
        return iterate_sync(lambda: self.stream(needs))

    async def stream(self, needs: frozenset[Fact]) -> AsyncGenerator[ScanItem]:
        """The same, asynchronously."""
        async with open_client(self._connection, self._meter) as traffic:
            own = await asyncio.to_thread(lambda: self._connection.account)
            accounts = _Accounts(self._members.accounts, self._is_wanted, traffic.counters)
            listing = asyncio.create_task(accounts.list())
            walk = _Walk(needs, traffic, asyncio.Queue(MAX_CONCURRENT_ACCOUNTS * 4))
            walkers = [
                asyncio.create_task(self._walk(accounts, walk, own)) for _ in range(MAX_CONCURRENT_ACCOUNTS)
            ]
            try:
                left = 0
                while left < MAX_CONCURRENT_ACCOUNTS:
                    found = await walk.found.get()
                    if isinstance(found, _Left):
                        left += 1
                    else:
                        yield found
                for task in (listing, *walkers):
                    task.result()
            finally:
                for task in (listing, *walkers):
                    task.cancel()
                await asyncio.gather(listing, *walkers, return_exceptions=True)
            if not traffic.counters.accounts_known:
                raise NothingToCheck("there was no account to look into")
            for name, missing in walk.missing.items():
                if name not in walk.seen:
                    yield missing

    def _is_wanted(self, account: AwsAccount) -> bool:
        if account.id in self._members.excluded:
            return False
        if account.status != ACTIVE_STATUS:
            self._say(f"note: account {account.label} is {account.status} and was not looked at")
            return False
        return True

    async def _walk(self, accounts: "_Accounts", walk: _Walk, own: str) -> None:
        try:
            while account := await accounts.next():
                await self._look_into(account, walk, own)
                walk.traffic.counters.accounts += 1
        except asyncio.CancelledError:
            raise  # nobody listens any more, and the queue may be full
        except BaseException:
            await walk.found.put(_Left())
            raise
        await walk.found.put(_Left())

    async def _look_into(self, account: AwsAccount, walk: _Walk, own: str) -> None:
        if self._known.is_done(account.id):
            walk.seen |= {name for name in self._selection.names if self._known.is_read(account.id, name)}
            return
        try:
            entered = (
                self._connection
                if account.id == own
                else await asyncio.to_thread(
                    AssumedRoleConnection, self._connection, account.id, self._members.role
                )
            )
        except CredentialsProblem:
            raise  # nobody to ask as: no later account can do better
        except AwsError as error:
            await walk.found.put(self._closed(account, error, "could not be entered"))
            return
        ahead = max(MAX_CONCURRENT_ACCOUNTS, walk.traffic.concurrency * 4 // MAX_CONCURRENT_ACCOUNTS)
        source = AccountSource(
            entered, self._selection, notify=self._say, traffic=walk.traffic, ahead=ahead, known=self._known
        )
        try:
            async with aclosing(source.stream(walk.needs)) as sightings:
                async for sighting in sightings:
                    if isinstance(sighting, TargetNotFound):
                        walk.missing.setdefault(sighting.name, self._in_no_account(sighting))
                    else:
                        if isinstance(sighting, Bucket | DeletedDuringScan) and sighting.name is not None:
                            walk.seen.update({sighting.name} & self._selection.names)
                        await walk.found.put(sighting)
        except AwsError as error:
            if entered is self._connection and isinstance(error, CredentialsProblem):
                raise
            await walk.found.put(self._closed(account, error, "could not be read to its end"))

    def _in_no_account(self, missing: TargetNotFound) -> TargetNotFound:
        return TargetNotFound(
            missing.name,
            Advice("no account that was looked into has such a bucket; check the name and the accounts"),
        )

    def _closed(self, account: AwsAccount, error: AwsError, what: str) -> Bucket:
        """A whole account, as one thing nobody can judge."""
        told = error.as_unknown()
        unknown = Unknown(UnknownCause.NOT_LISTED, f"account {account.label} {what}: {told.why}", told.advice)
        return Bucket(name=None, account=account.id, encryption=unknown, key=unknown, tags=unknown)


class _Accounts:
    """The accounts for many walkers. They are listed ahead, so that it is known how many there are."""

    def __init__(
        self,
        accounts: Callable[[], Iterable[AwsAccount]],
        is_wanted: Callable[[AwsAccount], bool],
        meter: ScanCounters,
    ) -> None:
        self._accounts = accounts
        self._is_wanted = is_wanted
        self._meter = meter
        self._waiting: asyncio.Queue[AwsAccount | None] = asyncio.Queue()

    async def list(self) -> None:
        """Every account, page by page in a thread. Raises AwsError."""
        try:
            accounts = iter(self._accounts())
            while account := await asyncio.to_thread(next, accounts, None):
                if self._is_wanted(account):
                    self._meter.accounts_known += 1
                    self._waiting.put_nowait(account)
            self._meter.all_accounts_known = True
        finally:
            for _ in range(MAX_CONCURRENT_ACCOUNTS):
                self._waiting.put_nowait(None)

    async def next(self) -> AwsAccount | None:
        """None at the end."""
        return await self._waiting.get()
