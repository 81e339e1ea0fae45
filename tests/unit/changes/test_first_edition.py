"""Runs written by the first edition (commit 1546161) are listed, believed and restored."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import s3kms
from s3kms.changes.buckets.medium import BucketMedium
from s3kms.changes.files.medium import FileMedium
from s3kms.changes.journal import RunHeader
from s3kms.changes.runs import Run, RunState, list_runs, read_run
from s3kms.changes.undo import UndoResult, plan_undo, undo_run
from s3kms.model.change import Change
from s3kms.model.encryption import Encryption
from s3kms.model.errors import BadInput, Refused, Stopped

FIXTURES = Path(__file__).with_name("runs_of_first_edition")
RUNS: dict[str, str] = json.loads((FIXTURES / "runs.json").read_text())
ACCOUNT = "222222222222"
TEMPLATES = Path("/tmp/s3kms-first-edition")
"""Where the edited templates were: a journal of files holds real paths."""


class Store:
    """Buckets in memory, as they were before the runs."""

    def __init__(self) -> None:
        self.buckets = {
            "a-bucket": Encryption("AES256", bucket_key=False, blocked=("SSE-C",)),
            "b.bucket": Encryption("aws:kms", "alias/data", bucket_key=True),
            "c-bucket": Encryption(None, bucket_key=False, blocked=("NONE",)),
        }

    def read(self, change: Change) -> Encryption:
        return self.buckets[change.bucket]

    def write(self, change: Change) -> None:
        self.buckets[change.bucket] = change.after


@pytest.fixture
def journals(tmp_path: Path) -> Path:
    folder = tmp_path / "journals"
    for medium in ("buckets", "files"):
        shutil.copytree(FIXTURES / medium, folder, dirs_exist_ok=True)
    return folder


@pytest.fixture
def templates(request: pytest.FixtureRequest) -> Iterator[Path]:
    case = str(request.param)
    folder = TEMPLATES / case
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(FIXTURES / "contents" / case / "after", folder)
    yield folder
    shutil.rmtree(folder)


def no_aws() -> None:
    raise AssertionError("AWS is not asked")


def test_every_run_is_listed_with_its_state(journals: Path) -> None:
    listed = {run.header.run: run for run in list_runs(journals) if isinstance(run, Run)}

    assert {name: listed[run].state.value for name, run in RUNS.items()} == {
        "complete": "complete",
        "undone": "undone",
        "undo": "complete",
        "stopped": "stopped",
        "crashed": "crashed",
        "kept": "complete",
        "files complete": "complete",
        "files undone": "undone",
        "files undo": "complete",
        "files stopped": "stopped",
        "files crashed": "crashed",
    }
    assert len(listed) == len(RUNS)


@pytest.mark.parametrize(("name", "kind"), [("complete", "buckets"), ("files complete", "files")])
def test_a_header_gets_what_it_did_not_say(journals: Path, name: str, kind: str) -> None:
    header: RunHeader = read_run(journals, RUNS[name]).header

    assert (header.kind, header.roots, header.planned, header.request) == (kind, (), None, None)
    assert header.account == (ACCOUNT if kind == "buckets" else "code")
    assert header.command.startswith("fix ")


@pytest.mark.parametrize("name", ["complete", "stopped", "crashed"])
def test_what_a_run_of_buckets_wrote_is_put_back(journals: Path, name: str) -> None:
    run, store = read_run(journals, RUNS[name]), Store()
    before = dict(store.buckets)
    for change in run.changes:
        if change.bucket not in run.failed:
            store.write(change)

    plan = plan_undo(run, BucketMedium(store, ACCOUNT))
    for change in plan.restore:
        store.write(change)

    assert plan.refused == ()
    assert all(store.buckets[bucket].means_the_same(before[bucket]) for bucket in before)


def test_a_bucket_that_was_changed_since_is_left_alone(journals: Path) -> None:
    run, store = read_run(journals, RUNS["complete"]), Store()
    for change in run.changes:
        store.write(change)
    store.buckets["b.bucket"] = Encryption("aws:kms", "alias/other", bucket_key=True)

    plan = plan_undo(run, BucketMedium(store, ACCOUNT))

    assert [change.bucket for change in plan.restore] == ["a-bucket", "c-bucket"]
    assert [change.bucket for change, _ in plan.refused] == ["b.bucket"]


def test_a_run_of_another_account_is_refused(journals: Path) -> None:
    with pytest.raises(Refused, match="was made in account 222222222222"):
        plan_undo(read_run(journals, RUNS["complete"]), BucketMedium(Store(), "111111111111"))


@pytest.mark.parametrize("templates", ["complete", "crashed"], indirect=True)
def test_what_a_run_of_files_wrote_is_put_back_byte_for_byte(
    journals: Path, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(templates)
    run = RUNS[f"files {templates.name}"]

    undone = undo_run(run, journals, no_aws, is_apply=True)  # type: ignore[arg-type]

    assert isinstance(undone.medium, FileMedium)
    before = FIXTURES / "contents" / templates.name / "before"
    assert {path.name: path.read_bytes() for path in templates.iterdir()} == {
        path.name: path.read_bytes() for path in before.iterdir()
    }
    assert read_run(journals, run).state is RunState.UNDONE


@pytest.mark.parametrize("templates", ["stopped"], indirect=True)
def test_of_a_stopped_run_of_files_the_rest_is_left_to_a_person(
    journals: Path, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(templates)
    with pytest.raises(Stopped, match="is undone in part"):
        undo_run(RUNS["files stopped"], journals, no_aws, is_apply=True)  # type: ignore[arg-type]

    contents = FIXTURES / "contents" / "stopped"
    assert (templates / "a.yaml").read_bytes() == (contents / "before" / "a.yaml").read_bytes()
    assert (templates / "b.yaml").read_bytes() == (contents / "after" / "b.yaml").read_bytes()


@pytest.mark.parametrize("templates", ["complete"], indirect=True)
def test_a_run_of_files_without_roots_is_put_back_below_the_current_folder_alone(
    journals: Path, templates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    written = {path.name: path.read_bytes() for path in templates.iterdir()}
    plans: list[UndoResult] = []

    with pytest.raises(Refused, match="no file of run"):
        undo_run(RUNS["files complete"], journals, no_aws, is_apply=True, on_plan=plans.append)  # type: ignore[arg-type]

    assert all("does not say which folders were named" in why for _, why in plans[0].plan.refused)
    assert {path.name: path.read_bytes() for path in templates.iterdir()} == written


@pytest.mark.parametrize("templates", ["complete"], indirect=True)
def test_a_run_of_files_without_roots_is_put_back_below_the_folder_that_is_named(
    journals: Path, templates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    undo_run(RUNS["files complete"], journals, no_aws, is_apply=True, root=templates)  # type: ignore[arg-type]

    before = FIXTURES / "contents" / "complete" / "before"
    assert {path.name: path.read_bytes() for path in templates.iterdir()} == {
        path.name: path.read_bytes() for path in before.iterdir()
    }


@pytest.mark.parametrize("templates", ["complete"], indirect=True)
def test_the_library_puts_a_run_of_files_without_roots_back_below_a_folder(
    journals: Path, templates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    s3kms.Client(journal=journals).undo(RUNS["files complete"], root=str(templates))

    before = FIXTURES / "contents" / "complete" / "before"
    assert {path.name: path.read_bytes() for path in templates.iterdir()} == {
        path.name: path.read_bytes() for path in before.iterdir()
    }


@pytest.mark.parametrize("name", ["complete", "files complete"])
def test_an_edited_line_is_noticed(journals: Path, name: str) -> None:
    path = journals / f"{RUNS[name]}.jsonl"
    path.write_text(path.read_text().replace("bucket", "Bucket", 1))

    with pytest.raises((Refused, BadInput)):
        read_run(journals, RUNS[name])
