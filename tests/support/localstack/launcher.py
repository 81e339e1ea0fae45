"""
Runs LocalStack on a loopback socket its starter has already bound; runs inside LocalStack's own venv.

    python launcher.py SOCKET FOLDER      SOCKET: number of the inherited, listening socket

LocalStack in host mode listens on every interface whatever it is told, writes into its own package and calls
home. Here it gets a socket instead of a port, a folder that goes when it goes, an environment of its own, and
an audit hook that refuses every address but this machine's. It stops on SIGTERM, and when standard input
closes: however its starter ends, it does not stay behind.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import uuid
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn

RESOLVING = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
ADDRESSING = {"socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg"}


def environment(port: int, folder: Path) -> dict[str, str]:
    """All that LocalStack is told: none of the caller's AWS set-up, no DNS, no downloads, no events sent."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return kept | {
        "CONFIG_DIR": str(folder / "config"),
        "DISABLE_EVENTS": "1",
        "DNS_ADDRESS": "0",
        "FILESYSTEM_ROOT": str(folder / "root"),
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "HOME": str(folder),
        "LS_LOG": "warning",
        "OVERRIDE_IN_DOCKER": "0",
        "S3_SKIP_KMS_KEY_VALIDATION": "0",
        "SERVICES": "s3,kms,sts,iam,s3control",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
    }


def is_our_own(host: str | bytes | None) -> bool:
    """Whether a host is this machine's loopback; a name other than localhost is not looked up to find out."""
    text = host.decode() if isinstance(host, bytes) else host
    if text is None or text == "localhost":
        return True
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False


def refuse_others(event: str, args: tuple[Any, ...]) -> None:
    """Audit hook: a socket may neither bind nor reach, nor a resolver be asked for, anything but loopback."""
    if event in RESOLVING:
        host = args[0]
    elif event in ADDRESSING and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    if not is_our_own(host):
        raise PermissionError(errno.EACCES, f"this LocalStack stays on loopback: {event} {host!r} refused")


def serve_on(listener: socket.socket) -> None:
    """Give LocalStack the socket we hold where it would have opened one on 0.0.0.0."""
    from twisted.internet import endpoints  # type: ignore[import-not-found]  # in LocalStack's venv only

    def adopted(reactor: Any, _port: int, **_: Any) -> Any:
        return endpoints.AdoptedStreamServerEndpoint(reactor, os.dup(listener.fileno()), socket.AF_INET)

    endpoints.TCP4ServerEndpoint = adopted


def let_uuid5_take_bytes() -> None:
    """HACK: LocalStack 4.13.1 calls `uuid5(id, bytes)`, which is Python 3.12's; drop with Python 3.11."""
    original = uuid.uuid5

    def uuid5(namespace: uuid.UUID, name: str | bytes) -> uuid.UUID:
        return original(namespace, name.decode("latin-1") if isinstance(name, bytes) else name)

    uuid.uuid5 = uuid5


def lay_out(folder: Path) -> None:
    """Point every temporary file into the folder, and lend it the index of services made at installation."""
    tempfile.tempdir = str(folder)
    libraries = folder / "root/usr/lib/localstack"
    libraries.mkdir(parents=True)
    for index in Path(sys.prefix).glob("service-catalog-*.dill"):
        (libraries / index.name).symlink_to(index)


def leave_at_the_end(folder: Path) -> None:
    """On SIGTERM, or when the starter's end of standard input closes: remove the folder and be gone."""

    def leave(*_: object) -> NoReturn:
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)  # LocalStack's own way out takes 2.5 s of waiting for threads that have nothing to save

    def outlive_nobody() -> None:
        while os.read(0, 1024):
            pass
        leave()

    from localstack.runtime.runtime import LocalstackRuntime  # type: ignore[import-not-found]

    LocalstackRuntime.exit = leave  # its own handler of SIGTERM, set later than ours, calls this
    signal.signal(signal.SIGTERM, leave)
    threading.Thread(target=outlive_nobody, daemon=True).start()


def main(listener: socket.socket, folder: Path) -> None:
    """Serve until told to stop."""
    settings = environment(listener.getsockname()[1], folder)
    os.environ.clear()
    os.environ.update(settings)
    sys.addaudithook(refuse_others)
    lay_out(folder)
    let_uuid5_take_bytes()
    serve_on(listener)
    leave_at_the_end(folder)

    # NOTE: imported only now, for LocalStack reads its environment as it is imported.
    from localstack.runtime.main import main as run  # type: ignore[import-not-found]

    run()


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]))
