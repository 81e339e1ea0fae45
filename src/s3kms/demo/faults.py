"""How the embedded AWS misbehaves when told to: slow, throttled, in the wrong place, at the wrong time."""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from s3kms.demo.batch_faults import BatchFaults
from s3kms.demo.corrections import copies, multipart, sessions
from s3kms.demo.corrections.http import S3Error, ServerResponse
from s3kms.demo.corrections.ownership import bucket_named
from s3kms.demo.lies import InjectedLie, LieKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3kms.demo.corrections.http import ServerRequest
    from s3kms.demo.corrections.regions import WrongRegion

PathStyleRefusal = Literal["PathStyleDomainForbidden", "SecondLevelDomainForbidden", "PermanentRedirect"]

# Tencent COS (gobackup#268) and Alibaba OSS (lakeFS#3490) refuse so. AWS never did what it announced; its own
# word for "use another address" is the last.
_REFUSALS: dict[PathStyleRefusal, tuple[int, str]] = {
    "PathStyleDomainForbidden": (
        403,
        "The bucket you are attempting to access must be addressed using COS virtual-styled domain.",
    ),
    "SecondLevelDomainForbidden": (403, "Please use virtual hosted style to access."),
    "PermanentRedirect": (
        301,
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint.",
    ),
}
_SKEW_OF_S3, _SKEW_OF_JSON = timedelta(minutes=15), timedelta(minutes=5)
_BASIC = "%Y%m%dT%H%M%SZ"
_SILENCE_SECONDS = 120
"""Longer than any client waits; then the answer comes, so that no thread is left for ever."""


@dataclass(frozen=True, slots=True)
class InjectedError:
    """An error that answers a share of some calls: of ten calls and a share of 0.3, always the 4th, 7th and 10th.

    `operation`, `bucket`, `account`, `region` and `key` are globs.
    """

    operation: str
    status: int
    code: str
    message: str
    share: Fraction = Fraction(1)
    bucket: str = "*"
    account: str = "*"
    region: str = "*"
    key: str = "*"
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), compare=False, repr=False)

    def counts_and_fails(self, request: ServerRequest) -> bool:
        """Count a request that this error is about; return whether it is one that fails."""
        bucket, key = (request.bucket, request.key) if request.is_s3 else ("", "")
        said = (request.operation, bucket, request.account, request.region, key)
        globs = (self.operation, self.bucket, self.account, self.region, self.key)
        if not all(map(fnmatchcase, said, globs)):
            return False
        number = next(self._numbers)
        return math.floor(number * self.share) > math.floor((number - 1) * self.share)


@dataclass(slots=True)
class Faults:
    """What goes wrong at one embedded AWS: nothing at first. May be set while it runs; `EmbeddedAws.reset` clears it.

    `aws.faults.slow_down(1 / 3)` throttles every third GetBucketEncryption; `aws.faults.clock = -900` sets
    the server's clock 15 minutes back.
    """

    latency: float = 0.0
    """Seconds before every answer."""
    clock: float = 0.0
    """Seconds by which the server's clock is ahead of ours (behind, where negative)."""
    wrong_region: WrongRegion | None = None
    """The one error for a bucket asked for in another region; None is what S3 says for these two regions."""
    path_style: PathStyleRefusal | None = None
    """The error for every request that has its bucket in the path."""
    session_seconds: int | None = None
    """How long sessions of roles last that are made from now on, whatever DurationSeconds says."""
    empty_pages: bool = False
    """ListAccounts puts an empty page, with a token, before each page."""
    without_status: bool = False
    """Accounts have no Status any more, as AWS announced for 9 September 2026; they have a State."""
    without_regions: bool = False
    """ListBuckets tells no BucketRegion, as no server but AWS does."""
    updates_to_managed_key: bool = False
    """UpdateObjectEncryption takes aws/s3, too: AWS has not confirmed either (fact D3)."""
    silent: str = ""
    """A glob of operations that get no answer: `ListDirectoryBuckets` where a network has no way to S3 Express."""
    lost: str = ""
    """A glob of operations that are carried out, and whose answer is a 500 as of a gateway that lost it."""
    batch: BatchFaults = field(default_factory=BatchFaults)
    """What goes wrong at S3 Batch Operations."""
    error_in_body: str = ""
    """A glob of operations that are not carried out, and answered with 200 and an error in the body (fact D14)."""
    cut_off: str = ""
    """A glob of operations that are carried out, and whose answer ends in the middle of its body."""
    unencrypted_copies: Literal["", "silent", "claimed"] = ""
    """Copies are answered with 200 and not encrypted, as Ceph 18.2 does; `claimed`: the answer says they are."""
    max_copy_bytes: int = copies.MAX_COPY_BYTES
    """The most that one CopyObject or UploadPartCopy takes."""
    min_range_source_bytes: int = copies.MIN_RANGE_SOURCE_BYTES
    """UploadPartCopy takes a range of an object that is larger than this."""
    min_part_bytes: int = multipart.MIN_PART_BYTES
    """Each part but the last of a multipart upload has at least these."""
    failures: list[InjectedError] = field(default_factory=list)
    lies: list[InjectedLie] = field(default_factory=list)
    overtaking_body: bytes = b"written by somebody else"
    """What the other writer of the lie `update is overtaken` writes."""

    def fail(
        self,
        operation: str,
        status: int,
        code: str,
        message: str = "",
        *,
        share: float = 1.0,
        bucket: str = "*",
        account: str = "*",
        region: str = "*",
        key: str = "*",
    ) -> None:
        """Answer a share (0 to 1) of the calls of an operation with an error.

        All names are globs: `fail("Get*", 403, "AccessDenied", bucket="acme-*", region="eu-*")`.
        """
        exact = Fraction(share).limit_denominator(1000)
        self.failures.append(
            InjectedError(operation, status, code, message or code, exact, bucket, account, region, key)
        )

    def slow_down(
        self, share: float = 1.0, *, bucket: str = "*", operation: str = "GetBucketEncryption"
    ) -> None:
        """Answer a share (0 to 1) of the calls with S3's 503 SlowDown (fact A8); 1/3 is every third call."""
        self.fail(operation, 503, "SlowDown", "Please reduce your request rate.", share=share, bucket=bucket)

    def lie(self, kind: LieKind, share: float = 1.0, *, after: int = 0, key: str | None = None) -> None:
        """Lie about a share (0 to 1) of the calls, of one key or of any, after so many honest answers."""
        self.lies.append(InjectedLie(kind, Fraction(share).limit_denominator(1000), after, key))

    def lies_about(self, kind: LieKind, key: str) -> bool:
        """Whether a call that such a lie is about is lied about."""
        return sum(lie.counts_and_lies(kind, key) for lie in self.lies) > 0  # each of them counts

    def loses_answer(self, request: ServerRequest) -> bool:
        """Whether the client never sees what came of a request."""
        return fnmatchcase(request.operation, self.lost)

    def expire_sessions(self) -> None:
        """Expire every session of a role that exists now, before the time its holder was told."""
        sessions.expire_sessions()

    def intercept(self, request: ServerRequest) -> ServerResponse | None:
        """The error for a request that a fault hits, after the latency that was set; None for all others."""
        if self.latency:
            time.sleep(self.latency)
        if fnmatchcase(request.operation, self.silent):
            time.sleep(_SILENCE_SECONDS)
        if self.clock and (skewed := self._skewed(request)):
            return skewed
        matching = [failure for failure in self.failures if failure.counts_and_fails(request)]
        if matching:
            return request.error(matching[0].status, matching[0].code, matching[0].message)
        if fnmatchcase(request.operation, self.error_in_body):
            error = S3Error(200, "InternalError", "We encountered an internal error. Please try again.")
            return error.response()
        if self.path_style and request.is_s3 and request.bucket and request.path_style:
            return _refuse_path_style(request, self.path_style)
        return None

    def cuts(self, request: ServerRequest) -> bool:
        """Whether the answer to a request ends in the middle of its body."""
        return fnmatchcase(request.operation, self.cut_off)

    def _skewed(self, request: ServerRequest) -> ServerResponse | None:
        """The refusal of a signature made too long before or after the server's time, or None."""
        signed = request.header("x-amz-date")
        if not signed or not request.header("Authorization"):
            return None
        now = datetime.now(UTC) + timedelta(seconds=self.clock)
        at = datetime.strptime(signed, _BASIC).replace(tzinfo=UTC)
        allowed = _SKEW_OF_JSON if request.header("X-Amz-Target") else _SKEW_OF_S3
        if abs(at - now) <= allowed:
            return None
        return _too_skewed(signed, now) if request.is_s3 else _signature_expired(request, at, now, allowed)


def _too_skewed(signed: str, now: datetime) -> ServerResponse:
    """S3's RequestTimeTooSkewed, with both times (seen in versitygw#1514)."""
    message = "The difference between the request time and the current time is too large."
    times = {
        "RequestTime": signed,
        "ServerTime": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "MaxAllowedSkewMilliseconds": str(_SKEW_OF_S3 // timedelta(milliseconds=1)),
    }
    return S3Error(403, "RequestTimeTooSkewed", message, **times).response()


def _signature_expired(
    request: ServerRequest, at: datetime, now: datetime, allowed: timedelta
) -> ServerResponse:
    """The refusal of an old signature: SignatureDoesNotMatch of STS, InvalidSignatureException of KMS.

    Seen in aws-cli#6676 and aws-sdk-js#2340.
    """
    minutes = f"{allowed.seconds // 60} min."
    if at < now:
        limit = f"{now - allowed:{_BASIC}} ({now:{_BASIC}} - {minutes})"
        message = f"Signature expired: {at:{_BASIC}} is now earlier than {limit}"
    else:
        limit = f"{now + allowed:{_BASIC}} ({now:{_BASIC}} + {minutes})"
        message = f"Signature not yet current: {at:{_BASIC}} is still later than {limit}"
    if request.header("X-Amz-Target"):
        return request.error(400, "InvalidSignatureException", message)
    return request.error(403, "SignatureDoesNotMatch", message)


def _refuse_path_style(request: ServerRequest, code: PathStyleRefusal) -> ServerResponse:
    """The refusal of a bucket in the path. A redirect names the region in a header.

    Without it botocore asks without end.
    """
    status, message = _REFUSALS[code]
    error, headers = S3Error(status, code, message, Bucket=request.bucket), {}
    if code == "PermanentRedirect":
        bucket = bucket_named(request.bucket)
        error.details["Endpoint"] = f"{request.bucket}.{request.host}"
        headers["x-amz-bucket-region"] = bucket.region_name if bucket else request.region
    return error.response(headers)
