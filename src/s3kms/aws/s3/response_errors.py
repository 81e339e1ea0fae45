"""What a response that is not the good one means: our error, and the server's clock."""

import re
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from s3kms.aws.boundary import NETWORK_ADVICE, from_client_error
from s3kms.aws.clock import offset_of_date
from s3kms.aws.s3.response_xml import parse_error
from s3kms.aws.s3.transport import Response, TransportError
from s3kms.model.errors import AwsError, BadAnswer, Unreachable
from s3kms.model.operations import Operation


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


def error_of(operation: Operation, subject: str, response: Response) -> AwsError:
    """Our error for a response that is not the good one."""
    if 200 <= response.status < 300:  # noqa: PLR2004 - S3 answers these GETs with 200 alone
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
