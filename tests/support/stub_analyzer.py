"""Access Analyzer on loopback: the embedded AWS has none. It answers each call as a test says, over real HTTP."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

PATHS = {
    "/policy/validation": "ValidatePolicy",
    "/policy/check-no-new-access": "CheckNoNewAccess",
    "/policy/check-no-public-access": "CheckNoPublicAccess",
}


@dataclass(frozen=True)
class Refusal:
    """An error as the service sends it."""

    code: str
    status: int
    message: str = "said the stub"


Reply = Mapping[str, Any] | Refusal
Script = Callable[[dict[str, Any]], Reply]
NOTHING: Mapping[str, Any] = {"findings": []}
PASS: Mapping[str, Any] = {"result": "PASS", "message": "The updated policy does not grant new access."}


class StubAnalyzer:
    """Records each call with its body."""

    def __init__(self, **on: Reply | Script) -> None:
        self.on: dict[str, Reply | Script] = {
            "ValidatePolicy": NOTHING,
            "CheckNoNewAccess": PASS,
            "CheckNoPublicAccess": PASS,
            **on,
        }
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def names(self) -> list[str]:
        """The operations that were called, in order."""
        return [name for name, _ in self.calls]

    def reply(self, path: str, body: dict[str, Any]) -> Reply:
        name = PATHS[path]
        self.calls.append((name, body))
        said = self.on[name]
        return said(body) if callable(said) else said

    def _handler(stub) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler's self is another
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                query = self.path.partition("?")[2]
                body |= dict(one.split("=", 1) for one in query.split("&") if one)
                said = stub.reply(self.path.partition("?")[0], body)
                is_refused = isinstance(said, Refusal)
                text = json.dumps(
                    {"message": said.message} if isinstance(said, Refusal) else dict(said)
                ).encode()
                self.send_response_only(said.status if isinstance(said, Refusal) else 200)
                self.send_header("Date", self.date_time_string())
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                if is_refused and isinstance(said, Refusal):
                    self.send_header("x-amzn-ErrorType", said.code)
                self.end_headers()
                self.wfile.write(text)

        return Handler
