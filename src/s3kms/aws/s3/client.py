"""Asking S3 as one identity: paced, signed, tried again until a deadline, led to the right region once."""

import asyncio
import random
import re
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

from s3kms.aws.boundary import NETWORK_HINT, PATH_STYLE_CODES, WRONG_REGION_CODES, from_client_error
from s3kms.aws.s3 import response_xml as decode
from s3kms.aws.s3.endpoints import Endpoint
from s3kms.aws.s3.limiters import ConcurrencyLimiter, RateLimiter
from s3kms.aws.s3.signing import MAX_CLOCK_REUSE_SECONDS, Clock, Signer, SigningScope
from s3kms.aws.s3.transport import Response, Transport, TransportError
from s3kms.model.counters import ScanCounters
from s3kms.model.errors import AwsError, BadAnswer, CredentialsProblem, Throttled, Unreachable
from s3kms.model.operations import Operation
from s3kms.model.targets import is_region

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}
_SKEWED = {"RequestTimeTooSkewed", "RequestExpired"}
_REGION_IN_A_SENTENCE = re.compile(r"\b[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}\b")
_FIRST_WAIT_SECONDS, _MAX_WAIT_SECONDS = 0.1, 20.0
_MAX_CLOCK_OFFSET = timedelta(days=36525)
"""No clock is further off; a date at the end of time cannot be added to."""
MAX_UNCONNECTED_ATTEMPTS = 5
"""Attempts where not even a connection could be made."""


class Identity(Protocol):
    """Who asks, and where. May block: it is called from threads."""

    @property
    def user_agent(self) -> str:
        """What the request says of us."""
        ...

    def credentials(self) -> ReadOnlyCredentials:
        """The current ones. Raises CredentialsProblem."""
        ...

    def renew_credentials(self) -> bool:
        """Get new ones, though the old ones look good; whether there are any."""
        ...

    def endpoint_of(self, region: str, *, directory: bool) -> Endpoint:
        """Where buckets of a region are asked about. Raises BadInput for a region that cannot be."""
        ...


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a question is asked."""

    deadline: float = 60.0
    """Seconds from the first attempt to the last one's start, without those spent in our own queues."""
    attempts: int | None = None
    """At most so many, where the user says so (AWS_MAX_ATTEMPTS)."""


@dataclass(slots=True)
class ClientContext:
    """What all identities of one run share: the connections, the clock, the caps."""

    wire: Transport
    concurrency: int
    rate: RateLimiter = field(default_factory=lambda: RateLimiter(None))
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    clock: Clock = field(default_factory=Clock)
    meter: ScanCounters = field(default_factory=ScanCounters)
    gate: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.gate = asyncio.Semaphore(self.concurrency)


@dataclass(frozen=True, slots=True)
class Request:
    """One GET."""

    operation: Operation
    subject: str
    """What it is about, in the words of a sentence."""
    region: str
    bucket: str | None = None
    query: str = ""
    """Canonical: sorted, quoted, `encryption=`."""
    headers: tuple[tuple[str, str], ...] = ()
    directory: bool = False


@dataclass(slots=True)
class _Attempts:
    """What was tried for one question; each way out is taken once."""

    until: float
    """When it is given up; every queue of ours that it waits in moves it on."""
    count: int = 0
    taken: set[str] = field(default_factory=set)
    signed_by: ReadOnlyCredentials | None = None

    def take(self, way: str) -> bool:
        if way in self.taken:
            return False
        self.taken.add(way)
        return True


class S3Client:
    """See the module. Belongs to one event loop."""

    def __init__(self, identity: Identity, traffic: ClientContext) -> None:
        self._identity = identity
        self._traffic = traffic
        self._paces: dict[str, ConcurrencyLimiter] = {}
        self._signers: dict[tuple[Endpoint, tuple[tuple[str, str], ...]], Signer] = {}
        self._endpoints: dict[tuple[str, bool], Endpoint] = {}
        self._credentials: ReadOnlyCredentials | None = None
        self._looked = 0.0
        self._renewing = asyncio.Lock()
        self._placing = asyncio.Lock()
        self._hosted: set[tuple[str, bool]] = set()
        """Regions whose endpoint refuses path-style requests."""

    async def send(self, request: Request) -> tuple[Response, str]:
        """The good answer, and the region that gave it. Raises AwsError."""
        retry_policy = self._traffic.retry_policy
        now = asyncio.get_running_loop().time
        tried = _Attempts(now() + retry_policy.deadline)
        while True:
            tried.count += 1
            try:
                response = await self._send_once(request, tried)
            except TransportError as none:
                error: AwsError = _unanswered(request, none)
                may_retry = none.may_retry and (none.was_connected or tried.count < MAX_UNCONNECTED_ATTEMPTS)
            else:
                if response.status == 200:  # noqa: PLR2004
                    return response, request.region
                error = _error(request, response)
                better = await self._better(request, response, error, tried)
                if better:
                    request = better
                    continue
                may_retry = isinstance(error, Throttled | Unreachable)
            wait = random.uniform(0, min(_MAX_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2**tried.count))  # noqa: S311 - full jitter
            is_last = retry_policy.attempts is not None and tried.count >= retry_policy.attempts
            if not may_retry or is_last or now() + wait > tried.until:
                raise error
            self._traffic.meter.retries += 1
            await asyncio.sleep(wait)

    async def _send_once(self, request: Request, tried: _Attempts) -> Response:
        pace = self._paces.get(request.region)
        if pace is None:
            pace = self._paces[request.region] = ConcurrencyLimiter(self._traffic.concurrency)
        now = asyncio.get_running_loop().time
        queued = now()
        since = await pace.acquire()
        throttled = answered = False
        try:
            async with self._traffic.gate:
                await self._traffic.rate.wait()
                url, headers = await self._signed(request, tried)  # not before: a date grows old in a queue
                self._traffic.meter.calls += 1
                since = now()
                tried.until += since - queued
                response = await self._traffic.wire.get(url, headers)
            answered = True
            throttled = response.status in {429, 503}
            self._traffic.meter.throttled += throttled
            return response
        finally:
            pace.release(since, throttled=throttled, answered=answered)

    async def _signed(self, request: Request, tried: _Attempts) -> tuple[str, dict[str, str]]:
        place = (request.region, request.directory)
        endpoint = self._endpoints.get(place) or await self._found(*place)
        if request.bucket and place in self._hosted and endpoint.can_host(request.bucket):
            endpoint, path = endpoint.hosting(request.bucket), endpoint.path(None)
            signer = Signer(self._scope(endpoint, request), self._traffic.clock)
        else:
            path = endpoint.path(request.bucket)
            key = (endpoint, request.headers)
            known = self._signers.get(key)
            signer = known or Signer(self._scope(endpoint, request), self._traffic.clock)
            self._signers[key] = signer
        tried.signed_by = await self._current()
        headers = signer.headers(tried.signed_by, path, request.query)
        return f"{endpoint.origin}{path}?{request.query}", headers

    async def _found(self, region: str, directory: bool) -> Endpoint:
        """In a thread: botocore loads its rules, and wants credentials, which may have to be refreshed."""
        async with self._placing:
            if (region, directory) not in self._endpoints:
                found = await asyncio.to_thread(self._identity.endpoint_of, region, directory=directory)
                self._endpoints[region, directory] = found
            return self._endpoints[region, directory]

    def _scope(self, endpoint: Endpoint, request: Request) -> SigningScope:
        headers = {"User-Agent": self._identity.user_agent, **dict(request.headers)}
        return SigningScope(endpoint.service, endpoint.region, endpoint.origin, headers)

    async def _current(self) -> ReadOnlyCredentials:
        """Looked for every few seconds, in a thread: credentials that are refreshed ask somebody."""
        now = time.monotonic()
        if self._credentials is None or now - self._looked > MAX_CLOCK_REUSE_SECONDS:
            self._looked = now
            found = await asyncio.to_thread(self._identity.credentials)
            self._credentials = self._credentials if found == self._credentials else found
        return self._credentials

    async def _better(
        self, request: Request, response: Response, error: AwsError, tried: _Attempts
    ) -> Request | None:
        """The question in a way that may be answered; None where there is none that was not tried."""
        place = (request.region, request.directory)
        if error.code in WRONG_REGION_CODES:
            region = _right_region(response, error)
            if region and region != request.region and tried.take("region"):
                return replace(request, region=region)
        wants_hosting = error.code in PATH_STYLE_CODES or _wants_hosting(response, request.bucket)
        can = request.bucket and self._endpoints[place].can_host(request.bucket)
        if can and wants_hosting and tried.take("hosting"):
            self._hosted.add(place)  # or another question has found it out meanwhile
            return request
        if error.code in _SKEWED and tried.take("clock"):
            return request if self._set_clock(response) else None
        if isinstance(error, CredentialsProblem) and error.code in _EXPIRED and tried.take("credentials"):
            return request if await self._renewed(tried.signed_by) else None
        return None

    async def _renewed(self, expired: ReadOnlyCredentials | None) -> bool:
        """Once for all questions that were signed by the same ones."""
        async with self._renewing:
            if self._credentials is expired and await asyncio.to_thread(self._identity.renew_credentials):
                self._credentials = await asyncio.to_thread(self._identity.credentials)
            return self._credentials is not expired

    def _set_clock(self, response: Response) -> bool:
        try:
            offset = parsedate_to_datetime(response.headers.get("Date", "")) - datetime.now(UTC)
        except (TypeError, ValueError):  # no date, or one without a time zone
            return False
        if abs(offset) > _MAX_CLOCK_OFFSET:
            return False
        self._traffic.clock.offset = offset
        self._signers.clear()
        return True


def _error(request: Request, response: Response) -> AwsError:
    operation = request.operation
    if 200 <= response.status < 300:  # noqa: PLR2004 - S3 answers these GETs with 200 alone
        return BadAnswer(
            f"{operation.name} for {request.subject} was answered with {response.status}", advice=NETWORK_HINT
        )
    sdk_error = ClientError(decode.error(response), operation.name)  # type: ignore[arg-type]
    return from_client_error(sdk_error, operation, request.subject)


def _unanswered(request: Request, none: TransportError) -> AwsError:
    return Unreachable(
        f"no answer to {request.operation.name} for {request.subject}: {none}", advice=NETWORK_HINT
    )


def _right_region(response: Response, error: AwsError) -> str | None:
    """From the header, the body's Region, or the sentence of IllegalLocationConstraintException (fact A8)."""
    body = decode.error(response).get("Error", {})
    found = [response.headers.get("x-amz-bucket-region"), body.get("Region")]
    if error.code == "IllegalLocationConstraintException":
        found += _REGION_IN_A_SENTENCE.findall(str(body.get("Message", "")))
    return next((str(region) for region in found if region and is_region(str(region))), None)


def _wants_hosting(response: Response, bucket: str | None) -> bool:
    """Whether the redirect leads to the bucket as part of the host's name."""
    if response.status != 301 or not bucket:  # noqa: PLR2004
        return False
    endpoint = decode.error(response).get("Error", {}).get("Endpoint")
    return str(endpoint or "").startswith(f"{bucket}.")
