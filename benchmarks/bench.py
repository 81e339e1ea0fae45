"""Every contestant on the same stub, in one go; one table. Run it as `python -m benchmarks.bench` (make bench).

The machine is shared with the stub, so times are for comparing within one run only.
"""

import argparse
import compileall
import importlib.metadata
import math
import os
import platform
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.contestants import (
    BOTO3,
    BOTO3_PATH,
    CHECK,
    CHECK_KEYS,
    CHECK_ORG,
    CURL,
    FLOOR,
    FLOOR_PREPARED,
    OWN_SHARE,
    PLAN_ORG,
    S3KMS,
    UNORDERED,
    VARIANTS,
    Contestant,
    custodian,
    judged,
    prowler,
)
from benchmarks.measure import ROOT, RunningStub, Used, run, running_stub

CALM: dict[str, Any] = {
    "accounts": 1,
    "latency_ms": 0,
    "slow_down": 0,
    "error": 0,
    "drop": 0,
    "slow_every": 0,
    "big_account_only": 0,
}
CODE_FILES = (
    ("main.tf", "", 'resource "aws_s3_bucket" "b{n}" {{\n  bucket = "acme-{n}"\n}}\n\n'),
    (
        "template.yaml",
        "Resources:\n",
        "  B{n}:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: acme-{n}\n",
    ),
)
"""A file's name, its first lines, and the lines of one bucket."""
PACKAGES = ("boto3", "botocore", "aiohttp", "awscrt", "httpx", "uvloop")


@dataclass(frozen=True, slots=True)
class Row:
    """One contestant's line: of several runs, the one with the median CPU time."""

    name: str
    buckets: int
    used: Used
    start: float
    """CPU seconds of the same program on an account with one bucket."""
    calls: dict[str, int]
    connections: int
    true: int | None
    """Buckets with the true verdict; None where the tool's output is not read."""

    @property
    def per_bucket(self) -> float:
        """Microseconds of CPU, start included."""
        return self.used.cpu / self.buckets * 1e6

    @property
    def marginal(self) -> float:
        """Microseconds of CPU for one bucket more."""
        return (self.used.cpu - self.start) / self.buckets * 1e6

    @property
    def total_calls(self) -> int:
        return sum(self.calls.values())


@dataclass(frozen=True, slots=True)
class Bench:
    """The stub, and where outputs go."""

    stub: RunningStub
    folder: Path
    repeat: int

    @property
    def outputs(self) -> tuple[Path, Path]:
        """Where a program writes, and where its errors go."""
        return self.folder / "output", self.folder / "stderr"

    def measure(
        self, everyone: Sequence[Contestant], buckets: int, concurrency: int, **settings: Any
    ) -> list[Row | str]:
        """For each its row, or why there is none.

        Turn by turn, so that whatever else this machine does meets all of them alike.
        """
        runs: dict[str, list[Row]] = {who.name: [] for who in everyone}
        failed = {who.name: "not installed" for who in everyone if not who.command}
        for _ in range(self.repeat):
            for who in everyone:
                if who.name in failed:
                    continue
                start = self.once(who, 1, concurrency, CALM).used.cpu
                count = min(buckets, who.most or buckets)
                row = replace(self.once(who, count, concurrency, CALM | settings), start=start)
                runs[who.name].append(row)
                if row.used.code not in who.good_codes:
                    failed[who.name] = f"ended with {row.used.code}: {self.last_words()}"
        return [
            f"{who.name}: {failed[who.name]}" if who.name in failed else _median(runs[who.name])
            for who in everyone
        ]

    def last_words(self) -> str:
        lines = (self.folder / "stderr").read_text(errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else ""

    def once(self, who: Contestant, buckets: int, concurrency: int, settings: dict[str, Any]) -> Row:
        self.stub.control("settings", **settings, buckets=buckets)
        self.stub.control("reset")
        output = self.folder / "output"
        more = ("--concurrency", str(concurrency)) if who.takes_concurrency else ()
        used = run([*who.command, *more], self.stub.environment(), output, self.folder / "stderr")
        stats = self.stub.control("stats")
        true = judged(who.read(output))[0] if who.read and used.code in who.good_codes else None
        others = int(settings.get("accounts", 1)) - 1
        everything = buckets + others * (min(10, buckets) if settings.get("big_account_only") else buckets)
        return Row(who.name, everything, used, 0.0, stats["calls"], stats["connections"], true)


def _median(runs: list[Row]) -> Row:
    return sorted(runs, key=lambda row: row.used.cpu)[len(runs) // 2]


def table(rows: list[Row | str]) -> Iterator[str]:
    """Markdown. The ratios are of CPU per bucket, start included."""
    yield (
        "| | buckets | calls | connections | CPU µs/bucket | of it start | wall s | peak MiB | "
        "CPU to floor | CPU to boto3 | true verdicts |"
    )
    yield "| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |"
    floor, boto3 = (_named(rows, who.name) for who in (FLOOR, BOTO3))
    for row in rows:
        if isinstance(row, str):
            yield f"| {row} |" + " |" * 10
            continue
        true = "" if row.true is None else str(row.true)
        yield (
            f"| {row.name} | {row.buckets} | {row.total_calls} | {row.connections} | {row.per_bucket:.0f} | "
            f"{row.per_bucket - row.marginal:.0f} | {row.used.wall:.2f} | {row.used.peak:.0f} | "
            f"{_ratio(row, floor)} | {_ratio(row, boto3)} | {true} |"
        )


def _named(rows: list[Row | str], name: str) -> Row | None:
    return next((row for row in rows if isinstance(row, Row) and row.name == name), None)


def _ratio(row: Row, other: Row | None) -> str:
    return f"{row.per_bucket / other.per_bucket:.2f}" if other else ""


def compare(bench: Bench, chosen: argparse.Namespace) -> Iterator[str]:
    """CPU, wall and memory of every contestant: TLS, no latency."""
    yield f"\n## Everyone, TLS, no latency, {chosen.concurrency} at a time\n"
    everyone = [
        CHECK,
        FLOOR,
        FLOOR_PREPARED,
        CURL,
        BOTO3,
        BOTO3_PATH,
        prowler(bench.folder),
        custodian(bench.folder),
    ]
    rows = bench.measure(everyone, chosen.buckets, chosen.concurrency)
    yield from table(rows)
    check, floor, prepared, boto3 = (_named(rows, who.name) for who in (CHECK, FLOOR, FLOOR_PREPARED, BOTO3))
    if check and floor and prepared and boto3:
        yield ""
        yield must("CPU of check to boto3's default", check.per_bucket / boto3.per_bucket, 1 / 6)
        yield must("CPU of check to the floor", check.per_bucket / floor.per_bucket, 1.6)
        yield must("the same to the floor with our signer", check.per_bucket / prepared.per_bucket, 1.6)
        yield f"- calls of check: {check.calls}"


def latency(bench: Bench, chosen: argparse.Namespace) -> Iterator[str]:
    """How near the wall time is to what latency and concurrency alone need."""
    concurrency, millis = chosen.latency_concurrency, 40
    yield f"\n## {chosen.buckets} buckets at {millis} ms, {concurrency} at a time\n"
    rows = bench.measure((CHECK, FLOOR), chosen.buckets, concurrency, latency_ms=millis)
    yield from table(rows)
    yield ""
    for row in rows[:1]:
        if isinstance(row, Row):
            lists = row.total_calls - row.calls.get("GetBucketEncryption", 0)
            needed = (lists + row.buckets / concurrency) * millis / 1000
            yield must(f"wall of {row.name} to the {needed:.1f} s needed", row.used.wall / needed, 1.15)


def throttled(bench: Bench, chosen: argparse.Namespace) -> Iterator[str]:
    """Every fifth answer is SlowDown: is every verdict still true, and at how many calls?"""
    buckets = min(chosen.buckets, 2000)
    yield f"\n## {buckets} buckets, 20 % of S3's answers SlowDown\n"
    [row] = bench.measure((CHECK,), buckets, chosen.concurrency, slow_down=0.2)
    yield from table([row])
    if isinstance(row, Row):
        yield ""
        yield must("calls per bucket", row.total_calls / row.buckets, 2)
        yield must("buckets without their true verdict", row.buckets - (row.true or 0), 0)


def memory(bench: Bench, chosen: argparse.Namespace) -> Iterator[str]:
    """Peak memory must not grow with the estate."""
    yield f"\n## Memory: 10 accounts and {chosen.accounts} accounts of 1000 buckets\n"
    rows: list[Row | str] = []
    for accounts in (10, chosen.accounts):
        once = Bench(bench.stub, bench.folder, 1)
        rows += once.measure((CHECK_ORG,), 1000, chosen.latency_concurrency, accounts=accounts)
    yield from table(rows)
    small, large = rows
    if isinstance(small, Row) and isinstance(large, Row):
        yield ""
        yield must("peak memory, large to small", large.used.peak / small.used.peak, 1.25)
        yield f"- calls: {small.calls}; {large.calls}"


def slope(bench: Bench, chosen: argparse.Namespace) -> Iterator[str]:
    """What one bucket more costs, what 300 cost with the start, and what of it is the product's own."""
    few, many = 300, chosen.buckets
    yield f"\n## {few} and {many} buckets, TLS, no latency\n"
    everyone = (CHECK, BOTO3_PATH, BOTO3, FLOOR_PREPARED)
    cpu: dict[str, tuple[float, float]] = {}
    for who in (*everyone, OWN_SHARE):
        cpu[who.name] = (math.inf, math.inf)
    for _ in range(bench.repeat):
        for who in (*everyone, OWN_SHARE):
            once = [bench.once(who.for_buckets(n), n, chosen.concurrency, CALM).used.cpu for n in (few, many)]
            cpu[who.name] = (min(cpu[who.name][0], once[0]), min(cpu[who.name][1], once[1]))
    more = {name: (large - small) / (many - few) * 1e6 for name, (small, large) in cpu.items()}
    yield f"| | {few} buckets, CPU s | one bucket more, µs |\n| --- | --: | --: |"
    for name, cost in more.items():
        yield f"| {name} | {cpu[name][0]:.2f} | {cost:.0f} |"
    yield ""
    yield must("one bucket more, to boto3 path-style", more[CHECK.name] / more[BOTO3_PATH.name], 1 / 10)
    yield must("our own share, to boto3 path-style", more[OWN_SHARE.name] / more[BOTO3_PATH.name], 1 / 20)
    yield must(f"{few} buckets, to boto3's default", cpu[CHECK.name][0] / cpu[BOTO3.name][0], 1 / 2)
    yield must(f"{few} buckets, to boto3 path-style", cpu[CHECK.name][0] / cpu[BOTO3_PATH.name][0], 1 / 2)


def slow(bench: Bench, chosen: argparse.Namespace) -> Iterator[str]:
    """Twelve of 3,000 buckets answer after 5 s, the others after 40 ms."""
    concurrency = chosen.latency_concurrency
    yield f"\n## 12 of 3,000 buckets answer after 5 s, {concurrency} at a time\n"
    rows = bench.measure((CHECK, UNORDERED, FLOOR), 3000, concurrency, latency_ms=40, slow_every=250)
    yield from table(rows)
    yield ""
    floor = _named(rows, FLOOR.name)
    for row in rows:
        if isinstance(row, Row) and floor and row is not floor:
            yield must(f"wall of {row.name} to the floor's", row.used.wall / floor.used.wall, 1.3)


def organization(bench: Bench, chosen: argparse.Namespace) -> Iterator[str]:
    """One account with 1,500 buckets and two with ten, against the one alone, at 500 ms."""
    concurrency = chosen.latency_concurrency
    yield f"\n## An organization with one big account, 1,500 buckets at 500 ms, {concurrency} at a time\n"
    alone = bench.measure((CHECK,), 1500, concurrency, latency_ms=500)
    among = bench.measure((CHECK_ORG,), 1500, concurrency, latency_ms=500, accounts=3, big_account_only=1)
    yield from table([*alone, *among])
    yield ""
    if isinstance(alone[0], Row) and isinstance(among[0], Row):
        yield must("wall of --org to the account alone", among[0].used.wall / alone[0].used.wall, 1.1)


def plan(bench: Bench, chosen: argparse.Namespace) -> Iterator[str]:
    """A plan of 10 buckets in each of 10, 100 and 1,000 accounts: it streams, and its work is linear."""
    yield "\n## `plan --org`, 10 buckets an account, no latency\n"
    rows: list[Row | str] = []
    for accounts in (10, 100, 1000):
        once = Bench(bench.stub, bench.folder, 1)
        rows += once.measure((PLAN_ORG,), 10, chosen.concurrency, accounts=accounts)
    yield from table(rows)
    yield ""
    few, many, most = rows
    if isinstance(few, Row) and isinstance(many, Row) and isinstance(most, Row):
        yield must("peak memory, 100 accounts to 10", many.used.peak / few.used.peak, 1.5)
        yield must("peak memory, 1,000 accounts to 10", most.used.peak / few.used.peak, 1.5)
        yield must("CPU of one bucket more, 1,000 accounts to 100", most.marginal / many.marginal, 1.2)
        yield f"- calls: {many.calls}"


def keys(bench: Bench, chosen: argparse.Namespace) -> Iterator[str]:
    """A rule that asks KMS for some 210 keys, against the default rule, at 500 ms."""
    concurrency = chosen.latency_concurrency
    yield f"\n## 600 buckets under some 210 keys, at 500 ms, {concurrency} at a time\n"
    rows = bench.measure((CHECK, CHECK_KEYS), 600, concurrency, latency_ms=500)
    yield from table(rows)
    yield ""
    if isinstance(rows[0], Row) and isinstance(rows[1], Row):
        yield must("wall of the rule on keys to the default rule", rows[1].used.wall / rows[0].used.wall, 1.5)
        yield f"- calls: {rows[1].calls}"


def formats(bench: Bench, chosen: argparse.Namespace) -> Iterator[str]:
    """Peak memory of each format, answered from memory: it must not grow with the account."""
    del chosen
    few, many = 3_000, 300_000
    yield f"\n## Memory by format, {few} and {many} buckets in one account\n"
    yield f"| | {few} buckets, MiB | {many} buckets, MiB | CPU µs/bucket |\n| --- | --: | --: | --: |"
    grown: dict[str, float] = {}
    for name in ("jsonl", "json", "csv", "table", "markdown", "sarif"):
        start = [*OWN_SHARE.command[:4], "{}", "check", "--format", name]
        used = [
            run(
                [str(n) if word == "{}" else word for word in start], bench.stub.environment(), *bench.outputs
            )
            for n in (few, many)
        ]
        grown[name] = used[1].peak - used[0].peak
        yield f"| {name} | {used[0].peak:.0f} | {used[1].peak:.0f} | {used[1].cpu / many * 1e6:.0f} |"
    yield ""
    for name, more in grown.items():
        yield must(f"MiB more in {name}", more, 20)


def fix(bench: Bench, chosen: argparse.Namespace) -> Iterator[str]:
    """`fix` of one file of code, without writing."""
    del chosen
    counts = (400, 800, 1600)
    yield "\n## `fix` of one file of code, a dry run\n"
    yield f"| | {' | '.join(f'{n} buckets, CPU s' for n in counts)} |\n| --- |{' --: |' * len(counts)}"
    for name, head, bucket in CODE_FILES:
        cpu: dict[int, float] = {}
        for count in counts:
            file = bench.folder / str(count) / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(head + "".join(bucket.format(n=n) for n in range(count)))
            command = [*S3KMS, "fix", str(file)]
            cpu[count] = min(run(command, os.environ, *bench.outputs).cpu for _ in range(bench.repeat))
        yield f"| {name} | {' | '.join(f'{cost:.2f}' for cost in cpu.values())} |"
        yield f"\n{must(f'{counts[-1]} buckets to {counts[0]}', cpu[counts[-1]] / cpu[counts[0]], 5)}\n"


def wires(bench: Bench, chosen: argparse.Namespace) -> Iterator[str]:
    """Which HTTP library, which signer, which parser."""
    yield f"\n## The floor with other parts, TLS, no latency, {chosen.concurrency} at a time\n"
    yield "| | buckets | CPU µs/bucket | of it start | one bucket more | wall s | peak MiB |"
    yield "| --- | --: | --: | --: | --: | --: | --: |"
    for row in bench.measure(VARIANTS, chosen.buckets, chosen.concurrency):
        if isinstance(row, str):
            yield f"| {row.splitlines()[0]} |" + " |" * 6
        else:
            yield (
                f"| {row.name} | {row.buckets} | {row.per_bucket:.0f} | {row.per_bucket - row.marginal:.0f} | "
                f"{row.marginal:.0f} | {row.used.wall:.2f} | {row.used.peak:.0f} |"
            )


def must(what: str, found: float, most: float) -> str:
    verdict = "yes" if found <= most else "**NO**"
    return f"- {what}: {found:.3g}, at most {most:.3g}: {verdict}"


PARTS = {
    "compare": compare,
    "slope": slope,
    "latency": latency,
    "slow": slow,
    "organization": organization,
    "keys": keys,
    "plan": plan,
    "fix": fix,
    "formats": formats,
    "throttled": throttled,
    "memory": memory,
    "wires": wires,
}
STANDARD = ("compare", "slope", "latency", "slow", "organization", "keys", "throttled", "fix")


def versions() -> str:
    """What was measured, on what."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"no {name}")
    return (
        f"Python {platform.python_version()}, {ssl.OPENSSL_VERSION}, {', '.join(found)}, {platform.machine()}"
    )


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help=f"[{' '.join(STANDARD)}]")
    parser.add_argument("--buckets", type=int, default=10_000)
    parser.add_argument("--accounts", type=int, default=1000, help="in the larger organization of `memory`")
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--latency-concurrency", type=int, default=64)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; the median one is shown")
    parser.add_argument("--save", type=Path, help="write the tables to this file, too")
    return parser.parse_args()


def main() -> None:
    chosen = options()
    compileall.compile_dir(ROOT / "src", quiet=2)
    lines = [f"# {datetime.now(UTC).date().isoformat()}\n", versions()]
    print("\n".join(lines), flush=True)
    with tempfile.TemporaryDirectory(prefix="s3kms-bench-") as made, running_stub(Path(made)) as stub:
        bench = Bench(stub, Path(made), chosen.repeat)
        for part in chosen.parts or STANDARD:
            for line in PARTS[part](bench, chosen):
                print(line, flush=True)
                lines.append(line)
    if chosen.save:
        chosen.save.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
