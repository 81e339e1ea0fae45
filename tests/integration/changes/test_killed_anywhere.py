"""kill -9 at a call of `fix` or `undo`: real processes, and everything they had changed can still be restored."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.cli import Shell
from tests.support.faulty_changes import NAMES, Ran, World
from tests.support.proxy import GET, PUT, Fault, FaultyProxy
from tests.support.truth import Rule

from s3kms.changes.requirement import EncryptionRequirement
from s3kms.changes.runs import RunState, read_run
from s3kms.demo.aws import EmbeddedAws
from s3kms.model.encryption import DSSE_KMS

pytestmark = pytest.mark.slow
VICTIM = NAMES[1]
ESTATE: list[Rule] = [
    {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
    },
    {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/data"},
        "BucketKeyEnabled": True,
    },
    {"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}},
]
AT = {
    "before the re-read": ((GET, VICTIM, 2), Fault.KILLED),
    "before the write": ((PUT, VICTIM, 1), Fault.KILLED),
    "after the write": ((PUT, VICTIM, 1), Fault.KILLED_LATE),
    "before the read-back": ((GET, VICTIM, 3), Fault.KILLED),
}
WRITTEN = {"after the write", "before the read-back"}


@pytest.fixture(scope="module")
def standing(server: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with FaultyProxy(server.url) as proxy:
        yield World(server, proxy, tmp_path_factory.mktemp("journals"))


@pytest.fixture
def world(standing: World, tmp_path: Path) -> World:
    standing.folder = tmp_path / "journals"
    standing.settle(ESTATE)
    return standing


def killed(world: World, shell: Shell, at: str, *arguments: str) -> Ran:
    """The run of a command that was killed."""
    strike, fault = AT[at]
    before, others = world.now(), set(world.folder.glob("*.jsonl"))
    world.begin(world.folder, {strike: fault})
    started = threading.Event()

    def kill() -> None:
        assert started.wait(10)
        process.kill()
        process.wait()

    world.proxy.kill = kill
    there = shell.having(**world.env, AWS_ENDPOINT_URL=world.proxy.url)
    process = there.start(*arguments, "--apply", "--yes", "--journal", str(world.folder))
    started.set()
    _, err = process.communicate(timeout=60)
    assert process.returncode == -9, err
    assert world.proxy.struck == {strike: fault}
    (journal,) = set(world.folder.glob("*.jsonl")) - others
    ran = world.judged(journal.stem, before, killed=True)
    assert ran
    assert read_run(world.folder, ran.run).state is RunState.CRASHED
    return ran


def fix_killed(world: World, shell: Shell, at: str) -> Ran:
    return killed(world, shell, at, "fix", *(f"s3://{name}" for name in world.estate), "--dsse")


def undo_killed(world: World, shell: Shell, at: str) -> Ran:
    return killed(world, shell, at, "undo", fixed(world).run)


def fixed(world: World) -> Ran:
    before = world.now()
    world.begin(world.folder, {})
    ran = world.judged(
        world.fix(world.estate, EncryptionRequirement(algorithm=DSSE_KMS, is_named=True)), before
    )
    assert ran
    return ran


@pytest.mark.parametrize("at", AT)
@pytest.mark.parametrize("die", [fix_killed, undo_killed])
def test_what_a_killed_run_changed_is_told_by_its_journal_and_put_back_by_an_undo(
    world: World, shell: Shell, die: Callable[[World, Shell, str], Ran], at: str
) -> None:
    dead = die(world, shell, at)
    changed = {bucket for bucket in dead.before if dead.after[bucket] != dead.before[bucket]}
    assert changed == ({NAMES[0], VICTIM} if at in WRITTEN else {NAMES[0]})
    assert dead.told.announced.keys() == ({NAMES[0]} if at == "before the re-read" else {NAMES[0], VICTIM})
    assert dead.told.done == {NAMES[0]}

    world.begin(world.folder, {})
    ran = world.judged(world.undo(dead.run), dead.after)

    world.judge_undo(dead, ran, dead.after, was_undone=False)
    assert world.now() == dead.before


@pytest.mark.parametrize("at", ["before the write", "after the write"])
def test_an_undo_that_was_killed_is_ended_by_the_same_undo_again(world: World, shell: Shell, at: str) -> None:
    undone = fixed(world)
    dead = killed(world, shell, at, "undo", undone.run)
    assert not world.is_undone(undone.run)

    world.begin(world.folder, {})
    ran = world.judged(world.undo(undone.run), dead.after)

    world.judge_undo(undone, ran, dead.after, was_undone=False)
    assert world.now() == undone.before
