"""The wire against a server that throttles, redirects, has another time, or does not answer: real HTTP, counted."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import shell_of
from tests.support.cli import Done, Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT

VIRGINIA = "us-east-1"
MANY = 40


@pytest.fixture
def buckets(aws: EmbeddedAws) -> Iterator[EmbeddedAws]:
    """Forty buckets, every second one on SSE-KMS; faults are put right afterwards."""
    s3 = client_of(aws, PRODUCTION, "s3", FRANKFURT)
    for number in range(MANY):
        name = f"bucket-{number:02}"
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": FRANKFURT})
        if number % 2:
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    aws.calls.clear()
    yield aws
    aws.reset()


@pytest.fixture
def user(buckets: EmbeddedAws, shell: Shell) -> Shell:
    patient = shell_of(buckets, shell.folder)
    return patient.having(AWS_MAX_ATTEMPTS="50")


def check(user: Shell, *arguments: str) -> Done:
    return user("check", "--no-directory-buckets", "--format", "json", *arguments)


def right(done: Done) -> bool:
    expected = {f"bucket-{number:02}": "pass" if number % 2 else "fail" for number in range(MANY)}
    return done.verdicts() == expected


def count(aws: EmbeddedAws) -> Counter[str]:
    return Counter(call.operation for call in aws.calls)


def test_one_call_a_bucket_and_each_says_whose_it_is(user: Shell, buckets: EmbeddedAws) -> None:
    done = check(user)

    assert right(done)
    assert count(buckets) == {"GetCallerIdentity": 1, "ListBuckets": 1, "GetBucketEncryption": MANY}


def test_throttled_buckets_get_their_true_verdict_in_less_than_two_calls(
    user: Shell, buckets: EmbeddedAws
) -> None:
    buckets.faults.slow_down(share=0.2)

    done = check(user)

    assert right(done)
    assert MANY < count(buckets)["GetBucketEncryption"] < 2 * MANY


@pytest.mark.parametrize("code", ["InternalError", "ServiceUnavailable", "RequestTimeout"])
def test_a_server_in_trouble_is_asked_again(user: Shell, buckets: EmbeddedAws, code: str) -> None:
    buckets.faults.fail("GetBucketEncryption", 500, code, share=0.1)

    assert right(check(user))


def test_a_bucket_that_is_always_throttled_is_unknown_and_never_lost(
    user: Shell, buckets: EmbeddedAws
) -> None:
    buckets.faults.slow_down(bucket="bucket-07")

    done = check(user.having(AWS_MAX_ATTEMPTS="3"))

    assert done.verdicts()["bucket-07"] == "unknown"
    assert len(done.findings) == MANY
    assert count(buckets)["GetBucketEncryption"] == MANY + 2


@pytest.mark.parametrize(
    "answer", ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"]
)
def test_a_bucket_asked_in_the_wrong_region_leads_to_the_right_one_once(
    user: Shell, buckets: EmbeddedAws, answer: Any
) -> None:
    buckets.faults.wrong_region = answer
    buckets.faults.fail("ListBuckets", 403, "AccessDenied")

    done = check(user.having(AWS_REGION=VIRGINIA), "s3://bucket-01")

    assert [(f["verdict"], f["region"]) for f in done.findings] == [("pass", FRANKFURT)]
    assert count(buckets)["GetBucketEncryption"] == 2


@pytest.mark.parametrize("known", [{"AWS_ACCOUNT_ID": PRODUCTION}, {}])
@pytest.mark.parametrize("hours", [-1, 5])
def test_a_wrong_clock_is_put_right_once_for_all(
    user: Shell, buckets: EmbeddedAws, hours: int, known: dict[str, str]
) -> None:
    buckets.faults.clock = hours * 3600.0

    done = check(user.having(**known))

    assert right(done), done.err
    assert count(buckets)["GetBucketEncryption"] == MANY
    assert count(buckets)["ListBuckets"] == (2 if known else 1)  # else STS was refused, before S3 was asked


@pytest.mark.parametrize(
    "answer", ["PathStyleDomainForbidden", "SecondLevelDomainForbidden", "PermanentRedirect"]
)
def test_an_endpoint_that_refuses_the_bucket_in_the_path_gets_it_in_the_host(
    user: Shell, buckets: EmbeddedAws, answer: Any
) -> None:
    buckets.faults.path_style = answer
    # A proxy resolves every name; no DNS of this machine knows bucket-00.localhost.
    through = user.having(AWS_ENDPOINT_URL="http://s3.test", HTTP_PROXY=buckets.url, NO_PROXY="")

    done = check(through, "--concurrency", "1")

    assert right(done), done.err
    hosts = Counter(
        call.host.startswith("bucket-") for call in buckets.calls if "Encryption" in call.operation
    )
    assert hosts == {True: MANY, False: 1}  # it was learnt from the first refusal


def test_a_rate_is_kept(user: Shell) -> None:
    began = time.monotonic()

    assert right(check(user, "--max-rps", "20"))
    assert time.monotonic() - began >= (MANY - 1) / 20


def test_a_proxy_of_the_environment_is_used(user: Shell, buckets: EmbeddedAws) -> None:
    done = check(user.having(AWS_ENDPOINT_URL="http://s3.test", HTTP_PROXY=buckets.url, NO_PROXY=""))

    assert right(done)
    assert {call.host for call in buckets.calls} == {"s3.test"}


def test_a_server_that_is_not_there_is_one_clear_sentence(shell: Shell, buckets: EmbeddedAws) -> None:
    nobody = shell_of(buckets, shell.folder).having(
        AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_ACCOUNT_ID=PRODUCTION
    )

    done = check(nobody)

    assert done.exit == 1
    assert "no answer to" in done.err
    assert "check the network" in done.err


def test_the_stream_is_in_the_order_of_the_listing(user: Shell, buckets: EmbeddedAws) -> None:
    buckets.faults.slow_down(bucket="bucket-0[0-3]", share=0.5)

    done = user("check", "--no-directory-buckets", "--format", "jsonl")

    names = [json.loads(line)["bucket"] for line in done.out.splitlines()]
    assert names == sorted(names)
    assert len(names) == MANY
