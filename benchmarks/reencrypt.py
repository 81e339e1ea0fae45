"""Objects re-encrypted in place: the engine `update` beside a thread pool of boto3, the same calls on one stub.

python -m benchmarks.reencrypt
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contestants import S3KMS
from benchmarks.measure import RunningStub, Used, run, running_stub
from benchmarks.object_stub import BUCKET

KEY_ARN = "arn:aws:kms:us-east-1:100000000000:key/11111111-2222-4333-8444-555555555555"
LEAST_RATIO = 4.0
"""Objects per CPU second of ours to those of boto3."""
UPDATE = "s3kms, engine update"
BOTO3 = "boto3 threads"
WHOLE = "s3kms reencrypt --apply"
"""With its plan, its log, the canary and the verification."""
COMMANDS = {
    UPDATE: (sys.executable, "-m", "benchmarks.reencrypt_update", "--key", KEY_ARN),
    BOTO3: (sys.executable, "-m", "benchmarks.reencrypt_boto3", "--key", KEY_ARN),
    WHOLE: (
        *S3KMS,
        "reencrypt",
        f"s3://{BUCKET}",
        *("--accept", "no-way-back", "--accept", "access-unread", "--apply", "--yes", "--journal", "journal"),
    ),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """One run of one contestant."""

    used: Used
    objects: int
    calls: dict[str, int]
    most_in_a_second: int
    late: float
    """Seconds that the stub was late at most when it counted that."""
    seconds: float

    @property
    def per_cpu_second(self) -> float:
        """Objects, the start of the process included."""
        return self.objects / self.used.cpu

    @property
    def calls_per_cpu_second(self) -> float:
        """Calls about objects."""
        return sum(self.calls.values()) / self.used.cpu


def once(stub: RunningStub, folder: Path, name: str, objects: int, *more: str, **settings: Any) -> Moved:
    """Run it on a bucket with so many objects. Raises RuntimeError where not all were moved."""
    stub.control("settings", objects=objects, buckets=10, **{"latency_ms": 0, **settings})
    stub.control("reset")
    used = run([*COMMANDS[name], *more], stub.environment(), folder / "output", folder / "stderr")
    stats = stub.control("stats")
    if used.code or stats["updated"] != objects:
        said = (folder / "stderr").read_text()[-500:]
        raise RuntimeError(f"{name}: code {used.code}, {stats['updated']} of {objects} moved, said {said!r}")
    calls = {operation: count for operation, count in stats["calls"].items() if "Object" in operation}
    return Moved(used, objects, calls, stats["most_in_a_second"], stats["late"], stats["seconds"])


def compare(stub: RunningStub, folder: Path, objects: int, concurrency: int, repeat: int) -> Iterator[str]:
    """Turn by turn, so that whatever else this machine does meets both alike; the median by CPU is shown."""
    runs: dict[str, list[Moved]] = {name: [] for name in COMMANDS}
    for _ in range(repeat):
        for name in COMMANDS:
            runs[name].append(once(stub, folder, name, objects, "--concurrency", str(concurrency)))
    chosen = {name: _median(found) for name, found in runs.items()}
    yield f"\n## {objects} objects re-encrypted in place, {concurrency} calls at a time, TLS, no latency\n"
    yield "| | CPU s | CPU µs/object | objects/CPU s | wall s | peak MiB | calls about objects | CPU µs/call |"
    yield "| --- | --: | --: | --: | --: | --: | --: | --: |"
    for name, one in chosen.items():
        cpu, calls = one.used.cpu, sum(one.calls.values())
        yield (
            f"| {name} | {cpu:.2f} | {cpu / objects * 1e6:.0f} | {one.per_cpu_second:.0f} | {one.used.wall:.2f} | "
            f"{one.used.peak:.0f} | {calls} | {cpu / calls * 1e6:.0f} |"
        )
    yield ""
    ours, theirs = chosen[UPDATE], chosen[BOTO3]
    yield _at_least(f"objects per CPU second of {UPDATE}", ours.per_cpu_second / theirs.per_cpu_second)
    whole = chosen[WHOLE].calls_per_cpu_second / theirs.calls_per_cpu_second
    yield _at_least(f"calls per CPU second of {WHOLE}, which looks at each object three times more", whole)
    same = "yes" if ours.calls == theirs.calls else f"**NO**: {ours.calls} and {theirs.calls}"
    yield f"- the engine's calls are boto3's: {same}"


def _at_least(what: str, ratio: float) -> str:
    is_good = "yes" if ratio >= LEAST_RATIO else "**NO**"
    return f"- {what}, to boto3's: {ratio:.2f}, at least {LEAST_RATIO:g}: {is_good}"


def limited(stub: RunningStub, folder: Path, concurrency: int) -> Iterator[str]:
    """The rate that was set is never passed, in no second, and is come near to."""
    yield "\n## A rate that is set\n"
    yield "| --max-rps | calls | most in any second | stub late by, ms | in all, a second | |"
    yield "| --: | --: | --: | --: | --: | --- |"
    for rate, objects in ((50, 60), (300, 400), (1000, 1000)):
        more = ("--concurrency", str(concurrency), "--max-rps", str(rate))
        found = once(stub, folder, UPDATE, objects, *more, latency_ms=2)
        calls = sum(found.calls.values())
        is_kept = "yes" if found.most_in_a_second <= rate * (1 + found.late) else "**NO**"
        counted = f"{found.most_in_a_second} | {found.late * 1000:.0f} | {calls / found.seconds:.0f}"
        yield f"| {rate} | {calls} | {counted} | kept: {is_kept} |"


def _median(runs: list[Moved]) -> Moved:
    middle = statistics.median_low([one.used.cpu for one in runs])
    return next(one for one in runs if one.used.cpu == middle)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=5000)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="s3kms-bench-") as made,
        running_stub(Path(made), "benchmarks.object_stub") as stub,
    ):
        folder = Path(made)
        for line in compare(stub, folder, chosen.objects, chosen.concurrency, chosen.repeat):
            print(line, flush=True)
        for line in limited(stub, folder, chosen.concurrency):
            print(line, flush=True)


if __name__ == "__main__":
    main()
