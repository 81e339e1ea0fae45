"""A scan that goes on where it was interrupted."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3kms.model.advice import Sentence
from s3kms.model.bucket import Bucket
from s3kms.model.findings import Finding
from s3kms.model.request_fields import checkpoint_key
from s3kms.scan.state import ScanState

if TYPE_CHECKING:
    from s3kms.scan.request import ScanRequest
    from s3kms.sources.selection import Checkpoint


@dataclass(slots=True)
class ScanCheckpoint:
    """What an interrupted scan has found already, and where what comes next is kept. Close it."""

    state: ScanState
    named: frozenset[str]
    """Buckets that the targets name."""
    _names: dict[str, set[str]] = field(default_factory=dict)
    """The buckets of accounts that are not complete: a listing's order is no promise of AWS."""
    _last: tuple[str | None, str | None] = (None, None)

    @classmethod
    def open(
        cls, folder: Path, request: "ScanRequest", rules: Iterable[str], account: str, endpoint: str
    ) -> "ScanCheckpoint":
        """The checkpoint in that folder; a new one where there is none.

        Raises BadInput for a folder of another scan, of another process, or of something else.
        """
        question = question_of(request, rules, account, endpoint)
        targets = request.targets if isinstance(request.targets, tuple) else ()
        return cls(ScanState.open(folder, question), frozenset(target.pattern for target in targets))

    def replay(self) -> Iterator[tuple[Finding, bool]]:
        """The findings that are there already, each with whether it is the first of its bucket."""
        for finding in self.state.replay():
            yield finding, self._is_new_bucket(finding)

    def describe_replay(self, count: int) -> Sentence:
        """What a reader must know of the buckets that are not read again."""
        at = f"{self.state.began:%Y-%m-%d %H:%M} UTC"
        return Sentence(f"{count} buckets were read by the check that began {at}, and are not read again")

    @property
    def known(self) -> "Checkpoint":
        """What the source does not ask again."""
        from s3kms.sources.selection import Checkpoint

        return Checkpoint(self._is_read, self.state.is_done)

    def remember(self, bucket: Bucket, findings: Iterable[Finding]) -> None:
        """The findings of one bucket. Raises S3kmsError where they cannot be written."""
        if bucket.account and bucket.name:
            self.state.note(findings, bucket.account, bucket.name)

    def complete(self, account: str) -> None:
        """Every bucket of the account has been read. Raises S3kmsError."""
        self.state.done(account)

    def close(self) -> None:
        """Write what is not written yet, and let go of the folder. Raises S3kmsError."""
        self.state.close()

    def _is_new_bucket(self, finding: Finding) -> bool:
        bucket = (finding.account, finding.bucket)
        if bucket == self._last:
            return False
        self._last = bucket
        account, name = bucket
        if account and name and (name in self.named or not self.state.is_done(account)):
            self._names.setdefault(account, set()).add(name)
        return name is not None

    def _is_read(self, account: str, bucket: str) -> bool:
        return bucket in self._names.get(account, ())


def question_of(
    request: "ScanRequest", rules: Iterable[str], account: str, endpoint: str
) -> Mapping[str, frozenset[str]]:
    """What tells one scan from another: every checkpointed field of the request, as texts without an order."""
    fields = {name: _texts(value) for name, value in checkpoint_key(request).items()}
    return {
        **fields,
        "rules": frozenset(rules),
        "account": frozenset({account}),
        "endpoint": frozenset({endpoint}),
    }


def _texts(value: Any) -> frozenset[str]:
    if value is None:
        return frozenset()
    if isinstance(value, tuple):
        return frozenset(map(str, value))
    if isinstance(value, bool):
        return frozenset({"yes" if value else "no"})
    if isinstance(value, int | str):
        return frozenset({str(value)})
    return frozenset({hashlib.sha256(repr(value).encode()).hexdigest()[:16]})
