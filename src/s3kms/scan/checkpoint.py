"""`--state`: a check that goes on where it was interrupted."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.cli.options import AccountScope
from s3kms.desired.load import DEFAULT_FILE
from s3kms.model.bucket import Bucket
from s3kms.model.findings import Finding, Tally
from s3kms.model.stream import AccountComplete, ScanItem

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.scan.state import ScanQuestion, ScanState
    from s3kms.sources.selection import Checkpoint


@dataclass(frozen=True, slots=True)
class Resuming:
    """What a check with `--state` needs to know of itself."""

    folder: Path
    question: "ScanQuestion"
    named: frozenset[str]
    """Buckets that the targets name."""
    notify: Callable[[str], None]

    def findings(
        self,
        sightings: "Callable[[Checkpoint], Iterable[ScanItem]]",
        judge: Callable[[Iterable[ScanItem]], Iterator[Finding]],
        tally: Tally,
    ) -> Iterator[Finding]:
        """The findings that are there already, then those of the buckets that are not. Raises BadInput."""
        from s3kms.scan.state import ScanState
        from s3kms.sources.selection import Checkpoint

        with ScanState.open(self.folder, self.question) as state:
            read = _Read(state, self.named)
            for finding in state.replay():
                tally.buckets += read.note(finding)
                yield from tally.watch([finding])
            if tally.buckets:
                at = f"{state.began:%Y-%m-%d %H:%M} UTC"
                self.notify(
                    f"note: {tally.buckets} buckets were read by the check that began {at}, and stay so"
                )
            for sighting in sightings(Checkpoint(read.is_read, state.is_done)):
                found = list(judge([sighting]))
                match sighting:
                    case Bucket(name=str(name), account=str(account)):
                        state.note(found, account, name)
                    case AccountComplete(account=account):
                        state.done(account)
                    case _:
                        pass  # what could not be listed is asked again, the next time
                yield from found


@dataclass(slots=True)
class _Read:
    """The buckets of accounts that are not through, by name: a listing's order is no promise of AWS."""

    state: "ScanState"
    named: frozenset[str]
    _names: dict[str, set[str]] = field(default_factory=dict)
    _last: tuple[str | None, str | None] = (None, None)

    def note(self, finding: Finding) -> bool:
        """Whether it is about another bucket than the one before."""
        bucket = (finding.account, finding.bucket)
        if bucket == self._last:
            return False
        self._last = bucket
        account, name = bucket
        if account and name and (name in self.named or not self.state.is_done(account)):
            self._names.setdefault(account, set()).add(name)
        return name is not None

    def is_read(self, account: str, bucket: str) -> bool:
        return bucket in self._names.get(account, ())


def question(  # noqa: PLR0917 - what was asked, in the order of the command line
    rules: Iterable[str],
    targets: Iterable[str],
    regions: Iterable[str],
    reach: AccountScope,
    config: Path | None,
    connection: "Connection",
    *,
    directory_buckets: bool,
) -> "ScanQuestion":
    """What tells one check from another. Raises BadInput, and what asking for the account raises."""
    from s3kms.scan.state import ScanQuestion

    return ScanQuestion(
        frozenset(rules),
        frozenset(targets),
        frozenset(regions),
        frozenset(_accounts(reach, connection)),
        directory_buckets,
        _hash(config or Path(DEFAULT_FILE)),
        connection.endpoint,
    )


def _accounts(reach: AccountScope, connection: "Connection") -> Iterator[str]:
    if reach.org:
        yield f"organization of {connection.account}"
    elif reach.is_far:
        yield from reach.accounts
    else:
        yield connection.account
    yield from (f"not {account}" for account in sorted(reach.excluded))


def _hash(config: Path) -> str:
    """Of the wanted state as it is written; it has been read without a mistake before."""
    return hashlib.sha256(config.read_bytes()).hexdigest()[:16] if config.exists() else ""
