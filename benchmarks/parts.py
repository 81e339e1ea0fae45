"""What the parts of one call cost by themselves: signing, parsing, importing. `python -m benchmarks.parts`."""

import importlib.util
import subprocess
import sys
import timeit
from collections.abc import Callable, Iterator

from benchmarks.answers import PARSERS
from benchmarks.signing import SIGNERS, Where
from benchmarks.stub import encryption_xml, truth
from botocore.credentials import Credentials

WHERE = Where(
    Credentials("ASIASTUB", "s" * 40, "t" * 640),
    "us-east-1",
    "s3.us-east-1.amazonaws.com",
    (("x-amz-expected-bucket-owner", "100000000000"),),
)
LIBRARIES = (
    "asyncio",
    "botocore.session",
    "boto3",
    "yarl",
    "aiohttp",
    "boto3, aiohttp",
    "awscrt.http",
    "boto3, awscrt.http",
    "httpx",
)
# The peak from /proc: ru_maxrss of a child is never below that of its parent.
IMPORT = """
import sys, time
begun, cpu = time.perf_counter(), time.process_time()
import {name}
taken = time.perf_counter() - begun, time.process_time() - cpu
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(*taken, int(peak) / 1024, len(sys.modules))
"""


def microseconds(work: Callable[[], object], number: int = 3000) -> float:
    return min(timeit.repeat(work, number=number, repeat=5)) / number * 1e6


def parts() -> Iterator[str]:
    yield "| part of one call | µs |\n| --- | --: |"
    for name, make in SIGNERS.items():
        signer = make(WHERE)
        cost = microseconds(lambda signer=signer: signer.headers("/stub-1", "encryption="))  # type: ignore[misc]
        yield f"| signing, {name} | {cost:.1f} |"
    body = encryption_xml(next(t for t in (truth("100000000000", n) for n in range(99)) if t.key))
    for name, parse in PARSERS.items():
        cost = microseconds(lambda parse=parse: parse(body))  # type: ignore[misc]
        yield f"| parsing {len(body)} bytes, {name} | {cost:.1f} |"


def imports(repeat: int = 5) -> Iterator[str]:
    yield "\n| import, in a new process | wall ms | CPU ms | peak MiB | modules |\n| --- | --: | --: | --: | --: |"
    for name in ("sys", *LIBRARIES):
        if any(importlib.util.find_spec(part.partition(".")[0]) is None for part in name.split(", ")):
            yield f"| {name}: not installed | | | | |"
            continue
        runs = sorted(_imported(name) for _ in range(repeat))
        wall, cpu, peak, modules = runs[repeat // 2]
        yield f"| {name} | {wall * 1000:.0f} | {cpu * 1000:.0f} | {peak:.0f} | {modules:.0f} |"


def _imported(name: str) -> tuple[float, ...]:
    command = [sys.executable, "-c", IMPORT.format(name=name)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return tuple(map(float, said.split()))


if __name__ == "__main__":
    for line in (*parts(), *imports()):
        print(line)
