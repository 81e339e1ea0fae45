"""A made-up AWS organization on loopback: STS, Organizations and the S3 calls that a check makes.

One file, standard library only (uvloop where it happens to be installed). Nothing is stored per bucket:
regions, encryptions and denials are pure functions of account and index, so `truth()` can say for every
bucket what a right answer is. It believes every signature, but wants one.

    python benchmarks/stub.py --accounts 1000 --buckets 1000 --latency_ms 40

prints one line of JSON (ports, pid, certificate) and serves until it is ended by its pid. `http_port` also is
an HTTP proxy: CONNECT ends in the stub whatever the host, so a client can keep AWS's own host names.
Settings and counters: GET /_stub/settings?name=value, /_stub/stats, /_stub/reset, /_stub/truth?account=&index=.
"""

import argparse
import asyncio
import base64
import functools
import hashlib
import importlib.util
import json
import os
import re
import signal
import ssl
import subprocess
import tempfile
import time
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote
from xml.sax.saxutils import escape

# --- what there is ---------------------------------------------------------------------------------------

AWS_MANAGED_KEY = "00000000-0000-4000-8000-0000000000aa"
"""The id of alias/aws/s3, in every account and region."""
FIRST_ACCOUNT = 100_000_000_000
"""The management account; the others follow it."""
REGIONS = (
    "us-east-1",
    "eu-central-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-2",
    "us-east-2",
    "eu-north-1",
    "sa-east-1",
)
DEFAULT_REGIONS = 4


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to be encrypted, and how many buckets of a hundred are."""

    share: int
    algorithm: str | None
    key: str | None = None
    bucket_key: bool | None = False
    blocked: str | None = None
    denied: bool = False

    @property
    def verdict(self) -> str:
        """What s3_bucket_kms_encryption must say."""
        if self.denied:
            return "unknown"
        return "pass" if str(self.algorithm).startswith("aws:kms") else "fail"


KINDS = (
    Kind(30, "AES256", blocked="SSE-C"),
    Kind(20, "AES256"),
    Kind(18, "aws:kms", "key/{uuid}", bucket_key=True, blocked="SSE-C"),
    Kind(10, "aws:kms", "key/{uuid}"),
    Kind(12, "aws:kms", bucket_key=True),  # the AWS managed key is named by naming none
    Kind(3, "aws:kms", "alias/estate", bucket_key=True),
    Kind(4, "aws:kms:dsse", "key/{uuid}"),
    Kind(3, None, denied=True),
)
_BY_HUNDRED = tuple(kind for kind in KINDS for _ in range(kind.share))


class Truth(NamedTuple):
    """What is true of one bucket, whoever asks."""

    bucket: str
    account: str
    region: str
    kind: Kind
    key: str | None
    verdict: str


def account_id(number: int) -> str:
    """The twelve digits of the account with this number, from 0."""
    return str(FIRST_ACCOUNT + number)


def bucket_name(account: str, index: int) -> str:
    """Names sort as indexes do, so a listing in order of names is one in order of indexes."""
    return f"stub-{account}-{index:07d}"


def truth(account: str, index: int, regions: int = DEFAULT_REGIONS) -> Truth:
    """Everything about a bucket, from its account and index alone."""
    name = bucket_name(account, index)
    return _truth(name, account, regions)


def _truth(name: str, account: str, regions: int) -> Truth:
    roll = mixed(zlib.crc32(name.encode()))
    region = REGIONS[roll % regions]
    kind = _BY_HUNDRED[(roll >> 8) % 100]
    key = None
    if kind.key:
        uuid = f"{roll:08x}-{roll & 0xFFFF:04x}-4000-8000-{roll:012x}"
        key = f"arn:aws:kms:{region}:{account}:{kind.key.format(uuid=uuid)}"
    return Truth(name, account, region, kind, key, kind.verdict)


def mixed(number: int) -> int:
    """32 bits that look random and are always the same (the finalizer of MurmurHash3)."""
    number &= 0xFFFFFFFF
    number = ((number ^ (number >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    number = ((number ^ (number >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return number ^ (number >> 16)


# --- settings and counters -------------------------------------------------------------------------------


def _says(text: str, default: Any) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(slots=True)
class Settings:
    """How AWS behaves today. Rates are shares of the requests, from 0 to 1."""

    accounts: int = _says("accounts in the organization, the management account included", 1)
    buckets: int = _says("buckets in each account", 1000)
    regions: int = _says("regions that the buckets are spread over, 1 to 8", DEFAULT_REGIONS)
    latency_ms: float = _says("how long every answer takes", 0.0)
    slow_every: int = _says("each bucket whose number this divides answers late; 0 is none", 0)
    slow_seconds: float = _says("how late such a bucket answers", 5.0)
    big_account_only: bool = _says(
        "only the first account has its buckets, each of the others has ten", False
    )
    slow_down: float = _says("rate of 503 SlowDown from S3", 0.0)
    error: float = _says("rate of 500 InternalError from S3", 0.0)
    drop: float = _says("rate of S3 requests whose connection is closed without an answer", 0.0)
    faults_on: str = _says("the S3 operations that fail so, comma separated; none means all", "")
    api_throttling: float = _says("rate of throttled answers from STS and Organizations", 0.0)
    account_rate: float = _says("S3 requests a second that one account may make; more is SlowDown", 0.0)
    seed: int = _says("changes which requests fail", 0)
    suspended: str = _says("account ids (comma separated) or a share of the accounts that is SUSPENDED", "")
    deny_role: str = _says("account ids or a share of the accounts whose role cannot be assumed", "")
    role: str = _says("the only role name that can be assumed; none means any", "")
    external_id: str = _says("the external id that AssumeRole wants; none means any", "")
    session_seconds: int = _says("how long sessions say that they last; 0 means as asked", 0)
    expire_after: float = _says("seconds after which a session is refused, whatever it said; 0: as said", 0.0)
    clock_skew: float = _says("seconds that this server's clock is ahead", 0.0)
    listing_cut: bool = _says("ListBuckets answers one full page and no token, and the rest is lost", False)
    refuse_path_style: bool = _says("path-style requests are redirected to the host of the bucket", False)
    wrong_region: str = _says("redirect, malformed or ignore requests signed for another region", "redirect")
    objects: int = _says("objects in each bucket, for object_stub.py", 1000)
    page_limit: int = _says("the most buckets a listing page holds, whatever was asked", 10_000)


def changed(settings: Settings, name: str, text: str) -> None:
    """One setting, from text. Raises ValueError for what is no setting."""
    known: dict[str, Any] = {f.name: type(f.default) for f in fields(Settings)}
    if name not in known:
        raise ValueError(f"there is no setting {name!r}")
    kind = known[name]
    value = text.lower() in {"1", "true", "yes", "on"} if kind is bool else kind(text)
    setattr(settings, name, value)


@dataclass(slots=True)
class Stats:
    """What was asked, as counted on the wire. The control requests are not."""

    calls: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    by_account: dict[str, Counter[str]] = field(default_factory=dict)
    connections: int = 0
    tunnels: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    in_flight: int = 0
    in_flight_most: int = 0
    first: float = 0.0
    last: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The counters, with a total and the time from the first request to the last answer."""
        known = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in {"first", "last"}}
        return {**known, "total": self.calls.total(), "seconds": round(self.last - self.first, 6)}


# --- HTTP ------------------------------------------------------------------------------------------------


class Request(NamedTuple):
    """One request. `head` is in lower case, for finding header lines in it; `raw` is as sent."""

    method: str
    path: str
    query: str
    head: bytes
    raw: bytes
    body: bytes
    size: int

    def header(self, name: bytes) -> str:
        """A header's value as it was sent; empty where there is none. The name in lower case."""
        at = self.head.find(b"\r\n" + name + b":")
        if at < 0:
            return ""
        start = at + len(name) + 3
        return self.raw[start : self.raw.find(b"\r\n", start)].strip().decode("latin-1")

    def parameters(self) -> dict[str, str]:
        """The query, or the form in the body."""
        text = self.query or self.body.decode()
        return dict(parse_qsl(text, keep_blank_values=True))


class Answer(NamedTuple):
    """What to send back."""

    status: int
    body: bytes
    operation: str
    code: str = "ok"
    headers: bytes = b""
    json: bool = False


def take(buffer: bytearray) -> Request | None:
    """The first whole request of a buffer, removed from it. Raises ValueError for what is not HTTP/1.1."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    raw = bytes(buffer[: end + 4])
    head = raw.lower()
    at = head.find(b"\r\ncontent-length:")
    length = int(head[at + 17 : head.find(b"\r\n", at + 17)]) if at >= 0 else 0
    size = end + 4 + length
    if len(buffer) < size:
        return None
    body = bytes(buffer[end + 4 : size])
    del buffer[:size]
    method, target, _ = raw[: raw.find(b"\r\n")].decode("latin-1").split(" ", 2)
    if target.startswith("http"):  # sent to a proxy
        target = "/" + target.split("/", 3)[3]
    path, _, query = target.partition("?")
    return Request(method, path, query, head, raw, body, size)


REASONS = {
    200: "OK",
    204: "No Content",
    206: "Partial Content",
    301: "Moved Permanently",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Slow Down",
}
_ID_2 = (
    "x-amz-id-2: " + "s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234=" + "\r\n"
)


class Wire(asyncio.Protocol):
    """One connection. Requests of one connection are answered one after the other."""

    def __init__(self, stub: "Stub") -> None:
        self.stub = stub
        self.transport: Any = None
        self.buffer = bytearray()
        self.waiting = False
        self.counted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.transport = None

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.waiting:
            self.proceed()

    def proceed(self) -> None:
        """Answer the next whole request, if there is one."""
        try:
            request = take(self.buffer)
        except (ValueError, IndexError):
            self.transport.close()
            return
        if request is None:
            return
        if request.method == "CONNECT":
            self.stub.in_background(self.tunnel())
        elif request.path.startswith("/_stub/"):
            self.transport.write(self.stub.framed(self.stub.control(request)))
        else:
            self.serve(request)

    def serve(self, request: Request) -> None:
        stub, stats = self.stub, self.stub.stats
        if not self.counted:
            self.counted = True
            stats.connections += 1
        stats.first = stats.first or time.monotonic()
        stats.in_flight += 1
        stats.in_flight_most = max(stats.in_flight_most, stats.in_flight)
        stats.bytes_in += request.size
        answer = stub.answer(request)
        if latency := stub.latency(request):
            self.waiting = True
            stub.loop.call_later(latency, self.reply, answer, request.method)
        else:
            self.reply(answer, request.method)

    def reply(self, answer: Answer | None, method: str) -> None:
        stats = self.stub.stats
        self.waiting = False
        stats.in_flight -= 1
        stats.last = time.monotonic()
        if self.transport is None:
            return
        if answer is None:
            self.transport.abort()
            return
        data = self.stub.framed(answer, with_body=method != "HEAD")
        stats.bytes_out += len(data)
        self.transport.write(data)
        if self.buffer:
            self.proceed()

    async def tunnel(self) -> None:
        """A proxy's CONNECT: whatever host was asked for, the stub is behind it."""
        self.waiting = True  # a request may be there before the transport that it is to be answered over
        self.transport.pause_reading()
        self.transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.stub.stats.tunnels += 1
        try:
            tls = self.stub.loop.start_tls(self.transport, self, self.stub.tls, server_side=True)
            self.transport = await tls
        except (OSError, ssl.SSLError):
            self.transport = None
            return
        self.waiting = False
        if self.buffer:
            self.proceed()


# --- the services ----------------------------------------------------------------------------------------


class Caller(NamedTuple):
    """Who signed a request, for which service and region."""

    account: str
    service: str
    region: str


_SCOPE = re.compile(rb"\r\nauthorization:\s*aws4-\S+ credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_SKEW = 15 * 60
"""Seconds that AWS lets a client's clock be wrong."""


class Stub:
    """The organization: settings, counters, and the answer to every request."""

    def __init__(self, settings: Settings, tls: ssl.SSLContext) -> None:
        self.settings = settings
        self.stats = Stats()
        self.tls = tls
        self.loop: Any = None
        self.rolls = 0
        self.sessions = 0
        self.allowance: dict[str, tuple[float, float]] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.dated = (0, "")

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Keep a reference to the task until it is done."""
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def now(self) -> float:
        """The time by this server's clock."""
        return time.time() + self.settings.clock_skew

    def framed(self, answer: Answer, *, with_body: bool = True) -> bytes:
        """The bytes of an answer."""
        second = int(self.now())
        if self.dated[0] != second:
            self.dated = (second, formatdate(second, usegmt=True))
        kind = "application/x-amz-json-1.1" if answer.json else "application/xml"
        head = (
            f"HTTP/1.1 {answer.status} {REASONS[answer.status]}\r\n{_ID_2}"
            f"x-amz-request-id: {self.request_id()}\r\nDate: {self.dated[1]}\r\n"
            f"Server: AmazonS3\r\nContent-Type: {kind}\r\nContent-Length: {len(answer.body)}\r\n"
        )
        return head.encode() + answer.headers + b"\r\n" + (answer.body if with_body else b"")

    def request_id(self) -> str:
        return f"{self.rolls:016X}"

    def answer(self, request: Request) -> Answer | None:
        """The answer to a request, counted; None where the connection breaks instead."""
        self.rolls += 1
        caller = self.caller(request)
        if isinstance(caller, Answer):
            answer: Answer | None = caller
            operation, account = caller.operation, "nobody"
        else:
            operation, account = self.operation(request, caller), caller.account
            answer = self.fault(operation, caller) or self.serve(operation, request, caller)
            answer = None if answer is DROPPED else answer
        self.stats.calls[operation] += 1
        self.stats.answers[answer.code if answer else "dropped"] += 1
        self.stats.by_account.setdefault(account, Counter())[operation] += 1
        return answer

    def caller(self, request: Request) -> "Caller | Answer":
        """Who asks. Only the shape of the signature is looked at, and what the settings want looked at."""
        found = _SCOPE.search(request.head)
        if not found:
            return s3_error(403, "AccessDenied", "Access Denied", "unsigned")
        key = found[1].decode()
        is_known = key[:4] in {"akia", "asia"} and key[4:16].isdigit()
        caller = Caller(key[4:16] if is_known else account_id(0), found[3].decode(), found[2].decode())
        problem = self.skewed(request) or self.expired(request)
        if problem:
            return refused(caller.service, *problem, self.operation(request, caller))
        return caller

    def skewed(self, request: Request) -> tuple[int, str, str] | None:
        if not self.settings.clock_skew:
            return None
        try:
            sent = datetime.strptime(request.header(b"x-amz-date"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            return 403, "AccessDenied", "a valid Date or x-amz-date header is required"
        if abs(sent.timestamp() - self.now()) <= _SKEW:
            return None
        said = "The difference between the request time and the current time is too large."
        return 403, "RequestTimeTooSkewed", said

    def expired(self, request: Request) -> tuple[int, str, str] | None:
        parts = request.header(b"x-amz-security-token").split("/")
        if parts[0] != "stub":
            return None
        issued, ends = float(parts[2]), float(parts[3])
        if self.settings.expire_after:
            ends = issued + self.settings.expire_after
        gone = self.now() >= ends
        return (400, "ExpiredToken", "The provided token has expired.") if gone else None

    def operation(self, request: Request, caller: Caller) -> str:
        """The operation's name in AWS's words."""
        if caller.service == "sts":
            return request.parameters().get("Action", "unknown")
        if caller.service == "iam":
            return request.parameters().get("Action", "unknown")
        if caller.service == "monitoring":
            return request.path.rpartition("/")[2] or "unknown"
        if caller.service in {"organizations", "kms"}:
            return request.header(b"x-amz-target").partition(".")[2] or "unknown"
        if caller.service not in {"s3", "s3express"}:
            return f"{caller.service}:unknown"
        if request.method != "GET":
            return f"{request.method} {request.path.count('/')}"
        if request.path.startswith(ACCESS_POINTS_PATH):
            return "ListAccessPoints"
        if self.bucket_of(request):
            return (
                "GetBucketEncryption" if request.query in {"encryption", "encryption="} else "GetBucketOther"
            )
        return "ListDirectoryBuckets" if caller.service == "s3express" else "ListBuckets"

    @staticmethod
    def bucket_of(request: Request) -> str:
        """The bucket that a request names, by host or by path."""
        host = request.header(b"host")
        if host.startswith("stub-"):
            return host.partition(".")[0]
        return unquote(request.path[1:].partition("/")[0])

    def fault(self, operation: str, caller: Caller) -> Answer | None:
        """What goes wrong this time: by the number of the request, so that runs repeat."""
        chosen = self.settings
        roll = mixed(self.rolls * 0x9E3779B1 + chosen.seed) / 2**32
        if caller.service in {"sts", "organizations"}:
            if roll >= chosen.api_throttling:
                return None
            code = "Throttling" if caller.service == "sts" else "TooManyRequestsException"
            return refused(caller.service, 400, code, "Rate exceeded", operation)
        if chosen.faults_on and operation not in chosen.faults_on.split(","):
            return None
        if roll < chosen.drop:
            return DROPPED
        if roll < chosen.drop + chosen.error:
            return s3_error(500, "InternalError", "We encountered an internal error.", operation)
        if roll < chosen.drop + chosen.error + chosen.slow_down or not self.within_rate(caller.account):
            return s3_error(503, "SlowDown", "Please reduce your request rate.", operation)
        return None

    def within_rate(self, account: str) -> bool:
        """A bucket of tokens for each account, as deep as one second."""
        rate = self.settings.account_rate
        if not rate:
            return True
        now = time.monotonic()
        left, then = self.allowance.get(account, (rate, now))
        left = min(rate, left + (now - then) * rate)
        self.allowance[account] = (left - 1 if left >= 1 else left, now)
        return left >= 1

    def serve(self, operation: str, request: Request, caller: Caller) -> Answer:
        services = {"sts": self.sts, "organizations": self.organizations, "kms": self.kms}
        if of_service := services.get(caller.service):
            return of_service(operation, request, caller)
        if operation == "GetAccountAuthorizationDetails":
            return Answer(200, self.identities(caller), operation)
        if operation == "ListMetrics":
            return Answer(200, _NO_METRICS, operation, headers=b"smithy-protocol: rpc-v2-cbor\r\n")
        if operation == "GetBucketEncryption":
            return self.get_bucket_encryption(request, caller)
        if operation == "ListBuckets":
            return self.list_buckets(request, caller)
        if operation == "ListDirectoryBuckets":
            return Answer(200, xml("ListAllMyDirectoryBucketsResult", "<Buckets></Buckets>"), operation)
        if operation == "ListAccessPoints":
            return Answer(200, xml("ListAccessPointsResult", "<AccessPointList/>"), operation)
        if operation == "GetBucketOther":
            return self.get_bucket_other(request, caller)
        return refused(caller.service, 501, "NotImplemented", "The stub does not know this.", operation)

    # S3

    def get_bucket_encryption(self, request: Request, caller: Caller) -> Answer:
        operation = "GetBucketEncryption"
        found = self.reachable(request, caller, operation)
        if isinstance(found, Answer):
            return found
        if found.kind.denied:
            return s3_error(403, "AccessDenied", "Access Denied", operation)
        return Answer(200, encryption_xml(found), operation)

    def reachable(self, request: Request, caller: Caller, operation: str) -> Truth | Answer:
        """The bucket a request is about, or why this caller does not get to it."""
        name = self.bucket_of(request)
        _, _, rest = name.partition("-")
        owner, _, index = rest.partition("-")
        if not (index.isdigit() and owner.isdigit() and self.exists(int(owner), int(index))):
            return s3_error(404, "NoSuchBucket", "The specified bucket does not exist", operation)
        found = _truth(name, owner, self.settings.regions)
        if self.settings.refuse_path_style and not request.header(b"host").startswith("stub-"):
            return redirect(found, operation)
        if found.region != caller.region and self.settings.wrong_region != "ignore":
            is_malformed = self.settings.wrong_region == "malformed"
            return malformed(found, caller, operation) if is_malformed else redirect(found, operation)
        expected = request.header(b"x-amz-expected-bucket-owner")
        if owner != caller.account or expected not in {"", owner}:
            return s3_error(403, "AccessDenied", "Access Denied", operation)
        return found

    def exists(self, owner: int, index: int) -> bool:
        is_account = 0 <= owner - FIRST_ACCOUNT < self.settings.accounts
        return is_account and index < self.buckets_in(str(owner))

    def buckets_in(self, account: str) -> int:
        """How many buckets an account has."""
        is_small = self.settings.big_account_only and account != account_id(0)
        return min(10, self.settings.buckets) if is_small else self.settings.buckets

    def latency(self, request: Request) -> float:
        """How many seconds an answer takes."""
        every = self.settings.slow_every
        if every and "encryption" in request.parameters():
            index = self.bucket_of(request).rpartition("-")[2]
            if index.isdigit() and int(index) % every == 0:
                return self.settings.slow_seconds
        return self.settings.latency_ms / 1000

    def list_buckets(self, request: Request, caller: Caller) -> Answer:
        asked = request.parameters()
        asked.pop("x-id", None)
        most = min(int(asked.get("max-buckets", 10_000)), self.settings.page_limit)
        token, prefix, region = (asked.get(n, "") for n in ("continuation-token", "prefix", "bucket-region"))
        if region and region != caller.region:
            return s3_error(400, "InvalidArgument", "Ask for a region at its own endpoint.", "ListBuckets")
        all_of_it = range(self.buckets_in(caller.account))
        name_of = functools.partial(bucket_name, caller.account)
        start = bisect_left(all_of_it, prefix, key=name_of)
        end = bisect_left(all_of_it, prefix + "\x7f", key=name_of) if prefix else len(all_of_it)
        start = max(start, int(base64.b64decode(token)) if token else 0)
        rows: list[str] = []
        index = start
        while index < end and len(rows) < most:
            found = truth(caller.account, index, self.settings.regions)
            if not region or found.region == region:
                rows.append(listed_xml(found, with_region=bool(asked)))
            index += 1
        is_cut = index < end and not self.settings.listing_cut
        next_token = base64.b64encode(str(index).encode()).decode() if is_cut else ""
        return Answer(200, listing_xml(rows, caller.account, next_token, prefix), "ListBuckets")

    def get_bucket_other(self, request: Request, caller: Caller) -> Answer:
        """What other tools ask of each bucket: answered as a bucket with nothing set."""
        operation = "GetBucketOther"
        found = self.reachable(request, caller, operation)
        if isinstance(found, Answer):
            return found
        part = request.query.partition("=")[0].partition("&")[0]
        if part in UNSET:
            return s3_error(404, UNSET[part], "There is no such configuration", operation)
        if part == "location":
            text = "" if found.region == "us-east-1" else found.region
            return Answer(200, xml("LocationConstraint", text), operation)
        root = EMPTY.get(part)
        if root is None:
            return s3_error(403, "AccessDenied", "Access Denied", operation)
        return Answer(200, xml(root, ACL if part == "acl" else ""), operation)

    # STS and Organizations

    def sts(self, operation: str, request: Request, caller: Caller) -> Answer:
        if operation == "GetCallerIdentity":
            is_session = bool(request.header(b"x-amz-security-token"))
            arn = f"arn:aws:sts::{caller.account}:assumed-role/stub/stub"
            arn = arn if is_session else f"arn:aws:iam::{caller.account}:user/stub"
            return Answer(
                200,
                sts_xml(
                    operation, f"<Arn>{arn}</Arn><UserId>STUB</UserId><Account>{caller.account}</Account>"
                ),
                operation,
            )
        if operation != "AssumeRole":
            return refused("sts", 400, "InvalidAction", "The stub does not know this.", operation)
        asked = request.parameters()
        arn = asked.get("RoleArn", "")
        if not self.may_assume(arn, asked.get("ExternalId", "")):
            said = f"User is not authorized to perform: sts:AssumeRole on resource: {arn}"
            return refused("sts", 403, "AccessDenied", said, operation)
        seconds = self.settings.session_seconds or int(asked.get("DurationSeconds", 3600))
        return Answer(200, self.session_xml(arn, asked.get("RoleSessionName", "stub"), seconds), operation)

    def may_assume(self, arn: str, external_id: str) -> bool:
        parts = arn.split(":", 5)
        if len(parts) != 6 or not parts[4].isdigit():
            return False
        account, role = parts[4], parts[5].removeprefix("role/")
        chosen = self.settings
        if not 0 <= int(account) - FIRST_ACCOUNT < chosen.accounts:
            return False
        if chosen.role not in {"", role} or chosen.external_id not in {"", external_id}:
            return False
        return not is_among(account, chosen.deny_role) and not is_among(account, chosen.suspended, salt=1)

    def session_xml(self, arn: str, name: str, seconds: int) -> bytes:
        """Credentials that say whose they are, so that later calls need no memory."""
        account, role = arn.split(":")[4], arn.rpartition("/")[2]
        issued = self.now()
        self.sessions += 1
        key = f"ASIA{account}{self.sessions % 10_000:04d}"
        token = f"stub/{account}/{issued:.3f}/{issued + seconds:.3f}/".ljust(640, "x")  # as long as AWS's
        ends = datetime.fromtimestamp(issued + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        session = f"arn:aws:sts::{account}:assumed-role/{role}/{escape(name)}"
        return sts_xml(
            "AssumeRole",
            f"<AssumedRoleUser><AssumedRoleId>AROASTUB:{escape(name)}</AssumedRoleId><Arn>{session}</Arn>"
            f"</AssumedRoleUser><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{'s' * 40}"
            f"</SecretAccessKey><SessionToken>{token}</SessionToken><Expiration>{ends}</Expiration>"
            "</Credentials>",
        )

    # IAM

    @staticmethod
    def identities(caller: Caller) -> bytes:
        """Twenty roles of two inline policies: who reads every bucket, and who reads none."""
        roles = "".join(_role_xml(caller.account, number) for number in range(20))
        lists = "<UserDetailList/><GroupDetailList/><Policies/>"
        inside = f"<IsTruncated>false</IsTruncated>{lists}<RoleDetailList>{roles}</RoleDetailList>"
        return sts_xml("GetAccountAuthorizationDetails", inside)

    # KMS

    def kms(self, operation: str, request: Request, caller: Caller) -> Answer:
        """Every key is there, enabled and a customer managed one; alias/aws/s3 stands for one of AWS."""
        asked = json.loads(request.body or b"{}")
        name = str(asked.get("KeyId", ""))
        arn = f"arn:aws:kms:{caller.region}:{caller.account}:key/{AWS_MANAGED_KEY}"
        if operation == "ListAliases":
            alias = {"AliasName": "alias/aws/s3", "TargetKeyId": AWS_MANAGED_KEY}
            listed = [alias] if name in {"", AWS_MANAGED_KEY, arn} else []
            return Answer(
                200, json.dumps({"Aliases": listed, "Truncated": False}).encode(), operation, json=True
            )
        if operation == "GetKeyRotationStatus":
            return Answer(200, b'{"KeyRotationEnabled": true}', operation, json=True)
        if operation != "DescribeKey":
            return refused("kms", 400, "InvalidAction", "The stub does not know this.", operation)
        described = {
            "Arn": name if ":key/" in name else arn,
            "KeyState": "Enabled",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "Origin": "AWS_KMS",
            "KeyManager": "AWS" if name == AWS_MANAGED_KEY else "CUSTOMER",
        }
        return Answer(200, json.dumps({"KeyMetadata": described}).encode(), operation, json=True)

    def organizations(self, operation: str, request: Request, caller: Caller) -> Answer:
        management = account_id(0)
        if caller.account != management and operation != "DescribeOrganization":
            said = "You don't have permissions to access this resource."
            return refused("organizations", 400, "AccessDeniedException", said, operation)
        if operation == "DescribeOrganization":
            described = {
                "Id": "o-stub000000",
                "Arn": f"arn:aws:organizations::{management}:organization/o-stub000000",
                "FeatureSet": "ALL",
                "MasterAccountId": management,
                "MasterAccountArn": f"arn:aws:organizations::{management}:account/o-stub000000/{management}",
                "MasterAccountEmail": f"{management}@stub.invalid",
            }
            return Answer(200, json.dumps({"Organization": described}).encode(), operation, json=True)
        if operation == "ListRoots":  # no type of policy is turned on
            root = {"Id": "r-stub", "Arn": "arn:stub", "Name": "Root", "PolicyTypes": []}
            return Answer(200, json.dumps({"Roots": [root]}).encode(), operation, json=True)
        if operation != "ListAccounts":
            said = "The stub does not know this."
            return refused("organizations", 400, "InvalidAction", said, operation)
        asked = json.loads(request.body or b"{}")
        start = int(asked.get("NextToken") or 0)
        end = min(start + min(int(asked.get("MaxResults") or 20), 20), self.settings.accounts)
        page: dict[str, Any] = {"Accounts": [self.account(n) for n in range(start, end)]}
        if end < self.settings.accounts:
            page["NextToken"] = str(end)
        return Answer(200, json.dumps(page).encode(), operation, json=True)

    def account(self, number: int) -> dict[str, Any]:
        name = account_id(number)
        state = "SUSPENDED" if is_among(name, self.settings.suspended, salt=1) else "ACTIVE"
        return {
            "Id": name,
            "Arn": f"arn:aws:organizations::{account_id(0)}:account/o-stub000000/{name}",
            "Email": f"{name}@stub.invalid",
            "Name": f"account {number}",
            "Status": state,
            "State": state,
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": 1_700_000_000.0,
        }

    # control

    def control(self, request: Request) -> Answer:
        """Settings and counters, as JSON."""
        what = request.path.removeprefix("/_stub/")
        try:
            said = self.controls()[what](request.parameters())
        except (KeyError, ValueError) as error:
            return Answer(400, json.dumps({"error": str(error)}).encode(), what, json=True)
        return Answer(200, json.dumps(said).encode(), what, json=True)

    def controls(self) -> dict[str, Callable[[dict[str, str]], Any]]:
        return {
            "settings": self.set_all,
            "stats": lambda _: self.stats.as_json(),
            "reset": lambda _: self.reset(),
            "truth": lambda asked: (
                truth(asked["account"], int(asked["index"]), self.settings.regions)._asdict()
                | {"kind": asdict(truth(asked["account"], int(asked["index"]), self.settings.regions).kind)}
            ),
        }

    def set_all(self, asked: dict[str, str]) -> dict[str, Any]:
        for name, text in asked.items():
            changed(self.settings, name, text)
        return asdict(self.settings)

    def reset(self) -> dict[str, Any]:
        """Counters to zero; the faults start again from the first. Settings stay."""
        self.stats = Stats()
        self.rolls = 0
        self.allowance.clear()
        return self.stats.as_json()


CODES = {
    ("sts", "RequestTimeTooSkewed"): "SignatureDoesNotMatch",
    ("organizations", "RequestTimeTooSkewed"): "InvalidSignatureException",
    ("organizations", "ExpiredToken"): "ExpiredTokenException",
}
"""What the other services call S3's errors."""
DROPPED = Answer(500, b"", "dropped")

# --- what it looks like on the wire ----------------------------------------------------------------------

_S3 = "http://s3.amazonaws.com/doc/2006-03-01/"
ACL = (
    "<Owner><ID>stub</ID></Owner><AccessControlList><Grant><Grantee "
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>stub</ID></Grantee>'
    "<Permission>FULL_CONTROL</Permission></Grant></AccessControlList>"
)
ACCESS_POINTS_PATH = "/v20180820/accesspoint"
UNSET = {
    "policy": "NoSuchBucketPolicy",
    "policyStatus": "NoSuchBucketPolicy",
    "publicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "ownershipControls": "OwnershipControlsNotFoundError",
    "tagging": "NoSuchTagSet",
    "object-lock": "ObjectLockConfigurationNotFoundError",
    "replication": "ReplicationConfigurationNotFoundError",
    "lifecycle": "NoSuchLifecycleConfiguration",
    "website": "NoSuchWebsiteConfiguration",
    "cors": "NoSuchCORSConfiguration",
}
EMPTY = {
    "acl": "AccessControlPolicy",
    "versioning": "VersioningConfiguration",
    "logging": "BucketLoggingStatus",
    "notification": "NotificationConfiguration",
    "requestPayment": "RequestPaymentConfiguration",
    "accelerate": "AccelerateConfiguration",
}


def xml(root: str, inside: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_S3}">{inside}</{root}>'.encode()


def encryption_xml(found: Truth) -> bytes:
    """The rule with its three parts."""
    kind = found.kind
    key = f"<KMSMasterKeyID>{found.key}</KMSMasterKeyID>" if found.key else ""
    rule = (
        f"<ApplyServerSideEncryptionByDefault><SSEAlgorithm>{kind.algorithm}</SSEAlgorithm>{key}"
        f"</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>{str(kind.bucket_key).lower()}"
        "</BucketKeyEnabled>"
    )
    if kind.blocked:
        rule += f"<BlockedEncryptionTypes><EncryptionType>{kind.blocked}</EncryptionType></BlockedEncryptionTypes>"
    return xml("ServerSideEncryptionConfiguration", f"<Rule>{rule}</Rule>")


def listed_xml(found: Truth, *, with_region: bool) -> str:
    region = f"<BucketRegion>{found.region}</BucketRegion>" if with_region else ""
    made = "<CreationDate>2024-02-29T12:00:00.000Z</CreationDate>"
    return f"<Bucket><Name>{found.bucket}</Name>{made}{region}</Bucket>"


def listing_xml(rows: list[str], account: str, token: str, prefix: str) -> bytes:
    owner = hashlib.sha256(account.encode()).hexdigest()
    inside = f"<Owner><ID>{owner}</ID></Owner><Buckets>{''.join(rows)}</Buckets>"
    if token:
        inside += f"<ContinuationToken>{token}</ContinuationToken>"
    if prefix:
        inside += f"<Prefix>{escape(prefix)}</Prefix>"
    return xml("ListAllMyBucketsResult", inside)


def s3_error(
    status: int, code: str, said: str, operation: str, *, more: str = "", headers: str = ""
) -> Answer:
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{said}</Message>{more}'
        "<RequestId>STUB</RequestId><HostId>STUB</HostId></Error>"
    )
    return Answer(status, body.encode(), operation, code, headers.encode())


def redirect(found: Truth, operation: str) -> Answer:
    """The region, and the only host that will do."""
    host = f"{found.bucket}.s3.{found.region}.amazonaws.com"
    said = "The bucket you are attempting to access must be addressed using the specified endpoint."
    more = f"<Endpoint>{host}</Endpoint><Bucket>{found.bucket}</Bucket>"
    headers = f"x-amz-bucket-region: {found.region}\r\n"
    return s3_error(301, "PermanentRedirect", said, operation, more=more, headers=headers)


def malformed(found: Truth, caller: Caller, operation: str) -> Answer:
    said = f"The authorization header is malformed; the region '{caller.region}' is wrong"
    more = f"<Region>{found.region}</Region>"
    headers = f"x-amz-bucket-region: {found.region}\r\n"
    return s3_error(400, "AuthorizationHeaderMalformed", said, operation, more=more, headers=headers)


def sts_xml(operation: str, inside: str) -> bytes:
    return (
        f'<{operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{operation}Result>{inside}'
        f"</{operation}Result><ResponseMetadata><RequestId>STUB</RequestId></ResponseMetadata>"
        f"</{operation}Response>"
    ).encode()


_NO_METRICS = b"\xa1gMetrics\x80"
"""CBOR: an object whose Metrics is an empty list."""


def _role_xml(account: str, number: int) -> str:
    """A role as IAM tells it, its documents URL-encoded."""
    action = "s3:GetObject" if number % 2 else "ec2:DescribeInstances"
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    document = quote(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return (
        f"<member><Path>/</Path><RoleName>role-{number}</RoleName><RoleId>AROASTUB{number}</RoleId>"
        f"<Arn>arn:aws:iam::{account}:role/role-{number}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>"
        "<AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument><InstanceProfileList/><AttachedManagedPolicies/>"
        f"<RolePolicyList><member><PolicyName>own</PolicyName><PolicyDocument>{document}</PolicyDocument></member>"
        "</RolePolicyList></member>"
    )


def refused(service: str, status: int, code: str, said: str, operation: str) -> Answer:
    """An error in the words of the service's protocol."""
    code = CODES.get((service, code), code)
    if service in {"s3", "s3express"}:
        return s3_error(status, code, said, operation)
    if service == "sts":
        body = (
            '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
            f"<Code>{code}</Code><Message>{escape(said)}</Message></Error><RequestId>STUB</RequestId>"
            "</ErrorResponse>"
        )
        return Answer(status, body.encode(), operation, code)
    return Answer(status, json.dumps({"__type": code, "message": said}).encode(), operation, code, json=True)


def is_among(account: str, chosen: str, *, salt: int = 0) -> bool:
    """Whether an account is named in a setting, or among the share that it gives. Never the management account."""
    if not chosen or account == account_id(0):
        return False
    if "." in chosen or chosen == "1":
        return mixed(int(account) + salt * 7919) / 2**32 < float(chosen)
    return account in chosen.split(",")


# --- running it ------------------------------------------------------------------------------------------

_NAMES = [
    "localhost",
    "s3.localhost",
    "*.s3.localhost",
    "sts.amazonaws.com",
    "organizations.us-east-1.amazonaws.com",
]


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate and its key, made with openssl. RSA 2048, as S3's own is."""
    cert, key = folder / "stub.crt", folder / "stub.key"
    if cert.exists() and key.exists():
        return cert, key
    hosts = [f"{name}{region}.amazonaws.com" for region in REGIONS for name in _REGIONAL]
    names = ",".join([*(f"DNS:{name}" for name in [*_NAMES, *hosts]), "IP:127.0.0.1"])
    extensions = [f"subjectAltName={names}", "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign"]
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/CN=s3kms stub",
    ]
    command += ["-keyout", str(key), "-out", str(cert)]
    for extension in extensions:
        command += ["-addext", extension]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


_REGIONAL = ("s3.", "*.s3.", "sts.", "s3express-control.")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="HTTPS on 127.0.0.1; 0 means any free port")
    parser.add_argument("--http_port", type=int, default=0, help="HTTP, control and CONNECT on 127.0.0.1")
    parser.add_argument("--folder", type=Path, help="where the certificate is, or is to be made")
    for f in fields(Settings):
        shown = f"{f.metadata['help']} [{f.default}]".replace("%", "%%")
        parser.add_argument(f"--{f.name}", default=None, metavar="X", help=shown)
    return parser.parse_args()


async def run(chosen: argparse.Namespace, folder: Path, kind: type[Stub] = Stub) -> None:
    cert, key = certificate(folder)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    stub = kind(Settings(), tls)
    for f in fields(Settings):
        if (text := getattr(chosen, f.name)) is not None:
            changed(stub.settings, f.name, text)
    stub.loop = asyncio.get_running_loop()
    many = 1024
    secure = await stub.loop.create_server(
        lambda: Wire(stub), "127.0.0.1", chosen.port, ssl=tls, backlog=many
    )
    plain = await stub.loop.create_server(lambda: Wire(stub), "127.0.0.1", chosen.http_port, backlog=many)
    ports = {"port": secure.sockets[0].getsockname()[1], "http_port": plain.sockets[0].getsockname()[1]}
    print(json.dumps({**ports, "pid": os.getpid(), "certificate": str(cert)}), flush=True)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        stub.loop.add_signal_handler(number, ended.set)
    await ended.wait()
    secure.close()
    plain.close()


def main(kind: type[Stub] = Stub) -> None:
    chosen = options()
    is_fast = importlib.util.find_spec("uvloop") is not None
    run_loop: Callable[[Coroutine[Any, Any, None]], None]
    run_loop = importlib.import_module("uvloop").run if is_fast else asyncio.run
    with tempfile.TemporaryDirectory(prefix="s3kms-stub-") as made:
        run_loop(run(chosen, chosen.folder or Path(made), kind))


if __name__ == "__main__":
    main()
