"""Servers that lie, fail or say nothing: a sentence, the right exit code, and never a clean result."""

import socket
from dataclasses import replace
from itertools import cycle

import pytest
from tests.support.cli import Done, Shell
from tests.support.stub import ACCOUNT, Answer, Stub, encryption, error, listing, rules

from s3kms.aws.s3.http1 import MAX_RESPONSE_BYTES

KMS = encryption("aws:kms")

NO_ALGORITHM = (
    "<Rule><ApplyServerSideEncryptionByDefault><KMSMasterKeyID>alias/k</KMSMasterKeyID>"
    "</ApplyServerSideEncryptionByDefault></Rule>"
)

HTML = Answer("<html><body><h1>Sign in to the proxy</h1></body></html>", 200, "text/html")
BROKEN_HTML = Answer("<!DOCTYPE html><html><body><br>Sign in<p></body>", 200, "text/html")


def check(shell: Shell, stub: Stub, *arguments: str) -> Done:
    return shell.having(**stub.env)("check", "--format", "json", "--no-directory-buckets", *arguments)


@pytest.mark.parametrize("answer", [HTML, BROKEN_HTML, Answer(""), Answer("{}", 200, "application/json")])
def test_a_listing_that_is_none_is_never_an_empty_account(shell: Shell, answer: Answer) -> None:
    with Stub(ListBuckets=answer) as stub:
        done = check(shell, stub)

    assert done.exit == 1
    assert "ListBuckets for account 444455556666" in done.err
    assert "answered" in done.err
    assert done.out == ""
    assert "hint:" in done.err


def test_a_denied_listing_is_an_error_and_never_no_findings(shell: Shell) -> None:
    with Stub(ListBuckets=error("AccessDenied", 403)) as stub:
        done = check(shell, stub)

    assert done.exit == 1
    assert "AccessDenied from ListBuckets" in done.err
    assert "s3:ListAllMyBuckets" in done.err


def test_named_buckets_are_read_without_the_listing(shell: Shell) -> None:
    with Stub(ListBuckets=error("AccessDenied", 403), GetBucketEncryption=encryption("aws:kms")) as stub:
        done = check(shell, stub, "s3://logs")

    assert done.verdicts() == {"logs": "pass"}
    assert done.exit == 0
    assert "read without it" in done.err


def test_an_empty_account_is_nothing_to_check(shell: Shell) -> None:
    with Stub(ListBuckets=listing()) as stub:
        done = check(shell, stub)

    assert done.exit == 3
    assert "there was no bucket to check" in done.err


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (rules(""), "answered with no rules"),
        (rules("<Rule></Rule>"), "answered with an empty rule"),
        (rules("<Rule/><Rule/>"), "answered with 2 rules"),
        (encryption("AES256</SSEAlgorithm><SSEAlgorithm>aws:kms"), "it has a default with two SSEAlgorithm"),
        (encryption("aws:kms</SSEAlgorithm><SSEAlgorithm>AES256"), "it has a default with two SSEAlgorithm"),
        (rules(NO_ALGORITHM), "it has a default without SSEAlgorithm"),
        (HTML, "something that is not AWS: it is a 'html'"),
        (BROKEN_HTML, "something that is not AWS: it is no XML"),
        (Answer(""), "something that is not AWS: it is no XML"),
        (listing("other"), "it is a 'ListAllMyBucketsResult'"),
        (Answer("", 0), "no answer to GetBucketEncryption"),
        (Answer("<html>gateway</html>", 502, "text/html"), "the service could not answer (502"),
        (error("AccessDenied", 403), "AccessDenied from GetBucketEncryption"),
        (error("SlowDown", 503), "still throttled when the retries ran out"),
        (error("InternalError", 500), "the service could not answer"),
        (error("OperationAborted", 409), "another operation on s3://logs is under way"),
        (error("SomethingNew", 400), "SomethingNew from GetBucketEncryption"),
        (encryption("aws:fsx"), "'aws:fsx'"),
        (encryption("aws:backup"), "'aws:backup'"),
        (encryption("aws:tomorrow"), "'aws:tomorrow'"),
    ],
)
def test_what_cannot_be_judged_is_unknown_with_a_reason(shell: Shell, answer: Answer, why: str) -> None:
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=answer) as stub:
        done = check(shell, stub)

    (finding,) = done.findings
    assert finding["verdict"] == "unknown"
    assert why in finding["message"]
    assert finding["remedy"]
    assert done.exit == 11


@pytest.mark.parametrize("status", [400, 404])
def test_no_configuration_at_all_fails_whatever_its_status(shell: Shell, status: int) -> None:
    answer = error("ServerSideEncryptionConfigurationNotFoundError", status)
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=answer) as stub:
        done = check(shell, stub)

    assert done.verdicts() == {"logs": "fail"}


def test_a_rule_with_only_blocked_types_fails_and_keeps_them(shell: Shell) -> None:
    blocked = "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>"
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=encryption("", blocked)) as stub:
        done = check(shell, stub)

    (finding,) = done.findings
    assert finding["verdict"] == "fail"
    assert finding["encryption"]["blocked"] == ["SSE-C"]
    assert finding["encryption"]["algorithm"] is None


def test_a_bucket_deleted_while_we_look_is_noted_and_not_counted(shell: Shell) -> None:
    def answer(bucket: str) -> Answer:
        return error("NoSuchBucket", 404) if bucket == "gone" else encryption("aws:kms")

    with Stub(ListBuckets=listing("gone", "here"), GetBucketEncryption=answer) as stub:
        done = check(shell, stub)

    assert done.verdicts() == {"here": "pass"}
    assert done.exit == 0
    assert "deleted during the check, not counted: gone" in done.err


def test_a_server_that_pages_without_tokens_is_found_out(shell: Shell) -> None:
    """moto alone does this: a full page, no token, and the rest is lost."""
    full = [f"b{i:04}" for i in range(1000)]
    pages = iter([listing(*full), listing(*full, "one-more")])
    with Stub(ListBuckets=lambda _: next(pages), GetBucketEncryption=encryption("aws:kms")) as stub:
        done = check(shell, stub)

    assert done.exit == 1
    assert "no token, yet there are more buckets" in done.err


def test_pages_are_followed_to_the_end(shell: Shell) -> None:
    pages = iter([listing("one", "two", token="T"), listing("three")])
    with Stub(ListBuckets=lambda _: next(pages), GetBucketEncryption=encryption("aws:kms")) as stub:
        done = check(shell, stub)

    assert list(done.verdicts()) == ["one", "two", "three"]
    assert [name for name, _ in stub.calls].count("ListBuckets") == 2


def test_a_bucket_that_is_listed_on_two_pages_is_one_bucket(shell: Shell) -> None:
    pages = iter([listing("one", "two", token="T"), listing("two", "three")])
    with Stub(ListBuckets=lambda _: next(pages), GetBucketEncryption=encryption("aws:kms")) as stub:
        done = check(shell, stub)

    assert [finding["bucket"] for finding in done.findings] == ["one", "two", "three"]


@pytest.mark.parametrize("tokens", [("T",), ("T", "U")])
def test_a_listing_that_goes_round_in_circles_is_found_out(shell: Shell, tokens: tuple[str, ...]) -> None:
    pages = cycle([listing("one", token=token) for token in tokens])
    with Stub(ListBuckets=lambda _: next(pages), GetBucketEncryption=encryption("aws:kms")) as stub:
        done = check(shell, stub)

    assert done.exit == 1
    assert "ListBuckets for account 444455556666 was answered with the same page again and again" in done.err


def test_a_listing_of_directory_buckets_that_goes_round_in_circles_is_unknown(shell: Shell) -> None:
    with Stub(
        ListBuckets=listing("one"),
        ListDirectoryBuckets=listing(token="T"),
        GetBucketEncryption=encryption("aws:kms"),
    ) as stub:
        done = shell.having(**stub.env)("check", "--format", "json")

    assert done.exit == 11
    assert "could not be listed" in done.out
    assert "the same page again and again" in done.out


def test_a_token_that_one_region_does_not_take_leaves_its_bucket_unknown(shell: Shell) -> None:
    """A session of the global STS endpoint is not valid in regions that are opted in (fact A36)."""

    def answer(bucket: str) -> Answer:
        return error("InvalidToken", 400) if bucket == "far" else encryption("aws:kms")

    pages = iter([listing("far", region="ap-east-1", token="T"), listing("near")])
    with Stub(ListBuckets=lambda _: next(pages), GetBucketEncryption=answer) as stub:
        done = check(shell, stub)

    assert (done.exit, done.verdicts()) == (11, {"far": "unknown", "near": "pass"})
    far = next(finding for finding in done.findings if finding["bucket"] == "far")
    assert far["unknown"]["code"] == "InvalidToken"
    assert "ap-east-1" in far["message"]
    assert "AWS_STS_REGIONAL_ENDPOINTS=regional" in far["remedy"]


def test_a_token_that_the_own_region_does_not_take_any_more_ends_the_run(shell: Shell) -> None:
    with Stub(ListBuckets=listing("near"), GetBucketEncryption=error("InvalidToken", 400)) as stub:
        done = check(shell, stub)

    assert done.exit == 1
    assert "AWS does not accept this session token" in done.err


def test_expired_credentials_end_the_run_with_a_sentence(shell: Shell) -> None:
    def answer(bucket: str) -> Answer:
        return error("ExpiredToken", 400) if bucket == "b7" else encryption("aws:kms")

    with Stub(ListBuckets=listing(*(f"b{i}" for i in range(20))), GetBucketEncryption=answer) as stub:
        done = check(shell, stub)

    assert done.exit == 1
    assert "the session token has expired" in done.err
    assert "aws sso login" in done.err


def test_an_unknown_access_key_is_said_so(shell: Shell) -> None:
    with Stub(GetCallerIdentity=error("InvalidClientTokenId", 403)) as stub:
        done = check(shell, stub)

    assert done.exit == 1
    assert "AWS does not know this access key" in done.err


def test_an_endpoint_that_nobody_listens_on_is_said_so(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        env = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu-west-1"}
        done = shell.having(**env)("check", "--endpoint-url", url)

    assert done.exit == 1
    assert "no answer to GetCallerIdentity" in done.err
    assert "--endpoint-url" in done.err


def test_directory_buckets_that_cannot_be_listed_are_unknown_once(shell: Shell) -> None:
    with Stub(
        ListBuckets=listing("logs"),
        GetBucketEncryption=encryption("aws:kms"),
        ListDirectoryBuckets=error("AccessDenied", 403),
    ) as stub:
        done = shell.having(**stub.env)("check", "--format", "json")

    unknown = [f for f in done.findings if f["verdict"] == "unknown"]
    assert len(unknown) == 1
    assert "us-east-1, us-east-2" in unknown[0]["message"]
    assert "--no-directory-buckets" in unknown[0]["remedy"]
    assert done.exit == 11


def test_a_server_without_directory_buckets_answers_with_the_others_and_is_not_believed(shell: Shell) -> None:
    with Stub(
        ListBuckets=listing("logs"),
        ListDirectoryBuckets=listing("logs"),
        GetBucketEncryption=encryption("aws:kms"),
    ) as stub:
        done = shell.having(**stub.env)("check", "--format", "json")

    assert [f["bucket"] for f in done.findings] == ["logs"]


def test_every_read_says_who_it_expects_and_who_asks(shell: Shell) -> None:
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=encryption()) as stub:
        check(shell, stub)

    reads = [h for h in stub.headers if "x-amz-expected-bucket-owner" in h]
    assert [h["x-amz-expected-bucket-owner"] for h in reads] == [ACCOUNT]
    assert all("s3kms/" in h["user-agent"] for h in stub.headers)


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "markdown"])
def test_no_answer_can_send_the_terminal_an_escape(shell: Shell, form: str) -> None:
    algorithm = "evil&#x9b;31m\u202e=cmd|x"
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=encryption(algorithm)) as stub:
        done = check(shell, stub, "--format", form)

    assert done.exit == 11
    assert not set(done.out + done.err) & {"\x1b", "\x9b", "\u202e"}


def test_secrets_are_in_no_output(shell: Shell) -> None:
    with Stub(ListBuckets=error("SignatureDoesNotMatch", 403)) as stub:
        done = check(shell, stub)

    assert "stub-secret-value" not in done.out + done.err


def test_a_thousand_buckets_flow_in_the_order_of_the_listing(shell: Shell) -> None:
    names = [f"b{i:04}" for i in range(999)]
    with Stub(ListBuckets=listing(*names), GetBucketEncryption=encryption("aws:kms")) as stub:
        done = check(shell, stub, "--format", "jsonl")

    assert [line.split('"bucket": "')[1][:5] for line in done.out.splitlines()] == names


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_gateway_in_trouble_is_asked_again(shell: Shell, status: int) -> None:
    answers = [Answer("<html>gateway</html>", status, "text/html"), encryption("aws:kms")]
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=lambda _: answers.pop(0)) as stub:
        done = check(shell, stub, "--format", "json")

    assert done.verdicts() == {"logs": "pass"}


@pytest.mark.parametrize("date", ["Mon, 20 Nov 1995 19:12:08 -0000", "soon", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_date_that_no_clock_can_be_set_by_is_one_sentence(shell: Shell, date: str) -> None:
    skewed = replace(error("RequestTimeTooSkewed", 403), headers=(("Date", date),))
    with Stub(ListBuckets=skewed) as stub:
        done = check(shell, stub)

    assert (done.exit, done.out) == (1, "")
    assert done.err.startswith("error: this machine's clock is wrong")


def test_an_answer_without_end_is_not_read_to_it(shell: Shell) -> None:
    endless = Answer("x" * (MAX_RESPONSE_BYTES + 1))
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=endless) as stub:
        done = check(shell, stub, "--format", "json")

    assert [f["verdict"] for f in done.findings] == ["unknown"]
    assert "longer than 16 MiB" in done.findings[0]["message"]


@pytest.mark.parametrize("account", ["", ACCOUNT])
@pytest.mark.parametrize(
    "proxy",
    ["http://user:pa55word@127.0.0.1:99999", "socks5://user:pa55word@127.0.0.1:9", "user:pa55word@[::1"],
)
def test_the_password_of_a_proxy_is_in_no_error(shell: Shell, proxy: str, account: str) -> None:
    """Told the account, the first to meet the proxy is the listing; else it is GetCallerIdentity."""
    env = {"AWS_ENDPOINT_URL": "http://s3.test", "HTTP_PROXY": proxy, "NO_PROXY": "", "AWS_MAX_ATTEMPTS": "1"}
    known = {"AWS_ACCOUNT_ID": account} if account else {}
    with Stub() as stub:
        done = shell.having(**{**stub.env, **env, **known})("check", "--no-directory-buckets")

    assert done.exit == 1
    assert "no answer to" in done.err
    assert "pa55word" not in done.err


@pytest.mark.parametrize("known", [{"AWS_ACCOUNT_ID": ACCOUNT}, {}])
@pytest.mark.parametrize("text", [None, "junk"])
def test_certificates_that_cannot_be_read_are_named(
    shell: Shell, text: str | None, known: dict[str, str]
) -> None:
    if text:
        (shell.folder / "ca.pem").write_text(text)
    with Stub() as stub:
        env = {**stub.env, **known, "AWS_CA_BUNDLE": "ca.pem"}
        done = shell.having(**env)("check", "--no-directory-buckets")

    assert done.exit == 2
    assert done.err.startswith("error: the certificates of ca.pem cannot be read")


def test_a_misspelt_bucket_is_missing_even_where_nothing_can_be_listed(shell: Shell) -> None:
    def answer(bucket: str) -> Answer:
        return error("NoSuchBucket", 404) if bucket == "typo" else KMS

    with Stub(ListBuckets=error("AccessDenied", 403), GetBucketEncryption=answer) as stub:
        done = shell.having(**stub.env)("check", "s3://logs", "s3://typo")

    assert done.exit == 11
    assert "s3://typo was not checked" in done.out


def test_a_404_without_an_error_document_is_no_deleted_bucket(shell: Shell) -> None:
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=Answer("", 404)) as stub:
        done = shell.having(**stub.env)("check", "--format", "json", "--no-directory-buckets")

    assert done.verdicts() == {"logs": "unknown"}


def test_an_unknown_has_the_request_id_to_look_for_in_cloudtrail(shell: Shell) -> None:
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=error("AccessDenied", 403)) as stub:
        done = shell.having(**stub.env)("check", "--format", "json", "--no-directory-buckets")

    assert done.findings[0]["evidence"]["request_id"] == "STUBREQUEST"


def test_an_account_of_exactly_a_full_page_is_believed_where_aws_refuses_the_unpaged_call(
    shell: Shell,
) -> None:
    pages = iter([listing(*(f"b{i:04}" for i in range(1000))), error("InvalidRequest", 400)])
    with Stub(ListBuckets=lambda _: next(pages), GetBucketEncryption=KMS) as stub:
        done = shell.having(**stub.env)("check", "--no-directory-buckets", "--format", "csv")

    assert done.exit == 0


@pytest.mark.parametrize("answer", [Answer("<html><body>hello</body></html>"), Answer("{}")])
def test_an_identity_that_is_no_answer_is_a_sentence(shell: Shell, answer: Answer) -> None:
    with Stub(GetCallerIdentity=answer) as stub:
        done = shell.having(**stub.env)("check")

    assert done.exit == 1
    assert "GetCallerIdentity for this identity" in done.err
