"""A proxy over real HTTP before a server that other people wrote, which is told what goes wrong on the way."""

import contextlib
import http.client
import re
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from tests.support.loopback import LoopbackServer, QuietHandler

_HOP = {"connection", "transfer-encoding", "content-length", "host", "keep-alive"}
_SILENCE_SECONDS = 60
"""Longer than the client under test waits."""


class MisbehavingProxy(LoopbackServer):
    """Passes all on, but for the operations of `denied` and `silent`; without regions where told so."""

    def __init__(self, url: str) -> None:
        self.denied: dict[str, str] = {}
        """Operation to the server's sentence of an AccessDenied."""
        self.silent = ""
        """The operation that gets no answer."""
        self.without_regions = False
        self._closing = threading.Event()
        self._behind = urlsplit(url).netloc
        super().__init__(self._handler())

    def release(self) -> None:
        self._closing.set()

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; the proxied server's own where nothing goes wrong."""
        operation = _operation(method, path, headers)
        if operation and operation == self.silent:
            self._closing.wait(_SILENCE_SECONDS)
        if operation in self.denied:
            said = f"<Error><Code>AccessDenied</Code><Message>{self.denied[operation]}</Message></Error>"
            return 403, {"Content-Type": "application/xml"}, said.encode()
        connection = http.client.HTTPConnection(self._behind, timeout=_SILENCE_SECONDS)
        try:
            connection.request(method, path, body, {**headers, "Host": self._behind})
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        if operation == "ListBuckets" and self.without_regions:
            data = re.sub(rb"<BucketRegion>[^<]*</BucketRegion>", b"", data)
        kept = {name: value for name, value in response.getheaders() if name.lower() not in _HOP}
        return response.status, kept, data

    def _handler(proxy) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler's self is another
        class Handler(QuietHandler):
            def _pass_on(self) -> None:
                body = self.read_body()
                headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
                status, sent, data = proxy.answer(self.command, self.path, headers, body)
                self.send_response_only(status)
                for name, value in (sent | {"Content-Length": str(len(data))}).items():
                    self.send_header(name, value)
                with contextlib.suppress(OSError):  # who waited no longer is no failure of the proxy
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(data)

            def do_GET(self) -> None:
                self._pass_on()

            def do_PUT(self) -> None:
                self._pass_on()

            def do_POST(self) -> None:
                self._pass_on()

            def do_HEAD(self) -> None:
                self._pass_on()

            def do_DELETE(self) -> None:
                self._pass_on()

        return Handler


def _operation(method: str, path: str, headers: Mapping[str, str]) -> str:
    """Of those that a test tells to go wrong; empty for all others."""
    url = urlsplit(path)
    is_express = "/s3express/" in headers.get("Authorization", "")
    if method == "GET" and url.path == "/":
        return "ListDirectoryBuckets" if is_express else "ListBuckets"
    if method == "PUT" and "encryption" in parse_qs(url.query, keep_blank_values=True):
        return "PutBucketEncryption"
    return ""
