"""
Runs LocalStack on one loopback socket that the starter has already bound; runs in LocalStack's own venv.

    python launcher.py SOCKET_FD FOLDER

LocalStack in host mode listens on every interface whatever it is told, writes into its own package, and
calls home. Here it is handed a socket instead of a port, a folder that goes when it goes, and an audit hook
that refuses every other address. It stops on SIGTERM, and when standard input closes: a starter that died
cannot leave it behind.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import threading
import uuid
from ipaddress import ip_address
from pathlib import Path
from typing import Any

SERVICES = "s3,kms,sts,iam,s3control"
GRACE_SECONDS = 5.0  # LocalStack's own shutdown waits for its threads; nobody here waits longer than this
LOOPBACK_NAMES = {None, "", b"", "localhost", b"localhost"}


def environment(port: int, folder: Path) -> dict[str, str]:
    """The whole environment LocalStack gets: nothing of the caller's AWS set-up, no DNS, no downloads, no events."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return kept | {
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "SERVICES": SERVICES,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "FILESYSTEM_ROOT": str(folder / "root"),
        "CONFIG_DIR": str(folder / "config"),
        "DISABLE_EVENTS": "1",
        "DNS_ADDRESS": "0",
        "LS_LOG": "warning",
        "OVERRIDE_IN_DOCKER": "0",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "S3_SKIP_KMS_KEY_VALIDATION": "0",
        "ALLOW_NONSTANDARD_REGIONS": "0",
    }


def stay_on_loopback() -> None:
    """Refuse every name and address but this machine's own, in either direction, whoever asks."""

    def refuse_others(event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo":
            host = args[0]
        elif event in {"socket.bind", "socket.connect", "socket.sendto"}:
            host = args[1][0] if isinstance(args[1], tuple) else None
        else:
            return
        if not is_loopback(host):
            raise PermissionError(f"LocalStack under test stays on this machine: {event} {host!r} refused")

    sys.addaudithook(refuse_others)


def is_loopback(host: str | bytes | None) -> bool:
    """Whether a name or an address is this machine's own; a host that is no address is not resolved to find out."""
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


def serve_on(listener: socket.socket) -> None:
    """Give LocalStack the socket we hold wherever it would have opened one on 0.0.0.0."""
    from twisted.internet import endpoints

    def adopted(reactor: Any, _port: int, **_: Any) -> Any:
        return endpoints.AdoptedStreamServerEndpoint(reactor, os.dup(listener.fileno()), socket.AF_INET)

    endpoints.TCP4ServerEndpoint = adopted


def let_uuid5_take_bytes() -> None:
    """HACK: LocalStack 4.13.1 names key material by `uuid5(id, bytes)`, which Python 3.11 does not take."""
    original = uuid.uuid5

    def uuid5(namespace: uuid.UUID, name: str | bytes) -> uuid.UUID:
        return original(namespace, name.decode("latin-1") if isinstance(name, bytes) else name)

    uuid.uuid5 = uuid5


def stop_with_the_starter(folder: Path) -> None:
    """Wait until standard input closes, then stop; first as asked by a signal, then without asking."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="starter", daemon=True).start()


def main() -> None:
    """Start, serve until told to stop, and leave nothing behind."""
    listener, folder = socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])
    settings = environment(listener.getsockname()[1], folder)
    os.environ.clear()
    os.environ.update(settings)
    stay_on_loopback()
    let_uuid5_take_bytes()
    serve_on(listener)
    stop_with_the_starter(folder)
    try:
        from localstack.runtime.main import main as serve

        serve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
