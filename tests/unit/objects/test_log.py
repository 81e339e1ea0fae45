"""The compact log: nothing is lost that was handed over, whatever moment a process dies at."""

import random
import signal
import string
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.model.errors import BadInput, Refused, Stopped
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.interface import Outcome
from s3kms.objects.log.records import (
    Assignment,
    LogPlace,
    ResultRun,
    VersionBlock,
    pack_block,
    pack_results,
    unpack_head,
    unpack_results,
    unpack_versions,
)
from s3kms.objects.log.state import LogState, read_results, read_state
from s3kms.objects.log.writer import ObjectLog

HEADER = {"bucket": "b", "run": "20261127T000000Z-000000"}


def versions_of(*keys: str, engine: str = "update") -> tuple[Assignment, ...]:
    return tuple(
        Assignment(ObjectVersion("b", key, size=3, encryption=ObjectEncryption.SSE_S3), engine)
        for key in keys
    )


def written(path: Path) -> Path:
    """Two blocks, of which the second is not through."""
    log = ObjectLog.create(path, HEADER)
    log.begin(VersionBlock(0, "after-b", versions_of("a", "b"), {"already": (3, 30)}))
    log.finish(LogPlace(0, 1, "update"), Outcome.CHANGED)
    log.finish(LogPlace(0, 0, "update"), Outcome.FAILED, "AccessDenied")
    log.begin(VersionBlock(1, "after-d", versions_of("c", "d", engine="copy")))
    log.finish(LogPlace(1, 0, "copy"), Outcome.CHANGED, bytes_moved=3)
    log.put("upload", "id-1")
    log.close()
    return path


def test_a_log_tells_where_to_go_on_and_what_was_under_way(tmp_path: Path) -> None:
    state = read_state(written(tmp_path / "run" / "b.log"))

    assert (state.bucket, state.bookmark, state.blocks) == ("b", "after-d", 2)
    assert {number: one.missing for number, one in state.open.items()} == {1: {1}}
    assert state.outcomes == {
        ("update", Outcome.CHANGED, ""): 1,
        ("update", Outcome.FAILED, "AccessDenied"): 1,
        ("copy", Outcome.CHANGED, ""): 1,
    }
    assert (state.passed, state.passed_bytes) == ({"already": 3}, {"already": 30})
    assert (state.handed, state.handed_bytes, state.bytes_moved) == (4, 12, 3)
    assert state.marks == {"upload": "id-1"}
    assert not state.is_evidence_read


def test_every_version_is_told_with_what_became_of_it(tmp_path: Path) -> None:
    results = list(read_results(written(tmp_path / "b.log"), "b"))

    assert [(one.version.key, one.engine, one.outcome, one.reason) for one in results] == [
        ("a", "update", Outcome.FAILED, "AccessDenied"),
        ("b", "update", Outcome.CHANGED, ""),
        ("c", "copy", Outcome.CHANGED, ""),
        ("d", "copy", None, ""),
    ]


def test_a_log_cut_at_any_byte_is_read_as_far_as_it_is_whole_and_goes_on_from_there(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.log").read_bytes()
    header_end = len(ObjectLogBytes.header(tmp_path))
    seen: set[tuple[int, int]] = set()
    for length in (*range(header_end, len(whole), 5), len(whole)):
        path = tmp_path / f"{length}.log"
        path.write_bytes(whole[:length])
        log, before = ObjectLog.reopen(path)
        log.begin(VersionBlock(before.blocks, "later", versions_of("e")))
        log.close()
        after = read_state(path)

        assert after.blocks == before.blocks + 1
        assert after.finished == before.finished
        seen.add((before.blocks, before.finished))
    assert seen == {(0, 0), (1, 0), (1, 2), (2, 2), (2, 3)}


class ObjectLogBytes:
    """The bytes of a log with nothing in it."""

    @staticmethod
    def header(folder: Path) -> bytes:
        path = folder / "empty.log"
        ObjectLog.create(path, HEADER).close()
        return path.read_bytes()


def test_a_log_that_was_changed_in_its_middle_is_never_acted_on(tmp_path: Path) -> None:
    path = written(tmp_path / "b.log")
    whole = path.read_bytes()
    for place in range(len(b"s3kms objects log 1\n"), len(whole) - 80, 7):
        changed = bytearray(whole)
        changed[place] ^= 0x40
        path.write_bytes(bytes(changed))

        with pytest.raises((Refused, BadInput)):
            read_state(path)


def test_a_frame_taken_out_is_noticed(tmp_path: Path) -> None:
    log = ObjectLog.create(tmp_path / "b.log", HEADER)
    ends = []
    for number in range(4):
        log.begin(VersionBlock(number, str(number), versions_of(str(number))))
        ends.append((tmp_path / "b.log").stat().st_size)
    log.close()
    whole = (tmp_path / "b.log").read_bytes()
    (tmp_path / "b.log").write_bytes(whole[: ends[0]] + whole[ends[1] :])

    with pytest.raises(Refused, match="was modified"):
        read_state(tmp_path / "b.log")


def test_zeros_behind_the_last_frame_are_what_a_power_failure_leaves(tmp_path: Path) -> None:
    path = written(tmp_path / "b.log")
    path.write_bytes(path.read_bytes() + bytes(4096))

    assert read_state(path).finished == 3


def test_what_is_no_log_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "b.log").write_text("{}")

    with pytest.raises(BadInput, match="is not an object log"):
        read_state(tmp_path / "b.log")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    written(tmp_path / "b.log")
    (tmp_path / "link.log").symlink_to(tmp_path / "b.log")

    with pytest.raises(BadInput):
        read_state(tmp_path / "link.log")


def test_a_block_is_on_disk_before_anything_is_done_with_it(tmp_path: Path) -> None:
    log = ObjectLog.create(tmp_path / "b.log", HEADER)
    log.begin(VersionBlock(0, "x", versions_of("a")))

    assert read_state(tmp_path / "b.log").open[0].missing == {0}


def test_a_mark_is_forgotten_where_its_text_is_empty(tmp_path: Path) -> None:
    log = ObjectLog.create(tmp_path / "b.log", HEADER)
    log.put("upload", "1")
    log.put("job", "2")
    log.put("upload", "")
    log.close()
    again, state = ObjectLog.reopen(tmp_path / "b.log")

    assert state.marks == again.all() == {"job": "2"}


KEYS = st.text(max_size=20) | st.sampled_from(["a+b %/?", "\n", "\0", "😀", "\ud800", "ключ"])
VERSIONS = st.builds(
    ObjectVersion,
    st.just("b"),
    KEYS,
    st.none() | st.text(max_size=5),
    st.none() | st.booleans(),
    st.booleans(),
    st.none() | st.integers(0, 1 << 50),
    storage_class=st.none() | st.sampled_from(["STANDARD", "GLACIER"]),
    encryption=st.none() | st.sampled_from(ObjectEncryption),
    key_arn=st.none() | st.text(max_size=5),
    bucket_key=st.none() | st.booleans(),
)
ASSIGNED = st.builds(Assignment, VERSIONS, st.sampled_from(["update", "copy"]))


@given(st.lists(ASSIGNED, max_size=20), st.text(max_size=10))
def test_versions_come_out_of_a_block_as_they_went_in(versions: list[Assignment], bookmark: str) -> None:
    head = unpack_head(pack_block(VersionBlock(7, bookmark, tuple(versions))))

    assert (head.number, head.bookmark, head.count) == (7, bookmark, len(versions))
    assert unpack_versions("b", head.packed) == tuple(versions)


RESULTS = st.dictionaries(
    st.integers(0, 5000), st.tuples(st.sampled_from(Outcome), st.integers(0, 300)), max_size=50
)


@given(RESULTS, st.integers(0, 1 << 60))
def test_results_come_out_as_they_went_in(results: dict[int, tuple[Outcome, int]], moved: int) -> None:
    block, bytes_moved, runs = unpack_results(pack_results(3, results, moved))
    found = {
        place: (run.outcome, run.reason) for run in runs for place in range(run.start, run.start + run.length)
    }

    assert (block, bytes_moved, found) == (3, moved, results)


def test_neighbors_with_one_result_are_one_run() -> None:
    _, _, runs = unpack_results(pack_results(0, dict.fromkeys(range(1000), (Outcome.CHANGED, 0)), 0))

    assert runs == [ResultRun(0, 1000, Outcome.CHANGED, 0)]


def _realistic(count: int) -> Sequence[Assignment]:
    draw = random.Random(7)
    letters = string.ascii_letters + string.digits + "._"
    return [
        Assignment(
            ObjectVersion(
                "b",
                f"tables/events/dt=2026-11-{n // 700:02}/part-{n % 700:05}-{uuid.UUID(int=draw.getrandbits(128))}"
                ".snappy.parquet",
                "".join(draw.choices(letters, k=32)),
                is_latest=draw.random() < 0.8,
                size=draw.randrange(1 << 30),
                storage_class="STANDARD",
                encryption=ObjectEncryption.SSE_S3,
            ),
            "update",
        )
        for n in range(count)
    ]


def test_an_object_takes_under_64_bytes_so_that_100_million_take_under_7_gb(tmp_path: Path) -> None:
    """Keys with a UUID and version ids are random: 40 bytes of an object cannot be compressed away."""
    count, of_block = 20_000, 1000
    log = ObjectLog.create(tmp_path / "b.log", HEADER)
    versions = _realistic(count)
    for number in range(count // of_block):
        log.begin(
            VersionBlock(number, "k" * 90, tuple(versions[number * of_block : (number + 1) * of_block]))
        )
        for place in sorted(range(of_block), key=lambda one: one // 64 * 64 + (one * 37) % 64):
            log.finish(LogPlace(number, place, "update"), Outcome.CHANGED)
    log.close()
    size = (tmp_path / "b.log").stat().st_size

    assert read_state(tmp_path / "b.log").outcomes["update", Outcome.CHANGED, ""] == count
    assert size / count < 64
    print(f"{size / count:.1f} bytes an object")


def test_the_state_of_a_log_holds_no_version_of_a_block_that_is_through(tmp_path: Path) -> None:
    log = ObjectLog.create(tmp_path / "b.log", HEADER)
    for number in range(50):
        log.begin(VersionBlock(number, "", versions_of("a", "b")))
        log.finish(LogPlace(number, 0, "update"), Outcome.CHANGED)
        log.finish(LogPlace(number, 1, "update"), Outcome.CHANGED)
    log.close()
    state: LogState = read_state(tmp_path / "b.log")

    assert (state.open, state.finished) == ({}, 100)


def test_a_frame_that_a_full_disk_cut_short_leaves_a_log_that_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "b.log"
    log = ObjectLog.create(path, HEADER)
    log.begin(VersionBlock(0, "after-a", versions_of("a")))
    with full_disk(path.stat().st_size + 10), pytest.raises(Stopped, match="cannot be written"):
        log.begin(VersionBlock(1, "after-b", versions_of(*map(str, range(100)))))
    log.finish(LogPlace(0, 0, "update"), Outcome.CHANGED)
    log.end({"stopped": "x" * 5_000})
    log.close()

    state = read_state(path)
    assert (state.blocks, state.open, state.ended is not None) == (1, {}, True)
    assert state.outcomes == {("update", Outcome.CHANGED, ""): 1}


def test_bytes_of_versions_that_failed_are_counted_once_however_often_they_are_tried(tmp_path: Path) -> None:
    log = ObjectLog.create(tmp_path / "b.log", HEADER)
    log.begin(VersionBlock(0, "after-b", versions_of("a", "b")))
    for index in range(2):
        log.finish(LogPlace(0, index, "update"), Outcome.FAILED, "AccessDenied")
    log.begin(VersionBlock(1, "after-b", versions_of("a", "b"), retries=0))
    log.close()

    state = read_state(log.path)
    assert (state.handed, state.handed_bytes) == (2, 6)


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file of this process grows beyond a size: what is written over it ends there, as on a full disk."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
