"""Sources as a library uses them: one stream in a script, inside a running loop, and asynchronously."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import pytest
from tests.support.stub import Answer, Stub, encryption, error, listing

from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.aws.organizations import list_accounts
from s3kms.demo.aws import ACQUIRED, DORMANT, MANAGEMENT, PRODUCTION, SANDBOX, EmbeddedAws
from s3kms.demo.sample_estate import AGGREGATOR_NAME, FRANKFURT
from s3kms.model import operations as op
from s3kms.model.accounts import AwsAccount, Role
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.errors import AwsError
from s3kms.model.facts import Fact
from s3kms.model.stream import AccountComplete, Note, Progress, ScanItem, Unlisted
from s3kms.model.targets import AggregatorTarget, parse_target
from s3kms.model.unknown import UnknownCause
from s3kms.sources.account import AccountSource
from s3kms.sources.aggregator import AggregatorSource
from s3kms.sources.confirmation import LiveConfirmation
from s3kms.sources.interface import LiveSource
from s3kms.sources.organization import OrganizationMembers, OrganizationSource
from s3kms.sources.selection import Selection

NEEDS = frozenset({Fact.ENCRYPTION})


def in_a_script(source: LiveSource) -> list[ScanItem]:
    return list(source.buckets(NEEDS))


def inside_a_loop(source: LiveSource) -> list[ScanItem]:
    async def main() -> list[ScanItem]:
        return list(source.buckets(NEEDS))

    return asyncio.run(main())


def asynchronously(source: LiveSource) -> list[ScanItem]:
    async def main() -> list[ScanItem]:
        return [item async for item in source.items(NEEDS)]

    return asyncio.run(main())


WAYS = pytest.mark.parametrize("read", [in_a_script, inside_a_loop, asynchronously])
Read = Callable[[LiveSource], list[ScanItem]]


@pytest.fixture
def management(estate: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Connection:
    return connection_to(estate.url, estate.credentials(MANAGEMENT), monkeypatch)


def connection_to(url: str, env: Any, monkeypatch: pytest.MonkeyPatch) -> Connection:
    for name, value in {**env, "AWS_REGION": FRANKFURT, "AWS_MAX_ATTEMPTS": "2"}.items():
        monkeypatch.setenv(name, value)
    return Connection(ConnectionSettings(endpoint_url=url))


def organization(connection: Connection) -> OrganizationSource:
    members = OrganizationMembers(lambda: list_accounts(connection), Role())
    return OrganizationSource(connection, members, Selection(directory_buckets=False))


def names(items: list[ScanItem], account: str) -> list[str]:
    return [str(i.name) for i in items if isinstance(i, Bucket) and i.account == account]


def of_type(items: list[ScanItem], kind: type[Any]) -> list[Any]:
    return [item for item in items if isinstance(item, kind)]


def our_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("s3kms")]


@WAYS
def test_an_organization_reads_the_same_however_it_is_iterated(management: Connection, read: Read) -> None:
    items = read(organization(management))

    assert len(names(items, PRODUCTION)) > 30
    assert names(items, SANDBOX) == sorted(names(items, SANDBOX))
    (unlisted,) = of_type(items, Unlisted)
    assert unlisted.scope.account == ACQUIRED
    assert {item.account for item in of_type(items, AccountComplete)} >= {MANAGEMENT, PRODUCTION, SANDBOX}
    assert our_threads() == []


def test_an_account_without_the_role_is_unlisted_with_cause_code_and_operation(
    management: Connection,
) -> None:
    (unlisted,) = of_type(in_a_script(organization(management)), Unlisted)

    unknown = unlisted.unknown
    assert (unknown.cause, unknown.code, unknown.operation) == (
        UnknownCause.DENIED,
        "AccessDenied",
        "AssumeRole",
    )
    assert "the role in account" in unknown.why


def test_a_suspended_account_is_a_note_in_the_stream(management: Connection) -> None:
    (note,) = of_type(in_a_script(organization(management)), Note)

    assert DORMANT in str(note.sentence)


def test_the_last_progress_knows_every_account_and_the_ones_before_do_not_change(
    management: Connection,
) -> None:
    snapshots = of_type(in_a_script(organization(management)), Progress)

    last = snapshots[-1]
    assert (last.accounts, last.accounts_known, last.all_accounts_known) == (5, 5, True)
    assert all(one.accounts <= last.accounts for one in snapshots)


@WAYS
def test_an_aggregator_and_its_confirmation_read_the_same_however_they_are_iterated(
    management: Connection, read: Read
) -> None:
    source = AggregatorSource(management, AggregatorTarget(AGGREGATOR_NAME), max_age=timedelta(hours=24))
    confirmation = LiveConfirmation(source, management, lambda bucket: bucket.account == MANAGEMENT)

    recorded, confirmed = read(source), read(confirmation)

    assert names(recorded, PRODUCTION) == names(confirmed, PRODUCTION) != []
    evidence = {str(b.name): b.evidence.operation for b in of_type(confirmed, Bucket) if b.evidence}
    assert evidence["acme-org-trail"] == "GetBucketEncryption"
    assert evidence["acme-orders"] == "SelectAggregateResourceConfig"
    assert of_type(recorded, Note)
    assert our_threads() == []


@pytest.mark.parametrize("stop", ["synchronously", "asynchronously"])
def test_a_reader_that_stops_early_leaves_nothing_behind(management: Connection, stop: str) -> None:
    async def main() -> None:
        source = organization(management)
        if stop == "asynchronously":
            async with aclosing(source.items(NEEDS)) as items:
                await anext(items)
        else:
            blocking = source.buckets(NEEDS)
            next(blocking)
            blocking.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())

    assert our_threads() == []


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as running:
        yield running


@WAYS
def test_an_account_that_cannot_be_listed_raises_however_it_is_iterated(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, read: Read
) -> None:
    stub.on["ListBuckets"] = error("AccessDenied", 403)
    source = AccountSource(connection_to(stub.url, stub.env, monkeypatch))

    with pytest.raises(AwsError, match="ListBuckets"):
        read(source)

    assert our_threads() == []


def test_directory_buckets_that_cannot_be_listed_are_unlisted_and_the_account_is_not_complete(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.on |= {
        "ListBuckets": listing("logs"),
        "GetBucketEncryption": encryption(),
        "ListDirectoryBuckets": error("AccessDenied", 403),
    }

    items = in_a_script(AccountSource(connection_to(stub.url, stub.env, monkeypatch)))

    (unlisted,) = of_type(items, Unlisted)
    assert unlisted.scope.kind is BucketKind.DIRECTORY
    assert unlisted.unknown.cause is UnknownCause.DENIED
    assert unlisted.unknown.operation == "ListDirectoryBuckets"
    assert not of_type(items, AccountComplete)


def test_a_listing_that_is_denied_for_named_buckets_is_a_note(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.on |= {"ListBuckets": error("AccessDenied", 403), "GetBucketEncryption": encryption()}
    selection = Selection((parse_target("s3://logs"),))

    items = in_a_script(AccountSource(connection_to(stub.url, stub.env, monkeypatch), selection))

    (note,) = of_type(items, Note)
    assert "read without it" in str(note.sentence)
    assert len(of_type(items, Bucket)) == 1


@pytest.mark.parametrize(
    ("answer", "cause", "code"),
    [
        (error("AccessDenied", 403), UnknownCause.DENIED, "AccessDenied"),
        (error("SlowDown", 503), UnknownCause.THROTTLED, "SlowDown"),
        (error("InternalError", 500), UnknownCause.UNREACHABLE, "InternalError"),
        (Answer("<html/>"), UnknownCause.BAD_ANSWER, None),
        (Answer("", 0), UnknownCause.UNREACHABLE, None),
    ],
)
def test_a_bucket_that_cannot_be_read_says_cause_code_and_operation(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, answer: Answer, cause: UnknownCause, code: str | None
) -> None:
    stub.on |= {"ListBuckets": listing("logs"), "GetBucketEncryption": answer}

    (bucket,) = of_type(in_a_script(AccountSource(connection_to(stub.url, stub.env, monkeypatch))), Bucket)

    unknown = bucket.encryption
    assert (unknown.cause, unknown.code, unknown.operation) == (cause, code, "GetBucketEncryption")


def test_a_source_tells_which_operations_it_uses_and_calls_nothing(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connection_to(stub.url, stub.env, monkeypatch)
    account = AccountSource(connection, Selection(directory_buckets=False))
    named = OrganizationMembers(lambda: [AwsAccount(SANDBOX)], Role(), are_listed=False)
    listed = OrganizationMembers(lambda: list_accounts(connection), Role())
    inventory = AggregatorSource(connection, AggregatorTarget("x"), max_age=timedelta(hours=1))

    reading = account.operations(NEEDS)

    assert reading == {op.GET_CALLER_IDENTITY, op.LIST_BUCKETS, op.GET_BUCKET_ENCRYPTION}
    assert account.operations(NEEDS | {Fact.TAGS}) == reading | {op.GET_BUCKET_TAGGING}
    assert op.LIST_ACCOUNTS not in OrganizationSource(connection, named).operations(NEEDS)
    assert op.LIST_ACCOUNTS in OrganizationSource(connection, listed).operations(NEEDS)
    assert op.GET_BUCKET_ENCRYPTION not in inventory.operations(NEEDS)
    confirming = LiveConfirmation(inventory, connection, lambda _: True, Role())
    assert {op.GET_BUCKET_ENCRYPTION, op.ASSUME_ROLE} <= confirming.operations(NEEDS)
    assert stub.calls == []
