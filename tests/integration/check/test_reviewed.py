"""Defects that a review found, each as the test that would have found it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.support.cli import Shell
from tests.support.stub import Answer, Stub, encryption, error, listing

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import PROFILES

KMS = encryption("aws:kms")
KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


def test_a_region_without_s3_express_is_not_asked_for_directory_buckets(shell: Shell) -> None:
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=KMS) as stub:
        done = shell.having(**stub.env)("check", "--region", "eu-central-1")

    assert "ListDirectoryBuckets" not in Counter(name for name, _ in stub.calls)
    assert done.exit == 0


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


@pytest.mark.parametrize(
    "env",
    [
        {"AWS_ENDPOINT_URL": "foo"},
        {"AWS_ENDPOINT_URL": "http://[::1"},
        {"AWS_MAX_ATTEMPTS": "abc"},
        {"AWS_DEFAULT_REGION": "mars-north-1", "AWS_ACCOUNT_ID": "111122223333"},
    ],
)
def test_a_malformed_aws_setting_is_a_sentence(shell: Shell, env: dict[str, str]) -> None:
    done = shell.having(**{"AWS_ENDPOINT_URL": "http://127.0.0.1:9"} | KEYS | env)(
        "check", "arn:aws:s3:::logs"
    )

    assert done.exit in {1, 2}
    assert done.err.startswith("error: ")


@pytest.mark.parametrize("url", ["https://", "http://a b", "http://[::1", "ftp://x"])
def test_a_malformed_endpoint_option_is_a_usage_error(shell: Shell, url: str) -> None:
    done = shell.having(**KEYS)("check", "--endpoint-url", url)

    assert done.exit == 2
    assert "is not the URL of an endpoint" in done.err


@pytest.mark.parametrize("words", ["explain", "check --format json", "permissions check"])
@pytest.mark.parametrize("redirection", ["> /dev/full", ">&-", "<&-"])
def test_a_standard_stream_that_is_full_or_closed_is_no_traceback(
    production: Shell, words: str, redirection: str
) -> None:
    command = f"exec {sys.executable} -m s3kms {words} {redirection}"
    env = {**os.environ, **production.env}

    done = subprocess.run(
        ["sh", "-c", command], check=False, cwd=production.folder, env=env, capture_output=True, text=True
    )

    assert "Traceback" not in done.stderr
    assert done.returncode in ({1} if "full" in redirection else {0, 10})


def test_a_terminal_without_unicode_gets_the_table_spelled_out(production: Shell) -> None:
    done = production.having(PYTHONIOENCODING="ascii")("check", "--format", "table")

    assert done.exit == 10
    assert "acme-invoices" in done.out


def test_a_link_to_a_standard_stream_is_written_to_and_stays(production: Shell) -> None:
    link = production.folder / "o"
    link.symlink_to("/proc/self/fd/1")

    done = production.process("check", "s3://acme-ledger", "--format", "json", "-o", "o")

    assert link.is_symlink()
    assert json.loads(done.out)["summary"]["pass"] == 1


def test_a_byte_order_mark_is_no_mistake(production: Shell) -> None:
    (production.folder / "s3kms.toml").write_text("rules = []\n", encoding="utf-8-sig")
    (production.folder / "targets").write_text("s3://acme-ledger\r\n", encoding="utf-8-sig")

    assert production("check", "--from-file", "targets").exit == 0


def test_a_configuration_nested_without_end_is_a_sentence(shell: Shell) -> None:
    (shell.folder / "s3kms.toml").write_text("a=" + "[" * 5000)

    done = shell("check")

    assert done.exit == 2
    assert "is not TOML" in done.err


def test_an_arn_of_elsewhere_is_no_bucket_of_ours(production: Shell) -> None:
    for arn, why in {
        "arn:aws-cn:s3:::acme-ledger": "it is in partition aws-cn",
        "arn:aws:s3express:us-east-1:999999999999:bucket/acme-hot--use1-az4--x-s3": "it belongs to account 99999",
    }.items():
        done = production("check", "--format", "json", arn)
        assert done.findings == []
        assert done.exit == 3
        assert why in done.err


def test_an_override_for_one_bucket_asks_nothing_of_the_others(production: Shell) -> None:
    (production.folder / "s3kms.toml").write_text(
        '[[overrides]]\nbuckets = "acme-app-config"\nkey_kind = "customer-managed"\n'
    )

    done = production("check", "--format", "json", "s3://acme-app-config", "s3://acme-app-state")

    assert done.verdicts("s3_bucket_customer_managed_key") == {
        "acme-app-config": "fail",
        "acme-app-state": "pass",
    }


@pytest.mark.parametrize(
    "form", ['"alias/data"', f'"arn:aws:kms:eu-central-1:{PROFILES["production"]}:alias/data"']
)
def test_an_allowed_alias_is_the_key_however_a_bucket_names_it(production: Shell, form: str) -> None:
    (production.folder / "s3kms.toml").write_text(f"allowed_keys = [{form}]\n")

    done = production(
        "check",
        "--format",
        "json",
        "s3://acme-orders",
        "s3://acme-customers",
        "s3://acme-ledger",
        "s3://acme-old-mail",
    )

    assert done.verdicts("s3_bucket_kms_key_allowed") == {
        "acme-orders": "pass",
        "acme-customers": "pass",
        "acme-ledger": "pass",
        "acme-old-mail": "fail",
    }


def test_aws_region_counts_as_in_the_aws_cli(shell: Shell) -> None:
    with Stub(ListBuckets=listing("logs", region="us-gov-west-1"), GetBucketEncryption=KMS) as stub:
        done = shell.having(**stub.env | {"AWS_REGION": "us-gov-west-1"})("check", "--format", "json")

    assert done.findings[0]["arn"] == "arn:aws-us-gov:s3:::logs"


def test_an_interrupt_does_not_wait_for_a_server_that_hangs(shell: Shell) -> None:
    def slow(_: str) -> Answer:
        time.sleep(15)
        return KMS

    with Stub(ListBuckets=listing("one", "two"), GetBucketEncryption=slow) as stub:
        process = subprocess.Popen(
            [sys.executable, "-m", "s3kms", "check", "--no-directory-buckets"],
            env={**os.environ, **stub.env},
            cwd=shell.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while ("GetBucketEncryption", "one") not in stub.calls and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=8) == 130


def test_the_story_needs_nothing_of_the_users_own_aws(shell: Shell) -> None:
    (shell.folder / "s3kms.toml").write_text("this is not [toml")
    broken = shell.having(
        AWS_PROFILE="nope", HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9"
    )

    (shell.folder / "empty").mkdir()
    done = Shell(shell.folder / "empty", broken.env)("demo", "check", "s3://acme-ledger", "--format", "json")

    assert done.exit == 0


def test_a_port_that_is_taken_is_a_sentence(estate: EmbeddedAws, tmp_path: Path) -> None:
    port = estate.url.rsplit(":", 1)[1]

    done = Shell(tmp_path)("demo", "--port", port)

    assert done.exit == 1
    assert f"the embedded AWS cannot listen on port {port}" in done.err
    assert "try another --port" in done.err


def test_a_directory_bucket_is_not_explained_as_another_kind(shell: Shell) -> None:
    done = shell("explain", "s3_bucket_kms_encryption", "s3://hot--use1-az4--x-s3")

    assert done.exit == 2
    assert "a directory bucket takes one customer managed key" in done.err
