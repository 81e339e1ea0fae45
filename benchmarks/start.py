"""What starting costs: a check of one bucket beside a process that imports boto3 and makes the one call.

`python -m benchmarks.start`. Both run turn by turn on one stub over TLS; compare the ratios, not the seconds.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contestants import S3KMS
from benchmarks.measure import RunningStub, Used, run, running_stub

BUCKET = "stub-100000000000-0000000"
ONE_CALL = f"import boto3; boto3.client('s3').get_bucket_encryption(Bucket={BUCKET!r})"
MAX_CPU_RATIO = 0.9
MAX_MORE_MEMORY = 3.0
"""MiB."""
GOOD_CODES = frozenset({0, 10})


@dataclass(frozen=True, slots=True)
class Start:
    """The median of several runs of one program."""

    name: str
    cpu: float
    """Seconds."""
    peak: float
    """MiB."""


def programs() -> dict[str, tuple[str, ...]]:
    """What is compared, by its name."""
    return {
        "boto3, get_bucket_encryption once": (sys.executable, "-c", ONE_CALL),
        "s3kms check s3://BUCKET": (*S3KMS, "check", f"s3://{BUCKET}"),
        "s3kms check s3://BUCKET --no-directory-buckets": (
            *(*S3KMS, "check", f"s3://{BUCKET}"),
            "--no-directory-buckets",
        ),
        "s3kms --help": (*S3KMS, "--help"),
    }


def measure(stub: RunningStub, folder: Path, repeat: int) -> list[Start]:
    """Every program, turn by turn, so that whatever else the machine does meets all of them alike."""
    runs: dict[str, list[Used]] = {name: [] for name in programs()}
    for turn in range(repeat + 1):
        for name, command in programs().items():
            used = run(list(command), stub.environment(), folder / "output", folder / "errors")
            if used.code not in GOOD_CODES:
                raise SystemExit(f"{name} ended with {used.code}: {(folder / 'errors').read_text()}")
            if turn:  # the first run compiles bytecode
                runs[name].append(used)
    return [_median(name, found) for name, found in runs.items()]


def _median(name: str, runs: Sequence[Used]) -> Start:
    middle = len(runs) // 2
    cpu, peak = sorted(used.cpu for used in runs), sorted(used.peak for used in runs)
    return Start(name, cpu[middle], peak[middle])


def table(found: Sequence[Start]) -> list[str]:
    """Lines of Markdown; the first program is what the others are compared with."""
    base = found[0]
    lines = ["| | CPU s | peak MiB | CPU to boto3 | MiB more |", "| --- | --: | --: | --: | --: |"]
    for row in found:
        compared = f"{row.cpu / base.cpu:.2f} | {row.peak - base.peak:+.1f}"
        lines.append(f"| {row.name} | {row.cpu:.3f} | {row.peak:.1f} | {compared} |")
    check = found[1]
    is_good = check.cpu <= MAX_CPU_RATIO * base.cpu and check.peak <= base.peak + MAX_MORE_MEMORY
    lines.append(
        f"\nat most {MAX_CPU_RATIO} of the CPU and {MAX_MORE_MEMORY:g} MiB more: {'yes' if is_good else '**NO**'}"
    )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=9, help="runs of each; the median is shown")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="s3kms-start-") as made, running_stub(Path(made)) as stub:
        stub.control("settings", buckets=1)
        print("\n".join(table(measure(stub, Path(made), chosen.repeat))))


if __name__ == "__main__":
    main()
