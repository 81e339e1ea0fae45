"""What is signed again by the server's time is what botocore would sign, and a wrong clock is told in minutes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.exceptions import ClientError
from botocore.session import Session

from s3kms.aws.clock import describe_wrong_clock
from s3kms.aws.clock_correction import correct_clock
from s3kms.aws.s3.signing import Clock

RULES = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "s3": ("put_bucket_encryption", {"Bucket": "logs", "ServerSideEncryptionConfiguration": RULES}),
    "sts": ("assume_role", {"RoleArn": "arn:aws:iam::111122223333:role/a", "RoleSessionName": "it"}),
    "config": ("list_discovered_resources", {"resourceType": "AWS::S3::Bucket"}),
}


class Wire:
    """Answers every request with an error, and keeps what was sent; `signed` is what botocore itself had signed."""

    def __init__(self, service: str, clock: Clock, code: str = "NotNow", message: str = "") -> None:
        session = Session()
        correct_clock(session.get_component("event_emitter"), clock)
        self.client: Any = session.create_client(
            service, "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b", aws_session_token="c"
        )
        self.sent: list[dict[str, str]] = []
        self.signed: list[dict[str, str]] = []
        body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        if service == "sts":
            body = f"<ErrorResponse>{body}</ErrorResponse>"
        self.body = body.encode()
        self.date = ""
        events = self.client.meta.events
        events.register(f"request-created.{service}", self._keep, unique_id="keep")
        events.register("before-send", self._answer)  # type: ignore[arg-type] # what it returns is sent
        self.operation, self.arguments = CALLS[service]

    def call(self) -> None:
        with pytest.raises(ClientError):
            getattr(self.client, self.operation)(**self.arguments)

    def _keep(self, request: AWSRequest, **_: object) -> None:
        self.signed.append(dict(request.headers.items()))

    def _answer(self, request: Any, **_: object) -> AWSResponse:
        self.sent.append({name: _text(value) for name, value in request.headers.items()})
        raw: Any = type("Raw", (), {"stream": lambda *_, **__: iter([self.body])})()
        headers: Any = {"date": self.date} if self.date else {}
        return AWSResponse(request.url, 403, headers, raw)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


@pytest.mark.parametrize("service", CALLS)
def test_what_is_signed_again_is_what_botocore_signs(service: str) -> None:
    clock = Clock()
    clock.offset = timedelta(microseconds=1)
    wire = Wire(service, clock)
    for _ in range(5):  # both times are of the same second, in one attempt of these
        wire.call()
    pairs = [
        (old, new)
        for old, new in zip(wire.signed, wire.sent, strict=True)
        if old["X-Amz-Date"] == new["X-Amz-Date"]
    ]

    assert pairs
    for old, new in pairs:
        assert old["Authorization"] == new["Authorization"]
        assert new["X-Amz-Security-Token"] == "c"


@pytest.mark.parametrize("service", ["s3", "sts"])
@pytest.mark.parametrize("hours", [2, -30])
def test_a_call_that_the_clock_forbids_is_repeated_once_by_the_servers_time(service: str, hours: int) -> None:
    now = datetime.now(UTC) + timedelta(hours=hours)
    clock = Clock()
    wire = Wire(
        service,
        clock,
        "RequestTimeTooSkewed" if service == "s3" else "SignatureDoesNotMatch",
        "Signature expired: x",
    )
    wire.date = f"{now:%a, %d %b %Y %H:%M:%S} GMT"

    wire.call()

    ours, servers = (
        datetime.strptime(one["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) for one in wire.sent
    )
    assert abs(servers - now) < timedelta(minutes=1)
    assert abs(ours - servers) > timedelta(hours=1)
    assert wire.sent[1]["Authorization"].count(f"{now:%Y%m%d}/eu-west-1/{service}/aws4_request") == 1


@pytest.mark.parametrize("code", ["AccessDenied", "SignatureDoesNotMatch"])
def test_any_other_refusal_is_no_word_about_the_clock(code: str) -> None:
    clock = Clock()
    wire = Wire("s3", clock, code)
    wire.date = "Mon, 01 Jan 2035 00:00:00 GMT"

    wire.call()

    assert len(wire.sent) == 1
    assert clock.offset == timedelta()


def test_a_refusal_that_tells_no_time_is_not_repeated() -> None:
    wire = Wire("s3", Clock(), "RequestTimeTooSkewed")

    wire.call()

    assert len(wire.sent) == 1


@pytest.mark.parametrize(
    ("hours", "says"), [(1, "60 minutes behind"), (-0.5, "30 minutes ahead of"), (1 / 59, "1 minute behind")]
)
def test_a_wrong_clock_is_told_in_minutes(hours: float, says: str) -> None:
    at = datetime.now(UTC) + timedelta(hours=hours)
    error = {"Code": "RequestTimeTooSkewed", "ServerTime": f"{at:%Y-%m-%dT%H:%M:%SZ}"}

    assert describe_wrong_clock({"Error": error}) == f"this machine's clock is {says} the server's"
