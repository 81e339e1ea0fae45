"""`fix --as FORM --out DIR`: what is printed, what is written where, and what is refused."""

from pathlib import Path

import pytest
import yaml
from tests.support.cli import Shell

from s3kms.demo.aws import EmbeddedAws

WEB = "s3://acme-web-*"
FORMS = ("console", "cli", "cloudformation", "terraform")


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_written_to_aws(form: str, production: Shell, estate: EmbeddedAws) -> None:
    done = production("fix", WEB, "--as", form)

    assert done.exit == 0, done.err
    assert "acme-web-uploads" in done.out
    assert {
        call.operation for call in estate.calls if not call.operation.startswith(("Get", "List"))
    } == set()


def test_the_script_alone_is_printed_so_that_it_can_be_piped(production: Shell) -> None:
    printed = production("fix", WEB, "--as", "cli").out

    assert printed.startswith("#!/bin/sh\n")
    assert printed.count("put-bucket-encryption") == 2
    assert "AES256" not in printed


def test_out_writes_the_files_and_says_which(production: Shell) -> None:
    done = production("fix", WEB, "--as", "cli", "--out", "there")

    folder = production.folder / "there"
    assert done.out.splitlines() == ["there/fix.sh", "there/undo.sh"]
    assert {path.name: oct(path.stat().st_mode & 0o111) for path in folder.iterdir()} == {
        "fix.sh": "0o111",
        "undo.sh": "0o111",
    }


def test_a_file_that_is_there_is_never_replaced(production: Shell) -> None:
    folder = production.folder / "mine"
    folder.mkdir()
    (folder / "providers.tf").write_text("mine")

    done = production("fix", WEB, "--as", "terraform", "--out", "mine")

    assert (done.exit, done.out) == (4, "")
    assert "mine has providers.tf already" in done.err
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [("providers.tf", "mine")]


def test_a_link_of_that_name_is_not_followed(production: Shell) -> None:
    folder, outside = production.folder / "linked", production.folder / "outside"
    folder.mkdir()
    (folder / "console.md").symlink_to(outside)

    assert production("fix", WEB, "--as", "console", "--out", "linked").exit == 4
    assert not outside.exists()


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("a-file", "Not a directory"),
        ("no/such/parent", "No such file or directory"),
        ("to-nowhere", "No such file or directory"),
    ],
)
def test_a_folder_that_cannot_be_is_a_sentence(where: str, why: str, production: Shell) -> None:
    (production.folder / "a-file").write_text("")
    (production.folder / "to-nowhere").symlink_to("nowhere")

    done = production("fix", WEB, "--as", "console", "--out", where)

    assert done.exit == 2
    assert f"{where} is not writable: {why}" in done.err


def test_a_full_disk_leaves_no_file_behind(production: Shell) -> None:
    done = production.process("fix", WEB, "--as", "cloudformation", "--out", "full", before="ulimit -f 1")

    assert done.exit == 1
    assert "full could not be written" in done.err
    assert list((production.folder / "full").iterdir()) == []


def test_no_change_is_no_file(production: Shell) -> None:
    done = production("fix", "s3://acme-ledger", "--as", "cli", "--out", "none")

    assert (done.exit, done.out) == (0, "")
    assert "there is no change to print" in done.err
    assert not (production.folder / "none").exists()


def test_of_a_bucket_that_cannot_be_read_nobody_says_that_it_needs_no_change(production: Shell) -> None:
    done = production("fix", "s3://acme-sealed", "--as", "cli")

    assert (done.exit, done.out) == (11, "")
    assert "needs a change" not in done.err


def test_a_bucket_that_cannot_be_read_is_told_and_left_out(production: Shell) -> None:
    done = production("fix", "s3://acme-sealed", WEB, "--as", "cloudformation", "--out", "some")

    assert done.exit == 11
    assert "skipped: s3://acme-sealed AccessDenied" in done.err
    (after,) = Path(production.folder / "some").glob("*.after.yaml")
    assert set(yaml.safe_load(after.read_text())["Resources"]) == {"AcmeWebThumbnails", "AcmeWebUploads"}


def test_a_key_that_cannot_be_used_is_never_rendered(production: Shell) -> None:
    done = production("fix", "s3://acme-invoices", "--key", "alias/disabled", "--as", "terraform")

    assert (done.exit, done.out) == (4, "")
