"""`s3kms check --since`: a real estate that moved between two checks."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from jsonschema import Draft202012Validator
from tests.conftest import shell_of
from tests.support.cli import Shell
from tests.support.findings import OTHER, finding
from tests.support.stub import Stub, encryption, error, listing

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT, PROFILES, seed_estate
from s3kms.model.bucket import directory_bucket_arn
from s3kms.model.findings import Verdict
from s3kms.results.v1 import finding_v1

SCHEMA = json.loads((Path(__file__).parents[3] / "src/s3kms/schemas/check-v1.schema.json").read_text())
RULE = "s3_bucket_kms_encryption"
PLAIN = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
MANAGED = {
    "Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True},
    ]
}
MOVED = {
    "acme-ledger": "worse",
    "acme-brand-new": "new",
    "acme-orders": "changed",
    "acme-web-uploads": "better",
}
"""What `moved` does to the estate; it also deletes acme-www."""


@pytest.fixture(scope="module")
def moved(server: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A folder with two results of before, and the estate of after."""
    server.reset()
    seed_estate(server)
    shell = shell_of(server, tmp_path_factory.mktemp("moved"))
    shell("check", "-o", "old.json")
    shell("check", "--format", "jsonl", "-o", "old.jsonl")
    keys = server.credentials(PROFILES["production"])
    s3: Any = boto3.client(
        "s3",
        endpoint_url=server.url,
        region_name=FRANKFURT,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )
    s3.put_bucket_encryption(Bucket="acme-ledger", ServerSideEncryptionConfiguration=PLAIN)
    s3.put_bucket_encryption(Bucket="acme-orders", ServerSideEncryptionConfiguration=MANAGED)
    s3.put_bucket_encryption(Bucket="acme-web-uploads", ServerSideEncryptionConfiguration=MANAGED)
    s3.create_bucket(Bucket="acme-brand-new", CreateBucketConfiguration={"LocationConstraint": FRANKFURT})
    s3.delete_bucket(Bucket="acme-www")
    yield shell
    server.reset()


def changes(document: dict[str, object], but: str = "unchanged") -> dict[str, str]:
    findings = document["findings"]
    assert isinstance(findings, list)
    return {f["bucket"]: f["change"] for f in findings if f["change"] != but}


@pytest.mark.parametrize("earlier", ["old.json", "old.jsonl"])
def test_everything_that_moved_is_said_and_nothing_else(moved: Shell, earlier: str) -> None:
    document = json.loads(moved("check", "--format", "json", "--since", earlier).out)

    assert changes(document) == MOVED
    assert [gone["bucket"] for gone in document["since"]["gone"]] == ["acme-www"]
    assert document["since"]["unseen"] == 0
    Draft202012Validator(SCHEMA).validate(document)


def test_the_exit_code_is_that_of_the_buckets(moved: Shell) -> None:
    assert moved("check", "--since", "old.json").exit == 10
    assert moved("check", "s3://acme-web-uploads", "--since", "old.json").exit == 0


def test_the_table_lists_the_changes_only(moved: Shell) -> None:
    out = moved("check", "--since", "old.json", "--format", "table").out

    assert "since old.json: 1 worse, 1 new, 1 changed, 1 gone, 1 better, 36 unchanged\n" in out
    assert "acme-www" in out
    assert "acme-invoices" not in out


def test_a_target_makes_nothing_gone_outside_of_it(moved: Shell) -> None:
    document = json.loads(moved("check", "--format", "json", "s3://acme-web-*", "--since", "old.json").out)

    assert document["since"]["gone"] == []
    assert document["since"]["unseen"] == 38
    assert "outside the rules, targets and regions of this check" in document["summary"]["notes"][0]


def test_a_region_makes_nothing_gone_outside_of_it(moved: Shell) -> None:
    document = json.loads(
        moved("check", "--format", "json", "--region", "eu-west-1", "--since", "old.json").out
    )

    assert document["since"]["gone"] == []


def test_leaving_out_directory_buckets_makes_none_of_them_gone(moved: Shell) -> None:
    document = json.loads(
        moved("check", "--format", "json", "--no-directory-buckets", "--since", "old.json").out
    )

    assert [gone["bucket"] for gone in document["since"]["gone"]] == ["acme-www"]


def test_another_account_is_neither_gone_nor_hidden(moved: Shell, server: EmbeddedAws) -> None:
    done = shell_of(server, moved.folder, "sandbox")("check", "--format", "json", "--since", "old.json")

    document = json.loads(done.out)
    assert document["since"]["gone"] == []
    assert set(changes(document).values()) == {"new"}
    assert "old.json has no finding of account 333333333333: what is new there may be old" in done.err


def test_a_rule_that_is_new_is_not_compared(moved: Shell) -> None:
    done = moved(
        "check",
        "--format",
        "json",
        "s3://acme-invoices",
        "--rule",
        "s3_bucket_sse_c_blocked",
        "--since",
        "old.json",
    )

    assert [f["change"] for f in done.findings] == ["unchanged", "uncompared"]


def test_notes_and_sums_of_machine_formats_go_to_stderr(moved: Shell) -> None:
    done = moved("check", "--since", "old.json", "--format", "jsonl")

    assert "since old.json: 1 worse, 1 new" in done.err
    assert moved("check", "--since", "old.json", "--format", "jsonl", "--quiet").err == ""


def test_the_result_of_a_comparison_can_be_compared_with(moved: Shell) -> None:
    for form in ("json", "jsonl"):
        moved("check", "--since", "old.json", "--format", form, "-o", f"next.{form}")

        document = json.loads(moved("check", "--format", "json", "--since", f"next.{form}").out)

        assert changes(document) == {}
        assert document["since"]["gone"] == []


def test_the_new_result_can_replace_the_one_it_is_compared_with(moved: Shell) -> None:
    rolling = moved.folder / "rolling.json"
    rolling.write_bytes((moved.folder / "old.json").read_bytes())

    moved("check", "--since", "rolling.json", "-o", "rolling.json")

    assert changes(json.loads(rolling.read_text())) == MOVED


def test_a_pipe_can_be_compared_with(moved: Shell) -> None:
    done = moved(
        "check", "--format", "json", "--since", "/dev/stdin", stdin=(moved.folder / "old.jsonl").read_text()
    )

    assert changes(json.loads(done.out)) == MOVED


def test_a_wrong_result_is_refused_before_anything_is_asked(moved: Shell, server: EmbeddedAws) -> None:
    (moved.folder / "wrong.jsonl").write_text('{"rule": "r", "verdict": "passed"}\n')
    server.calls.clear()

    done = moved("check", "--since", "wrong.jsonl", "-o", "never.json")

    assert done.exit == 2
    assert "wrong.jsonl has 11 mistakes:" in done.err
    assert '''line 1, verdict: 'passed' is not allowed; allowed: "pass", "fail"''' in done.err
    assert server.calls == []
    assert not (moved.folder / "never.json").exists()


def test_a_name_that_moves_the_cursor_is_harmless_in_the_error(moved: Shell) -> None:
    (moved.folder / "evil.json").write_text('{"rule": "\\u001b[2J", "verdict": "\\u001b[31m"}')

    done = moved("check", "--since", "evil.json")

    assert done.exit == 2
    assert "\x1b" not in done.err


def test_directory_buckets_that_cannot_be_listed_this_time_are_not_gone(shell: Shell) -> None:
    name = "d--use1-az4--x-s3"
    arn = directory_bucket_arn(name, "us-east-1", OTHER)
    earlier = [finding("logs"), finding("lost"), replace(finding(name), arn=arn, region="us-east-1")]
    lines = [json.dumps(finding_v1(replace(f, rule=RULE, account=OTHER))) for f in earlier]
    (shell.folder / "old.jsonl").write_text("\n".join(lines))
    answers = {"ListBuckets": listing("logs"), "GetBucketEncryption": encryption()}

    with Stub(**answers, ListDirectoryBuckets=error("AccessDenied", 403)) as stub:
        document = json.loads(
            shell.having(**stub.env)("check", "--format", "json", "--since", "old.jsonl").out
        )

    assert [gone["bucket"] for gone in document["since"]["gone"]] == ["lost"]
    assert document["since"]["unseen"] == 1
    assert document["summary"]["notes"] == [
        "1 finding of old.jsonl cannot be compared: of buckets that could not be listed this time (444455556666)"
    ]


@pytest.mark.parametrize(("was", "found"), [("pass", "worse"), ("fail", "changed"), ("unknown", "unchanged")])
def test_a_bucket_that_can_no_longer_be_read_is_never_better(shell: Shell, was: str, found: str) -> None:
    earlier = replace(finding("logs", Verdict(was), None), rule=RULE, account=OTHER)
    (shell.folder / "old.jsonl").write_text(json.dumps(finding_v1(earlier)))
    with Stub(ListBuckets=listing("logs"), GetBucketEncryption=error("AccessDenied", 403)) as stub:
        done = shell.having(**stub.env)("check", "--format", "json", "--since", "old.jsonl")

    assert [f["change"] for f in done.findings] == [found]
    assert done.exit == 11
