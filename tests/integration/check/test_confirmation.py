"""`check config://AGGREGATOR --confirm` where what is there now is not what was recorded."""

import json

from tests.support.cli import Done, Shell
from tests.support.stub import Stub, encryption, error
from tests.support.stub_aggregator import inventory, item, page, rule


def check(shell: Shell, stub: Stub, *arguments: str) -> Done:
    return shell.having(**stub.env)("check", "--format", "json", "config://org", *arguments)


def test_a_second_look_wins_over_what_was_recorded(shell: Shell) -> None:
    with inventory(page(item("mended", [rule("AES256")])), GetBucketEncryption=encryption("aws:kms")) as stub:
        before = check(shell, stub)
        after = check(shell, stub, "--confirm")

    assert before.verdicts() == {"mended": "fail"}
    (finding,) = after.findings
    assert finding["verdict"] == "pass"
    assert finding["evidence"]["operation"] == "GetBucketEncryption"
    assert "AWS Config still says SSE-S3" in finding["message"]
    assert after.exit == 0


def test_a_second_look_finds_what_the_item_does_not_tell(shell: Shell) -> None:
    with inventory(
        page(item("logs", supplementaryConfiguration={})), GetBucketEncryption=encryption("AES256")
    ) as stub:
        done = check(shell, stub, "--confirm")

    assert done.verdicts() == {"logs": "fail"}


def test_a_bucket_that_is_gone_at_the_second_look_is_not_counted(shell: Shell) -> None:
    with inventory(
        page(item("gone", [rule("AES256")]), item("here")), GetBucketEncryption=error("NoSuchBucket", 404)
    ) as stub:
        done = check(shell, stub, "--confirm")

    assert done.verdicts() == {"here": "pass"}
    assert json.loads(done.out)["summary"]["gone"] == ["gone"]


def test_a_second_look_that_is_refused_keeps_the_verdict_and_says_why(shell: Shell) -> None:
    with inventory(
        page(item("logs", [rule("AES256")])), GetBucketEncryption=error("AccessDenied", 403)
    ) as stub:
        done = check(shell, stub, "--confirm")

    (finding,) = done.findings
    assert finding["verdict"] == "fail"
    assert "not confirmed: AccessDenied from GetBucketEncryption for s3://logs" in finding["message"]


def test_a_second_look_at_many_keeps_their_order(shell: Shell) -> None:
    rows = [item(f"b{i:03}", [rule("AES256" if i % 3 else "aws:kms")]) for i in range(90)]
    with inventory(page(*rows), GetBucketEncryption=encryption("AES256")) as stub:
        done = check(shell, stub, "--confirm", "--format", "jsonl", "--concurrency", "4")

    assert [json.loads(line)["bucket"] for line in done.out.splitlines()] == [f"b{i:03}" for i in range(90)]
    assert [name for name, _ in stub.calls].count("GetBucketEncryption") == 60


def test_expired_credentials_at_the_second_look_end_the_run(shell: Shell) -> None:
    with inventory(
        page(item("logs", [rule("AES256")])), GetBucketEncryption=error("ExpiredToken", 400)
    ) as stub:
        done = check(shell, stub, "--confirm")

    assert done.exit == 1
    assert "the session token has expired" in done.err
