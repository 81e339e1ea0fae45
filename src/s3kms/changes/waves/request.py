"""What carrying out a plan's file is asked, as one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3kms.changes.request import DEFAULT_MAX_CHANGES, FixRequest, check_accepted
from s3kms.desired.configuration import Configuration
from s3kms.model.accounts import check_external_id
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import BadInput
from s3kms.model.hazard_ids import as_id
from s3kms.model.plan import DEFAULT_MAX_AGE_HOURS
from s3kms.model.targets import parse_targets
from s3kms.text.sanitize import printable

if TYPE_CHECKING:
    from s3kms.changes.planning.request import PlanRequest
    from s3kms.results.plan_records import RequestRecord

DEFAULT_MAX_AGE = DEFAULT_MAX_AGE_HOURS
"""Hours."""
DEFAULT_MAX_FAILURES = 3
"""One failure may be of one bucket alone; three in a wave are a cause that the next will meet, too."""
MAX_NAME = 200
"""Characters of the name of who approves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveRequest:
    """Everything that was asked about carrying out a plan's file."""

    file: Path
    wave: int | None = None
    """The wave that is carried out; None is every bucket that is ready."""
    accept: tuple[str, ...] = ()
    """Hazards by id: buckets whose only obstacles these are, are changed, too."""
    waive: int | None = None
    """The wave before, that need not have been verified."""
    approved_by: str | None = None
    """Who signed it off."""
    max_failures: int = DEFAULT_MAX_FAILURES
    """After so many failed changes the wave stops."""
    max_changes: int = DEFAULT_MAX_CHANGES
    """To change more buckets is refused."""
    max_age: int = DEFAULT_MAX_AGE
    """Hours that the plan may be old."""
    external_id: str | None = None
    """Of the role in each account, which no plan keeps."""
    configuration: Configuration = field(default_factory=Configuration)

    @property
    def accepted(self) -> frozenset[str]:
        """The ids of what was accepted."""
        return frozenset(map(as_id, self.accept))

    def check(self) -> None:
        """Raises BadInput for values that mean nothing, or not together."""
        check_accepted(self.accept)
        if self.external_id is not None:
            check_external_id(self.external_id)
        for is_wrong, sentence, advice in self._mistakes():
            if is_wrong:
                raise BadInput(Sentence(sentence, self._words()), advice=Advice(advice, self._words()))

    def _words(self) -> dict[str, Any]:
        """The options that a mistake may name; `next` and `before` are what fits the numbers that were given."""
        names = ("wave", "waive", "accept", "approved_by", "max_failures", "max_age")
        return {
            **{name: Option(name) for name in names},
            "next": Option("wave", (self.waive or 0) + 1),
            "before": Option("waive", (self.wave or 0) - 1),
            "by": Option("approved_by", "NAME"),
        }

    def _mistakes(self) -> tuple[tuple[bool, str, str], ...]:
        """What is wrong, in a sentence, and what to do."""
        wave, waive = self.wave, self.waive
        name = self.approved_by
        is_unnamed = name is not None and not (name.strip() and printable(name) == name)
        return (
            (wave is not None and wave < 1, "{wave} is less than 1", "waves are counted from 1"),
            (self.max_failures < 1, "{max_failures} is less than 1", "write 1 to stop at the first failure"),
            (self.max_age < 0, "{max_age} is negative", "write the age in hours that a plan may have"),
            (
                wave is not None and bool(self.accept),
                "{accept} is about buckets that are not ready, and these are in no wave",
                "leave {wave} out, or {accept}",
            ),
            (
                waive is not None and wave is None,
                "{waive} requires {wave}, the wave that follows it",
                "add {next}",
            ),
            (
                waive is not None and wave == 1,
                "{waive} names the wave before the one that is carried out, and there is none before wave 1",
                "leave {waive} out",
            ),
            (
                waive is not None and wave is not None and waive != wave - 1,
                f"{{waive}} names the wave before the one that is carried out, and {waive} is not before {wave}",
                "use {before}",
            ),
            (waive is not None and name is None, "{waive} requires the name of who waives it", "add {by}"),
            (is_unnamed, "{approved_by} is not a readable name", "use a name without control characters"),
            (len(name or "") > MAX_NAME, "{approved_by} is too long", f"use at most {MAX_NAME} characters"),
        )

    def as_plan(self, record: "RequestRecord") -> "PlanRequest":
        """The plan that was made, to be made again: what the file keeps of its request. Raises BadInput, Refused."""
        from s3kms.changes.planning.request import PlanRequest  # the help of fix needs none

        fix = FixRequest(
            targets=parse_targets(record.targets),
            regions=tuple(record.regions),
            directory_buckets=record.directory_buckets,
            key=record.key,
            dsse=record.dsse,
            no_bucket_key=record.no_bucket_key,
            bucket_key_only=record.bucket_key_only,
            accept=tuple(record.accept),
            configuration=self.configuration,
        )
        fix.check()
        folder = Path(record.org_policies) if record.org_policies else None
        if folder is not None and not folder.is_dir():
            raise BadInput(
                f"{folder}, where the plan read organization policies, is not a folder",
                advice="restore the folder, or plan again",
            )
        return PlanRequest(
            fix=fix,
            org=record.org,
            accounts=tuple(record.accounts),
            assume_role=record.assume_role,
            external_id=self.external_id,
            deep=record.deep,
            org_role=record.org_role,
            key_role=record.key_role,
            org_policies=folder,
        )

    def journalled(self, plan: str, at: datetime) -> Mapping[str, Any]:
        """What the journal of each run keeps of it, as JSON data: the plan, its wave, and who approved it when."""
        given = {"wave": self.wave, "approved_by": self.approved_by, "accept": list(self.accept)}
        kept = {name: value for name, value in given.items() if value}
        return {"plan": plan, **kept, "at": at.isoformat(timespec="seconds")}
