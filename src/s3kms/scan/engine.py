"""What a check looks at, and the findings of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.cli.inventory import Inventory, read_inventory
from s3kms.cli.options import AccountScope, AwsOptions
from s3kms.cli.progress import with_progress
from s3kms.cli.selection import connect, select
from s3kms.desired.configuration import Configuration
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.facts import Fact
from s3kms.model.findings import Finding, Tally
from s3kms.model.stream import ScanItem
from s3kms.model.targets import AggregatorTarget, CodeTarget, ScanTarget, Target
from s3kms.rules.evaluate import evaluate_all, facts_needed, is_in_doubt
from s3kms.rules.interface import Rule
from s3kms.scan.checkpoint import Resuming, question

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.iac.code_source import CodeSource
    from s3kms.iac.pairing.annotation import DeclarationAnnotator
    from s3kms.sources.selection import Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """Everything that was asked for."""

    aws: AwsOptions
    chosen: ScanTarget
    regions: tuple[str, ...]
    directory_buckets: bool
    reach: AccountScope
    inventory: Inventory
    inputs: CodeInputs
    tied: "DeclarationAnnotator | None"
    """The code that live buckets are tied to."""
    state: Path | None
    config: Path | None
    wanted: Configuration
    rules: tuple[Rule, ...]
    notify: Callable[[str], None]
    shows_progress: bool

    def findings(self, tally: Tally) -> Iterator[Finding]:
        """One a bucket and rule, as they come. Imports the AWS SDK."""
        needs, today = self._needs(), datetime.now(UTC).date()
        asked = partial(evaluate_all, rules=self.rules, wanted=self.wanted, today=today, tally=tally)
        watch = partial(with_progress, tally=tally, shown=self.shows_progress)
        if isinstance(self.chosen, AggregatorTarget):
            doubtful = partial(is_in_doubt, rules=self.rules, wanted=self.wanted, today=today)
            return asked(watch(self._beside(self._inventory(self.chosen, needs, doubtful), tally)))
        if isinstance(self.chosen, CodeTarget):
            from s3kms.iac.code_source import CodeSource

            source = CodeSource(self.chosen.paths, self.inputs, directory_buckets=self.directory_buckets)
            return asked(watch(_declared(source, needs, self.chosen, tally)))
        connection = connect(self.aws)
        live = partial(self._live, self.chosen, connection, needs)
        if self.state is None:
            return asked(watch(self._beside(live(None), tally)))
        resuming = self._resuming(self.state, self.chosen, connection)
        return resuming.findings(lambda known: watch(live(known)), asked, tally)

    def _needs(self) -> frozenset[Fact]:
        tags = {Fact.TAGS} if self.tied and self.tied.ties.has_templates else set[Fact]()
        return facts_needed(self.rules, self.wanted) | tags

    def _beside(self, sightings: Iterator[ScanItem], tally: Tally) -> Iterator[ScanItem]:
        if self.tied is None:
            return sightings
        return self.tied.follow(sightings, tally.note, is_whole=self.chosen == () and not self.regions)

    def _inventory(
        self,
        aggregator: AggregatorTarget,
        needs: frozenset[Fact],
        is_in_doubt: "Callable[..., bool]",
    ) -> Iterator[ScanItem]:
        return read_inventory(
            self.aws,
            aggregator,
            self.regions,
            self.inventory,
            self.reach,
            needs,
            is_in_doubt=is_in_doubt,
        )

    def _live(
        self,
        targets: tuple[Target, ...],
        connection: "Connection",
        needs: frozenset[Fact],
        known: "Checkpoint | None",
    ) -> Iterator[ScanItem]:
        source = select(
            self.aws,
            targets,
            self.regions,
            directory_buckets=self.directory_buckets,
            connection=connection,
            reach=self.reach,
            known=known,
        )
        return source.buckets(needs)

    def _resuming(self, state: Path, targets: tuple[Target, ...], connection: "Connection") -> Resuming:
        names = frozenset(target.pattern for target in targets)
        asked = question(
            (rule.id for rule in self.rules),
            (str(target) for target in targets),
            self.regions,
            self.reach,
            self.config,
            connection,
            directory_buckets=self.directory_buckets,
        )
        return Resuming(state, asked, names, self.notify)


def _declared(
    source: "CodeSource", needs: frozenset[Fact], code: CodeTarget, tally: Tally
) -> Iterator[ScanItem]:
    """The buckets that code declares; where there is none, that is noted, and what was given to nobody."""
    is_empty = True
    for sighting in source.buckets(needs):
        is_empty = False
        yield sighting
    if is_empty:
        tally.note(f"{code} declares no bucket")
    for name in source.undeclared():
        tally.note(f"--var {name}=… is given to nobody: no variable of that name is declared in {code}")
