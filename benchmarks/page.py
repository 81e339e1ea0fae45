"""What a page of 50,000 buckets costs: to make, to keep, to open, and to filter in a real Chromium.

`python -m benchmarks.page [--buckets 50000]`. CPU in the browser is that of the page's own thread, which runs its
script, its layout and its painting, as the browser tells it (CDP, Performance.getMetrics), and beside it that of all
threads of the page's process. A filter is what one word typed or one button clicked takes, until the rows are drawn.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.chromium.browser import open_browser

from s3kms.cli.wording import cli_wording
from s3kms.model.access import AccessGroup, KeyAccess, KeyUse
from s3kms.model.advice import Advice
from s3kms.model.bucket import Evidence, bucket_arn
from s3kms.model.encryption import SSE_KMS, SSE_S3, Encryption
from s3kms.model.findings import Finding, SummaryBuilder, Verdict
from s3kms.model.place import Place
from s3kms.model.plan import CostEstimate, PlanClass, PlanEvent, PlannedBucket, PlannedHazard, PlanSummary
from s3kms.model.scan_context import Severity
from s3kms.model.stream import ScanEvent
from s3kms.reports import find_format
from s3kms.reports.html.plan import render as render_plan
from s3kms.reports.interface import ReportStyle

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MAX_MEGABYTES, MAX_FILTER_SECONDS = 40, 0.2
ACCOUNTS, REGIONS = 200, ("eu-central-1", "us-east-1", "eu-west-1", "ap-southeast-2")
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
STYLE = ReportStyle(wording=cli_wording)
VERDICTS = (*[Verdict.FAIL] * 5, Verdict.UNKNOWN, *[Verdict.PASS] * 4)


def name_of(number: int) -> str:
    return f"acme-{('data', 'logs', 'web', 'backup')[number % 4]}-{number * 7919 % 1_000_003:06}-production"


def account_of(number: int) -> str:
    return f"{111122223333 + number % ACCOUNTS}"


def key_of(number: int) -> str:
    region, account = REGIONS[number % 4], account_of(number)
    return f"arn:aws:kms:{region}:{account}:key/1234abcd-12ab-34cd-56ef-{number:012}"


def findings(buckets: int) -> Iterator[ScanEvent]:
    """A check in which every bucket has a request id of its own, and each that passes a key of its own."""
    total = SummaryBuilder()
    for number in range(buckets):
        name, verdict = name_of(number), VERDICTS[number % 10]
        is_kms = verdict is Verdict.PASS
        found = Finding(
            rule="s3_bucket_kms_encryption",
            severity=Severity.MEDIUM,
            verdict=verdict,
            bucket=name,
            message=f"new objects are encrypted with SSE-KMS under KMS key {key_of(number)}"
            if is_kms
            else f"AccessDenied from GetBucketEncryption for s3://{name}"
            if verdict is Verdict.UNKNOWN
            else "new objects are encrypted with SSE-S3, not with a KMS key",
            advice=Advice(
                "set the default encryption to SSE-KMS; how: s3kms explain s3_bucket_kms_encryption"
            ),
            account=account_of(number),
            region=REGIONS[number % 4],
            arn=bucket_arn(name),
            places=(Place(bucket_arn(name)),),
            encryption=Encryption(SSE_KMS, key_of(number), True) if is_kms else Encryption(SSE_S3),
            evidence=Evidence("GetBucketEncryption", f"{number * 7919:016X}", AT),
        )
        total.add_finding(found)
        yield found
    total.buckets = buckets
    yield total.build()


def planned(buckets: int) -> Iterator[PlanEvent]:
    """A plan in which two of three are ready, each with its key, and every account has its own principals."""
    for number in range(buckets):
        account, is_ready = account_of(number), number % 3 > 0
        roles = tuple(f"arn:aws:iam::{account}:role/team-{team}" for team in range(30))
        hazard = PlannedHazard(
            "other_accounts",
            f"is used by account {account_of(number + 1)} (its policy), which cannot use the key aws/s3",
            Advice(f"name a customer managed key whose policy lets {account_of(number + 1)} use it"),
            PlanClass.PREPARE,
            "Other accounts that read or write the bucket",
            ({"Effect": "Allow", "Principal": {"AWS": account_of(number + 1)}, "Action": ["kms:Decrypt"]},),
        )
        yield PlannedBucket(
            name_of(number),
            account,
            REGIONS[number % 4],
            PlanClass.READY if is_ready else PlanClass.PREPARE,
            Encryption(SSE_S3, bucket_key=False, blocked=("SSE-C",)),
            Encryption(SSE_KMS, key_of(number), True, ("SSE-C",)),
            () if is_ready else (hazard,),
            key_of(number),
            "its settings grant access to its own account alone",
            (
                AccessGroup(KeyAccess.KEEPS, (KeyUse.READ,), "its policy allows it", "TeamAccess", roles),
                AccessGroup(
                    KeyAccess.LOSES, (KeyUse.READ, KeyUse.WRITE), "nothing allows it", "its policy", roles
                ),
            ),
            cost=CostEstimate(1_000_000, False, 0.03, 3.0),
            wave=1 + number % 20 if is_ready else None,
            owner=f"team-{number % 40}",
        )
    ready = buckets - (buckets + 2) // 3
    yield PlanSummary({PlanClass.READY: ready, PlanClass.PREPARE: buckets - ready}, accounts=ACCOUNTS)


@dataclass(frozen=True)
class Used:
    """Seconds of CPU."""

    thread: float
    process: float

    def __str__(self) -> str:
        return f"{self.thread:.3f} s CPU ({self.process:.2f} with all threads)"


class Opened:
    """A page in a browser that tells what it used."""

    def __init__(self, browser: "Browser") -> None:
        self.page = browser.new_page()
        self.page.set_default_timeout(120_000)
        self._whole = browser.new_browser_cdp_session()
        self._session = self.page.context.new_cdp_session(self.page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def used(self, action: Callable[[], object]) -> Used:
        """What an action takes, until what follows it has been drawn."""
        before = self._used()
        action()
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        after = self._used()
        return Used(after.thread - before.thread, after.process - before.process)

    def _used(self) -> Used:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        (thread,) = (one["value"] for one in metrics if one["name"] == "TaskDuration")
        processes = self._whole.send("SystemInfo.getProcessInfo")["processInfo"]
        return Used(thread, sum(one["cpuTime"] for one in processes if one["type"] == "renderer"))


def measure(file: Path, status: str, word: str) -> tuple[bool, list[str]]:
    """The lines of one page, and whether it keeps the limits."""
    megabytes = file.stat().st_size / 1e6
    lines = [f"size {megabytes:.1f} MB"]
    with open_browser() as browser:
        opened = Opened(browser)
        page = opened.page
        lines.append(f"open: {opened.used(lambda: page.goto(file.as_uri()))}")
        page.wait_for_timeout(500)
        heap = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
        lines.append(f"heap {heap:.0f} MB")
        filters: list[tuple[str, Callable[[], object]]] = [
            (f"search {word!r}, the first", lambda: page.locator("#search").fill(word)),
            (f"search {word + '1'!r}, the next", lambda: page.locator("#search").fill(word + "1")),
            ("search for everything", lambda: page.locator("#search").fill("")),
            (f"only {status}", page.locator("#statuses button", has_text=status).first.click),
            ("one region of it", lambda: page.locator("#choices select").nth(1).select_option(index=1)),
            ("sorted by bucket", lambda: page.locator("#table thead button").nth(1).click()),
        ]
        used = []
        for told, action in filters:
            used.append(opened.used(action))
            lines.append(f"{told}: {used[-1]}, {page.locator('#shown').text_content()}")
    is_good = megabytes <= MAX_MEGABYTES and max(one.thread for one in used) < MAX_FILTER_SECONDS
    return is_good, lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buckets", type=int, default=50_000)
    buckets = parser.parse_args().buckets
    check = find_format("html")
    pages: dict[str, tuple[Callable[[], Iterator[str]], str]] = {
        "check": (lambda: check.render(findings(buckets), STYLE), "fail"),
        "plan": (lambda: render_plan(planned(buckets), STYLE, plan="plan.json"), "ready"),
    }
    are_good = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (pieces, status) in pages.items():
            file, begun = Path(folder) / f"{name}.html", time.process_time()
            with file.open("w") as out:
                out.writelines(pieces())
            made = f"made in {time.process_time() - begun:.1f} s CPU"
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            is_good, lines = measure(file, status, "backup-00")
            are_good.append(is_good)
            print(f"{name}, {buckets:,} buckets: {made}, peak so far {peak:.0f} MiB")
            print("".join(f"  {line}\n" for line in lines), end="", flush=True)
    limits = f"at most {MAX_MEGABYTES} MB, each filter under {MAX_FILTER_SECONDS} s"
    print(f"{limits}: {'kept' if all(are_good) else 'BROKEN'}")
    return 0 if all(are_good) else 1


if __name__ == "__main__":
    sys.exit(main())
