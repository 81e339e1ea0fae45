"""Aggregators that lie, lag or lack: a sentence, the right exit code, and never a clean result."""

import json
import math
from typing import Any

import pytest
from tests.support.cli import Done, Shell
from tests.support.stub import Answer, Stub
from tests.support.stub_aggregator import (
    inventory,
    item,
    page,
    refusal,
    reply,
    rule,
    source,
    sources,
)

HTML = Answer("<html><body><h1>Sign in to the proxy</h1></body></html>", 200, "text/html")


def check(shell: Shell, stub: Stub, *arguments: str) -> Done:
    return shell.having(**stub.env)("check", "--format", "json", "config://org", *arguments)


def notes(done: Done) -> str:
    return "\n".join(json.loads(done.out)["summary"]["notes"])


def without(row: dict[str, Any], *members: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in members}


def configured(configuration: Any) -> dict[str, Any]:
    return {"ServerSideEncryptionConfiguration": configuration}


ODD_BUT_WHOLE = [
    item("list", [rule()]),
    item("object", rule()),
    item("rules-string", json.dumps([rule()])),
    item("boolean-string", [rule(bucket_key="true")]),
    item("configuration-string", supplementaryConfiguration=configured(json.dumps({"rules": [rule()]}))),
    item(
        "all-strings",
        supplementaryConfiguration=json.dumps(configured(json.dumps({"rules": json.dumps([rule()])}))),
    ),
    item("empty-key", [rule(key="")]),
    without(item("no-status"), "configurationItemStatus"),
    without(item("only-id"), "resourceName", "arn"),
    item("a-member-nobody-knows", somethingNew=[1, {"a": None}]),
]


def test_every_shape_a_row_may_have_is_read_alike(shell: Shell) -> None:
    with inventory(page(*ODD_BUT_WHOLE)) as stub:
        done = check(shell, stub)

    assert {f["bucket"] for f in done.findings} == {row["resourceId"] for row in ODD_BUT_WHOLE}
    for finding in done.findings:
        assert finding["verdict"] == "pass", finding
        assert finding["arn"] == f"arn:aws:s3:::{finding['bucket']}"
        assert finding["encryption"] == {
            "algorithm": "aws:kms",
            "key": None,
            "key_kind": "aws-managed",
            "bucket_key": True,
            "blocked": None,
        }
    assert done.exit == 0


UNTOLD = {
    "supplementaryConfiguration is missing": without(item("x"), "supplementaryConfiguration"),
    "ServerSideEncryptionConfiguration is missing": item("x", supplementaryConfiguration={}),
    "its supplementaryConfiguration is missing": item("x", supplementaryConfiguration=None),
    "supplementaryConfiguration is []": item("x", supplementaryConfiguration=[]),
    "supplementaryConfiguration is not JSON": item("x", supplementaryConfiguration='{"Server'),
    "no encryption rules": item("x", []),
    "the default of its encryption rule is missing": item("x", {}),
    "2 encryption rules": item("x", [rule(), rule()]),
    "its encryption rule is missing": item("x", [None]),
    "its encryption rule is not JSON": item("x", ["x"]),
    "default of its encryption rule is missing": item("x", [{"bucketKeyEnabled": False}]),
    "sseAlgorithm is None": item("x", [rule(None)]),
    "sseAlgorithm is ''": item("x", [rule("")]),
    "sseAlgorithm is 7": item("x", [rule(7)]),
    "kmsMasterKeyID is ['k']": item("x", [rule(key=["k"])]),
    "bucketKeyEnabled is 'perhaps'": item("x", [rule(bucket_key="perhaps")]),
    "bucketKeyEnabled is 1": item("x", [rule(bucket_key=1)]),
    "'aws:backup'": item("x", [rule("aws:backup")]),
    "ResourceNotRecorded": item("x", configurationItemStatus="ResourceNotRecorded"),
}


def test_a_row_that_does_not_tell_is_unknown_with_a_reason(shell: Shell) -> None:
    rows = [{**row, "resourceName": f"bucket-{number}"} for number, row in enumerate(UNTOLD.values())]
    with inventory(page(*rows)) as stub:
        done = check(shell, stub)

    assert len(done.findings) == len(UNTOLD)
    for number, (finding, why) in enumerate(zip(done.findings, UNTOLD, strict=True)):
        assert (finding["bucket"], finding["verdict"]) == (f"bucket-{number}", "unknown")
        assert why in finding["message"]
        assert finding["remedy"]
    assert done.exit == 11


UNREADABLE = [
    (json.dumps(item("logs"))[:90], "is not JSON"),
    ("", "is not JSON"),
    ("[]", "the row is []"),
    ("null", "the row is missing"),
    ("7", "the row is 7"),
    ("[" * 100_000, "is not JSON"),
    (json.dumps(item(None)), "under a name which is missing"),
    (json.dumps(item({"a": 1})), "which no bucket can have"),
    (json.dumps(item("../../etc/passwd")), "which no bucket can have: '../../etc/passwd'"),
    (json.dumps(item("a\x1b[31mb\u202ec")), "which no bucket can have"),
    (json.dumps(item("x' OR '1'='1")), "which no bucket can have"),
    (json.dumps(item("x" * 5000)), "which no bucket can have"),
]


def test_a_row_that_names_no_bucket_is_unknown_and_the_others_are_judged(shell: Shell) -> None:
    with inventory(page(item("first"), *(row for row, _ in UNREADABLE), item("last"))) as stub:
        done = check(shell, stub)

    first, *unknown, last = done.findings
    assert [(f["bucket"], f["verdict"]) for f in (first, last)] == [("first", "pass"), ("last", "pass")]
    for finding, (_, why) in zip(unknown, UNREADABLE, strict=True):
        assert (finding["bucket"], finding["verdict"]) == (None, "unknown")
        assert why in finding["message"]
        assert len(finding["message"]) < 300
    assert json.loads(done.out)["summary"]["buckets"] == 2
    assert done.exit == 11


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "markdown"])
def test_no_row_can_send_the_terminal_an_escape(shell: Shell, form: str) -> None:
    evil = "evil\x1b[31m\u202e\x9b=cmd|x"
    rows = page(item(evil), item("logs", [rule(evil, evil)], accountId=evil, awsRegion=evil, arn=evil))
    lag = sources(source("FAILED", account=evil, region=evil, LastErrorMessage=evil))
    with inventory(rows, DescribeConfigurationAggregatorSourcesStatus=lag) as stub:
        done = check(shell, stub, "--format", form, "--confirm")

    assert done.exit == 11
    assert not set(done.out + done.err) & {"\x1b", "\x9b", "\u202e"}


def test_what_is_no_account_no_region_and_no_arn_is_left_out(shell: Shell) -> None:
    row = item("logs", accountId="root", awsRegion="here", arn="arn:aws:s3:::another")
    with inventory(page(row)) as stub:
        (finding,) = check(shell, stub).findings

    assert (finding["account"], finding["region"], finding["arn"]) == (None, None, "arn:aws:s3:::logs")


def paged(count: int) -> Any:
    """Pages of a hundred, by a token that names the next row."""

    def answer(body: str) -> Answer:
        asked = json.loads(body)
        start = int(asked.get("NextToken", "0"))
        end = min(start + asked["Limit"], count)
        rows = [item(f"b{i:05}") for i in range(start, end)]
        return page(*rows, token=str(end) if end < count else "")

    return answer


@pytest.mark.parametrize("count", [1, 100, 101, 250])
def test_a_hundred_buckets_cost_one_call(shell: Shell, count: int) -> None:
    with inventory(paged(count)) as stub:
        done = check(shell, stub)

    asked = [name for name, _ in stub.calls]
    assert len(done.findings) == count
    assert asked.count("SelectAggregateResourceConfig") == math.ceil(count / 100)
    assert len(asked) == math.ceil(count / 100) + 2


def test_the_query_keeps_to_what_aws_config_understands(shell: Shell) -> None:
    with inventory(page(item("logs"))) as stub:
        check(shell, stub, "--region", "eu-central-1", "--region", "eu-west-1")

    (body,) = (json.loads(text) for name, text in stub.calls if name == "SelectAggregateResourceConfig")
    query = body["Expression"]
    assert query.endswith(
        "WHERE resourceType = 'AWS::S3::Bucket' AND awsRegion IN ('eu-central-1', 'eu-west-1')"
    )
    assert "NULL" not in query
    assert " FROM " not in query
    assert len(query) <= 4096
    assert body["Limit"] == 100


def test_a_query_never_outgrows_its_limit_and_rows_of_other_regions_are_left_out(shell: Shell) -> None:
    regions = [f"eu-central-{number}" for number in range(10, 99)] + [
        f"ap-southeast-{n}" for n in range(10, 99)
    ]
    rows = page(item("here", awsRegion="eu-central-10"), item("there", awsRegion="us-east-1"))
    with inventory(rows) as stub:
        done = check(shell, stub, *(word for region in regions for word in ("--region", region)))

    (body,) = (json.loads(text) for name, text in stub.calls if name == "SelectAggregateResourceConfig")
    assert len(body["Expression"]) <= 4096
    assert set(done.verdicts()) == {"here"}


@pytest.mark.parametrize("pages", [1, 2, 3, 7])
def test_a_server_that_goes_round_in_circles_is_found_out(shell: Shell, pages: int) -> None:
    turn = iter(range(1_000))

    def answer(_: str) -> Answer:
        number = next(turn) % pages
        return page(item(f"bucket-{number}"), token=f"T{number}")

    with inventory(answer) as stub:
        done = check(shell, stub, "--format", "jsonl")

    assert done.exit == 1
    assert "the same page again and again" in done.err
    assert len(stub.calls) < 40


def test_a_row_that_two_pages_have_is_one_bucket(shell: Shell) -> None:
    row = item("twice")
    answers = iter([page(row, token="T"), page(row, item("last"))])
    with inventory(lambda _: next(answers)) as stub:
        done = check(shell, stub)

    assert [finding["bucket"] for finding in done.findings] == ["twice", "last"]


def test_a_token_that_stays_while_the_rows_move_is_followed_to_the_end(shell: Shell) -> None:
    answers = iter([page(item(f"bucket-{i}"), token="CURSOR") for i in range(9)] + [page(item("last"))])
    with inventory(lambda _: next(answers)) as stub:
        done = check(shell, stub)

    assert len(done.findings) == 10
    assert done.exit == 0


@pytest.mark.parametrize(
    "answer", [HTML, Answer(""), reply(), reply(Results=None)], ids=["a page", "nothing", "no list", "null"]
)
def test_an_answer_without_results_is_never_an_empty_organization(shell: Shell, answer: Answer) -> None:
    with inventory(answer) as stub:
        done = check(shell, stub)

    assert done.exit == 1
    assert "SelectAggregateResourceConfig for the Config aggregator org in eu-central-1" in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AccessDeniedException", "allow config:SelectAggregateResourceConfig"),
        ("InvalidExpressionException", "InvalidExpressionException from SelectAggregateResourceConfig"),
        ("NoSuchConfigurationAggregatorException", "does not exist"),
        ("ThrottlingException", "still throttled"),
        ("ExpiredTokenException", "the session token has expired"),
    ],
)
def test_a_refused_query_is_an_error_and_never_no_findings(shell: Shell, code: str, says: str) -> None:
    with inventory(refusal(code)) as stub:
        done = check(shell, stub)

    assert done.exit == 1
    assert says in done.err
    assert done.out == ""


def test_an_old_item_is_said_with_the_time_of_its_capture(shell: Shell) -> None:
    old = item("logs", configurationItemCaptureTime="2024-02-29T12:00:00.000Z")
    with inventory(page(old, item("fresh"))) as stub:
        done = check(shell, stub)
        younger = check(shell, stub, "--max-age", str(24 * 365 * 50))

    first, second = done.findings
    assert first["message"].endswith("as AWS Config captured it on 2024-02-29")
    assert first["evidence"]["at"] == "2024-02-29T12:00:00+00:00"
    assert "captured" not in second["message"]
    assert "1 of 2 items were captured more than 24 hours ago, the oldest, s3://logs, on 2024-02-29" in notes(
        done
    )
    assert "captured" not in notes(younger)


def test_an_item_that_does_not_say_when_it_was_captured_says_so(shell: Shell) -> None:
    with inventory(page(item("logs", configurationItemCaptureTime="yesterday"))) as stub:
        (finding,) = check(shell, stub).findings

    assert "AWS Config does not say when it captured this" in finding["message"]


def test_a_deleted_bucket_is_noted_and_not_counted(shell: Shell) -> None:
    with inventory(page(item("gone", configurationItemStatus="ResourceDeleted"), item("here"))) as stub:
        done = check(shell, stub)

    assert done.verdicts() == {"here": "pass"}
    assert json.loads(done.out)["summary"]["gone"] == ["gone"]


def test_tags_that_decide_are_read_or_unknown(shell: Shell) -> None:
    (shell.folder / "s3kms.toml").write_text(
        '[[overrides]]\ntags = { class = "secret" }\nalgorithm = "aws:kms:dsse"\n'
    )
    tags: dict[str, Any] = {
        "listed": [{"key": "class", "value": "secret", "tag": "class=secret"}],
        "string": json.dumps([{"key": "class", "value": "secret"}]),
        "another": [{"key": "class", "value": "public"}],
        "none": [],
        "null": None,
        "text": "class=secret",
        "number": [{"key": 7}],
    }
    with inventory(page(*(item(name, tags=said) for name, said in tags.items()), item("absent"))) as stub:
        done = check(shell, stub)

    verdicts = done.verdicts("s3_bucket_dsse_encryption")
    assert [name for name, verdict in verdicts.items() if verdict == "fail"] == ["listed", "string"]
    assert [name for name, verdict in verdicts.items() if verdict == "pass"] == ["another", "none"]
    assert [name for name, v in verdicts.items() if v == "unknown"] == ["null", "text", "number", "absent"]


def test_every_question_says_who_asks(shell: Shell) -> None:
    with inventory(page(item("logs"))) as stub:
        check(shell, stub)

    assert len(stub.headers) == 3
    assert all("s3kms/" in headers["user-agent"] for headers in stub.headers)
