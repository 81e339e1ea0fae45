"""The client of one identity, for S3, its control plane and KMS: limited, signed, retried, redirected once."""

import asyncio
import hashlib
import time
from dataclasses import dataclass, field, replace
from typing import Protocol

from botocore.credentials import ReadOnlyCredentials

from s3kms.aws.boundary import PATH_STYLE_CODES, WRONG_REGION_CODES
from s3kms.aws.clock import CLOCK_CODES
from s3kms.aws.s3.context import ClientContext
from s3kms.aws.s3.endpoints import Endpoint
from s3kms.aws.s3.limiters import ConcurrencyLimiter, RateLimiter
from s3kms.aws.s3.request import Place, Request
from s3kms.aws.s3.response_errors import (
    error_of,
    is_throttled,
    late_error,
    no_response,
    region_of_redirect,
    server_clock_offset,
    wants_hosting,
)
from s3kms.aws.s3.signing import MAX_CLOCK_REUSE_SECONDS, Signer, SigningScope, sign_post
from s3kms.aws.s3.transport import Response, TransportError
from s3kms.model.errors import AwsError, CredentialsProblem, Throttled, Unreachable
from s3kms.model.operations import (
    DESCRIBE_KEY,
    GET_KEY_POLICY,
    GET_KEY_ROTATION_STATUS,
    LIST_ACCESS_POINTS,
    LIST_ALIASES,
    LIST_GRANTS,
)

CALLS_PER_SECOND = {
    DESCRIBE_KEY: 2000,
    GET_KEY_POLICY: 1000,
    GET_KEY_ROTATION_STATUS: 1000,
    LIST_ALIASES: 500,
    LIST_GRANTS: 100,
}
"""KMS's quotas, each of one account in one region (fact B20)."""
_SHARE_OF_QUOTA = 0.5
"""What a scanner takes of them: whoever works in the account needs the rest."""
_EXPIRED_CODES = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}
_MAX_SIGNERS = 1000
"""Signing patterns that are kept: a call whose headers no other call has leaves one of no further use."""


class Identity(Protocol):
    """Whose credentials sign, and which endpoints are used. May block: it is called from threads."""

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""
        ...

    def credentials(self) -> ReadOnlyCredentials:
        """The current credentials. Raises CredentialsProblem."""
        ...

    def renew_credentials(self) -> bool:
        """Get new credentials, though the old ones look good; whether there are any."""
        ...

    def endpoint_of(self, region: str, *, directory: bool) -> Endpoint:
        """The endpoint for the buckets of a region. Raises BadInput for a region that cannot be."""
        ...

    def key_endpoint_of(self, region: str) -> Endpoint:
        """The endpoint of KMS in a region. Raises BadInput for a region that cannot be."""
        ...

    def control_endpoint_of(self, region: str) -> Endpoint:
        """The endpoint of S3 Control in a region, for this account. Raises BadInput as the others do."""
        ...


@dataclass(slots=True)
class _Attempts:
    """What was tried for one request; each correction is made once."""

    until: float
    """The deadline, in the loop's time; every queue of ours that the request waits in moves it on."""
    reach_until: float
    """The deadline of the server's first answer; moved on as `until` is."""
    count: int = 0
    was_answered: bool = False
    corrections: set[str] = field(default_factory=set)
    signed_by: ReadOnlyCredentials | None = None

    def move(self, seconds: float) -> None:
        """Let time pass that was not the server's."""
        self.until += seconds
        self.reach_until += seconds

    @property
    def ends(self) -> float:
        """The deadline that holds now."""
        return self.until if self.was_answered else min(self.until, self.reach_until)

    def is_first(self, correction: str) -> bool:
        """Whether this correction was not made before; it is then taken as made."""
        if correction in self.corrections:
            return False
        self.corrections.add(correction)
        return True


class S3Client:
    """Sends requests as one identity. Belongs to one event loop."""

    def __init__(self, identity: Identity, context: ClientContext) -> None:
        self._identity = identity
        self._context = context
        self._limiters: dict[tuple[str, str], ConcurrencyLimiter] = {}
        """By service and region."""
        self._quotas: dict[tuple[str, str], RateLimiter] = {}
        """Of the operations that AWS allows a few of a second, by name and region."""
        self._signers: dict[tuple[object, ...], Signer] = {}
        """By place and the headers that are signed; by method and body where it is more than a GET of a bucket."""
        self._endpoints: dict[Place, Endpoint] = {}
        self._credentials: ReadOnlyCredentials | None = None
        self._credentials_checked = 0.0
        self._renewal_lock = asyncio.Lock()
        self._endpoint_lock = asyncio.Lock()
        self._virtual_hosted: set[Place] = set()
        """Regions whose endpoint refuses path-style requests."""
        self._redirected: dict[str, str] = {}
        """The regions of the buckets that S3 sent us elsewhere for."""

    def region_of(self, bucket: str, presumed: str) -> str:
        """The region that a bucket was found in by a redirect, else the presumed one."""
        return self._redirected.get(bucket, presumed)

    async def send(self, request: Request) -> tuple[Response, str]:
        """The response that says success, and the region that gave it. Raises AwsError."""
        policy = self._context.retry_policy
        now = asyncio.get_running_loop().time
        reach_seconds = policy.deadline_seconds if request.reach_seconds is None else request.reach_seconds
        attempts = _Attempts(now() + policy.deadline_seconds, now() + reach_seconds)
        if request.bucket in self._redirected:
            request = replace(request, region=self._redirected[request.bucket])
        while True:
            attempts.count += 1
            was_connected = True
            try:
                response = await self._send_once(request, attempts)
            except TransportError as failure:
                error: AwsError = no_response(request.operation, request.subject, failure)
                was_connected = failure.was_connected
                may_retry = failure.may_retry and (request.may_repeat or not was_connected)
            else:
                attempts.was_answered = True
                if response.status in request.success:
                    return response, request.region
                if request.method == "HEAD":
                    response = await self._with_reason(request, response, attempts)
                error = error_of(request.operation, request.subject, response, method=request.method)
                corrected = await self._corrected(request, response, error, attempts)
                if corrected:
                    request = corrected
                    continue
                may_retry = isinstance(error, (Throttled | Unreachable) if request.may_repeat else Throttled)
            wait = policy.wait_seconds(attempts.count)
            allowed = may_retry and policy.allows_another(attempts.count, was_connected=was_connected)
            if not allowed or now() + wait > attempts.ends:
                raise error
            self._context.retries += 1
            await asyncio.sleep(wait)

    async def _send_once(self, request: Request, attempts: _Attempts) -> Response:
        context = self._context
        pace = (request.operation.service, request.region)
        limiter = self._limiters.get(pace)
        if limiter is None:
            limiter = self._limiters[pace] = ConcurrencyLimiter(context.budget)
        now = asyncio.get_running_loop().time
        queued = now()
        since = await limiter.acquire()
        throttled = answered = False
        try:
            await self._wait_for_quota(request)
            # Signed here and not before: a date grows old in a queue.
            url, headers = await self._signed(request, attempts)
            context.calls += 1
            since = now()
            attempts.move(since - queued)
            response = await self._response(request, attempts, url, headers)
            answered = True
            if request.is_answered_late:
                response = late_error(response) or response
            throttled = is_throttled(response)
            context.throttled += throttled
            return response
        finally:
            limiter.release(since, throttled=throttled, answered=answered)

    async def _with_reason(self, request: Request, response: Response, attempts: _Attempts) -> Response:
        """The answer of a GET of the same object, of one byte: a refused HEAD has no body that says why."""
        if response.body or response.status not in {400, 403}:
            return response
        headers = (*request.headers, ("Range", "bytes=0-0"))
        try:
            said = await self._send_once(replace(request, method="GET", headers=headers), attempts)
        except TransportError:
            return response
        return said if said.status == response.status else response

    async def _wait_for_quota(self, request: Request) -> None:
        """The user's limit counts calls to S3, AWS's the calls of one operation in one region."""
        if request.body is None or request.bucket is not None:
            if self._context.rate_limiter.per_second is not None:
                await self._context.rate_limiter.wait()
            return
        place = (request.operation.name, request.region)
        if place not in self._quotas:
            quota = CALLS_PER_SECOND.get(request.operation)
            self._quotas[place] = RateLimiter(quota and quota * _SHARE_OF_QUOTA)
        await self._quotas[place].wait()

    async def _response(
        self, request: Request, attempts: _Attempts, url: str, headers: dict[str, str]
    ) -> Response:
        """The transport's, given up at the deadline of a request that has one of its own. Raises TransportError."""
        if request.method != "GET":
            return await self._context.transport.send(
                request.method,
                url,
                headers,
                request.body,
                may_repeat=request.may_repeat,
                seconds=request.answer_seconds,
            )
        if request.reach_seconds is None:
            return await self._context.transport.get(url, headers)
        try:
            async with asyncio.timeout_at(attempts.ends):
                return await self._context.transport.get(url, headers)
        except TimeoutError as late:
            text = f"nothing came within {request.reach_seconds:g} s"
            raise TransportError(text, was_connected=False, may_retry=False) from late

    async def _signed(self, request: Request, attempts: _Attempts) -> tuple[str, dict[str, str]]:
        place = request.place
        endpoint = self._endpoints.get(place) or await self._endpoint(*place)
        credentials = self._credentials
        if credentials is None or self._credentials_are_old:
            credentials = await self._current_credentials()
        attempts.signed_by = credentials
        bucket = request.bucket
        if request.body is not None and bucket is None:
            path, scope = endpoint.path(None), self._scope(endpoint, request)
            signed = sign_post(scope, credentials, self._context.clock, path, request.body)
            return f"{endpoint.origin}{path}", signed
        if bucket and place in self._virtual_hosted and endpoint.can_host(bucket):
            endpoint, bucket = endpoint.hosting(bucket), None
        if request.key is not None:
            path = endpoint.object_path(bucket, request.key)
        else:
            path = endpoint.path(bucket) if request.path is None else endpoint.prefix + request.path
        key: tuple[object, ...] = (endpoint.origin, *place, request.headers)
        if request.method != "GET":
            key = (*key, request.method, hashlib.sha256(request.body or b"").digest())
        signer = self._signers.get(key) or self._new_signer(key, endpoint, request)
        headers = signer.headers(credentials, path, request.query)
        return f"{endpoint.origin}{path}?{request.query}", headers

    def _new_signer(self, key: tuple[object, ...], endpoint: Endpoint, request: Request) -> Signer:
        if len(self._signers) >= _MAX_SIGNERS:
            self._signers.clear()
        scope = self._scope(endpoint, request)
        made = Signer(scope, self._context.clock, request.method, request.body or b"")
        self._signers[key] = made
        return made

    async def _endpoint(self, service: str, region: str, directory: bool) -> Endpoint:
        """In a thread: botocore loads its rules, and wants credentials, which may have to be refreshed."""
        async with self._endpoint_lock:
            place = (service, region, directory)
            if place not in self._endpoints:
                if service == DESCRIBE_KEY.service:
                    found = await asyncio.to_thread(self._identity.key_endpoint_of, region)
                elif service == LIST_ACCESS_POINTS.service:
                    found = await asyncio.to_thread(self._identity.control_endpoint_of, region)
                else:
                    found = await asyncio.to_thread(self._identity.endpoint_of, region, directory=directory)
                self._endpoints[place] = found
            return self._endpoints[place]

    def _scope(self, endpoint: Endpoint, request: Request) -> SigningScope:
        headers = {"User-Agent": self._identity.user_agent, **dict(request.headers)}
        return SigningScope(endpoint.service, endpoint.region, endpoint.origin, headers)

    @property
    def _credentials_are_old(self) -> bool:
        return time.monotonic() - self._credentials_checked > MAX_CLOCK_REUSE_SECONDS

    async def _current_credentials(self) -> ReadOnlyCredentials:
        """Looked up every few seconds, in a thread: credentials that are refreshed call some service."""
        if self._credentials is None or self._credentials_are_old:
            self._credentials_checked = time.monotonic()
            found = await asyncio.to_thread(self._identity.credentials)
            # An equal value keeps the object: a signature pattern is kept while its credentials are this object.
            self._credentials = self._credentials if found == self._credentials else found
        return self._credentials

    async def _corrected(
        self, request: Request, response: Response, error: AwsError, attempts: _Attempts
    ) -> Request | None:
        """The request to send at once instead; None where no correction is left that was not tried."""
        place = request.place
        if error.code in WRONG_REGION_CODES:
            region = region_of_redirect(response, error)
            if region and region != request.region and attempts.is_first("region"):
                if request.bucket:
                    self._redirected[request.bucket] = region
                return replace(request, region=region)
        is_wanted = error.code in PATH_STYLE_CODES or wants_hosting(response, request.bucket)
        can_host = request.bucket and self._endpoints[place].can_host(request.bucket)
        if can_host and is_wanted and attempts.is_first("hosting"):
            self._virtual_hosted.add(place)  # or another request has found it out meanwhile
            return request
        if error.code in CLOCK_CODES and attempts.is_first("clock"):
            return request if self._set_clock(response) else None
        if isinstance(error, CredentialsProblem) and error.code in _EXPIRED_CODES:
            is_first = attempts.is_first("credentials")
            return request if is_first and await self._renewed(attempts.signed_by) else None
        return None

    async def _renewed(self, expired: ReadOnlyCredentials | None) -> bool:
        """Once for all requests that were signed by the same credentials."""
        async with self._renewal_lock:
            if self._credentials is expired and await asyncio.to_thread(self._identity.renew_credentials):
                self._credentials = await asyncio.to_thread(self._identity.credentials)
            return self._credentials is not expired

    def _set_clock(self, response: Response) -> bool:
        """Take the server's date for ours; whether it was one that a clock can be set by."""
        offset = server_clock_offset(response)
        if offset is None:
            return False
        self._context.clock.offset = offset
        self._signers.clear()
        return True
