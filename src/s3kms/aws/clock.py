"""How far this machine's clock is from a server's, by what the server's refusal tells."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from s3kms.model.advice import Advice

CLOCK_CODES = {"RequestTimeTooSkewed", "RequestExpired"}
"""How AWS says that the date of a signature is not that of its own clock."""
WRONG_CLOCK_ADVICE = Advice(
    "set this machine's clock from the network (timedatectl set-ntp true; macOS: sudo sntp -sS time.apple.com; "
    "Windows: w32tm /resync; in a container the host's counts) and run again; new credentials do not help"
)
_MAX_CLOCK_OFFSET = timedelta(days=36525)
"""No clock is further off; a date at the end of time cannot be added to."""
_MIN_TOLD = timedelta(minutes=1)
"""No service minds less: what tells so little tells nothing."""
_SIGNATURE_CODES = {"SignatureDoesNotMatch", "InvalidSignatureException"}
_SIGNATURE_TIME = re.compile(r"Signature (?:expired|not yet current)(?:.*\((?P<server>\d{8}T\d{6}Z) [-+])?")
"""What STS and KMS say; the time in brackets is the server's."""
_BASIC_TIME, _ISO_TIME = "%Y%m%dT%H%M%SZ", "%Y-%m-%dT%H:%M:%SZ"


def is_clock_error(code: str, message: str) -> bool:
    """Whether a refusal is one of the clock: S3 has a code for it, other services say it in a sentence only."""
    return code in CLOCK_CODES or (code in _SIGNATURE_CODES and _SIGNATURE_TIME.search(message) is not None)


def offset_of_date(header: str | None, now: datetime) -> timedelta | None:
    """How far the server is ahead of `now` by its `Date` header; None where that is no date to set a clock by."""
    try:
        offset = parsedate_to_datetime(header or "") - now
    except (TypeError, ValueError):  # no date, or one without a time zone
        return None
    return offset if abs(offset) <= _MAX_CLOCK_OFFSET else None


def offset_of_refusal(response: Mapping[str, Any]) -> timedelta | None:
    """How far the server is ahead of this machine, by a refusal in the shape of botocore's parsed errors."""
    return next(_offsets(response, datetime.now(UTC)), None)


def describe_wrong_clock(response: Mapping[str, Any]) -> str:
    """The sentence for a refusal, in the shape of botocore's parsed errors: by how many minutes the clock is off."""
    offset = offset_of_refusal(response)
    if offset is None or abs(offset) < _MIN_TOLD:
        return "this machine's clock is wrong"
    minutes = round(abs(offset) / timedelta(minutes=1))
    unit = "minute" if minutes == 1 else "minutes"
    where = "behind" if offset > timedelta() else "ahead of"
    return f"this machine's clock is {minutes} {unit} {where} the server's"


def _offsets(response: Mapping[str, Any], now: datetime) -> Iterator[timedelta]:
    """By the error's own time first: a proxy may have written the header."""
    error = response.get("Error", {})
    said = _SIGNATURE_TIME.search(str(error.get("Message") or ""))
    for text, form in ((error.get("ServerTime"), _ISO_TIME), (said and said["server"], _BASIC_TIME)):
        try:
            yield datetime.strptime(str(text), form).replace(tzinfo=UTC) - now
        except ValueError:  # not told
            continue
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    named = {str(name).lower(): value for name, value in headers.items()}
    if (offset := offset_of_date(named.get("date"), now)) is not None:
        yield offset
