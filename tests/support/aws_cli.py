"""The real AWS CLI without its start: half a second of imports and models, paid once instead of at each call.

A process has the CLI imported; the `aws` of a folder hands it arguments, environment, folder and standard streams,
and each call is a fork of that process. What runs is the CLI's own code, in a process of its own.
"""

import atexit
import contextlib
import functools
import gc
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

MODELS = ("cloudformation", "s3", "s3control", "sts")
CLIENT = f"""#!{sys.executable} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect(os.path.join(os.path.dirname(os.path.abspath(__file__)), "socket"))
    socket.send_fds(server, [b"."], [0, 1, 2])
    call = {{"arguments": sys.argv, "environment": dict(os.environ), "folder": os.getcwd()}}
    server.sendall(json.dumps(call).encode())
    server.shutdown(socket.SHUT_WR)
    code = server.recv(1)
sys.exit(code[0] if code else 70)
"""


@functools.cache
def aws_cli_folder() -> Path:
    """A folder for the PATH, whose `aws` is the real AWS CLI. Its process ends with this one."""
    folder = Path(tempfile.mkdtemp(prefix="s3kms-aws-"))
    (folder / "aws").write_text(CLIENT)
    (folder / "aws").chmod(0o755)
    root = Path(__file__).parents[2]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
        listener.listen(16)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.aws_cli", str(listener.fileno())],
            pass_fds=[listener.fileno()],
            stdin=subprocess.PIPE,  # its end is this process's
            env=environment,
        )

    def end() -> None:
        process.terminate()
        process.communicate()
        shutil.rmtree(folder)

    atexit.register(end)
    return folder


def serve(listener: socket.socket) -> None:
    """Fork for each call until standard input ends."""
    import awscli.clidriver  # type: ignore[import-untyped]
    from botocore.session import Session
    from tests.support.sdk import read_models_once

    read_models_once()
    loader = Session().get_component("data_loader")
    for service in MODELS:
        for kind in ("service-2", "endpoint-rule-set-1"):
            loader.load_service_model(service, kind)
    awscli.clidriver.create_clidriver().create_help_command()  # imports what the CLI imports at its first command
    gc.freeze()
    gc.disable()
    data_path = os.environ["AWS_DATA_PATH"]  # as the CLI sets it when it is imported
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        with connection:
            if not os.fork():
                answer(connection, awscli.clidriver.main, data_path)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def answer(connection: socket.socket, main: Callable[[], int | None], data_path: str) -> None:
    """Be the AWS CLI for one call, and end."""
    code = 70
    try:
        _, streams, _, _ = socket.recv_fds(connection, 1, 3)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        call = json.loads(b"".join(iter(lambda: connection.recv(65536), b"")))
        os.environ.clear()
        os.environ.update({"AWS_DATA_PATH": data_path} | call["environment"])
        os.chdir(call["folder"])
        sys.argv = call["arguments"]
        code = main() or 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        connection.sendall(bytes([code]))
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
