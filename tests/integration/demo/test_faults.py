"""The embedded AWS misbehaves when told to, and not otherwise."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.support.aws_calls import got, refusal, refused_words

from s3kms.demo.aws import MANAGEMENT, PRODUCTION, EmbeddedAws, Faults


def outcomes(s3: Any, bucket: str, calls: int) -> list[str]:
    """What becomes of so many GetBucketEncryption calls, one after the other."""

    def one() -> str:
        try:
            got(s3, bucket)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "ok"

    return [one() for _ in range(calls)]


def test_nothing_is_wrong_to_begin_with(aws: EmbeddedAws) -> None:
    assert aws.faults == Faults()


def test_a_reset_puts_everything_right(aws: EmbeddedAws, s3: Any) -> None:
    aws.faults.latency, aws.faults.clock, aws.faults.path_style = 5.0, 9e4, "PermanentRedirect"
    aws.faults.wrong_region, aws.faults.session_seconds = "AuthorizationHeaderMalformed", 1
    aws.faults.slow_down(operation="*")

    aws.reset()

    assert aws.faults == Faults()
    s3.create_bucket(Bucket="reports")
    assert got(s3, "reports")


# Slow and throttled


@pytest.mark.parametrize(
    ("share", "slowed"), [(1, [1, 2, 3, 4, 5, 6]), (1 / 2, [2, 4, 6]), (1 / 3, [3, 6]), (0.0, [])]
)
def test_a_share_of_the_calls_is_slowed_down(
    aws: EmbeddedAws, s3: Any, bucket: str, share: float, slowed: list[int]
) -> None:
    aws.faults.slow_down(share)

    said = outcomes(s3, bucket, 6)

    assert said == ["SlowDown" if number in slowed else "ok" for number in range(1, 7)]


def test_slow_down_is_a_503(aws: EmbeddedAws, s3: Any, bucket: str) -> None:
    aws.faults.slow_down()

    assert refusal(got, s3, bucket) == ("SlowDown", 503)
    assert aws.calls[-1].status == 503


def test_only_the_operation_asked_for_is_slowed_down(aws: EmbeddedAws, s3: Any, bucket: str) -> None:
    aws.faults.slow_down()

    assert s3.list_buckets()["Buckets"]


def test_only_the_buckets_asked_for_are_slowed_down(aws: EmbeddedAws, s3: Any, bucket: str) -> None:
    s3.create_bucket(Bucket="logs-1")
    aws.faults.slow_down(bucket="logs-*")

    assert (outcomes(s3, "logs-1", 1), outcomes(s3, bucket, 2)) == (["SlowDown"], ["ok", "ok"])


def test_the_share_is_the_same_however_many_ask_at_once(aws: EmbeddedAws, s3: Any, bucket: str) -> None:
    aws.faults.slow_down(0.25)

    with ThreadPoolExecutor(10) as pool:
        said = [code for codes in pool.map(lambda _: outcomes(s3, bucket, 4), range(10)) for code in codes]

    assert said.count("SlowDown") == 10


def test_a_retry_is_a_call_of_its_own(aws: EmbeddedAws, session: Any, bucket: str) -> None:
    keys = aws.credentials(MANAGEMENT)
    patient = session.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=aws.url,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"mode": "standard", "total_max_attempts": 2}),
    )
    aws.faults.slow_down(0.5)
    aws.calls.clear()

    assert outcomes(patient, bucket, 3) == ["ok", "ok", "ok"]
    assert [call.status for call in aws.calls] == [200, 503, 200, 503, 200]


@pytest.mark.parametrize(
    ("service", "operation", "refused"),
    [
        ("kms", "list_keys", ("ThrottlingException", 400)),
        ("organizations", "list_accounts", ("TooManyRequestsException", 400)),
        ("sts", "get_caller_identity", ("Throttling", 400)),
        ("s3", "list_buckets", ("InternalError", 500)),
    ],
)
def test_any_operation_can_fail_in_its_services_own_form(
    aws: EmbeddedAws, connect: Any, service: str, operation: str, refused: tuple[str, int]
) -> None:
    client = connect(service)
    code, status = refused
    aws.faults.fail(client.meta.method_to_api_mapping[operation], status, code, "not now")

    assert refusal(getattr(client, operation)) == refused
    assert refused_words(getattr(client, operation)) == "not now"


def test_a_failure_can_be_one_accounts_alone(aws: EmbeddedAws, connect: Any) -> None:
    aws.faults.fail("ListBuckets", 503, "ServiceUnavailable", account=PRODUCTION)

    assert refusal(connect("s3", PRODUCTION).list_buckets) == ("ServiceUnavailable", 503)
    assert connect("s3").list_buckets()


def test_latency_is_waited_before_every_answer(aws: EmbeddedAws, s3: Any, bucket: str) -> None:
    aws.faults.latency = 0.2
    before = time.monotonic()

    outcomes(s3, bucket, 2)

    assert time.monotonic() - before >= 0.4


def test_latency_is_waited_side_by_side(aws: EmbeddedAws, s3: Any, bucket: str) -> None:
    aws.faults.latency = 2.0
    before = time.monotonic()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: got(s3, bucket), range(8)))

    assert time.monotonic() - before < 14  # one after the other they take 16


# The wrong time


@pytest.mark.parametrize("minutes", [16, -16])
def test_a_skewed_clock_is_refused_by_s3_with_both_times(
    aws: EmbeddedAws, s3: Any, bucket: str, minutes: int
) -> None:
    aws.faults.clock = minutes * 60

    with pytest.raises(ClientError) as caught:
        got(s3, bucket)

    error: Any = caught.value.response["Error"]
    skew = datetime.fromisoformat(error["ServerTime"]) - datetime.now(UTC)
    assert (error["Code"], error["MaxAllowedSkewMilliseconds"]) == ("RequestTimeTooSkewed", "900000")
    assert abs(skew - timedelta(minutes=minutes)) < timedelta(seconds=30)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_the_date_header_is_the_servers(aws: EmbeddedAws, s3: Any) -> None:
    aws.faults.clock = 600

    answer = s3.list_buckets()["ResponseMetadata"]["HTTPHeaders"]

    skew = parsedate_to_datetime(answer["date"]) - datetime.now(UTC)
    assert abs(skew - timedelta(minutes=10)) < timedelta(seconds=30)


def test_a_quarter_of_an_hour_is_allowed_by_s3(aws: EmbeddedAws, s3: Any, bucket: str) -> None:
    aws.faults.clock = 14 * 60

    assert got(s3, bucket)


@pytest.mark.parametrize(
    ("service", "call", "refused"),
    [
        ("sts", "get_caller_identity", ("SignatureDoesNotMatch", 403)),
        ("kms", "list_keys", ("InvalidSignatureException", 400)),
        ("organizations", "list_accounts", ("InvalidSignatureException", 400)),
    ],
)
def test_other_services_call_a_skewed_clock_a_wrong_signature(
    aws: EmbeddedAws, connect: Any, service: str, call: str, refused: tuple[str, int]
) -> None:
    aws.faults.clock = 3600
    asked = getattr(connect(service), call)

    assert refusal(asked) == refused
    assert refused_words(asked).startswith("Signature expired: ")


def test_a_clock_that_is_behind_says_not_yet(aws: EmbeddedAws, connect: Any) -> None:
    aws.faults.clock = -3600

    assert refused_words(connect("kms").list_keys).startswith("Signature not yet current: ")


# The wrong address


@pytest.mark.parametrize(
    ("code", "status"),
    [("PathStyleDomainForbidden", 403), ("SecondLevelDomainForbidden", 403), ("PermanentRedirect", 301)],
)
def test_path_style_can_be_refused(aws: EmbeddedAws, s3: Any, bucket: str, code: Any, status: int) -> None:
    aws.faults.path_style = code

    assert refusal(got, s3, bucket) == (code, status)


def test_a_redirect_away_from_path_style_names_the_endpoint(aws: EmbeddedAws, s3: Any, bucket: str) -> None:
    aws.faults.path_style = "PermanentRedirect"

    with pytest.raises(ClientError) as caught:
        got(s3, bucket)

    error: Any = caught.value.response["Error"]
    assert error["Endpoint"] == f"{bucket}.{aws.url.removeprefix('http://')}"


def test_a_request_without_a_bucket_has_no_style(aws: EmbeddedAws, s3: Any, bucket: str) -> None:
    aws.faults.path_style = "PathStyleDomainForbidden"

    assert s3.list_buckets()["Buckets"]


@pytest.fixture
def hosted(aws: EmbeddedAws, session: Any) -> Any:
    """A client that puts the bucket into the host; the embedded AWS is its proxy, so that no name need resolve."""
    keys = aws.credentials(MANAGEMENT)
    client = session.client(
        "s3",
        region_name="us-east-1",
        endpoint_url="http://s3.storage.example",
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        config=Config(
            s3={"addressing_style": "virtual"},
            proxies={"http": aws.url},
            retries={"total_max_attempts": 1},
        ),
    )
    yield client
    client.close()


def test_virtual_hosted_requests_are_answered(aws: EmbeddedAws, hosted: Any, bucket: str) -> None:
    aws.faults.path_style = "PathStyleDomainForbidden"

    assert got(hosted, bucket)
    assert (aws.calls[-1].host, aws.calls[-1].path) == (f"{bucket}.s3.storage.example", f"/{bucket}/")


def test_objects_are_found_by_the_buckets_host(hosted: Any, s3: Any, bucket: str) -> None:
    hosted.put_object(Bucket=bucket, Key="a/b c+d", Body=b"text")

    assert s3.get_object(Bucket=bucket, Key="a/b c+d")["Body"].read() == b"text"
    assert [o["Key"] for o in hosted.list_objects_v2(Bucket=bucket)["Contents"]] == ["a/b c+d"]


def test_a_bucket_with_dots_is_found_by_its_host(hosted: Any, s3: Any) -> None:
    s3.create_bucket(Bucket="acme.reports.2024")

    assert got(hosted, "acme.reports.2024")
    assert {b["Name"] for b in hosted.list_buckets()["Buckets"]} == {"acme.reports.2024"}
