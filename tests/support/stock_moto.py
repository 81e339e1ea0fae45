"""moto as it comes, in a process of its own: a server that takes UpdateObjectEncryption for a write (fact D31)."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

START_SECONDS = 60.0


@contextlib.contextmanager
def stock_moto() -> Iterator[str]:
    """The address of a moto without our corrections, which change its classes in this process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("moto did not come up")
