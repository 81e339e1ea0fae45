"""`s3kms fix ./infra`: real files, a real process, and an editor that knows one trick."""

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support.cli import Shell
from tests.support.toy_editor import SNIPPET, Hand, template

TODAY = "2999-01-01"


@pytest.fixture
def hand(shell: Shell, tmp_path: Path) -> Hand:
    folder = tmp_path / "work"
    folder.mkdir()
    return Hand(Shell(folder, shell.env))


def runs(hand: Hand) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(hand("runs", "--format", "json").out)
    return found


def applied(hand: Hand, *targets: str) -> str:
    done = hand("fix", *targets, "--apply", "--yes")
    assert done.exit == 0, done.err
    return str(runs(hand)[0]["run"])


def in_folder(hand: Hand) -> dict[str, bytes]:
    return {str(p.relative_to(hand.folder)): p.read_bytes() for p in hand.folder.rglob("*") if p.is_file()}


TEXTS = {
    "plain": template("A", "B").encode(),
    "crlf": template("A", "B").replace("\n", "\r\n").encode(),
    "bom": b"\xef\xbb\xbf" + template("A").encode(),
    "no newline at the end": template("A").rstrip("\n").encode(),
    "trailing blanks and other letters": template("A", head="Description: 'é😀'   \n\n").encode(),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_diff_is_what_apply_writes_and_git_takes_it(hand: Hand, text: bytes) -> None:
    path = hand.write("infra/deep/a.yaml", text)
    code, shown, _ = hand.raw("fix", "infra")
    assert code == 0
    assert path.read_bytes() == text
    assert b"--- a/infra/deep/a.yaml\n+++ b/infra/deep/a.yaml\n@@" in shown

    applied(hand, "infra")
    written = path.read_bytes()
    path.write_bytes(text)
    subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], cwd=hand.folder, input=shown, check=True)

    assert path.read_bytes() == written == text.replace(b"AES256", b"aws:kms")


def test_a_second_run_shows_nothing_and_writes_nothing(hand: Hand) -> None:
    hand.write("a.yaml", template("A"))
    applied(hand, ".")

    again = hand("fix", ".", "--apply", "--yes")

    assert (again.exit, again.out) == (0, "")
    assert "1 bucket that needs no change" in again.err
    assert len(runs(hand)) == 1


def test_check_exits_10_while_something_would_change(hand: Hand) -> None:
    path = hand.write("a.yaml", template("A"))

    assert hand("fix", "a.yaml", "--check").exit == 10
    assert path.read_text() == template("A")
    applied(hand, "a.yaml")
    assert hand("fix", "a.yaml", "--check").exit == 0


def test_who_is_declined_is_told_with_a_snippet_and_is_no_clean_end(hand: Hand) -> None:
    hand.write("a.yaml", template("A", marked=False))

    done = hand("fix", "a.yaml")

    assert (done.exit, done.out) == (11, "")
    assert "skipped: A (a.yaml:9): nobody marked its line (mark it)" in done.err
    assert all(f"    {line}" in done.err for line in SNIPPET.splitlines())
    assert hand("fix", "a.yaml", "--check").exit == 11


def test_the_others_are_written_and_the_end_says_that_one_is_left(hand: Hand) -> None:
    a, b = hand.write("a.yaml", template("A")), hand.write("b.yaml", template("B", marked=False))

    done = hand("fix", ".", "--apply", "--yes")

    assert done.exit == 11
    assert (a.read_text(), b.read_text()) == (template("A", algorithm="aws:kms"), template("B", marked=False))


def test_what_cannot_be_read_is_an_unknown(hand: Hand) -> None:
    hand.write("a.yaml", "AWSTemplateFormatVersion: 1\nResources: [\n")

    done = hand("fix", ".")

    assert done.exit == 11
    assert "a.yaml:3" in done.err


def test_an_exemption_leaves_a_bucket_alone(hand: Hand) -> None:
    text = template("A").replace("    Properties:\n", "    Properties:\n      BucketName: logs\n")
    hand.write("a.yaml", text)
    hand.write("s3kms.toml", f'[[exemptions]]\nbuckets = "logs"\nreason = "ALB"\nuntil = {TODAY}\n')

    done = hand("fix", "a.yaml")

    assert (done.exit, done.out) == (0, "")
    assert "A (a.yaml:10): it is exempt: ALB" in done.err


def test_dsse_reaches_those_that_have_sse_kms(hand: Hand) -> None:
    hand.write("a.yaml", template("A"))

    assert "+              SSEAlgorithm: aws:kms:dsse  # A" in hand("fix", "a.yaml", "--dsse").out


def test_a_folder_without_buckets_is_nothing_to_fix(hand: Hand) -> None:
    hand.write("a.yaml", template())

    assert hand("fix", ".").exit == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["a.yaml", "s3://logs"], "a.yaml is code and s3://logs is not"),
        (["a.yaml", "--as", "cli"], "--as is about buckets in an account"),
        (["a.yaml", "--region", "eu-central-1"], "--region is about buckets in an account"),
        (
            ["a.yaml", "--profile", "x"],
            "--profile is about buckets in an account or an AWS Config aggregator",
        ),
        (
            ["a.yaml", "--endpoint-url", "http://x"],
            "--endpoint-url is about buckets in an account or an AWS Config aggregator",
        ),
        (["a.yaml", "--check", "--apply"], "leave one of them out"),
        (["s3://logs", "--check"], "--check is about code"),
        (["s3://logs", "--var", "a=b"], "--var is about code"),
        (["a.yaml", "--key", "what is this?"], "neither a reference to a KMS key nor the address"),
        (["nowhere/a.yaml"], "nowhere/a.yaml cannot be read"),
    ],
)
def test_options_that_mean_nothing_are_said(hand: Hand, arguments: list[str], says: str) -> None:
    hand.write("a.yaml", template("A"))

    done = hand("fix", *arguments)

    assert done.exit == 2
    assert says in done.err


def test_nothing_is_written_where_there_is_nobody_to_ask(hand: Hand) -> None:
    hand.write("a.yaml", template("A"))

    assert hand("fix", "a.yaml", "--apply").exit == 4
    assert in_folder(hand) == {"a.yaml": template("A").encode()}
    assert runs(hand) == []


def test_more_buckets_than_allowed_are_refused(hand: Hand) -> None:
    hand.write("a.yaml", template("A", "B"))

    done = hand("fix", "a.yaml", "--max-changes", "1", "--apply", "--yes")

    assert done.exit == 4
    assert "--max-changes 2" in done.err
    assert in_folder(hand) == {"a.yaml": template("A", "B").encode()}


def test_mode_stays_and_nothing_is_left_beside(hand: Hand) -> None:
    path = hand.write("a.yaml", template("A"))
    path.chmod(0o640)

    applied(hand, "a.yaml")

    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert set(in_folder(hand)) == {"a.yaml"}


def test_a_named_link_is_refused(hand: Hand) -> None:
    hand.write("elsewhere/a.yaml", template("A"))
    (hand.folder / "a.yaml").symlink_to("elsewhere/a.yaml")

    done = hand("fix", "a.yaml", "--apply", "--yes")

    assert done.exit == 4
    assert "a.yaml is a symbolic link" in done.err
    assert in_folder(hand)["elsewhere/a.yaml"] == template("A").encode()


def test_a_named_folder_may_be_reached_by_a_link(hand: Hand) -> None:
    hand.write("elsewhere/a.yaml", template("A"))
    (hand.folder / "infra").symlink_to("elsewhere")

    assert "--- a/elsewhere/a.yaml" in hand("fix", "infra/").out
    applied(hand, "infra/")


@pytest.mark.parametrize("why", ["is read-only", "a second hard link"])
def test_a_file_that_is_not_to_be_written_is_told_before_anything_is(hand: Hand, why: str) -> None:
    path = hand.write("a.yaml", template("A"))
    if "link" in why:
        os.link(path, hand.folder.parent / "other")
    else:
        path.chmod(0o444)
        if os.access(path, os.W_OK):
            pytest.skip("who is root writes every file")

    done = hand("fix", ".", "--apply", "--yes")

    assert done.exit == 11
    assert why in done.err
    assert path.read_text() == template("A")
    assert runs(hand) == []


def test_a_file_in_another_encoding_is_not_edited(hand: Hand) -> None:
    path = hand.write("a.yaml", template("A").encode("utf-16"))

    done = hand("fix", "a.yaml")

    assert done.exit in {2, 11}
    assert path.read_bytes() == template("A").encode("utf-16")


def test_hostile_text_is_spelled_out_in_notes(hand: Hand) -> None:
    hand.write("a\x1b[31m.yaml", template("A"))

    done = hand("fix", ".")

    assert "\x1b" not in done.err
    assert '"a/a\\033[31m.yaml"' in done.out


def test_a_terminal_is_shown_every_control_character_spelled_out(hand: Hand) -> None:
    hand.write("a.yaml", template("A", head="# \u202e\n").replace("  # A", "\t# A") + "# \u202e\n")

    shown = hand.on_a_terminal("fix", "a.yaml")

    assert "\\u202e" in shown
    assert "\u202e" not in shown
    assert "+              SSEAlgorithm: aws:kms\t# A" in shown


def test_paths_outside_of_the_folder_begin_where_the_note_says(hand: Hand) -> None:
    (hand.folder / "inside").mkdir()
    hand.write("infra/a.yaml", template("A"))
    here = Hand(Shell(hand.folder / "inside"))

    done = here("fix", "../infra")

    assert "--- a/infra/a.yaml" in done.out
    assert f"the paths of the diff begin in {hand.folder}" in done.err


def test_undo_puts_back_every_byte_and_can_be_undone(hand: Hand) -> None:
    before = TEXTS["crlf"]
    path = hand.write("infra/a.yaml", before)
    run = applied(hand, "infra")
    after = path.read_bytes()

    shown = hand("undo", run)
    assert "-              SSEAlgorithm: aws:kms" in shown.out
    assert path.read_bytes() == after
    assert hand("undo", run, "--apply", "--yes").exit == 0
    assert path.read_bytes() == before
    newest, oldest = runs(hand)
    assert (newest["command"], oldest["state"], oldest["account"]) == (f"undo {run}", "undone", "code")
    assert "nothing left to undo" in hand("undo", run, "--apply", "--yes").out

    assert hand("undo", newest["run"], "--apply", "--yes").exit == 0
    assert path.read_bytes() == after


def test_undo_leaves_a_file_alone_that_was_edited_since(hand: Hand) -> None:
    a, b = hand.write("a.yaml", template("A")), hand.write("b.yaml", template("B"))
    run = applied(hand, ".")
    a.write_text(a.read_text() + "# mine\n")
    mine = a.read_text()

    done = hand("undo", run, "--apply", "--yes")

    assert done.exit == 5
    assert "somebody changed it since" in done.err
    assert (a.read_text(), b.read_text()) == (mine, template("B"))


@pytest.mark.parametrize("how", ["edited", "gone", "a link"])
def test_undo_is_refused_where_no_file_can_be_put_back(hand: Hand, how: str) -> None:
    path = hand.write("a.yaml", template("A"))
    run = applied(hand, ".")
    written = path.read_bytes()
    path.unlink()
    if how == "edited":
        path.write_bytes(written + b"#")
    elif how == "a link":
        hand.write("precious", written)
        path.symlink_to("precious")

    assert hand("undo", run, "--apply", "--yes").exit == 4
    assert not (hand.folder / "precious").exists() or (hand.folder / "precious").read_bytes() == written


def test_the_journal_keeps_what_changed_and_nothing_else_of_the_file(hand: Hand) -> None:
    hand.write("a.yaml", template("A", head="Description: hunter2\n"))
    run = applied(hand, "a.yaml", "--var", "password=hunter2")

    text = (hand.folder.parent / "state" / "s3kms" / "runs" / f"{run}.jsonl").read_text()

    assert "AES256" in text
    assert "hunter2" not in text
    assert all(json.loads(line)["version"] == 4 for line in text.splitlines())


def test_a_full_disk_leaves_the_file_as_it_was(hand: Hand) -> None:
    text = template("A") + "# " + "x" * 9000 + "\n"
    path = hand.write("b.yaml", text)
    small = hand.write("a.yaml", template("B"))

    done = hand.process("fix", ".", "--apply", "--yes", before="ulimit -f 4; trap '' XFSZ")

    assert done.exit == 5
    assert path.read_text() == text
    assert set(in_folder(hand)) == {"a.yaml", "b.yaml"}
    assert "1 changed" in done.err
    (run,) = runs(hand)
    assert run["state"] == "stopped"
    assert hand("undo", str(run["run"]), "--apply", "--yes").exit == 0
    assert small.read_text() == template("B")


def test_verify_says_that_a_run_of_code_is_judged_by_check(hand: Hand) -> None:
    hand.write("a.yaml", template("A"))
    run = applied(hand, "a.yaml")

    assert "s3kms check" in hand("verify", "--run", run).err


def test_a_table_bucket_of_terraform_is_shown_what_to_write(shell: Shell) -> None:
    (shell.folder / "main.tf").write_text(
        'resource "aws_s3tables_table_bucket" "t" {\n  name = "the-tables"\n}\n'
    )

    done = shell("fix", ".")

    assert done.exit == 11
    assert not done.out
    assert "is a table bucket, whose encryption_configuration is not edited here" in done.err
    assert "kms_key_arn   = aws_kms_key.KEY.arn" in done.err


def test_a_run_says_when_it_was_to_the_second(hand: Hand) -> None:
    hand.write("a.yaml", template("A").encode())
    applied(hand, "a.yaml")

    assert "." not in runs(hand)[0]["at"]


def test_a_vector_bucket_is_left_alone_and_the_exit_code_says_so(shell: Shell) -> None:
    (shell.folder / "t.yaml").write_text("Resources:\n  V: {Type: AWS::S3Vectors::VectorBucket}\n")

    done = shell("fix", "t.yaml")

    assert done.exit == 11
    assert "is a vector bucket, whose encryption cannot be changed" in done.err
