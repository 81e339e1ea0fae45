"""`s3kms undo`, and `fix` on servers that fail and lie: the journal says what is true, and undo is right."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.cli import Done, Shell
from tests.support.stub import Answer, error, rules
from tests.support.stub_buckets import BUSY, DENIED, GET, NO_ANSWER, PUT, SSE_S3, StubBuckets

from s3kms.changes.journal import FIRST_LINK, checksum

NAMES = ("a-bucket", "b-bucket", "c-bucket")


@pytest.fixture
def s3() -> Iterator[StubBuckets]:
    keeper = StubBuckets(*NAMES)
    with keeper.stub:
        yield keeper


@pytest.fixture
def sh(s3: StubBuckets, shell: Shell) -> Shell:
    return s3.shell(shell)


def fix(sh: Shell, *more: str) -> Done:
    return sh("fix", *(f"s3://{name}" for name in NAMES), "--apply", "--yes", *more)


def undo(sh: Shell, run: str) -> Done:
    return sh("undo", run, "--apply", "--yes")


def listed(sh: Shell) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(sh("runs", "--format", "json").out)
    return found


def last_run(sh: Shell) -> str:
    return listed(sh)[0]["run"]


def journal(sh: Shell, run: str) -> Path:
    return sh.folder / "state" / "s3kms" / "runs" / f"{run}.jsonl"


def records(sh: Shell, run: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in journal(sh, run).read_text().splitlines()]


def kinds(sh: Shell, run: str) -> list[str]:
    return [f"{r['type']} {r.get('item', '')}".strip() for r in records(sh, run)]


def test_undo_puts_back_exactly_what_was_there(s3: StubBuckets, sh: Shell) -> None:
    assert fix(sh).exit == 0
    assert {s3.algorithm(name) for name in NAMES} == {"aws:kms"}
    run = last_run(sh)

    shown = sh("undo", run)
    assert shown.exit == 0
    assert shown.out.count("SSE-KMS, aws/s3, bucket key on, SSE-C blocked -> SSE-S3, SSE-C blocked") == 3
    assert len(s3.puts) == 3

    assert undo(sh, run).exit == 0
    assert set(s3.rules.values()) == {SSE_S3}
    assert [(r["command"], r["state"]) for r in listed(sh)] == [
        (f"undo {run}", "complete"),
        (f"fix {' '.join(f's3://{name}' for name in NAMES)}", "undone"),
    ]


def test_every_call_on_a_bucket_says_whose_it_is(s3: StubBuckets, sh: Shell) -> None:
    fix(sh)
    undo(sh, last_run(sh))

    on_buckets = [h for h in s3.stub.headers if "x-amz-expected-bucket-owner" in h]
    assert len(on_buckets) == sum(bucket in NAMES for _, bucket in s3.stub.calls) == 48
    assert {h["x-amz-expected-bucket-owner"] for h in on_buckets} == {"444455556666"}  # fact A26


def test_two_runs_at_once_keep_two_true_journals(s3: StubBuckets, sh: Shell) -> None:
    def meanwhile() -> None:
        s3.at.clear()
        assert fix(sh).exit == 0

    s3.at[PUT, "b-bucket"] = meanwhile

    assert fix(sh).exit == 0

    second, first = (run["run"] for run in listed(sh))
    assert kinds(sh, first)[-2:] == ["kept c-bucket", "end"]
    assert undo(sh, second).exit == undo(sh, first).exit == 0
    assert set(s3.rules.values()) == {SSE_S3}


def test_undo_twice_has_nothing_left_to_undo(s3: StubBuckets, sh: Shell) -> None:
    fix(sh)
    run = last_run(sh)
    undo(sh, run)

    again = undo(sh, run)

    assert again.exit == 0
    assert "nothing left to undo" in again.out
    assert len(listed(sh)) == 2
    assert len(s3.puts) == 6


def test_an_undo_can_be_undone(s3: StubBuckets, sh: Shell) -> None:
    fix(sh)
    run = last_run(sh)
    undo(sh, run)

    assert undo(sh, last_run(sh)).exit == 0

    assert {s3.algorithm(name) for name in NAMES} == {"aws:kms"}
    assert [r["state"] for r in listed(sh)] == ["complete", "undone", "complete"]


def test_a_bucket_without_an_algorithm_of_its_own_gets_aes256_back(s3: StubBuckets, sh: Shell) -> None:
    s3.rules["a-bucket"] = (
        "<Rule><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule>"
    )
    fix(sh)

    undo(sh, last_run(sh))

    assert s3.algorithm("a-bucket") == "AES256"
    assert "<EncryptionType>SSE-C</EncryptionType>" in s3.rules["a-bucket"]
    assert "<BucketKeyEnabled>false" in s3.rules["a-bucket"]


def test_a_bucket_somebody_changed_since_is_refused_and_the_others_put_back(
    s3: StubBuckets, sh: Shell
) -> None:
    fix(sh)
    run = last_run(sh)
    s3.rules["b-bucket"] = SSE_S3.replace("AES256", "aws:kms:dsse")

    done = undo(sh, run)

    assert done.exit == 5
    assert "refused: s3://b-bucket" in done.err
    assert s3.algorithm("b-bucket") == "aws:kms:dsse"
    assert s3.rules["a-bucket"] == s3.rules["c-bucket"] == SSE_S3
    assert listed(sh)[1]["state"] == "complete"

    assert undo(sh, run).exit == 4


def test_a_run_of_another_account_is_refused(s3: StubBuckets, sh: Shell) -> None:
    fix(sh)
    run = last_run(sh)
    s3.stub.on["GetCallerIdentity"] = Answer(
        s3.stub.on["GetCallerIdentity"].body.replace("444455556666", "999999999999")  # type: ignore[union-attr]
    )

    done = undo(sh, run)

    assert done.exit == 4
    assert "was made in account 444455556666, and these credentials belong to 999999999999" in done.err


def kill_at(sh: Shell, s3: StubBuckets, *, after_the_write: bool) -> str:
    """kill -9 while the put of b-bucket is under way; the run."""
    victim: list[int] = []

    def kill() -> Answer:
        while not victim:
            time.sleep(0.01)
        if after_the_write:
            s3.keep("b-bucket")
        os.kill(victim[0], signal.SIGKILL)
        return NO_ANSWER

    s3.at[PUT, "b-bucket"] = kill
    process = sh.start("fix", *(f"s3://{name}" for name in NAMES), "--apply", "--yes")
    victim.append(process.pid)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    s3.at.clear()
    return last_run(sh)


@pytest.mark.parametrize("after_the_write", [False, True], ids=["before the write", "before the read-back"])
def test_after_kill_9_undo_is_still_right(s3: StubBuckets, sh: Shell, after_the_write: bool) -> None:
    run = kill_at(sh, s3, after_the_write=after_the_write)
    assert listed(sh)[0]["state"] == "crashed"
    assert kinds(sh, run) == ["run", "intend", "done a-bucket", "intend"]
    assert s3.algorithm("b-bucket") == ("aws:kms" if after_the_write else "AES256")

    done = undo(sh, run)

    assert done.exit == 0, done.err
    assert set(s3.rules.values()) == {SSE_S3}
    assert s3.puts.count("c-bucket") == 0
    assert listed(sh)[1]["state"] == "undone"


def test_ctrl_c_ends_the_bucket_at_hand_and_the_journal(s3: StubBuckets, sh: Shell) -> None:
    victim: list[int] = []

    def interrupt() -> None:
        while not victim:
            time.sleep(0.01)
        os.kill(victim[0], signal.SIGINT)
        time.sleep(0.2)

    s3.at[PUT, "b-bucket"] = interrupt
    process = sh.start("fix", *(f"s3://{name}" for name in NAMES), "--apply", "--yes")
    victim.append(process.pid)
    _, err = process.communicate(timeout=60)

    s3.at.clear()
    assert process.returncode == 5
    assert "interrupted (2 changed, 1 not done)" in err
    run = last_run(sh)
    assert kinds(sh, run) == ["run", "intend", "done a-bucket", "intend", "done b-bucket", "end"]
    assert listed(sh)[0]["state"] == "stopped"
    assert undo(sh, run).exit == 0
    assert set(s3.rules.values()) == {SSE_S3}


def test_a_reader_who_goes_away_does_not_end_the_run_half_way(s3: StubBuckets, sh: Shell) -> None:
    going = sh.start("fix", *(f"s3://{name}" for name in NAMES), "--apply", "--yes")

    def go() -> None:
        s3.at.clear()
        if going.stdout:
            going.stdout.close()

    s3.at[PUT, "a-bucket"] = go
    going.wait(timeout=60)

    assert listed(sh)[0]["state"] == "complete"
    assert {s3.algorithm(name) for name in NAMES} == {"aws:kms"}


@pytest.mark.parametrize("answer", [DENIED, BUSY, error("InvalidArgument", 400), error("SlowDown", 503)])
def test_a_write_that_fails_in_the_middle_lets_the_rest_go_on(
    s3: StubBuckets, sh: Shell, answer: Answer
) -> None:
    s3.at[PUT, "b-bucket"] = lambda: answer

    done = fix(sh)

    assert done.exit == 5
    assert "failed s3://b-bucket" in done.out
    assert "the bucket is as it was" in done.out
    assert "1 of 3 changes failed" in done.err
    run = last_run(sh)
    assert kinds(sh, run)[3:] == ["intend", "failed b-bucket", "intend", "done c-bucket", "end"]
    assert listed(sh)[0]["state"] == "stopped"
    assert undo(sh, run).exit == 0
    assert set(s3.rules.values()) == {SSE_S3}


def test_a_200_that_does_nothing_is_a_failure(s3: StubBuckets, sh: Shell) -> None:
    s3.at[PUT, "b-bucket"] = Answer

    done = fix(sh)

    assert done.exit == 5
    assert "the write was accepted, yet the bucket is as it was" in done.out


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (SSE_S3.replace("AES256", "aws:kms"), "another bucket key than"),
        (
            "<Rule><BucketKeyEnabled>true</BucketKeyEnabled></Rule>",
            "another algorithm and blocked encryption",
        ),
    ],
)
def test_a_server_that_keeps_only_part_of_the_rule_is_a_failure(
    s3: StubBuckets, sh: Shell, kept: str, said: str
) -> None:
    def part() -> Answer:
        s3.rules["b-bucket"] = kept
        return Answer()

    s3.at[PUT, "b-bucket"] = part

    done = fix(sh)

    assert done.exit == 5
    assert said in done.out
    assert undo(sh, last_run(sh)).exit == 5  # what the bucket has is nobody's: it is left to a person


def test_a_write_whose_answer_is_lost_is_believed_after_reading_back(s3: StubBuckets, sh: Shell) -> None:
    def lose() -> Answer:
        s3.keep("b-bucket")
        return NO_ANSWER

    s3.at[PUT, "b-bucket"] = lose

    assert fix(sh).exit == 0


def test_a_read_back_that_fails_is_no_success(s3: StubBuckets, sh: Shell) -> None:
    s3.at[GET, "b-bucket"] = lambda: DENIED if "b-bucket" in s3.puts else None

    done = fix(sh)

    assert done.exit == 5
    assert "what the bucket has now is not known" in done.out
    s3.at.clear()
    assert undo(sh, last_run(sh)).exit == 0
    assert set(s3.rules.values()) == {SSE_S3}


def test_a_late_read_back_is_waited_for(s3: StubBuckets, sh: Shell) -> None:
    s3.at[GET, "b-bucket"] = lambda: rules(SSE_S3) if s3.asked[GET, "b-bucket"] <= 4 else None

    assert fix(sh).exit == 0


def test_a_bucket_changed_between_plan_and_apply_stops_the_run(s3: StubBuckets, sh: Shell) -> None:
    changed = rules(SSE_S3.replace("AES256", "aws:kms:dsse"))
    s3.at[GET, "b-bucket"] = lambda: changed if s3.asked[GET, "b-bucket"] > 1 else None

    done = fix(sh)

    assert done.exit == 5
    assert "s3://b-bucket was changed since the plan was made (1 changed, 2 not done)" in done.err
    assert s3.puts == ["a-bucket"]


def test_credentials_that_end_in_the_middle_stop_the_run(s3: StubBuckets, sh: Shell) -> None:
    s3.at[PUT, "b-bucket"] = lambda: error("ExpiredToken", 400)

    done = fix(sh)

    assert done.exit == 5
    assert "the session token has expired" in done.err
    assert s3.puts == ["a-bucket", "b-bucket"]
    assert kinds(sh, last_run(sh))[-2:] == ["failed b-bucket", "end"]


def test_a_full_disk_stops_before_the_write_that_it_could_not_announce(s3: StubBuckets, sh: Shell) -> None:
    done = sh.process("fix", *(f"s3://{n}" for n in NAMES), "--apply", "--yes", before="ulimit -f 1")  # 1 KiB

    assert done.exit == 5
    assert "cannot be written" in done.err
    run = last_run(sh)
    announced = [r["change"]["bucket"] for r in records(sh, run) if r["type"] == "intend"]  # type: ignore[index]
    assert announced == s3.puts
    assert 0 < len(announced) < len(NAMES)
    assert undo(sh, run).exit == 0
    assert set(s3.rules.values()) == {SSE_S3}


def test_no_room_for_a_journal_at_all_changes_nothing(s3: StubBuckets, sh: Shell) -> None:
    (sh.folder / "state").write_text("in the way")

    done = fix(sh)

    assert done.exit == 4
    assert "so nothing was changed" in done.err
    assert s3.puts == []


@pytest.mark.parametrize(("answer", "exit_code", "puts"), [("y", 0, 3), ("n", 4, 0)])
def test_at_a_terminal_a_person_is_asked(
    s3: StubBuckets, sh: Shell, answer: str, exit_code: int, puts: int
) -> None:
    ours, theirs = os.openpty()
    os.write(ours, f"{answer}\n".encode())

    process = sh.start("fix", "--apply", terminal=theirs)
    process.communicate(timeout=60)

    assert process.returncode == exit_code
    assert len(s3.puts) == puts
    os.close(ours)
    os.close(theirs)


def test_a_run_under_way_is_listed_and_cannot_be_undone(s3: StubBuckets, sh: Shell) -> None:
    seen: list[Done | list[dict[str, str]]] = []

    def look() -> None:
        rows = listed(sh)
        seen.extend([rows, undo(sh, rows[0]["run"])])

    s3.at[PUT, "b-bucket"] = look

    assert fix(sh).exit == 0
    rows, refused = seen
    assert isinstance(rows, list)
    assert rows[0]["state"] == "running"
    assert isinstance(refused, Done)
    assert refused.exit == 4
    assert "still running" in refused.err


def rechained(lines: list[dict[str, object]]) -> str:
    last, text = FIRST_LINK, ""
    for line in lines:
        bare = {name: value for name, value in line.items() if name != "sum"}
        last = checksum(last, bare)
        text += json.dumps({**bare, "sum": last}) + "\n"
    return text


def test_a_journal_that_cannot_be_believed_is_never_acted_on(s3: StubBuckets, sh: Shell) -> None:
    fix(sh)
    run = last_run(sh)
    path, text = journal(sh, run), journal(sh, run).read_text()
    newer = rechained([{**line, "version": 5} for line in records(sh, run)])
    lines = text.splitlines(keepends=True)
    damage = {
        "was changed after it was written: line 2": text.replace('"AES256"', '"aws:kms"', 1),
        "line 3 does not fit": "".join([*lines[:2], *lines[3:]]),
        "newer s3kms (version 5": newer,
        "is not a journal: line 1 is not JSON": "hello\n",
        "line 1 is no record": "[]\n",
        "does not begin with a run": "",
    }
    before = len(s3.puts)
    for said, damaged in damage.items():
        path.write_text(damaged)
        done = undo(sh, run)
        assert done.exit in {2, 4}, said
        assert said in done.err
        assert listed(sh)[0]["state"] == "unreadable"
    assert len(s3.puts) == before


def test_a_last_line_cut_short_is_reported_and_counts_for_none(s3: StubBuckets, sh: Shell) -> None:
    fix(sh)
    run = last_run(sh)
    path = journal(sh, run)
    path.write_bytes(path.read_bytes()[:-20])

    assert listed(sh)[0]["state"] == "crashed"
    done = undo(sh, run)

    assert done.exit == 0
    assert "the last line is not whole" in done.err
    assert set(s3.rules.values()) == {SSE_S3}


@pytest.mark.parametrize("run", ["../../etc/passwd", "yesterday", "20261123T114000Z-1a2b3c"])
def test_what_is_no_run_is_a_sentence(sh: Shell, run: str) -> None:
    done = undo(sh, run)

    assert done.exit == 2
    assert "hint:" in done.err


def test_a_journal_that_is_named_and_not_there_is_a_mistake(shell: Shell) -> None:
    done = shell("runs", "--journal", "nosuch")

    assert done.exit == 2
    assert "nosuch is no folder" in done.err


def test_without_a_journal_there_are_no_runs(shell: Shell) -> None:
    assert shell.having(XDG_STATE_HOME=str(shell.folder))("runs").out == "there are no runs\n"


def test_one_bucket_of_a_run_is_put_back_and_the_others_later(s3: StubBuckets, sh: Shell) -> None:
    fix(sh)
    run = last_run(sh)

    one = sh("undo", run, "s3://b-bucket", "--apply", "--yes")

    assert one.exit == 0
    assert [name for name in NAMES if s3.rules[name] == SSE_S3] == ["b-bucket"]
    assert [r["state"] for r in listed(sh)] == ["complete", "complete"]
    assert undo(sh, run).exit == 0
    assert set(s3.rules.values()) == {SSE_S3}
    assert [r["state"] for r in listed(sh)] == ["complete", "complete", "undone"]


def test_a_bucket_that_the_run_did_not_change_is_a_mistake(s3: StubBuckets, sh: Shell) -> None:
    fix(sh)

    done = sh("undo", last_run(sh), "s3://a-bucket", "s3://z-bucket", "--apply", "--yes")

    assert done.exit == 2
    assert "did not change s3://z-bucket" in done.err
    assert s3.rules["a-bucket"] != SSE_S3
