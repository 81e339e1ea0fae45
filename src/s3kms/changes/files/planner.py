"""From code that declares buckets to a plan of edits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from s3kms.changes.files.file_edit import FileEdit
from s3kms.changes.files.medium import FileMedium
from s3kms.changes.files.requirements import CodeRequirements, parse_code_key
from s3kms.changes.hazards import HazardAssessment
from s3kms.changes.plan import ChangePlan, Reason
from s3kms.changes.request import FixRequest
from s3kms.iac.code_source import CodeSource
from s3kms.iac.editing.assessment import NeedsEdit
from s3kms.iac.editing.edit_plan import EditedBuckets, EditPlan, EditPlanner
from s3kms.iac.editing.patch import Patch
from s3kms.iac.editing.writable_roots import WritableRoots
from s3kms.iac.interface import Language
from s3kms.iac.pairing.declarations import PairedBuckets
from s3kms.model.bucket import Bucket
from s3kms.model.errors import NothingToCheck, Refused
from s3kms.model.skipped import Skipped
from s3kms.model.targets import CodeTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan(ChangePlan[Patch, FileEdit, bytes]):
    """A fix of code, before any file is written."""

    edited: tuple[EditedBuckets, ...] = ()
    """The buckets that are fixed, and the part of the patches that each of them needs."""

    @property
    def patches(self) -> tuple[Patch, ...]:
        """The new contents, a file each."""
        return self.changes


@dataclass(frozen=True, slots=True)
class FilePlanner:
    """Plans edits of the code of one request; it reads files and calls no AWS."""

    request: FixRequest
    code: CodeTarget
    today: date
    paired: PairedBuckets | None = None
    """The live buckets whose code is meant; None for all that the code declares."""
    languages: tuple[Language, ...] | None = None
    """Instead of those of the product."""

    def plan(self) -> FilePlan:
        """Every edit is proven together with the others.

        Raises Refused for a file that is a link, BadInput for a path or a key that cannot be read, NothingToCheck
        where the code declares no bucket.
        """
        self._check()
        source = self._open_source()
        roots = self._roots()
        planner = EditPlanner(self._assess, roots.refusal, self._assess_named)
        edits = planner.plan(source.units(), source.context)
        skipped = [one for one in edits.skipped if self.paired is None or self.paired.holds(one.bucket)]
        if not edits.edited and not skipped:
            raise NothingToCheck("there was no bucket to fix")
        assessed = tuple(self._assessments(edits))
        return FilePlan(
            request=self.request,
            medium=FileMedium(roots.folders),
            changes=edits.patches,
            edited=edits.edited,
            bucket_count=edits.bucket_count,
            skipped=tuple(skipped),
            accepted=tuple(one for found in assessed for one in found.accepted),
            notes=tuple(one for found in assessed for one in found.notes),
            reasons=_reasons(edits),
            prove=lambda: _describe_unmet(planner.unmet(edits, self._open_source().context)),
        )

    def _open_source(self) -> CodeSource:
        """The code as it is now: what an earlier one read, it keeps."""
        return CodeSource(
            self.code.paths,
            self.request.code_inputs,
            directory_buckets=self.request.includes_directory_buckets,
            languages=self.languages,
        )

    def _assessments(self, edits: EditPlan) -> Iterator[HazardAssessment]:
        """What the hazards found on the buckets that are edited all the same."""
        careful = CodeRequirements(self.request, self.today)
        for edited in edits.edited:
            for bucket in edited.buckets:
                found = self._assess(bucket)
                if isinstance(found, NeedsEdit):
                    yield careful.assess_hazards(bucket, found)

    def _check(self) -> None:
        if self.request.key is not None:
            parse_code_key(self.request.key)
        for path in self.code.paths:
            if path.is_symlink() and not path.is_dir():
                raise Refused(
                    f"{path} is a symbolic link, and only the file itself is written", advice="name the file"
                )

    def _roots(self) -> WritableRoots:
        """The folders that were named, and those of the files that were."""
        named: tuple[Path, ...] = (
            *self.code.paths,
            *self.request.variable_files,
            *self.request.parameter_files,
        )
        return WritableRoots.of(named)

    def _assess(self, bucket: Bucket) -> NeedsEdit | Skipped:
        """The code of no bucket is edited that was not asked for."""
        requirements = CodeRequirements(self.request, self.today)
        if self.paired is None:
            return requirements(bucket, is_named=all(path.is_file() for path in self.code.paths))
        live = self.paired.live_of(bucket)
        if live is None:
            return Skipped("is not asked for", is_compliant=True)
        return requirements(bucket, is_named=self.request.is_named(live.name), live=live)

    def _assess_named(self, bucket: Bucket) -> NeedsEdit | Skipped:
        """A bucket that is all that the named code declares is itself what was named."""
        if self.paired is not None:
            return self._assess(bucket)
        return CodeRequirements(self.request, self.today)(bucket, is_named=True)


def describe_declared(bucket: Bucket) -> str:
    """A bucket of code in a sentence: `Logs (infra/logs.yaml:12)`."""
    name = bucket.resource or bucket.name or ""
    if not bucket.places:
        return name or bucket.label
    place = bucket.places[0]
    where = place.uri if place.line is None else f"{place.uri}:{place.line}"
    return f"{name} ({where})" if name else where


def _reasons(edits: EditPlan) -> tuple[Reason, ...]:
    return tuple(Reason(tuple(map(describe_declared, one.buckets)), one.why) for one in edits.edited)


def _describe_unmet(buckets: Sequence[Bucket]) -> str | None:
    if not buckets:
        return None
    names = ", ".join(map(describe_declared, buckets))
    return f"the files were written, but the result is not as requested: {names}"
