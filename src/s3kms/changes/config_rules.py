"""AWS Config after a run: wait for the items that are newer than its changes, then start the rules once a region."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from s3kms.changes.config_verdicts import CONFIG_ID, ConfigVerdict, recorded_verdict, unrecorded_verdict
from s3kms.changes.watching import RecordingProgress, WatchCallbacks, wait_for_look
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.config_records import ConfigRecorder, RecordedBucket
from s3kms.model.encryption import Encryption
from s3kms.model.errors import AwsError, CredentialsProblem, Throttled
from s3kms.model.findings import Finding, Verdict, make_finding
from s3kms.model.scan_context import Severity
from s3kms.model.unknown import Unknown, UnknownCause

if TYPE_CHECKING:
    from s3kms.aws.config_rules import ConfigRegion
    from s3kms.aws.connection import Connection
    from s3kms.changes.buckets.write_proof import RecordedWrite

_INTERVAL = timedelta(minutes=1)
"""Between two looks. An evaluation is started once a minute at most (fact F8)."""
_CLOCK_SKEW = timedelta(minutes=5)
"""How far this machine's clock, by which the run began, may be ahead of AWS's."""
_DIRECTORY = Unknown(
    UnknownCause.UNSUPPORTED,
    "the rule s3-default-encryption-kms of AWS Config is not about directory buckets",
    Advice("nothing is to be waited for"),
)


@dataclass(slots=True)
class _Region:
    """What is known of one region."""

    config: "ConfigRegion"
    waiting: dict[str, "RecordedWrite"]
    """Buckets without an item that is newer than the run."""
    recorder: ConfigRecorder | Unknown | None = None
    items: dict[str, RecordedBucket] = field(default_factory=dict)
    unread: Unknown | None = None
    """Why the items could not be read at the last look."""
    rules: tuple[str, ...] | Unknown | None = None
    """The rules whose evaluation was started; None while none of its buckets has been recorded."""
    is_limited: bool = False
    """Whether the start is to be tried again."""

    def look(self, since: datetime) -> None:
        """Read what is not known yet; start the rules once every bucket is recorded. Raises CredentialsProblem."""
        if self.recorder is None:
            self.recorder = _recorder(self.config)
        if self.waiting:
            self._read(since)
        if not self.waiting:
            self.start()

    def _read(self, since: datetime) -> None:
        self.unread = None
        try:
            self.items |= self.config.items(list(self.waiting))
        except CredentialsProblem:
            raise
        except AwsError as error:
            self.unread = error.as_unknown()
            return
        for name, write in list(self.waiting.items()):
            if _is_recorded(self.items.get(name), write, since):
                del self.waiting[name]

    def start(self) -> None:
        """Start the rules, unless they were. Raises CredentialsProblem."""
        if self.rules is not None and not self.is_limited:
            return
        try:
            rules = self.config.rules()
            self.config.start(rules)
        except CredentialsProblem:
            raise
        except AwsError as error:
            self.rules, self.is_limited = error.as_unknown(), isinstance(error, Throttled)
        else:
            self.rules, self.is_limited = rules, False

    @property
    def is_over(self) -> bool:
        """Whether another look would tell nothing new."""
        if self.waiting:
            return isinstance(self.recorder, ConfigRecorder) and not self.recorder.makes_items
        return not self.is_limited


@dataclass(slots=True)
class ConfigRules:
    """One wait for AWS Config; afterwards a proof, which says of each bucket what was recorded and started."""

    run: str
    since: datetime
    """When the run began: an item that was captured earlier does not show its changes."""
    writes: "Mapping[str, RecordedWrite]"
    duration: timedelta
    callbacks: WatchCallbacks = WatchCallbacks()
    _regions: dict[str, _Region] = field(default_factory=dict)

    def look_on(self, connection: "Connection") -> None:
        """Look until all is recorded or the time is over, then start the rules. Raises CredentialsProblem."""
        from s3kms.aws.config_rules import ConfigRegion

        for name, writes in self._by_region().items():
            self._regions[name] = _Region(ConfigRegion.of(connection, name), writes)
        began = self.callbacks.now()
        end = began + self.duration
        with self.callbacks.while_watching():
            while True:
                for region in self._regions.values():
                    region.look(self.since)
                self.callbacks.on_recording(self._progress(self.callbacks.now() - began))
                if all(region.is_over for region in self._regions.values()):
                    break
                if not wait_for_look(self.callbacks, _INTERVAL, end):
                    break
        if not self.callbacks.should_stop():
            for region in self._regions.values():
                if region.items.keys() - region.waiting.keys():
                    region.start()

    def _progress(self, passed: timedelta) -> RecordingProgress:
        buckets = sum(self._is_meant(write) for write in self.writes.values())
        waiting = sum(len(region.waiting) for region in self._regions.values())
        return RecordingProgress(buckets - waiting, buckets, passed, self.duration)

    def _by_region(self) -> "dict[str, dict[str, RecordedWrite]]":
        """The buckets that have what the run wrote, as far as the journals tell."""
        found: dict[str, dict[str, RecordedWrite]] = defaultdict(dict)
        for name, write in self.writes.items():
            if self._is_meant(write):
                found[write.change.region][name] = write
        return dict(found)

    @staticmethod
    def _is_meant(write: "RecordedWrite") -> bool:
        is_done = write.failure is None and write.restored_by is None
        return is_done and write.change.kind is BucketKind.GENERAL_PURPOSE

    def findings(self, bucket: Bucket) -> Iterator[Finding]:
        """What AWS Config has of one bucket of the run."""
        write = self.writes.get(bucket.name or "")
        if write is None:
            return
        if write.change.kind is BucketKind.DIRECTORY:
            yield _finding(
                bucket, ConfigVerdict(Verdict.UNKNOWN, _DIRECTORY.why, _DIRECTORY.advice, _DIRECTORY)
            )
        elif self._is_meant(write):
            yield _finding(bucket, self._verdict(write))

    def _verdict(self, write: "RecordedWrite") -> ConfigVerdict:
        region, name = self._regions[write.change.region], write.change.bucket
        if name not in region.waiting:
            return recorded_verdict(region.items[name], region.rules, write.change.region)
        known = region.unread or region.recorder
        return unrecorded_verdict(known, region.items.get(name), write.change.region, self.run)


def _recorder(config: "ConfigRegion") -> ConfigRecorder | Unknown:
    try:
        return config.recorder()
    except CredentialsProblem:
        raise
    except AwsError as error:
        return error.as_unknown()


def _is_recorded(item: RecordedBucket | None, write: "RecordedWrite", since: datetime) -> bool:
    """Whether an item is newer than the run and shows what it wrote: one may be captured between the two."""
    if item is None or item.captured <= since - _CLOCK_SKEW or not isinstance(item.encryption, Encryption):
        return False
    after = write.change.after
    return (item.encryption.algorithm, item.encryption.key) == (after.algorithm, after.key)


def _finding(bucket: Bucket, said: ConfigVerdict) -> Finding:
    return make_finding(
        bucket,
        rule=CONFIG_ID,
        severity=Severity.LOW,
        verdict=said.verdict,
        message=said.message,
        advice=said.advice,
        unknown=said.unknown,
    )
