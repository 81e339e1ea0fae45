"""What `fix` would write for the findings of a check of code."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from s3kms.changes.request import FixRequest
from s3kms.model.bucket import Bucket
from s3kms.model.code_fixes import CodeFix, CodeFixes, FindingKey
from s3kms.model.errors import S3kmsError
from s3kms.model.findings import Verdict
from s3kms.model.request_fields import TargetKind
from s3kms.model.targets import CodeTarget
from s3kms.scan.request import ScanRequest

if TYPE_CHECKING:
    from s3kms.changes.files.planner import FilePlan
    from s3kms.iac.editing.edit_plan import EditedBuckets
    from s3kms.iac.editing.patch import Patch
    from s3kms.scan.evaluation import BucketEvaluator


def fixes_of_scan(request: ScanRequest) -> CodeFixes | None:
    """The fixes for the findings of this check, planned when they are asked for; None where it is not one of code."""
    if request.kind is not TargetKind.CODE:
        return None
    return CodeFixes(cache(lambda: _find_fixes(request)))


def as_fix(request: ScanRequest) -> FixRequest:
    """The fix of the same code, with everything that was said of it."""
    shared = {one.name for one in fields(ScanRequest)} & {one.name for one in fields(FixRequest)}
    return FixRequest(**{name: getattr(request, name) for name in shared})


def _find_fixes(request: ScanRequest) -> Mapping[FindingKey, CodeFix]:
    """Empty where no fix can be planned: a check needs none."""
    from s3kms.changes.files.planner import FilePlanner
    from s3kms.scan.open import evaluator_of

    if not isinstance(request.targets, CodeTarget):
        return {}
    today = datetime.now(UTC).date()
    try:
        plan = FilePlanner(as_fix(request), request.targets, today).plan()
    except (S3kmsError, OSError, MemoryError, RecursionError):
        return {}
    return fixes_of_plan(plan, evaluator_of(request, today))


def fixes_of_plan(plan: "FilePlan", evaluator: "BucketEvaluator") -> Mapping[FindingKey, CodeFix]:
    """What the plan writes for each finding that fails and passes with it.

    Findings that nothing tells apart have one fix for all of them, or none.
    """
    fixes = zip(plan.edited, _describe_fixes(plan.edited, plan.patches), strict=True)
    mended = [(key, fix) for edited, fix in fixes if fix.edits for key in _mended(edited, evaluator)]
    found = dict(mended)
    unsure = {key for key, fix in mended if found[key] != fix}
    unsure |= {key for one in plan.skipped for key in _failing(one.bucket, evaluator)}
    return {key: fix for key, fix in found.items() if key not in unsure}


def _failing(bucket: Bucket, evaluator: "BucketEvaluator") -> list[FindingKey]:
    found = evaluator.findings(bucket)
    return [FindingKey.of(finding) for finding in found if finding.verdict is Verdict.FAIL]


def _mended(edited: "EditedBuckets", evaluator: "BucketEvaluator") -> Iterator[FindingKey]:
    """The findings that fail as the code is, and pass with the edits in it."""
    for before, after in zip(edited.buckets, edited.after, strict=True):
        passing = {one.rule for one in evaluator.findings(after) if one.verdict is Verdict.PASS}
        yield from (key for key in _failing(before, evaluator) if key.rule in passing)


def _describe_fixes(edited: "Sequence[EditedBuckets]", patches: "Iterable[Patch]") -> Iterator[CodeFix]:
    """Each edit by lines and columns of the files as they are."""
    from s3kms.iac.editing.text_edits import describe_splices

    before = {patch.path: patch.before for patch in patches}
    described = describe_splices((one.splices for one in edited), before)
    return (CodeFix(one.why, edits) for one, edits in zip(edited, described, strict=True))
