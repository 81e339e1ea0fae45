"""The benchmark's promises in small, over TLS on the benchmark's own stub: calls, retries and objects are counted,
nothing is timed."""

import asyncio
import gc
import os
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from benchmarks.measure import RunningStub, running_stub
from benchmarks.stub import account_id, truth
from tests.support.cli import Done, Shell

ACCOUNTS, BUCKETS = 6, 50


@dataclass(frozen=True)
class Org:
    """The stub, and a shell that trusts its certificate."""

    stub: RunningStub
    shell: Shell

    def set(self, **settings: Any) -> None:
        self.stub.control("settings", **settings)

    @property
    def calls(self) -> Counter[str]:
        return Counter(self.stub.control("stats")["calls"])

    def check(self, *arguments: str) -> Done:
        self.stub.control("reset")
        return self.shell("check", "--no-directory-buckets", "--format", "json", *arguments)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStub]:
    with running_stub(tmp_path_factory.mktemp("stub")) as stub:
        yield stub


@pytest.fixture
def org(running: RunningStub, shell: Shell) -> Org:
    env = {name: value for name, value in running.environment().items() if not name.startswith("PYTHON")}
    made = Org(running, shell.having(**env, AWS_MAX_ATTEMPTS="50"))  # within this process
    made.set(
        accounts=ACCOUNTS, buckets=BUCKETS, slow_down=0, error=0, drop=0, listing_cut=False, api_throttling=0
    )
    made.set(deny_role="", suspended="", wrong_region="redirect", refuse_path_style=False, clock_skew=0)
    return made


def true_verdicts(accounts: int = ACCOUNTS, buckets: int = BUCKETS) -> dict[str, str]:
    return {
        told.bucket: told.verdict
        for number in range(accounts)
        for told in (truth(account_id(number), index) for index in range(buckets))
    }


def test_the_calls_are_pages_and_buckets_and_one_role_an_account(org: Org) -> None:
    done = org.check("--org")

    assert done.verdicts() == true_verdicts()
    assert org.calls == {
        "GetCallerIdentity": 1,
        "ListAccounts": 1,
        "AssumeRole": ACCOUNTS - 1,
        "ListBuckets": ACCOUNTS,
        "GetBucketEncryption": ACCOUNTS * BUCKETS,
    }


def test_directory_buckets_are_asked_for_in_their_own_name_in_seven_regions(org: Org) -> None:
    """Behind one endpoint, a signature for s3 is none for s3express."""
    org.set(accounts=1)
    org.stub.control("reset")

    org.shell("check", "--format", "json")

    assert (org.calls["ListDirectoryBuckets"], org.calls["ListBuckets"]) == (7, 1)


def test_a_fifth_of_slow_down_costs_less_than_two_calls_a_bucket_and_no_verdict(org: Org) -> None:
    org.set(slow_down=0.2)

    done = org.check("--org")

    assert done.verdicts() == true_verdicts()
    assert org.calls["GetBucketEncryption"] <= 2 * ACCOUNTS * BUCKETS


@pytest.mark.parametrize("trouble", [{"error": 0.1}, {"drop": 0.1}, {"api_throttling": 0.3}])
def test_a_server_in_trouble_takes_no_verdict(org: Org, trouble: dict[str, float]) -> None:
    org.set(**trouble)

    assert org.check("--org").verdicts() == true_verdicts()


def test_a_listing_cut_without_a_token_loses_no_bucket_in_silence(org: Org) -> None:
    org.set(buckets=1200, listing_cut=True)

    done = org.check()

    assert done.exit == 1 or len(done.findings) == 1200
    assert done.exit != 1 or "yet there are more buckets" in done.err


def test_endpoints_that_want_the_bucket_in_the_host_are_told_from_wrong_regions(org: Org) -> None:
    org.set(accounts=1, wrong_region="malformed")

    assert org.check().verdicts() == true_verdicts(1)


def test_a_certificate_nobody_vouches_for_is_refused_at_once(org: Org) -> None:
    env = {name: value for name, value in org.shell.env.items() if name != "AWS_CA_BUNDLE"}
    done = Org(org.stub, Shell(org.shell.folder, {**env, "AWS_ACCOUNT_ID": account_id(0)})).check()

    assert done.exit == 1
    assert "certificate" in done.err.lower()
    assert org.calls["GetBucketEncryption"] == 0


def peak_objects(org: Org, buckets: int) -> int:
    """The most tasks, listed names and sightings alive at once while the library reads the account, beside those
    that the tables of other tests have made.
    """
    from s3kms.aws.connection import Connection, ConnectionSettings
    from s3kms.aws.response_checks import ListedBucket
    from s3kms.model.bucket import Bucket
    from s3kms.model.facts import Fact
    from s3kms.sources.account import AccountSource
    from s3kms.sources.selection import Selection

    org.set(accounts=1, buckets=buckets)
    source = AccountSource(Connection(ConnectionSettings(concurrency=16)), Selection(directory_buckets=False))
    peak = seen = 0

    def alive() -> int:
        kinds = (ListedBucket, Bucket, asyncio.Task)
        return sum(issubclass(type(one), kinds) for one in gc.get_objects())

    gc.freeze()  # what is there already is looked at no more
    before = alive()
    for sighting in source.buckets(frozenset({Fact.ENCRYPTION})):
        seen += isinstance(sighting, Bucket)
        if seen % 250 == 0:
            peak = max(peak, alive() - before)
    assert seen == buckets
    return peak


@pytest.mark.slow
def test_no_more_objects_are_alive_for_ten_times_the_buckets(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in org.stub.environment().items():
        monkeypatch.setenv(name, value)

    few, many = peak_objects(org, 1000), peak_objects(org, 10_000)

    most = 16 * 4 * 6  # for each place in the window: a task, its question, what it found
    assert max(few, many) < most


def test_an_account_that_is_denied_is_one_unknown_and_the_others_go_on(org: Org) -> None:
    denied = account_id(3)
    org.set(deny_role=denied)

    done = org.check("--org")

    rest = {name: verdict for name, verdict in true_verdicts().items() if denied not in name}
    assert {name: v for name, v in done.verdicts().items() if name} == rest
    assert [f["account"] for f in done.findings if f["bucket"] is None] == [denied]


def test_as_many_connections_as_files_may_be_open_lose_no_bucket(org: Org) -> None:
    org.set(accounts=16, buckets=40, latency_ms=300)
    few = org.shell.having(AWS_MAX_ATTEMPTS="2")
    try:
        done = few.process(
            "check",
            "--org",
            "--no-directory-buckets",
            "--format",
            "json",
            "--concurrency",
            "1024",
            before="ulimit -n 64",
        )
    finally:
        org.set(latency_ms=0)

    assert done.verdicts() == true_verdicts(16, 40)


def test_who_stops_listening_in_the_middle_is_not_kept_waiting(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    from s3kms.aws.connection import Connection, ConnectionSettings
    from s3kms.model.accounts import AwsAccount, Role
    from s3kms.model.facts import Fact
    from s3kms.sources.organization import OrganizationMembers, OrganizationSource
    from s3kms.sources.selection import Selection

    org.set(accounts=40, buckets=100, latency_ms=30)
    for name, value in org.stub.environment().items():
        monkeypatch.setenv(name, value)
    connection = Connection(ConnectionSettings(concurrency=256))
    accounts = [AwsAccount(account_id(number)) for number in range(1, 40)]
    source = OrganizationSource(
        connection, OrganizationMembers(lambda: accounts, Role()), Selection(directory_buckets=False)
    )

    def listen_for_a_while() -> None:
        for _ in range(2):
            buckets = source.buckets(frozenset({Fact.ENCRYPTION}))
            for _ in range(200):
                next(buckets)
            buckets.close()

    listener = threading.Thread(target=listen_for_a_while, daemon=True)
    try:
        listener.start()
        listener.join(timeout=180)  # never, where it is kept waiting; a busy machine takes a while
        assert not listener.is_alive()
    finally:
        org.set(latency_ms=0)
