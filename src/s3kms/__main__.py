"""`s3kms`, and `python -m s3kms`."""

import os
import signal
import sys
from types import FrameType

_INTERRUPTED = 130


def main() -> None:
    """Run the command line and leave with its exit code."""
    from s3kms.cli.main import run  # noqa: PLC0415

    signal.signal(signal.SIGTERM, _end)
    code = run(sys.argv[1:])
    if code == _INTERRUPTED:
        # Calls that a slow server holds would keep the interpreter waiting for their threads.
        sys.stdout.flush()
        os._exit(code)
    sys.exit(code)


def _end(number: int, _: FrameType | None) -> None:
    """SIGTERM, as an exception: what is half-written is tidied away."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
