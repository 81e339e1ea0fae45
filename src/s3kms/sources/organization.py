"""The live source of many accounts: a role is assumed in each, several at once."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from s3kms.aws.assumed_role import AssumedRoleConnection
from s3kms.aws.concurrent_map import Window
from s3kms.aws.connection import Connection
from s3kms.aws.s3.context import ClientContext, open_client
from s3kms.aws.sync import iterate_sync
from s3kms.model.accounts import AwsAccount, Role
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.bucket import Bucket
from s3kms.model.errors import AwsError, CredentialsProblem, NothingToCheck
from s3kms.model.facts import Fact
from s3kms.model.operations import Operation
from s3kms.model.stream import (
    DeletedDuringScan,
    Note,
    Progress,
    ScanItem,
    TargetNotFound,
    Unlisted,
    UnlistedScope,
)
from s3kms.sources.account import AccountSource
from s3kms.sources.bucket_reader import NeedsGrants
from s3kms.sources.operations import organization_operations
from s3kms.sources.progress import with_progress
from s3kms.sources.selection import Checkpoint, Selection

MAX_CONCURRENT_ACCOUNTS = 16
ACTIVE_STATUS = "ACTIVE"
"""The state of an account whose buckets can be read."""


@dataclass(frozen=True, slots=True)
class OrganizationMembers:
    """Which accounts, and the role that is assumed in them."""

    accounts: Callable[[], Iterable[AwsAccount]]
    """May call Organizations, page by page. Raises AwsError."""
    role: Role
    excluded: frozenset[str] = frozenset()
    are_listed: bool = True
    """Whether `accounts` calls Organizations; False where the user has named them."""


class _WorkerDone:
    """In the queue: one of the workers has no more account."""


@dataclass(slots=True)
class _Run:
    """What the workers of one iteration share."""

    needs: frozenset[Fact]
    context: ClientContext
    own_account: str
    found: "asyncio.Queue[ScanItem | _WorkerDone]"
    window: Window = field(default_factory=Window)
    accounts: "asyncio.Queue[AwsAccount | None]" = field(default_factory=asyncio.Queue)
    """Listed ahead, so that it is known how many there are; None ends a worker."""
    accounts_complete: int = 0
    accounts_known: int = 0
    all_accounts_known: bool = False
    not_found: dict[str, TargetNotFound] = field(default_factory=dict)
    """Named buckets, until an account has them."""
    names_seen: set[str] = field(default_factory=set)

    def progress(self) -> Progress:
        return replace(
            self.context.progress(),
            accounts=self.accounts_complete,
            accounts_known=self.accounts_known,
            all_accounts_known=self.all_accounts_known,
        )


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
        checkpoint: Checkpoint | None = None,
        is_ordered: bool = True,
        needs_grants: NeedsGrants | None = None,
    ) -> None:
        self._needs_grants = needs_grants
        self._connection = connection
        self._members = members
        self._selection = selection or Selection()
        self._checkpoint = checkpoint or Checkpoint()
        self._is_ordered = is_ordered

    def operations(self, needs: frozenset[Fact]) -> frozenset[Operation]:
        """Every AWS operation that reading these facts may call, in whichever account; calls nothing."""
        return organization_operations(
            needs,
            directory_buckets=self._selection.directory_buckets,
            lists_accounts=self._members.are_listed,
        )

    def buckets(self, needs: frozenset[Fact]) -> Generator[ScanItem]:
        """The buckets of every account; an account that cannot be read is one Unlisted.

        Raises AwsError where the accounts cannot be listed, NothingToCheck where there is none. Works inside a
        running event loop, too.
        """
        return iterate_sync(lambda: self.items(needs))

    async def items(self, needs: frozenset[Fact]) -> AsyncGenerator[ScanItem]:
        """What `buckets` yields, as an asynchronous generator, which has to be closed to stop early."""
        async with open_client(self._connection) as context:
            own = await asyncio.to_thread(lambda: self._connection.account)
            run = _Run(needs, context, own, asyncio.Queue(MAX_CONCURRENT_ACCOUNTS * 4))
            async with aclosing(with_progress(self._items(run), run.progress)) as items:
                async for item in items:
                    yield item

    async def _items(self, run: _Run) -> AsyncGenerator[ScanItem]:
        tasks = [asyncio.create_task(self._list_accounts(run))]
        tasks += [asyncio.create_task(self._work(run)) for _ in range(MAX_CONCURRENT_ACCOUNTS)]
        try:
            workers_done = 0
            while workers_done < MAX_CONCURRENT_ACCOUNTS:
                found = await run.found.get()
                if isinstance(found, _WorkerDone):
                    workers_done += 1
                else:
                    yield found
            for task in tasks:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not run.accounts_known:
            raise NothingToCheck(
                "there was no account to check",
                advice=Advice(
                    "leave one in: {exclude_account}", {"exclude_account": Option("exclude_account")}
                ),
            )
        for name, missing in run.not_found.items():
            if name not in run.names_seen:
                yield missing

    async def _list_accounts(self, run: _Run) -> None:
        """Every account for the workers, page by page in a thread. Raises AwsError."""
        try:
            accounts = iter(self._members.accounts())
            while account := await asyncio.to_thread(next, accounts, None):
                if account.id in self._members.excluded:
                    continue
                if account.status != ACTIVE_STATUS:
                    await run.found.put(inactive_account(account))
                    continue
                run.accounts_known += 1
                run.accounts.put_nowait(account)
            run.all_accounts_known = True
        finally:
            for _ in range(MAX_CONCURRENT_ACCOUNTS):
                run.accounts.put_nowait(None)

    async def _work(self, run: _Run) -> None:
        try:
            while account := await run.accounts.get():
                await self._read_account(account, run)
                run.accounts_complete += 1
        except asyncio.CancelledError:
            raise  # nobody listens any more, and the queue may be full
        except BaseException:
            await run.found.put(_WorkerDone())
            raise
        await run.found.put(_WorkerDone())

    async def _read_account(self, account: AwsAccount, run: _Run) -> None:
        if self._checkpoint.is_done(account.id):
            names = self._selection.names
            run.names_seen |= {name for name in names if self._checkpoint.is_read(account.id, name)}
            return
        try:
            connection = await self._connect(account, run)
        except CredentialsProblem:
            raise  # no later account can do better
        except AwsError as error:
            why = f"the role in account {account.label} could not be assumed"
            await run.found.put(_unlisted(account, error, why))
            return
        source = AccountSource(
            connection,
            self._selection,
            context=run.context,
            window=run.window,
            checkpoint=self._checkpoint,
            is_ordered=self._is_ordered,
            is_one_of_many=True,
            needs_grants=self._needs_grants,
        )
        try:
            async with aclosing(source.items(run.needs)) as items:
                async for item in items:
                    await self._pass_on(item, run)
        except AwsError as error:
            if connection is self._connection and isinstance(error, CredentialsProblem):
                raise
            why = f"account {account.label} could not be read completely"
            await run.found.put(_unlisted(account, error, why))

    async def _connect(self, account: AwsAccount, run: _Run) -> Connection:
        if account.id == run.own_account:
            return self._connection
        return await asyncio.to_thread(
            AssumedRoleConnection, self._connection, account.id, self._members.role
        )

    async def _pass_on(self, item: ScanItem, run: _Run) -> None:
        if isinstance(item, TargetNotFound):
            run.not_found.setdefault(item.name, in_no_account(item))
            return
        if isinstance(item, Bucket | DeletedDuringScan) and item.name in self._selection.names:
            run.names_seen.add(item.name)
        await run.found.put(item)


def inactive_account(account: AwsAccount) -> Note:
    """That an account was left out because AWS says that it is not active."""
    fields = {"account": account.label, "status": account.status}
    return Note(Sentence("account {account} is {status} and was not checked", fields))


def in_no_account(missing: TargetNotFound) -> TargetNotFound:
    """A named bucket that none of many accounts has."""
    advice = "no account that was checked has such a bucket; check the name and the accounts"
    return TargetNotFound(missing.name, Advice(advice))


def _unlisted(account: AwsAccount, error: AwsError, what: str) -> Unlisted:
    """A whole account whose buckets, or the rest of them, could not be read."""
    unknown = error.as_unknown()
    return Unlisted(UnlistedScope(account.id), replace(unknown, why=f"{what}: {unknown.why}"))
