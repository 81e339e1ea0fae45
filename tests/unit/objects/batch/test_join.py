"""Reports joined to the lists of their jobs."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.model.objects import ObjectVersion
from s3kms.objects.engines.batch.join import ROWS_PER_PART, JoinedTask, ReportJoin
from s3kms.objects.engines.batch.report import ReportedTask

A, B = ObjectVersion("photos", "a"), ObjectVersion("photos", "b", "v1")


def done(key: str, version_id: str | None = None) -> ReportedTask:
    return ReportedTask(key, version_id, True, "", "")


def failed(key: str, code: str = "AccessDenied", message: str = "") -> ReportedTask:
    return ReportedTask(key, None, False, code, message)


def joined(folder: Path, rows: list[ObjectVersion], tasks: Iterable[ReportedTask]) -> list[JoinedTask]:
    join = ReportJoin(folder / "join", len(rows)).take_rows(rows).take_tasks(tasks)
    found = list(join.results(rows))
    join.remove()
    return found


def test_each_version_gets_what_the_report_says_of_it(tmp_path: Path) -> None:
    found = joined(tmp_path, [A, B], [done("b", "v1"), failed("a", "NoSuchKey", "gone")])

    assert found == [JoinedTask(A, code="NoSuchKey", message="gone"), JoinedTask(B, is_done=True)]


def test_a_version_that_the_report_does_not_name_is_missing_not_done(tmp_path: Path) -> None:
    assert joined(tmp_path, [A, B], [done("b", "v1")])[0] == JoinedTask(A, is_missing=True)


def test_another_version_of_the_key_is_another_task(tmp_path: Path) -> None:
    assert joined(tmp_path, [B], [done("b"), done("b", "v2")]) == [JoinedTask(B, is_missing=True)]


def test_the_null_version_is_the_one_without_a_version(tmp_path: Path) -> None:
    null = ObjectVersion("photos", "a", "null")

    assert joined(tmp_path, [null], [done("a")]) == [JoinedTask(null, is_done=True)]


@pytest.mark.parametrize("tasks", [[done("a"), failed("a")], [failed("a"), failed("a", "NoSuchKey")]])
def test_a_report_that_contradicts_itself_is_not_believed(tmp_path: Path, tasks: list[ReportedTask]) -> None:
    assert joined(tmp_path, [A], tasks) == [JoinedTask(A, is_contradicted=True)]
    assert joined(tmp_path, [A], tasks[::-1]) == [JoinedTask(A, is_contradicted=True)]


def test_the_same_said_twice_is_no_contradiction(tmp_path: Path) -> None:
    assert joined(tmp_path, [A], [done("a"), done("a")]) == [JoinedTask(A, is_done=True)]


def test_tasks_on_what_is_not_on_the_list_are_counted(tmp_path: Path) -> None:
    join = ReportJoin(tmp_path / "join", 1).take_rows([A]).take_tasks([done("a"), done("new"), done("x")])

    assert list(join.results([A])) == [JoinedTask(A, is_done=True)]
    assert join.beside == 2


def test_an_empty_list_and_an_empty_report_are_nothing(tmp_path: Path) -> None:
    assert joined(tmp_path, [], []) == []


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    joined(tmp_path, [A], [done("a")])

    assert list(tmp_path.iterdir()) == []


def test_a_join_in_several_parts_is_that_in_one(tmp_path: Path) -> None:
    """The number of rows alone decides on the parts."""
    rows = [ObjectVersion("photos", str(number)) for number in range(500)]
    tasks = [done(str(number)) for number in range(0, 500, 2)]
    join = ReportJoin(tmp_path / "join", ROWS_PER_PART * 7).take_rows(rows).take_tasks(tasks)

    assert [one.is_done for one in join.results(rows)] == [number % 2 == 0 for number in range(500)]


def test_results_may_be_asked_for_again(tmp_path: Path) -> None:
    join = ReportJoin(tmp_path / "join", 1).take_rows([A]).take_tasks([failed("a"), done("x")])

    assert list(join.results([A])) == list(join.results([A])) == [JoinedTask(A, code="AccessDenied")]
    assert join.beside == 1


def test_many_different_messages_keep_their_codes(tmp_path: Path) -> None:
    rows = [ObjectVersion("photos", str(number)) for number in range(11_000)]
    tasks = [failed(str(number), "SlowDown", f"request {number}") for number in range(11_000)]

    found = joined(tmp_path, rows, tasks)

    assert {one.code for one in found} == {"SlowDown"}
    assert (found[0].message, found[-1].message) == ("request 0", "")


KEYS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), unique=True, max_size=30)


@given(KEYS, st.data())
def test_every_version_comes_back_once_and_in_order(keys: list[str], data: st.DataObject) -> None:
    rows = [ObjectVersion("photos", key) for key in keys]
    told = data.draw(st.permutations([key for key in keys if data.draw(st.booleans())]))
    with TemporaryDirectory() as folder:
        found = joined(Path(folder), rows, map(done, told))

    assert [(one.version.key, one.is_done) for one in found] == [(key, key in told) for key in keys]
