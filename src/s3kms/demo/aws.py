"""An AWS in this process: moto behind real HTTP on loopback, corrected where s3kms depends on the difference."""

from __future__ import annotations

import contextlib
import functools
import logging
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

try:
    from moto.moto_api._internal.models import moto_api_backend
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server
except ImportError as error:
    raise ImportError("the embedded AWS needs the extra: pip install 's3kms[demo]'") from error

from s3kms.demo import corrections
from s3kms.demo.corrections import accounts
from s3kms.demo.corrections.organizations import create_organization, mark_as_invited, set_account_state
from s3kms.demo.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from s3kms.demo.corrections.http import ServerRequest

MANAGEMENT, PRODUCTION, SANDBOX = "111111111111", "222222222222", "333333333333"
AUDIT, ACQUIRED, DORMANT = "444444444444", "555555555555", "666666666666"
ACCOUNTS = (MANAGEMENT, PRODUCTION, SANDBOX, AUDIT, ACQUIRED, DORMANT)

__all__ = [
    "ACCOUNTS",
    "ACQUIRED",
    "AUDIT",
    "DORMANT",
    "MANAGEMENT",
    "PRODUCTION",
    "SANDBOX",
    "EmbeddedAws",
    "Faults",
    "RecordedCall",
    "create_organization",
    "mark_as_invited",
    "set_account_state",
]


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One HTTP request that the embedded AWS received, with the status of its answer.

    `operation` is AWS's name (`GetBucketEncryption`), `account` the caller's account id.
    """

    service: str
    operation: str
    method: str
    path: str
    query: str
    account: str
    region: str
    status: int
    host: str = field(default="", compare=False)
    """As the client addressed it: the bucket is in it, where it was not in the path."""


class _Handler(MotoRequestHandler):  # type: ignore[misc]
    """Answers without log lines, and keeps the connection.

    werkzeug closes every connection, because an application may leave the body unread; ours never does.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """Note the connection, so that `stop` can end it."""
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        """Forget the connection."""
        self.server.connections.discard(self.connection)
        super().finish()

    def log(self, *_: Any) -> None:
        """Write no log line: standard error belongs to the command line."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header by the server's clock, which a fault may have set wrong."""
        now = time.time() if timestamp is None else timestamp
        return str(super().date_time_string(now + self.server.faults().clock))

    def handle_expect_100(self) -> bool:
        """Leave the interim answer 100 to `run_wsgi`, as werkzeug does."""
        return True

    def run_wsgi(self) -> None:
        """Let the application read one request, and answer it with a Content-Length, never chunked, in one write.

        In two writes, one answer of ten thousand was lost on a busy machine: Terraform's provider had closed the
        connection when the body came, and sent its request again.
        """
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        said: list[Any] = []
        body = b"".join(self.server.app(self.make_environ(), lambda *status: said.extend(status)))
        status, _, reason = said[0].partition(" ")
        self.send_response(int(status), reason)
        for name, value in said[1]:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in said[1]) and int(status) not in {204, 304}:
            self.send_header("Content-Length", str(len(body)))
        self._headers_buffer += [b"\r\n", b"" if self.command == "HEAD" else body]
        self.flush_headers()


class _Dispatcher(DomainDispatcherApplication):  # type: ignore[misc]
    """moto's choice of a service's application, made once a host: moto lists its 170 folders for every request."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self.get_backend_for_host = functools.cache(super().get_backend_for_host)


class EmbeddedAws:
    """An AWS in this process, over real HTTP on 127.0.0.1: moto, corrected where s3kms depends on the difference.

    A context manager that is empty at the start:

        with EmbeddedAws() as aws:
            s3 = boto3.client("s3", endpoint_url=aws.url, ...)
            aws.faults.slow_down(1 / 3)
            assert [call.operation for call in aws.calls] == [...]

    The state belongs to the process: two servers in one process are two doors to the same AWS.
    """

    url: str
    """`http://127.0.0.1:PORT`, for `endpoint_url` or AWS_ENDPOINT_URL; empty before `start`."""
    calls: list[RecordedCall]
    """Every request so far, oldest first."""
    faults: Faults
    """What goes wrong; may be set while the server runs."""

    def __init__(self, *, port: int = 0) -> None:
        """Listen on `port` of 127.0.0.1 (0: a free one) once it is started or entered as a context manager."""
        self._port = port
        self._server: Any = None
        self._thread: threading.Thread | None = None
        self.url = ""
        self.calls = []
        self.faults = Faults()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen on 127.0.0.1 with an empty AWS behind it. Raises OSError where the port is taken."""
        corrections.apply_corrections()
        self.reset()
        application = corrections.CorrectedAws(_Dispatcher(), self._record, lambda: self.faults)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        with socket.create_server(("127.0.0.1", self._port)) as listening:
            # Bound here: werkzeug ends the process where a port is taken.
            self._server = make_server(
                "127.0.0.1",
                self._port,
                application,
                threaded=True,
                request_handler=_Handler,
                fd=listening.fileno(),
            )
        self._server.connections, self._server.faults = set(), lambda: self.faults
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and end all connections. What was created is forgotten at the next start."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        for connection in list(self._server.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._server = self._thread = None

    def reset(self) -> None:
        """Empty the AWS: all accounts, `calls` and `faults`.

        Credentials stay valid, because they carry their account; sessions of roles do not.
        """
        moto_api_backend.reset()
        corrections.forget()
        self.faults = Faults()
        self.calls.clear()

    def credentials(self, account_id: str) -> Mapping[str, str]:
        """AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of an account; any 12 digits are an account.

        Raises ValueError for an id that has not 12 digits.
        """
        return accounts.credentials(account_id)

    def environment(self, account_id: str, region: str = "us-east-1") -> Mapping[str, str]:
        """The environment variables with which boto3, the AWS CLI and s3kms talk to this AWS as one account.

        Raises ValueError for an id that has not 12 digits.
        """
        return {
            **accounts.credentials(account_id),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }

    def _record(self, request: ServerRequest, status: int) -> None:
        self.calls.append(
            RecordedCall(
                service=request.service,
                operation=request.operation,
                method=request.method,
                path=request.path,
                query=str(request.environ.get("QUERY_STRING", "")),
                account=request.account,
                region=request.region,
                status=status,
                host=request.host,
            )
        )
