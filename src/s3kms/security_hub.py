"""Findings of a check sent to AWS Security Hub CSPM: what would be, and what was."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from s3kms.aws.assumed_role import AssumedRoleConnection
from s3kms.aws.connection import Connection
from s3kms.aws.security_hub import MAX_FINDING_BYTES, RefusedRecord, SecurityHub, batches, size_of
from s3kms.model.accounts import Role
from s3kms.model.advice import Advice, Option, Wording, library_wording
from s3kms.model.errors import AccessDenied, AwsError, NotFound
from s3kms.model.findings import Finding, Verdict
from s3kms.model.scan_context import RuleText, ScanStarted
from s3kms.model.stream import ScanEvent, findings_in
from s3kms.reports.asff_format import asff_id, asff_record, hub_region_of, product_arn
from s3kms.reports.interface import NOT_STARTED

GENERATOR = "s3kms/"
"""How the GeneratorId of every finding of ours begins."""
_MAX_CONCURRENT_HUBS = 8

Connect = Callable[[str], Connection]
"""From an account to a connection that is of it. Raises AwsError."""


@dataclass(slots=True)
class HubDelivery:
    """What is to be done in one account and region, and what became of it."""

    account: str
    region: str
    to_send: int = 0
    to_archive: int = 0
    """Active findings of ours whose bucket passes in this check."""
    left_active: int = 0
    """Active findings of ours that this check said nothing of, or that could not be judged: they stay."""
    sent: int = 0
    archived: int = 0
    refused: tuple[RefusedRecord, ...] = ()
    error: AwsError | None = None
    """Why the rest was not sent."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing that was to be done is left."""
        return self.error is None and not self.refused


@dataclass(frozen=True, slots=True)
class FindingsDelivery:
    """What sending came to, or would come to."""

    hubs: tuple[HubDelivery, ...]
    is_sent: bool
    """False where nothing was written."""
    without_bucket: int = 0
    """Findings of accounts that could not be listed: they are of no bucket, and stay with the report."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing that was to be done is left."""
        return all(hub.is_whole for hub in self.hubs)


@dataclass(slots=True)
class _Hub:
    """The findings of one account and region."""

    findings: list[Finding] = field(default_factory=list)
    """Those that fail, are unknown or exempt."""
    passing: dict[str, Finding] = field(default_factory=dict)
    """By the id that they have in Security Hub."""


@dataclass(slots=True)
class FindingsSender:
    """Keeps the findings of a check as they go by; then sends them.

    What fails, is unknown or exempt is imported. What passes is imported only where an earlier finding of ours is
    active: as passed, and archived. Nothing else is archived.
    """

    region: str | None = None
    """Of the one Security Hub that all findings of an account go to; None is the region of each bucket."""
    wording: Wording = library_wording
    _hubs: dict[tuple[str, str], _Hub] = field(default_factory=dict)
    _started: ScanStarted = NOT_STARTED
    _texts: dict[str, RuleText] = field(default_factory=dict)
    _without_bucket: int = 0

    def watch(self, events: Iterable[ScanEvent]) -> Iterator[ScanEvent]:
        """The events, each seen."""
        for event in events:
            if isinstance(event, ScanStarted):
                self._started = event
                self._texts = {text.id: text for text in event.rules}
            for finding in findings_in(event):
                self._add(finding)
            yield event

    def _add(self, finding: Finding) -> None:
        context = self._started.context
        account = finding.account or (context.account if context else None)
        if finding.bucket is None or account is None:
            self._without_bucket += 1
            return
        hub = self._hubs.setdefault((account, self.region or hub_region_of(finding)), _Hub())
        if finding.verdict is Verdict.PASS:
            hub.passing[asff_id(finding)] = finding
        else:
            hub.findings.append(finding)

    def deliver(self, connect: Connect, *, is_apply: bool) -> FindingsDelivery:
        """Send what was seen, hub by hub; without `is_apply` only look what would be sent, and write nothing."""

        def one(place: tuple[str, str]) -> HubDelivery:
            done = HubDelivery(*place, to_send=len(self._hubs[place].findings))
            try:
                self._deliver(done, self._hubs[place], connect, is_apply=is_apply)
            except NotFound as error:  # not enabled there: nothing of ours can be active
                done.error = error if done.to_send else None
            except AwsError as error:
                done.error = error
            return done

        with ThreadPoolExecutor(_MAX_CONCURRENT_HUBS) as workers:
            hubs = tuple(workers.map(one, sorted(self._hubs)))
        return FindingsDelivery(hubs, is_apply, self._without_bucket)

    def _deliver(self, done: HubDelivery, hub: _Hub, connect: Connect, *, is_apply: bool) -> None:
        service = SecurityHub.of(connect(done.account), done.account, done.region)
        active = {
            str(row.get("Id")): row
            for row in service.active(product_arn(done.account, done.region), GENERATOR)
        }
        passed = [(id_, finding) for id_, finding in hub.passing.items() if id_ in active]
        done.to_archive = len(passed)
        records = [self._record(finding, done.region, active) for finding in hub.findings]
        known = {record["Id"] for record in records} | {id_ for id_, _ in passed}
        done.left_active = len(active.keys() - known)
        if not is_apply:
            return
        archived = (self._record(f, done.region, active) | {"RecordState": "ARCHIVED"} for _, f in passed)
        self._import(done, service, [*records, *archived])

    def _record(
        self, finding: Finding, region: str, active: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Any]:
        """A finding as Security Hub takes it; one that is there already keeps the time when it was made."""
        text = self._texts.get(finding.rule)
        record = asff_record(finding, text, self._started.context, region=region, wording=self.wording)
        created = active.get(record["Id"], {}).get("CreatedAt")
        return record | ({"CreatedAt": created} if isinstance(created, str) else {})

    def _import(self, done: HubDelivery, service: SecurityHub, records: list[dict[str, Any]]) -> None:
        done.refused = tuple(
            RefusedRecord(record["Id"], "TooLarge", f"it has more than {MAX_FINDING_BYTES:,} bytes")
            for record in records
            if size_of(record) > MAX_FINDING_BYTES
        )
        for batch in batches(records):
            refused = service.import_records(batch)
            ids = {one.id for one in refused}
            done.refused += refused
            for record in batch:
                if record["Id"] not in ids:
                    done.archived += record["RecordState"] == "ARCHIVED"
                    done.sent += record["RecordState"] != "ARCHIVED"


def connect_accounts(own: Callable[[], Connection], role: Role | None) -> Connect:
    """A connection of each account: Security Hub takes findings from the account that they are of.

    Without a role only one's own account is reached. What connecting to another raises is an AwsError.
    """
    lock = threading.Lock()
    known: dict[str, Connection] = {}

    def connect(account: str) -> Connection:
        with lock:
            connection = own()
            if account == connection.account:
                return connection
            if role is None:
                raise AccessDenied(
                    f"findings of account {account} can be sent by that account alone",
                    advice=Advice(
                        "check it with {org} or {accounts}, whose role sends them, or with its own credentials",
                        {"org": Option("org"), "accounts": Option("accounts", account)},
                    ),
                )
            if account not in known:
                known[account] = AssumedRoleConnection(connection, account, role)
            return known[account]

    return connect
