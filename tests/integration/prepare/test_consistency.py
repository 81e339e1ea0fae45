"""`fix --plan` waits until a policy that was prepared lately shows, and no longer than a minute."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.integration.prepare.conftest import BUCKET
from tests.support.account_seed import (
    REGION,
    create_key,
    session_of,
)
from tests.support.cli import Shell
from tests.support.sdk import client_of

import s3kms
from s3kms.changes.journal import RunHeader
from s3kms.changes.policies.kind import KeyUser, PolicyChange
from s3kms.changes.runs import Run
from s3kms.changes.waves.consistency import Waiting, recent_policies
from s3kms.changes.waves.prepare import PreparedWave, prepare_wave
from s3kms.changes.waves.request import WaveRequest
from s3kms.demo.aws import PRODUCTION, EmbeddedAws

NOW = datetime(2026, 11, 27, tzinfo=UTC)
KEY = f"arn:aws:kms:{REGION}:{PRODUCTION}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def put(aws: EmbeddedAws, sh: Shell) -> tuple[Callable[[], None], Callable[[], None]]:
    """A bucket that is prepared and planned, and the functions that make KMS show the old policy and the new one."""
    kms = client_of(aws, PRODUCTION, "kms", REGION)
    key = create_key(aws, PRODUCTION)
    before = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    options = (f"s3://{BUCKET}", "--key", key)
    assert sh("plan", *options, "--prepare", "--apply", "--yes", "--journal", "runs").exit == 0
    sh("plan", *options, "--out", "plan.json")
    after = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]

    def show(document: str) -> Callable[[], None]:
        return lambda: kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document) and None

    return show(before), show(after)


def carried_out(aws: EmbeddedAws, folder: Path, waiting: Waiting) -> PreparedWave:
    with s3kms.Client(session=session_of(aws, PRODUCTION), endpoint_url=aws.url) as client:
        return prepare_wave(WaveRequest(file=folder / "plan.json"), client.connect, folder / "runs", waiting)


def test_what_kms_does_not_show_yet_is_waited_for_and_then_the_bucket_is_changed(
    aws: EmbeddedAws, sh: Shell, put: tuple[Callable[[], None], Callable[[], None]]
) -> None:
    show_old, show_new = put
    show_old()
    waited: list[float] = []
    said: list[str] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            show_new()

    found = carried_out(aws, sh.folder, Waiting(said.append, sleep))

    assert (waited, len(said), len(found.changes)) == ([1.0, 2.0], 2, 1)
    assert "1 prepared policy document not visible in AWS yet" in said[0]


def test_a_policy_that_stays_away_is_waited_for_a_minute_and_its_bucket_is_left_alone(
    aws: EmbeddedAws, sh: Shell, put: tuple[Callable[[], None], Callable[[], None]]
) -> None:
    put[0]()
    waited: list[float] = []
    said: list[str] = []

    found = carried_out(aws, sh.folder, Waiting(said.append, waited.append))

    assert (sum(waited), found.changes, len(found.skipped)) == (60.0, (), 1)
    assert "lacks what was prepared" in said[-1]


def test_a_policy_that_shows_is_not_waited_for(
    aws: EmbeddedAws, sh: Shell, put: tuple[Callable[[], None], Callable[[], None]]
) -> None:
    del put
    said: list[str] = []
    found = carried_out(aws, sh.folder, Waiting(said.append, lambda _: pytest.fail("it waited")))
    assert (said, len(found.changes)) == ([], 1)


def run(*, at: datetime = NOW, undone: bool = False, restores: str | None = None, after: str = "a") -> Run:
    change = PolicyChange(KEY, REGION, "b", after, (KeyUser(PRODUCTION, BUCKET),), at)
    header = RunHeader("r", at, "", PRODUCTION, "", kind="key policies", restores=restores)
    return Run(header, (change,), frozenset({KEY}), undone=undone)


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([run()], ["a"]),
        ([run(after="newer"), run()], ["newer"]),
        ([run(undone=True), run()], []),
        ([run(restores="r"), run()], []),
        ([run(at=NOW - timedelta(hours=1))], []),
    ],
)
def test_the_newest_run_decides_and_what_was_put_back_or_is_old_is_not_waited_for(
    runs: list[Run], expected: list[str]
) -> None:
    assert [one.after for one in recent_policies(runs, {KEY}, {BUCKET}, NOW)] == expected
    assert recent_policies(runs, (), {BUCKET}, NOW) == ()
