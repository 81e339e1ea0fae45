"""Any estate, any sequence of fix, undo and other hands, faults at any call: over real HTTP, judged by others' eyes.

The server is the embedded AWS behind a proxy that misbehaves; what is true is asked past the proxy, by plain boto3.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.faulty_changes import BYSTANDER, NAMES, REGION, Ran, World
from tests.support.proxy import GET, KILLS, ONLY_WRITES, PUT, Fault, FaultyProxy, Strike
from tests.support.truth import Meaning, Rule, put_rule

from s3kms.changes.requirement import EncryptionRequirement
from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, SSE_S3

pytestmark = pytest.mark.slow
KEYS = tuple(f"arn:aws:kms:{REGION}:{PRODUCTION}:key/{n * 8}-0000-0000-0000-000000000000" for n in "12")
FAULTS = [fault for fault in Fault if fault not in KILLS]
CALLS = [(PUT, 1), (GET, 1), (GET, 2), (GET, 3)]
"""All that a run asks of one bucket: the write; the reads of the plan, before the write, and after it."""


@dataclass(frozen=True)
class Fix:
    """`s3kms fix` of some buckets of the estate."""

    targets: Sequence[int]
    """By number."""
    desired: EncryptionRequirement


@dataclass(frozen=True)
class Undo:
    """`s3kms undo` of any run there was, this many back."""

    back: int


@dataclass(frozen=True)
class Hand:
    """Somebody else changes a bucket."""

    bucket: int
    rule: Rule


@dataclass(frozen=True)
class Course:
    """A whole course."""

    estate: Sequence[Rule]
    steps: Sequence[Fix | Undo | Hand]
    faults: Mapping[tuple[int, int, tuple[str, int]], Fault] = field(default_factory=dict)
    """By step, bucket, and which call on that bucket."""

    def faults_in(self, step: int) -> dict[Strike, Fault]:
        """What strikes in one step."""
        return {
            (method, NAMES[bucket], nth): fault
            for (at, bucket, (method, nth)), fault in self.faults.items()
            if at == step
        }

    @property
    def beyond_undo(self) -> set[str]:
        """Buckets that somebody else changed, or a server left with half a rule: they are left to a person."""
        hands = {NAMES[step.bucket % len(self.estate)] for step in self.steps if isinstance(step, Hand)}
        return hands | {
            NAMES[bucket] for (_, bucket, _), fault in self.faults.items() if fault in ONLY_WRITES
        }


@pytest.fixture(scope="module")
def world(server: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with FaultyProxy(server.url) as proxy:
        yield World(server, proxy, tmp_path_factory.mktemp("journals"))


def carry_out(world: World, course: Course, folder: Path) -> int:
    """Every step, looked at from outside before and after; then all is undone. How many faults struck."""
    first = now = world.settle(course.estate)
    runs: list[Ran] = []
    struck = 0
    for number, step in enumerate(course.steps):
        world.begin(folder, course.faults_in(number))
        ran = None
        match step:
            case Hand(bucket, its_rule):
                put_rule(world.s3, world.estate[bucket % len(world.estate)], its_rule)
                now = world.now()
            case Fix():
                ran = carry_out_fix(world, step, now)
            case Undo(back) if runs:
                ran = carry_out_undo(world, runs[-1 - back % len(runs)], now)
        runs += [ran] if ran else []
        now = ran.after if ran else now
        struck += len(world.proxy.struck)
    for ran in runs[::-1]:
        world.begin(folder, {})
        world.undo(ran.run)
    last = world.now()
    assert all(last[name] == first[name] for name in first.keys() - course.beyond_undo)
    assert not [call for call in world.proxy.calls if call[0] == "DELETE" or call[1] == BYSTANDER]
    return struck


def carry_out_fix(world: World, step: Fix, now: Mapping[str, Meaning]) -> Ran | None:
    targets = [name for index, name in enumerate(world.estate) if index in step.targets]
    ran = world.judged(world.fix(targets, step.desired), now)
    if ran:
        assert ran.told.announced.keys() <= set(targets)
        assert all(each.before.blocked == each.after.blocked for each in ran.told.announced.values())
    return ran


def carry_out_undo(world: World, undone: Ran, now: Mapping[str, Meaning]) -> Ran | None:
    was_undone = world.is_undone(undone.run)
    ran = world.judged(world.undo(undone.run), now)
    world.judge_undo(undone, ran, now, was_undone=was_undone)
    return ran


def rule(default: tuple[str | None, str | None], bucket_key: bool, blocked: str | None) -> Rule:
    algorithm, key = default
    by_default = {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": key} if key else {})}
    return {
        **({"ApplyServerSideEncryptionByDefault": by_default} if algorithm else {}),
        "BucketKeyEnabled": bucket_key,
        **({"BlockedEncryptionTypes": {"EncryptionType": [blocked]}} if blocked else {}),
    }


DEFAULTS = [
    *[(SSE_S3, None)] * 5,
    (None, None),
    (SSE_KMS, None),
    (SSE_KMS, KEYS[0]),
    (SSE_KMS, "alias/data"),
    (DSSE_KMS, None),
    (DSSE_KMS, KEYS[0]),
]
RULES = st.builds(rule, st.sampled_from(DEFAULTS), st.booleans(), st.sampled_from(["SSE-C", "NONE", None]))
DESIRED = st.builds(
    EncryptionRequirement,
    algorithm=st.sampled_from([None, None, SSE_KMS, DSSE_KMS]),
    key=st.sampled_from([None, *KEYS]),
    bucket_key=st.sampled_from([None, None, True, False]),
    bucket_key_only=st.sampled_from([False, False, False, True]),
    rekey=st.booleans(),
    is_named=st.just(True),
)
TARGETS = st.sampled_from([(0, 1, 2, 3), (0, 1), (0, 2, 3), (1, 2), (0,), (0, 3)])
FIXES = st.builds(Fix, TARGETS, DESIRED)
UNDOS = st.builds(Undo, st.sampled_from([0, 0, 1, 2, 3]))
HANDS = st.builds(Hand, st.integers(0, 3), RULES)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """Sizes are drawn first: lists left to themselves are short, and then little happens."""
    buckets, more = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    estate = draw(st.lists(RULES, min_size=buckets, max_size=buckets))
    kinds: list[st.SearchStrategy[Fix | Undo | Hand]] = draw(
        st.lists(st.sampled_from([UNDOS, FIXES, UNDOS, HANDS]), min_size=more, max_size=more)
    )
    steps = [draw(kind) for kind in (FIXES, *kinds)]
    strikes = st.tuples(
        st.integers(0, more), st.integers(0, buckets - 1), st.sampled_from([*CALLS, CALLS[0]])
    )
    faults = draw(
        st.dictionaries(
            strikes, st.sampled_from(FAULTS), min_size=draw(st.sampled_from([1, 2, 0, 3])), max_size=3
        )
    )
    return Course(estate, steps, faults)


PLAIN = [rule((SSE_S3, None), False, "SSE-C"), rule((None, None), False, "NONE")]
FIX = Fix((0, 1), EncryptionRequirement(key=KEYS[0], is_named=True))
LOST_FOR_GOOD = {(0, 0, (PUT, 1)): Fault.LOST, (0, 0, (GET, 3)): Fault.BROKEN}
"""Written, and neither the answer nor the read-back came."""


@settings(max_examples=40, deadline=None, derandomize=True)
@given(course=courses())
@example(course=Course(PLAIN, [FIX, Undo(0), Undo(0)], LOST_FOR_GOOD))
def test_any_sequence_with_faults_anywhere_leaves_true_journals_and_right_undos(
    world: World, course: Course
) -> None:
    with TemporaryDirectory() as folder:
        carry_out(world, course, Path(folder))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.lower())
def test_a_fault_at_each_call_of_a_fix_its_undo_and_the_undo_of_that_is_told_and_undone(
    world: World, tmp_path: Path, fault: Fault
) -> None:
    for step, call in itertools.product(
        range(3), CALLS[:1] if fault in {*ONLY_WRITES, Fault.LOST} else CALLS
    ):
        folder = tmp_path / f"{step}-{'-'.join(map(str, call))}"
        struck = carry_out(world, Course(PLAIN, [FIX, Undo(0), Undo(0)], {(step, 0, call): fault}), folder)
        assert struck == 1
