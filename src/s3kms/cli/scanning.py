"""What a check looks at, and the findings of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.cli.inventory import Inventory, read_inventory
from s3kms.cli.options import Aws, Reach
from s3kms.cli.progress import with_progress
from s3kms.cli.resuming import Resuming, question
from s3kms.cli.selection import connect, select
from s3kms.estate.bucket import Sighting
from s3kms.estate.facts import Fact
from s3kms.estate.findings import Finding, Tally
from s3kms.estate.inputs import Inputs
from s3kms.estate.meter import Meter
from s3kms.estate.targets import Aggregator, Code, Estate, Target
from s3kms.rules.interface import Rule
from s3kms.rules.judge import facts_needed, is_in_doubt, judge_all
from s3kms.wanted.model import Wanted

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.sources.code import CodeSource
    from s3kms.sources.code.tied import Tied
    from s3kms.sources.selection import Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Everything that was asked for."""

    aws: Aws
    chosen: Estate
    regions: tuple[str, ...]
    directory_buckets: bool
    reach: Reach
    inventory: Inventory
    inputs: Inputs
    tied: "Tied | None"
    """The code that live buckets are tied to."""
    state: Path | None
    config: Path | None
    wanted: Wanted
    rules: tuple[Rule, ...]
    say: Callable[[str], None]
    shows_progress: bool

    def findings(self, tally: Tally) -> Iterator[Finding]:
        """One a bucket and rule, as they come. Imports the AWS SDK."""
        needs, today = self._needs(), datetime.now(UTC).date()
        asked = partial(judge_all, rules=self.rules, wanted=self.wanted, today=today, tally=tally)
        meter = Meter()
        watch = partial(with_progress, meter=meter, tally=tally, shown=self.shows_progress)
        if isinstance(self.chosen, Aggregator):
            doubtful = partial(is_in_doubt, rules=self.rules, wanted=self.wanted, today=today)
            return asked(watch(self._beside(self._inventory(self.chosen, needs, doubtful, tally), tally)))
        if isinstance(self.chosen, Code):
            from s3kms.sources.code import CodeSource

            source = CodeSource(self.chosen.paths, self.inputs, directory_buckets=self.directory_buckets)
            return asked(watch(_declared(source, needs, self.chosen, tally)))
        connection = connect(self.aws)
        live = partial(self._live, self.chosen, connection, needs, meter)
        if self.state is None:
            return asked(watch(self._beside(live(None), tally)))
        resuming = self._resuming(self.state, self.chosen, connection)
        return resuming.findings(lambda known: watch(live(known)), asked, tally)

    def _needs(self) -> frozenset[Fact]:
        tags = {Fact.TAGS} if self.tied and self.tied.ties.has_templates else set[Fact]()
        return facts_needed(self.rules, self.wanted) | tags

    def _beside(self, sightings: Iterator[Sighting], tally: Tally) -> Iterator[Sighting]:
        if self.tied is None:
            return sightings
        return self.tied.follow(sightings, tally.note, is_whole=self.chosen == () and not self.regions)

    def _inventory(
        self,
        aggregator: Aggregator,
        needs: frozenset[Fact],
        is_in_doubt: "Callable[..., bool]",
        tally: Tally,
    ) -> Iterator[Sighting]:
        return read_inventory(
            self.aws,
            aggregator,
            self.regions,
            self.inventory,
            self.reach,
            needs,
            is_in_doubt=is_in_doubt,
            note=tally.note,
        )

    def _live(
        self,
        targets: tuple[Target, ...],
        connection: "Connection",
        needs: frozenset[Fact],
        meter: Meter,
        known: "Known | None",
    ) -> Iterator[Sighting]:
        source = select(
            self.aws,
            targets,
            self.regions,
            directory_buckets=self.directory_buckets,
            say=self.say,
            connection=connection,
            reach=self.reach,
            meter=meter,
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
        return Resuming(state, asked, names, self.say)


def _declared(source: "CodeSource", needs: frozenset[Fact], code: Code, tally: Tally) -> Iterator[Sighting]:
    """The buckets that code declares; where there is none, that is noted, and what was given to nobody."""
    is_empty = True
    for sighting in source.buckets(needs):
        is_empty = False
        yield sighting
    if is_empty:
        tally.note(f"{code} declares no bucket")
    for name in source.undeclared():
        tally.note(f"--var {name}=… is given to nobody: no variable of that name is declared in {code}")
