"""Live buckets that fall short, fixed in the code that declares them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from s3kms.changes.files.medium import FileMedium
from s3kms.changes.files.planner import FilePlan, FilePlanner
from s3kms.changes.files.requirements import CodeRequirements, switch_of_edit
from s3kms.changes.hazards import AcceptedHazard, assess_hazards
from s3kms.changes.request import FixRequest
from s3kms.changes.usage import ReadUsage, Siblings, unread_usage
from s3kms.iac.editing.assessment import NeedsEdit
from s3kms.iac.interface import DeclarationOrigin, Language
from s3kms.iac.pairing.declarations import (
    DeclarationIndex,
    PairedBuckets,
    Pairing,
    pair_buckets,
)
from s3kms.model.advice import Advice, Command, Option, Sentence
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.errors import NothingToCheck
from s3kms.model.keys import fact_of_text
from s3kms.model.skipped import Skipped, SkippedBucket
from s3kms.model.stream import Note, ScanItem, TargetNotFound, Unlisted
from s3kms.model.targets import CodeTarget


@dataclass(slots=True)
class _Seen:
    """What came by of the live buckets."""

    short: list[Bucket] = field(default_factory=list)
    """Those that need a change."""
    needed: dict[str, NeedsEdit] = field(default_factory=dict)
    """What each of those needs, by its name."""
    accepted: list[AcceptedHazard] = field(default_factory=list)
    skipped: list[SkippedBucket] = field(default_factory=list)
    missing: list[TargetNotFound] = field(default_factory=list)
    notes: list[Sentence] = field(default_factory=list)
    has_unread: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True)
class PairedPlanner:
    """Plans edits of the code that declares live buckets; it is given the buckets as they are read."""

    request: FixRequest
    index: DeclarationIndex
    today: date
    read_usage: ReadUsage = unread_usage
    """Gives the live buckets that fall short their usage and tags."""
    languages: tuple[Language, ...] | None = None

    def plan(self, items: Iterable[ScanItem]) -> FilePlan:
        """Raises NothingToCheck where there is no live bucket, and as `FilePlanner.plan` does."""
        siblings = Siblings(self.request)
        seen = self._read(items, siblings)
        if not seen.count:
            raise NothingToCheck("there was no bucket to fix")
        found = pair_buckets(self._heed_hazards(seen, siblings), self.index)
        editable, skipped = self._sort_out(found)
        if editable:
            code = FilePlanner(
                self.request,
                CodeTarget(self.request.iac),
                self.today,
                PairedBuckets(editable, (), ()),
                self.languages,
            ).plan()
        else:
            code = FilePlan(request=self.request, medium=FileMedium())
        return replace(
            code,
            skipped=(*seen.skipped, *skipped, *code.skipped),
            missing=tuple(seen.missing),
            accepted=(*seen.accepted, *code.accepted),
            notes=tuple(seen.notes),
            has_unread=seen.has_unread,
        )

    def _read(self, items: Iterable[ScanItem], siblings: Siblings) -> _Seen:
        seen = _Seen()
        for item in items:
            match item:
                case TargetNotFound():
                    seen.count += 1
                    seen.missing.append(item)
                case Unlisted():
                    seen.has_unread = True
                    seen.notes.append(Sentence("{why}", {"why": item.unknown.why}))
                case Note():
                    seen.notes.append(item.sentence)
                case Bucket():
                    seen.count += 1
                    siblings.add(item)
                    answer = self._assess_live(item)
                    if isinstance(answer, NeedsEdit):
                        seen.short.append(item)
                        seen.needed[item.name or ""] = answer
                    else:
                        seen.skipped.append(SkippedBucket(item, answer))
                case _:
                    pass
        return seen

    def _heed_hazards(self, seen: _Seen, siblings: Siblings) -> list[Bucket]:
        """The buckets that no hazard keeps from being changed, with what they are used for."""
        kept: list[Bucket] = []
        for bucket in self.read_usage(seen.short, siblings.known):
            switch = switch_of_edit(seen.needed[bucket.name or ""])
            found = assess_hazards(bucket, switch, self.request.accepted)
            if found.skipped:
                seen.skipped.append(SkippedBucket(bucket, found.skipped))
            else:
                kept.append(bucket)
                seen.accepted += found.accepted
                seen.notes += found.notes
        return kept

    def _assess_live(self, live: Bucket) -> NeedsEdit | Skipped:
        """A bucket that is exempt beside its code is not changed."""
        pairing = self.index.of(live)
        is_sure = isinstance(pairing, Pairing) and pairing.is_sure
        suppressions = pairing.declared.bucket.suppressions if is_sure else ()  # type: ignore[union-attr]
        key = fact_of_text(live.encryption.key) if isinstance(live.encryption, Encryption) else None
        as_declared = replace(live, resource=live.name, suppressions=suppressions, key=key or live.key)
        return CodeRequirements(self.request, self.today)(
            as_declared, is_named=self.request.is_named(live.name), live=live
        )

    def _sort_out(
        self, found: PairedBuckets
    ) -> tuple[tuple[tuple[Bucket, Pairing], ...], list[SkippedBucket]]:
        """Whose code is to be edited, and whose is not."""
        editable: list[tuple[Bucket, Pairing]] = []
        skipped: list[SkippedBucket] = []
        for live, pairing in found.tied:
            declared = pairing.declared
            answer = CodeRequirements(self.request, self.today)(
                declared.bucket, is_named=self.request.is_named(live.name), live=live
            )
            if declared.origin in {DeclarationOrigin.STATE, DeclarationOrigin.PLAN}:
                skipped.append(_recorded(live, declared.words))
            elif isinstance(answer, Skipped) and answer.is_compliant:
                reason = f"differs from its code: {declared.words} {answer.reason}, and is not what is live"
                skipped.append(_unfixed(live, reason, Advice("apply it")))
            else:
                editable.append((live, pairing))
        for live, unclear in found.unclear:
            places = " and ".join(one.where for one in unclear.among)
            skipped.append(
                _unfixed(
                    live,
                    f"is declared in several places, {places}",
                    Advice("name its code alone with {iac}", {"iac": Option("iac")}),
                )
            )
        for live in found.untied:
            fix = Command("fix", (f"s3://{live.name}",))
            advice = Advice("{fix} changes the account", {"fix": fix})
            skipped.append(_unfixed(live, "is not declared in the named code", advice))
        return tuple(editable), skipped


def _recorded(live: Bucket, where: str) -> SkippedBucket:
    advice = Advice("add {iac}", {"iac": Option("iac", "FOLDER")})
    return _unfixed(live, f"is recorded in {where}, and its code was not named", advice)


def _unfixed(live: Bucket, reason: str, remedy: Advice) -> SkippedBucket:
    return SkippedBucket(live, Skipped(reason, remedy, is_unknown=True))
