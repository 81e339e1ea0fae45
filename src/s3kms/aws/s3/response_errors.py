"""What a response that is not the good one means: our error, and the server's clock."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from s3kms.aws.boundary import NETWORK_ADVICE, from_client_error
from s3kms.aws.clock import offset_of_date
from s3kms.aws.s3.response_xml import parse_error
from s3kms.aws.s3.transport import Response, TransportError
from s3kms.model.errors import AwsError, BadAnswer, NotFound, Unreachable
from s3kms.model.operations import Operation
from s3kms.model.targets import is_region


def server_clock_offset(response: Response) -> timedelta | None:
    """How far the server's clock is ahead of ours; None where its answer has no date to set a clock by."""
    return offset_of_date(response.headers.get("Date", ""), datetime.now(UTC))


_THROTTLED = re.compile(rb'"__type"\s*:\s*"[^"]*Throttl')
"""In JSON. A message may have the word as the name of a key."""


def is_throttled(response: Response) -> bool:
    """Whether the server wants fewer calls; KMS says so with 400, as of every mistake, and the kind of error."""
    if response.status == 400:  # noqa: PLR2004
        return _THROTTLED.search(response.body) is not None
    return response.status in {429, 503}


_LATE_ERROR = re.compile(rb"\s*(?:<\?xml[^>]*\?>)?\s*<Error[\s>]")
_REGION_IN_A_SENTENCE = re.compile(r"\b[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}\b")


def late_error(response: Response) -> Response | None:
    """The error that an answer of 200 ends in, under the status it would have had; None where it ends well.

    S3 begins to answer a copy before it is made, keeps the connection open with white space, and can then but write
    the error into the body (fact D3).
    """
    if response.status != 200 or not _LATE_ERROR.match(response.body):  # noqa: PLR2004
        return None
    failed = replace(response, status=500, body=response.body.strip())
    is_slow_down = parse_error(failed).get("Error", {}).get("Code") == "SlowDown"
    return replace(failed, status=503) if is_slow_down else failed


def error_of(operation: Operation, subject: str, response: Response, *, method: str = "GET") -> AwsError:
    """Our error for a response that is not the good one; what the answer of a HEAD means, its status alone says."""
    if method == "HEAD" and response.status in _HEAD_REFUSALS and not response.body:
        kind, code, sentence = _HEAD_REFUSALS[response.status]
        said = f"{subject} {sentence} ({response.status} from {operation.name})"
        request_id = response.headers.get("x-amz-request-id")
        return kind(said, code=code, request_id=request_id, operation=operation.name)
    if 200 <= response.status < 300:  # noqa: PLR2004 - each operation has one status that is good
        return BadAnswer(
            f"{operation.name} for {subject} was answered with {response.status}",
            advice=NETWORK_ADVICE,
            operation=operation.name,
        )
    sdk_error = ClientError(parse_error(response), operation.name)  # type: ignore[arg-type]
    return from_client_error(sdk_error, operation, subject)


def no_response(operation: Operation, subject: str, failure: TransportError) -> AwsError:
    """Our error where no response came."""
    name = operation.name
    return Unreachable(f"no answer to {name} for {subject}: {failure}", advice=NETWORK_ADVICE, operation=name)


_HEAD_REFUSALS: dict[int, tuple[type[AwsError], str, str]] = {
    404: (NotFound, "NoSuchKey", "does not exist"),
    405: (AwsError, "MethodNotAllowed", "is a delete marker"),
    412: (AwsError, "PreconditionFailed", "is not what it was"),
}
"""What S3 would say with a body, in its own codes (API reference, "HeadObject")."""


def region_of_redirect(response: Response, error: AwsError) -> str | None:
    """From the header, the body's Region, or the sentence of IllegalLocationConstraintException (fact A8)."""
    body = parse_error(response).get("Error", {})
    found = [response.headers.get("x-amz-bucket-region"), body.get("Region")]
    if error.code == "IllegalLocationConstraintException":
        found += _REGION_IN_A_SENTENCE.findall(str(body.get("Message", "")))
    return next((str(region) for region in found if region and is_region(str(region))), None)


def wants_hosting(response: Response, bucket: str | None) -> bool:
    """Whether the redirect leads to the bucket as part of the host's name."""
    if response.status != 301 or not bucket:  # noqa: PLR2004
        return False
    endpoint = parse_error(response).get("Error", {}).get("Endpoint")
    return str(endpoint or "").startswith(f"{bucket}.")
