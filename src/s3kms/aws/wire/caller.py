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

from s3kms.aws.boundary import NETWORK, PATH_STYLE, WRONG_REGION, from_client_error
from s3kms.aws.wire import decode
from s3kms.aws.wire.endpoints import Endpoint
from s3kms.aws.wire.interface import NoAnswer, Reply, Wire
from s3kms.aws.wire.pace import Pace, Rate
from s3kms.aws.wire.signing import FRESH, Clock, Scope, Signer
from s3kms.estate.errors import AwsError, BadAnswer, CredentialsProblem, Throttled, Unreachable
from s3kms.estate.meter import Meter
from s3kms.estate.operations import Operation
from s3kms.estate.targets import is_region

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}
_SKEWED = {"RequestTimeTooSkewed", "RequestExpired"}
_REGION_IN_A_SENTENCE = re.compile(r"\b[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}\b")
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 20.0
_A_CLOCK = timedelta(days=36525)
"""No clock is further off; a date at the end of time cannot be added to."""
UNCONNECTED = 5
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

    def renew(self) -> bool:
        """Get new ones, though the old ones look good; whether there are any."""
        ...

    def endpoint_of(self, region: str, *, directory: bool) -> Endpoint:
        """Where buckets of a region are asked about. Raises BadInput for a region that cannot be."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a question is asked."""

    deadline: float = 60.0
    """Seconds from the first attempt to the last one's start, without those spent in our own queues."""
    attempts: int | None = None
    """At most so many, where the user says so (AWS_MAX_ATTEMPTS)."""


@dataclass(slots=True)
class Traffic:
    """What all identities of one run share: the connections, the clock, the caps."""

    wire: Wire
    concurrency: int
    rate: Rate = field(default_factory=lambda: Rate(None))
    patience: Patience = field(default_factory=Patience)
    clock: Clock = field(default_factory=Clock)
    meter: Meter = field(default_factory=Meter)
    gate: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.gate = asyncio.Semaphore(self.concurrency)


@dataclass(frozen=True, slots=True)
class Question:
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


class Caller:
    """See the module. Belongs to one event loop."""

    def __init__(self, identity: Identity, traffic: Traffic) -> None:
        self._identity = identity
        self._traffic = traffic
        self._paces: dict[str, Pace] = {}
        self._signers: dict[tuple[Endpoint, tuple[tuple[str, str], ...]], Signer] = {}
        self._endpoints: dict[tuple[str, bool], Endpoint] = {}
        self._credentials: ReadOnlyCredentials | None = None
        self._looked = 0.0
        self._renewing = asyncio.Lock()
        self._placing = asyncio.Lock()
        self._hosted: set[tuple[str, bool]] = set()
        """Regions whose endpoint refuses path-style requests."""

    async def ask(self, question: Question) -> tuple[Reply, str]:
        """The good answer, and the region that gave it. Raises AwsError."""
        patience = self._traffic.patience
        now = asyncio.get_running_loop().time
        tried = _Attempts(now() + patience.deadline)
        while True:
            tried.count += 1
            try:
                reply = await self._send(question, tried)
            except NoAnswer as none:
                error: AwsError = _unanswered(question, none)
                may_retry = none.may_retry and (none.was_connected or tried.count < UNCONNECTED)
            else:
                if reply.status == 200:  # noqa: PLR2004
                    return reply, question.region
                error = _error(question, reply)
                better = await self._better(question, reply, error, tried)
                if better:
                    question = better
                    continue
                may_retry = isinstance(error, Throttled | Unreachable)
            wait = random.uniform(0, min(_LONGEST_WAIT, _FIRST_WAIT * 2**tried.count))  # noqa: S311 - full jitter
            is_last = patience.attempts is not None and tried.count >= patience.attempts
            if not may_retry or is_last or now() + wait > tried.until:
                raise error
            self._traffic.meter.retries += 1
            await asyncio.sleep(wait)

    async def _send(self, question: Question, tried: _Attempts) -> Reply:
        pace = self._paces.get(question.region)
        if pace is None:
            pace = self._paces[question.region] = Pace(self._traffic.concurrency)
        now = asyncio.get_running_loop().time
        queued = now()
        since = await pace.enter()
        throttled = answered = False
        try:
            async with self._traffic.gate:
                await self._traffic.rate.wait()
                url, headers = await self._signed(question, tried)  # not before: a date grows old in a queue
                self._traffic.meter.calls += 1
                since = now()
                tried.until += since - queued
                reply = await self._traffic.wire.get(url, headers)
            answered = True
            throttled = reply.status in {429, 503}
            self._traffic.meter.throttled += throttled
            return reply
        finally:
            pace.leave(since, throttled=throttled, answered=answered)

    async def _signed(self, question: Question, tried: _Attempts) -> tuple[str, dict[str, str]]:
        place = (question.region, question.directory)
        endpoint = self._endpoints.get(place) or await self._found(*place)
        if question.bucket and place in self._hosted and endpoint.can_host(question.bucket):
            endpoint, path = endpoint.hosting(question.bucket), endpoint.path(None)
            signer = Signer(self._scope(endpoint, question), self._traffic.clock)
        else:
            path = endpoint.path(question.bucket)
            key = (endpoint, question.headers)
            known = self._signers.get(key)
            signer = known or Signer(self._scope(endpoint, question), self._traffic.clock)
            self._signers[key] = signer
        tried.signed_by = await self._current()
        headers = signer.headers(tried.signed_by, path, question.query)
        return f"{endpoint.origin}{path}?{question.query}", headers

    async def _found(self, region: str, directory: bool) -> Endpoint:
        """In a thread: botocore loads its rules, and wants credentials, which may have to be refreshed."""
        async with self._placing:
            if (region, directory) not in self._endpoints:
                found = await asyncio.to_thread(self._identity.endpoint_of, region, directory=directory)
                self._endpoints[region, directory] = found
            return self._endpoints[region, directory]

    def _scope(self, endpoint: Endpoint, question: Question) -> Scope:
        headers = {"User-Agent": self._identity.user_agent, **dict(question.headers)}
        return Scope(endpoint.service, endpoint.region, endpoint.origin, headers)

    async def _current(self) -> ReadOnlyCredentials:
        """Looked for every few seconds, in a thread: credentials that are refreshed ask somebody."""
        now = time.monotonic()
        if self._credentials is None or now - self._looked > FRESH:
            self._looked = now
            found = await asyncio.to_thread(self._identity.credentials)
            self._credentials = self._credentials if found == self._credentials else found
        return self._credentials

    async def _better(
        self, question: Question, reply: Reply, error: AwsError, tried: _Attempts
    ) -> Question | None:
        """The question in a way that may be answered; None where there is none that was not tried."""
        place = (question.region, question.directory)
        if error.code in WRONG_REGION:
            region = _right_region(reply, error)
            if region and region != question.region and tried.take("region"):
                return replace(question, region=region)
        wants_hosting = error.code in PATH_STYLE or _wants_hosting(reply, question.bucket)
        can = question.bucket and self._endpoints[place].can_host(question.bucket)
        if can and wants_hosting and tried.take("hosting"):
            self._hosted.add(place)  # or another question has found it out meanwhile
            return question
        if error.code in _SKEWED and tried.take("clock"):
            return question if self._set_clock(reply) else None
        if isinstance(error, CredentialsProblem) and error.code in _EXPIRED and tried.take("credentials"):
            return question if await self._renewed(tried.signed_by) else None
        return None

    async def _renewed(self, expired: ReadOnlyCredentials | None) -> bool:
        """Once for all questions that were signed by the same ones."""
        async with self._renewing:
            if self._credentials is expired and await asyncio.to_thread(self._identity.renew):
                self._credentials = await asyncio.to_thread(self._identity.credentials)
            return self._credentials is not expired

    def _set_clock(self, reply: Reply) -> bool:
        try:
            offset = parsedate_to_datetime(reply.headers.get("Date", "")) - datetime.now(UTC)
        except (TypeError, ValueError):  # no date, or one without a time zone
            return False
        if abs(offset) > _A_CLOCK:
            return False
        self._traffic.clock.offset = offset
        self._signers.clear()
        return True


def _error(question: Question, reply: Reply) -> AwsError:
    operation = question.operation
    if 200 <= reply.status < 300:  # noqa: PLR2004 - S3 answers these GETs with 200 alone
        return BadAnswer(
            f"{operation.name} for {question.subject} was answered with {reply.status}", advice=NETWORK
        )
    sdk_error = ClientError(decode.error(reply), operation.name)  # type: ignore[arg-type]
    return from_client_error(sdk_error, operation, question.subject)


def _unanswered(question: Question, none: NoAnswer) -> AwsError:
    return Unreachable(
        f"no answer to {question.operation.name} for {question.subject}: {none}", advice=NETWORK
    )


def _right_region(reply: Reply, error: AwsError) -> str | None:
    """From the header, the body's Region, or the sentence of IllegalLocationConstraintException (fact A8)."""
    body = decode.error(reply).get("Error", {})
    found = [reply.headers.get("x-amz-bucket-region"), body.get("Region")]
    if error.code == "IllegalLocationConstraintException":
        found += _REGION_IN_A_SENTENCE.findall(str(body.get("Message", "")))
    return next((str(region) for region in found if region and is_region(str(region))), None)


def _wants_hosting(reply: Reply, bucket: str | None) -> bool:
    """Whether the redirect leads to the bucket as part of the host's name."""
    if reply.status != 301 or not bucket:  # noqa: PLR2004
        return False
    endpoint = decode.error(reply).get("Error", {}).get("Endpoint")
    return str(endpoint or "").startswith(f"{bucket}.")
