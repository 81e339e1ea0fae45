"""`s3kms`, and `python -m s3kms`."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from s3kms.cli.main import run  # noqa: PLC0415

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
