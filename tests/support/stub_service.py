"""A JSON service of AWS on loopback that answers each operation as a test says, over real HTTP."""

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support.loopback import LoopbackServer, QuietHandler

Script = Callable[[str, dict[str, Any]], Mapping[str, Any]]


class StubService(LoopbackServer):
    """Records the operations that were called, in order."""

    def __init__(self, script: Script) -> None:
        self.calls: list[str] = []
        self._script = script
        super().__init__(self._handler())

    def _handler(stub) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler's self is another
        class Handler(QuietHandler):
            def do_POST(self) -> None:
                body = json.loads(self.read_body() or b"{}")
                name = self.headers["X-Amz-Target"].rpartition(".")[2]
                stub.calls.append(name)
                said = json.dumps(stub._script(name, body)).encode()
                self.answer(200, said, "application/x-amz-json-1.1")

        return Handler
