"""Bad input gets a clear sentence and the right exit code, never a traceback."""

import os
import subprocess
import sys

import pytest
from tests.support.cli import Shell

KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "s3://a"], "is not the name of a bucket"),
        (["check", "s3://logs/2024/x.gz"], "names an object"),
        (["check", "s3://logs-[a"], "is not a usable pattern"),
        (["check", "s3://lo gs"], "is not the name of a bucket"),
        (["check", "arn:aws:s3:eu-west-1:1:x"], "is not the ARN of a bucket"),
        (["check", "arn:aws:s3:::b1b/key"], "names an object"),
        (["check", "--region", "frankfurt"], "is not the name of a region"),
        (["check", ""], "a target is empty"),
        (["check", "./" + "x" * 300 + ".yaml"], "File name too long"),
        (["check", ".", "--output", "/tmp"], "/tmp is a folder"),
        (["check", ".", "--region", "eu-west-1"], "--region is about buckets in an account"),
        (["check", ".", "--org"], "--org is about buckets in an account"),
        (
            ["check", ".", "--confirm"],
            "--confirm is about an AWS Config aggregator, and the targets are code",
        ),
        (["fix", ".", "--key", ""], "--key is empty"),
        (["check", "--rule", "s3_nope"], "there is no rule 's3_nope'"),
        (["check", "--format", "pdf"], "there is no format 'pdf'"),
        (["check", "--endpoint-url", "localhost:4566"], "is not the URL of an endpoint"),
        (["check", "--from-file", "nowhere.txt"], "nowhere.txt cannot be read: No such file or directory"),
        (["check", "--config", "nowhere.toml"], "nowhere.toml cannot be read: No such file or directory"),
        (["check", "--since", "nowhere.json"], "nowhere.json cannot be read: No such file or directory"),
        (["check", "--since", "/dev/null"], "/dev/null is empty"),
        (["check", "-o", "no/such/folder/x.json"], "is not writable: No such file or directory"),
        (["check", "--profile", "nobody"], "The config profile (nobody) could not be found"),
        (["check", "--concurrency", "0"], "0 is not in the range"),
        (["check", "config://"], "does not name a Config aggregator"),
        (["check", "config://my org"], "does not name a Config aggregator"),
        (["check", "config://org/x"], "does not name a Config aggregator"),
        (["check", "config://org\x1b[31m"], "does not name a Config aggregator"),
        (["check", "config://" + "x" * 257], "a name is 1 to 256 letters"),
        (["check", "config://one", "config://two"], "are two inventories"),
        (["check", "config://org", "s3://logs"], "goes with no other target, such as 's3://logs'"),
        (["check", "config://org", "--directory-buckets"], "config://org knows no directory buckets"),
        (["check", "config://org", "--region", "frankfurt"], "is not the name of a region"),
        (["check", "config://org", "--max-age", "0"], "0 is not in the range"),
        (["check", "config://org", "--max-age", "9" * 30], "is not in the range"),
        (["check", "s3://logs", "--confirm"], "--confirm is about an AWS Config aggregator"),
        (["check", "--max-age", "7"], "--max-age is about an AWS Config aggregator"),
        (["fix", "config://org"], "which only a check reads"),
        (["verify", "config://org"], "which only a check reads"),
        (["permissions", "config://org"], "are about check"),
        (["permissions", "check", "--confirm"], "are about check"),
        (["permissions", "fix", "config://org"], "are about check"),
        (["permissions", "check", "config://a b"], "does not name a Config aggregator"),
        (["permissions", "chekc"], "'chekc' is neither a command nor a target, did you mean check?"),
        (["chek"], "there is no command 'chek', did you mean check?"),
        (["check", "--rule", "s3_bucket_sse_blocked"], "did you mean s3_bucket_sse_c_blocked?"),
        (["explain", "other_account"], "there is no hazard 'other_account', did you mean other_accounts?"),
        (["explain", "s3_bucket_kms_encrypton"], "did you mean s3_bucket_kms_encryption?"),
        (["check", "--region", "eu-centrl-1"], "no region 'eu-centrl-1', did you mean eu-central-1?"),
        (["verify", "."], "check it with s3kms check .; write s3://NAME for a bucket"),
        (["explain", "nowhere"], "there is no rule or hazard 'nowhere'"),
        (["check", "--findings-check", "x", "s3://logs"], "--findings-check goes with --from-findings FILE"),
        (["check", "s3:/logs"], "a bucket is written s3://NAME"),
        (["check", "--from-file", "nowhere.txt"], "one target per line"),
        (["check", "--profile", "nobody"], "aws configure list-profiles"),
        (["explain", "s3_bucket_kms_encryption", "s3://logs-*"], "an explanation is about one bucket"),
        (["explain", "s3_bucket_kms_encryption", "--key", "my key"], "is not a reference to a KMS key"),
        (["permissions"], "Missing argument"),
        (["demo", "demo"], "the demo does not run itself"),
    ],
)
def test_a_wrong_word_is_a_usage_error_with_a_sentence(shell: Shell, arguments: list[str], says: str) -> None:
    done = shell.having(**KEYS)(*arguments)

    assert says in done.err
    assert done.exit == 2
    assert done.out == ""


def test_several_wrong_targets_are_said_at_once(shell: Shell) -> None:
    done = shell("check", "s3://y", "s3://x")

    assert "'s3://y'" in done.err
    assert "'s3://x'" in done.err


def test_no_credentials_is_said_with_what_to_do(shell: Shell) -> None:
    done = shell("check")

    assert done.exit == 1
    assert "there are no usable AWS credentials" in done.err
    assert "AWS_PROFILE" in done.err


def test_a_misspelled_region_of_the_environment_names_the_real_one(shell: Shell) -> None:
    done = shell.having(**KEYS, AWS_REGION="eu-centrl-1")("check")

    assert done.exit == 2
    assert "there is no region 'eu-centrl-1', did you mean eu-central-1?" in done.err
    assert "AWS_REGION" in done.err


def test_another_server_may_name_its_region_as_it_likes(shell: Shell) -> None:
    done = shell.having(**KEYS, AWS_REGION="garage", AWS_MAX_ATTEMPTS="1")(
        "check", "--endpoint-url", "http://127.0.0.1:1"
    )

    assert "127.0.0.1:1 cannot be reached: Connection refused" in done.err
    assert done.exit == 1


def test_a_proxy_that_cannot_be_reached_is_named_without_its_password(shell: Shell) -> None:
    done = shell.having(
        **KEYS,
        AWS_REGION="eu-west-1",
        AWS_MAX_ATTEMPTS="1",
        NO_PROXY="",
        no_proxy="",
        HTTPS_PROXY="http://me:hunter2@127.0.0.1:1",
    )("check")

    assert (
        "the proxy 127.0.0.1:1 for sts.eu-west-1.amazonaws.com cannot be reached: Connection refused"
        in done.err
    )
    assert "hunter2" not in done.err


def test_a_folder_without_code_says_what_makes_that_success(shell: Shell) -> None:
    done = shell("check", ".")

    assert done.exit == 3
    assert "--allow-empty" in done.err


def test_a_broken_aws_configuration_is_a_usage_error(shell: Shell) -> None:
    (shell.folder / "aws-config").write_text("this is not [ini")

    done = shell("check")

    assert done.exit == 2
    assert "the AWS configuration cannot be used" in done.err


def test_a_configuration_with_many_mistakes_lists_them_all(shell: Shell) -> None:
    (shell.folder / "s3kms.toml").write_text(
        """
rules = ["nope"]
[wanted]
algoritm = "aws:kms"
bucket_key = "yes"
[[exemptions]]
buckets = "logs-*"
"""
    )

    done = shell("check")

    assert done.exit == 2
    assert "s3kms.toml has 4 mistakes" in done.err
    assert "wanted.algoritm: there is no such key, did you mean algorithm?" in done.err
    assert "wanted.bucket_key: 'yes' is not allowed; allowed: true or false" in done.err
    assert "exemptions[0].reason: is missing; allowed: a sentence that says why" in done.err
    assert "rules[0]: there is no rule 'nope'" in done.err


def test_a_syntax_error_in_the_configuration_names_the_line(shell: Shell) -> None:
    (shell.folder / "s3kms.toml").write_text("rules = []\nwanted = = 3\n")

    done = shell("check")

    assert done.exit == 2
    assert "is not TOML" in done.err
    assert "line 2" in done.err


def test_an_unwritable_output_is_refused_before_anything_is_asked(shell: Shell) -> None:
    done = shell("check", "-o", "missing/result.json")

    assert done.exit == 2  # not 1: credentials were not even looked for


def test_a_reader_that_leaves_is_no_traceback(production: Shell) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "s3kms", "check", "--format", "jsonl"],
        cwd=production.folder,
        env={**os.environ, **production.env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()

    assert process.wait(timeout=60) == 1
    assert "Traceback" not in said
    assert "Exception ignored" not in said


def test_a_directory_bucket_is_not_explained_as_another_kind(shell: Shell) -> None:
    done = shell("explain", "s3_bucket_kms_encryption", "s3://hot--use1-az4--x-s3")

    assert done.exit == 2
    assert "a directory bucket takes one customer managed key" in done.err
