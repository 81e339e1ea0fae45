"""Edits of Terraform code: what changes, what stays, and that the buckets are right afterwards."""

import difflib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.cases.terraform.edits import TABLE, Case
from tests.support.code import Memory

from s3kms.cli.wording import cli_wording
from s3kms.iac.interface import (
    BucketToEdit,
    Declined,
    Edit,
    EditTarget,
    Folder,
    Proposal,
    ReadContext,
    Splice,
)
from s3kms.iac.terraform.code import READER
from s3kms.iac.terraform.editor import propose
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS, CodeInputs
from s3kms.model.encryption import Encryption

ROOT = Path("code/infra")
SNAPSHOT = Path(__file__).with_name("edits.txt")
Tree = dict[Path, bytes]


def tree_of(files: Mapping[str, str]) -> Tree:
    return {Path(os.path.normpath(ROOT / name)): text.encode() for name, text in files.items()}


def buckets_of(files: Tree, inputs: CodeInputs = DEFAULT_CODE_INPUTS) -> dict[str, Bucket]:
    found = READER.read(Folder(ROOT), ReadContext(Memory(files), inputs))
    return {bucket.resource or "": bucket for bucket in found}


def wanting_in(files: Tree, case: Case) -> list[BucketToEdit]:
    return [
        BucketToEdit(bucket, worst)
        for address, bucket in buckets_of(files, case.inputs).items()
        if address not in case.exempt and (worst := worst_of(bucket, case.desired))
    ]


def worst_of(bucket: Bucket, desired: EditTarget) -> Encryption | None:
    """How a bucket falls short, if it does."""
    found = [outcome.encryption for outcome in bucket.outcomes] or [bucket.encryption]
    known = [one for one in found if isinstance(one, Encryption)]
    return next((one for one in known if falls_short(one, desired)), None)


def falls_short(one: Encryption, desired: EditTarget) -> bool:
    if not one.is_kms or desired.algorithm not in {None, one.algorithm}:
        return True
    return desired.bucket_key is not None and bool(one.bucket_key) != desired.bucket_key


def edits_of(files: Tree, case: Case) -> list[Edit]:
    wanting = wanting_in(files, case)
    return list(propose(Folder(ROOT), ReadContext(Memory(files), case.inputs), wanting, case.desired))


def splices_of(edits: list[Edit]) -> list[tuple[Path, Splice[bytes]]]:
    return [pair for edit in edits if isinstance(edit, Proposal) for pair in edit.splices]


def edited(files: Tree, edits: list[Edit]) -> Tree:
    """The files with every proposal applied, from the end of each file."""
    after = dict(files)
    for path, splice in sorted(
        splices_of(edits), key=lambda pair: (pair[1].start, pair[1].end), reverse=True
    ):
        data = after[path]
        after[path] = data[: splice.start] + splice.text + data[splice.end :]
    return after


def shown(case: Case) -> Iterator[str]:
    """What becomes of a case, as the snapshot has it."""
    files = tree_of(case.files)
    edits = edits_of(files, case)
    after = edited(files, edits)
    for edit in edits:
        if isinstance(edit, Declined):
            yield f"declined {edit.bucket}: {edit.why}"
            yield f"  remedy: {edit.remedy.worded(cli_wording)}"
        else:
            yield f"{' '.join(edit.buckets)}: {edit.why}"
    for path in sorted(files):
        old, new = (text.decode().splitlines(keepends=True) for text in (files[path], after[path]))
        changed = [
            line
            for line in difflib.unified_diff(old, new, n=0, lineterm="\n")
            if not line.startswith(("---", "+++", "@@"))
        ]
        if changed:
            added = sum(line.startswith("+") for line in changed)
            yield f"{path.relative_to(ROOT.parent)}: {added} lines more, {len(changed) - added} less"
            yield from (line.rstrip("\n").replace("\r", "\\r") for line in changed)


def snapshot() -> dict[str, str]:
    sections = SNAPSHOT.read_text().split("== ")[1:]
    return {title: body.strip("\n") for title, _, body in (section.partition("\n") for section in sections)}


CASES = pytest.mark.parametrize("case", TABLE, ids=lambda case: case.title)


@CASES
def test_an_edit_is_as_it_was_looked_at(case: Case) -> None:
    assert "\n".join(shown(case)) == snapshot()[case.title]


@CASES
def test_what_is_proposed_puts_the_buckets_right_and_no_other(case: Case) -> None:
    files = tree_of(case.files)
    edits = edits_of(files, case)
    promised = {bucket for edit in edits if isinstance(edit, Proposal) for bucket in edit.buckets}
    before, after = (buckets_of(tree, case.inputs) for tree in (files, edited(files, edits)))

    assert before.keys() == after.keys()
    assert before
    for address in before:
        if address in promised:
            assert worst_of(after[address], case.desired) is None
        else:
            assert after[address].encryption == before[address].encryption


@CASES
def test_every_wanting_bucket_gets_one_answer(case: Case) -> None:
    files = tree_of(case.files)
    answers = [
        address
        for edit in edits_of(files, case)
        for address in (edit.buckets if isinstance(edit, Proposal) else (edit.bucket,))
    ]

    assert sorted(answers) == sorted(wanted.bucket.resource or "" for wanted in wanting_in(files, case))


@CASES
def test_a_second_run_changes_nothing(case: Case) -> None:
    files = tree_of(case.files)
    after = edited(files, edits_of(files, case))

    assert splices_of(edits_of(after, case)) == []


@CASES
def test_splices_do_not_overlap(case: Case) -> None:
    splices = [(path, s.start, s.end) for path, s in splices_of(edits_of(tree_of(case.files), case))]

    for (path, _, end), (other, start, _) in pairwise(sorted(splices)):
        assert path != other or end <= start


def test_as_many_edits_were_looked_at_as_there_are_cases() -> None:
    assert list(snapshot()) == [case.title for case in TABLE]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("terraform"), reason="needs terraform")
def test_terraform_formats_nothing_that_it_would_not_have_formatted_before(tmp_path: Path) -> None:
    for number, case in enumerate(TABLE):
        files = tree_of(case.files)
        for when, found in (("before", files), ("after", edited(files, edits_of(files, case)))):
            for path, data in found.items():
                if ".terraform" not in path.parts:
                    target = tmp_path / when / str(number) / path.relative_to(ROOT.parent)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(data)

    assert unformatted(tmp_path / "after") <= unformatted(tmp_path / "before")


def unformatted(folder: Path) -> set[str]:
    """The files that `terraform fmt` would change, as case and name."""
    command = ["terraform", "fmt", "-recursive", "-list=true", "-write=false"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.splitlines())


TEXTS = [
    '"',
    "${",
    "}",
    "{",
    "\n",
    "rule",
    "AES256",
    "var.a",
    "[",
    "]",
    "=",
    "count = 0",
    "#",
    "<<E\n",
    ",",
    "null",
]


@given(st.sampled_from(TABLE), st.data())
def test_a_mutated_file_is_edited_without_an_error(case: Case, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(case.files)))
    text = case.files[name]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.sampled_from(TEXTS)) + text[at + data.draw(st.integers(0, 9)) :]
    files = tree_of({**case.files, name: text})
    edits = edits_of(files, case)
    promised = {bucket for edit in edits if isinstance(edit, Proposal) for bucket in edit.buckets}
    after = buckets_of(edited(files, edits), case.inputs)

    assert all(worst_of(after[address], case.desired) is None for address in promised)
