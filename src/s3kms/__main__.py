"""`s3kms`, and `python -m s3kms`."""

import gc
import os
import signal
import sys
from types import FrameType

_INTERRUPTED = 130
_COLLECTION_THRESHOLD = 20_000
"""New objects until garbage is looked for. Python's 700 look three hundred times while modules are imported, where
there is none: a tenth of the CPU of a start.
"""


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(_COLLECTION_THRESHOLD)
    from s3kms.cli.main import run  # noqa: PLC0415

    signal.signal(signal.SIGTERM, _end)
    code = run(sys.argv[1:])
    if code == _INTERRUPTED:
        # Calls that a slow server holds would keep the interpreter waiting for their threads.
        sys.stdout.flush()
        os._exit(code)
    gc.freeze()  # the interpreter's end looks through every object else, as often as it unloads something
    sys.exit(code)


def _end(number: int, _: FrameType | None) -> None:
    """SIGTERM, as an exception: what is half-written is tidied away."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
