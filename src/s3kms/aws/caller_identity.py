"""Who calls: GetCallerIdentity over our own connections, in STS's query protocol. Blocks."""

import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

from botocore.credentials import ReadOnlyCredentials

from s3kms.aws.boundary import not_an_aws_answer
from s3kms.aws.clock import CLOCK_CODES
from s3kms.aws.retry import RetryPolicy
from s3kms.aws.s3.connect import Connector, Socket
from s3kms.aws.s3.endpoints import Endpoint
from s3kms.aws.s3.http1 import ResponseParser
from s3kms.aws.s3.response_errors import error_of, no_response, server_clock_offset
from s3kms.aws.s3.response_xml import UnexpectedDocument, parse_identity
from s3kms.aws.s3.signing import Clock, SigningScope, sign_post
from s3kms.aws.s3.socket_connection import failure_of, no_connection
from s3kms.aws.s3.socket_transport import request_bytes
from s3kms.aws.s3.transport import Response, TransportError
from s3kms.model.errors import AwsError, Throttled, Unreachable
from s3kms.model.operations import GET_CALLER_IDENTITY

SUBJECT = "this identity"
_BODY = urlencode({"Action": "GetCallerIdentity", "Version": "2011-06-15"}).encode()
_CONTENT_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
_READ_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class IdentityResponse:
    """Who calls, by what STS answered."""

    account: str
    arn: str


@dataclass(slots=True)
class IdentityCall:
    """One call of GetCallerIdentity, repeated as the retry policy says; a wrong clock is corrected once."""

    endpoint: Endpoint
    credentials: ReadOnlyCredentials
    user_agent: str
    connector: Connector
    read_timeout: float
    """Seconds from the request to the whole answer."""
    policy: RetryPolicy
    clock: Clock = field(default_factory=Clock)
    _is_clock_set: bool = False

    def run(self) -> IdentityResponse:
        """Who calls. Raises AwsError, and BadInput where there are no certificates to trust."""
        attempts, until = 0, time.monotonic() + self.policy.deadline_seconds
        while True:
            attempts += 1
            may_retry = was_connected = True
            try:
                response = self._send()
            except TransportError as failure:
                error: AwsError = no_response(GET_CALLER_IDENTITY, SUBJECT, failure)
                may_retry, was_connected = failure.may_retry, failure.was_connected
            else:
                if response.status == 200:  # noqa: PLR2004
                    return _identity(response)
                error = error_of(GET_CALLER_IDENTITY, SUBJECT, response)
                if self._has_corrected_clock(error, response):
                    continue
                may_retry = isinstance(error, Throttled | Unreachable)
            wait = self.policy.wait_seconds(attempts)
            allowed = self.policy.allows_another(attempts, was_connected=was_connected)
            is_last = attempts >= self.policy.sdk_attempts or time.monotonic() + wait > until
            if not (may_retry and allowed) or is_last:
                raise error
            time.sleep(wait)

    def _has_corrected_clock(self, error: AwsError, response: Response) -> bool:
        if error.code not in CLOCK_CODES or self._is_clock_set:
            return False
        offset = server_clock_offset(response)
        if offset is None:
            return False
        self.clock.offset = offset
        self._is_clock_set = True
        return True

    def _send(self) -> Response:
        """One attempt. Raises TransportError."""
        was_connected = False
        try:
            path = f"{self.endpoint.prefix}/"
            request = request_bytes("POST", self.endpoint.origin, path, self._signed(path), _BODY)
            connection = self.connector.connect(self.endpoint.origin)
            was_connected = True
            try:
                return _exchange(connection, request, self.read_timeout)
            finally:
                connection.close()
        except (OSError, ValueError) as error:
            if was_connected:
                raise failure_of(error, was_connected=True) from error
            raise no_connection(error, self.endpoint.origin) from error

    def _signed(self, path: str) -> dict[str, str]:
        headers = {"Content-Type": _CONTENT_TYPE, "User-Agent": self.user_agent}
        scope = SigningScope(self.endpoint.service, self.endpoint.region, self.endpoint.origin, headers)
        return sign_post(scope, self.credentials, self.clock, path, _BODY)


def _exchange(connection: Socket, request: bytes, seconds: float) -> Response:
    until = time.monotonic() + seconds
    connection.settimeout(seconds)
    connection.sendall(request)
    parser = ResponseParser()
    while True:
        left = until - time.monotonic()
        if left <= 0:
            raise TransportError("TimeoutError: no answer in time")
        connection.settimeout(left)
        data = connection.recv(_READ_BYTES)
        response = parser.feed(data) if data else parser.end()
        if response is not None:
            return response


def _identity(response: Response) -> IdentityResponse:
    try:
        found = parse_identity(response.body)
    except UnexpectedDocument as error:
        request_id = response.headers.get("x-amzn-requestid")
        raise not_an_aws_answer(GET_CALLER_IDENTITY, SUBJECT, error, request_id) from error
    return IdentityResponse(found["Account"], found["Arn"])
