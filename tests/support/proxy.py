"""A proxy over real HTTP that counts the calls on default encryptions and misbehaves at the call a test names."""

import http.client
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from tests.support.loopback import LoopbackServer, QuietHandler
from tests.support.stub import Answer, error

GET, PUT = "GET", "PUT"
Strike = tuple[str, str, int]
"""A method, a bucket, and which of those calls on its default encryption: (PUT, "logs", 1) is its first write."""


class Fault(Enum):
    """What happens at one call."""

    DENIED = "answers 403"
    EXPIRED = "answers that the session has expired"
    BROKEN = "answers 500"
    CLOSED = "closes the connection, nothing processed"
    LOST = "processes it and closes the connection"
    NOTHING = "says 200 and does nothing"
    NO_KEY = "keeps the rule without its key"
    NO_BUCKET_KEY = "keeps the rule without its bucket key"
    NO_BLOCK = "keeps the rule without its blocked encryption types"
    KILLED = "kills the client, nothing processed"
    KILLED_LATE = "processes it and kills the client"


_SILENCE = Answer("", 0)
_ANSWERS = {
    Fault.DENIED: error("AccessDenied", 403),
    Fault.EXPIRED: error("ExpiredToken", 400),
    Fault.BROKEN: error("InternalError", 500),
    Fault.CLOSED: _SILENCE,
    Fault.NOTHING: Answer(),
}
_CUTS = {
    Fault.NO_KEY: "KMSMasterKeyID",
    Fault.NO_BUCKET_KEY: "BucketKeyEnabled",
    Fault.NO_BLOCK: "BlockedEncryptionTypes",
}
ONLY_WRITES = {Fault.NOTHING, *_CUTS}
"""At a read they are nothing."""
KILLS = {Fault.KILLED, Fault.KILLED_LATE}


@dataclass(frozen=True)
class Write:
    """A PutBucketEncryption as it came in."""

    bucket: str
    body: str
    """As the client sent it."""
    seen: Any
    """What the test saw just before it was processed."""
    executed: bool
    """Whether the server behind took it, whole or in part."""


class FaultyProxy(LoopbackServer):
    """Stands before a server; `faults` says at which call what happens instead of passing it on."""

    def __init__(self, upstream: str) -> None:
        self.faults: dict[Strike, Fault] = {}
        self.struck: dict[Strike, Fault] = {}
        self.writes: list[Write] = []
        self.calls: Counter[tuple[str, str]] = Counter()
        """Every call there was, by method and bucket; DeleteBucketEncryption would be a DELETE."""
        self.look: Callable[[str], object] = lambda _: None
        """Asked with the bucket's name when a write comes in."""
        self.kill: Callable[[], object] = lambda: None
        self._asked: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        behind = {"proxy": self, "upstream": urlsplit(upstream).netloc}
        super().__init__(type("Handler", (_Handler,), behind))

    def begin(self, faults: Mapping[Strike, Fault]) -> None:
        """Count from one again, with these faults to come."""
        self.faults = dict(faults)
        self.struck, self.writes = {}, []
        self._asked.clear()

    def fault(self, method: str, bucket: str, query: str) -> Fault | None:
        """What is to happen at this call."""
        with self._lock:
            self.calls[method, bucket] += 1
            if "encryption" not in query:
                return None
            self._asked[method, bucket] += 1
            strike = (method, bucket, self._asked[method, bucket])
            fault = self.faults.get(strike)
            if fault is None or (fault in ONLY_WRITES and method != PUT):
                return None
            self.struck[strike] = fault
            return fault


class _Handler(QuietHandler):
    """One connection of the client, and one of ours to the server behind."""

    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together

    proxy: FaultyProxy
    upstream: str

    def setup(self) -> None:
        super().setup()
        self.behind = http.client.HTTPConnection(self.upstream, timeout=30)

    def finish(self) -> None:
        super().finish()
        self.behind.close()

    def do_GET(self) -> None:
        self._any()

    def do_POST(self) -> None:
        self._any()

    def do_PUT(self) -> None:
        self._any()

    def do_DELETE(self) -> None:
        self._any()

    def _any(self) -> None:
        body = self.read_body()
        url = urlsplit(self.path)
        bucket = url.path.strip("/")
        fault = self.proxy.fault(self.command, bucket, url.query)
        is_write = self.command == PUT and "encryption" in url.query
        seen = self.proxy.look(bucket) if is_write else None
        told = None if fault in _ANSWERS or fault is Fault.KILLED else self._passed_on(fault, body)
        if is_write:
            executed = told is not None and told.status == 200
            self.proxy.writes.append(Write(bucket, body.decode(), seen, executed))
        if fault in KILLS:
            self.proxy.kill()
        said = _ANSWERS.get(fault) if fault else None
        self._reply(told or said or _SILENCE, is_lost=fault in {Fault.LOST, *KILLS})

    def _passed_on(self, fault: Fault | None, body: bytes) -> Answer:
        if fault in _CUTS:
            body = re.sub(rb"<(%s)>.*</\1>" % _CUTS[fault].encode(), b"", body, flags=re.DOTALL)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "content-length"}
        self.behind.request(self.command, self.path, body or None, headers)
        said = self.behind.getresponse()
        content = said.read().decode()
        return Answer(content, said.status, said.getheader("Content-Type", "application/xml"))

    def _reply(self, said: Answer, *, is_lost: bool) -> None:
        if is_lost or not said.status:
            self.close_connection = True
            return
        body = said.body.encode()
        self.send_response(said.status)
        self.send_header("Content-Type", said.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amz-request-id", "PROXYREQUEST")
        self.end_headers()
        self.wfile.write(body)
