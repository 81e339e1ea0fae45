"""Access Analyzer on loopback: the embedded AWS has none. It answers each call as a test says, over real HTTP."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support.loopback import LoopbackServer, QuietHandler

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


class StubAnalyzer(LoopbackServer):
    """Records each call with its body."""

    def __init__(self, **on: Reply | Script) -> None:
        self.on: dict[str, Reply | Script] = {
            "ValidatePolicy": NOTHING,
            "CheckNoNewAccess": PASS,
            "CheckNoPublicAccess": PASS,
            **on,
        }
        self.calls: list[tuple[str, dict[str, Any]]] = []
        super().__init__(self._handler())

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
        class Handler(QuietHandler):
            def do_POST(self) -> None:
                body = json.loads(self.read_body())
                query = self.path.partition("?")[2]
                body |= dict(one.split("=", 1) for one in query.split("&") if one)
                said = stub.reply(self.path.partition("?")[0], body)
                if isinstance(said, Refusal):
                    told, status, headers = (
                        {"message": said.message},
                        said.status,
                        {"x_amzn_ErrorType": said.code},
                    )
                else:
                    told, status, headers = dict(said), 200, {}
                self.answer(status, json.dumps(told).encode(), "application/json", **headers)

        return Handler
