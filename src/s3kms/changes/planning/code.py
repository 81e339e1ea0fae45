"""The plan of the buckets that code declares: the same hazards, on what the code tells. It calls no AWS."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from s3kms.changes.files.planner import describe_declared
from s3kms.changes.files.requirements import CodeRequirements, encryption_after
from s3kms.changes.planning.classify import advise_key, class_of, find_hazards
from s3kms.changes.planning.found import AccountPlan, not_changed, unread_sentence
from s3kms.changes.planning.request import PlanRequest
from s3kms.hazards import IDS, UNREAD
from s3kms.hazards.interface import switch_between
from s3kms.iac.code_source import CodeSource
from s3kms.iac.editing.assessment import NeedsEdit
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.plan import PlannedBucket
from s3kms.model.stream import Note, Unlisted
from s3kms.model.targets import CodeTarget


class CodePlanner:
    """Says of each bucket that the code declares what breaks; the buckets are those that `fix` would look at."""

    def __init__(self, request: PlanRequest, code: CodeTarget, today: date) -> None:
        self._request = request
        self._code = code
        everything = replace(request.fix, accept=(*IDS, UNREAD))  # the hazards are looked at here
        self._requirements = CodeRequirements(everything, today)
        self.found = AccountPlan()
        """Complete when the buckets have all been taken."""

    def buckets(self) -> Iterator[PlannedBucket]:
        """Those that would change, or of which it cannot be told. Raises BadInput, NothingToCheck."""
        fix = self._request.fix
        source = CodeSource(
            self._code.paths, fix.code_inputs, directory_buckets=fix.includes_directory_buckets
        )
        is_named = all(path.is_file() for path in self._code.paths)
        for item in source.buckets(frozenset()):
            match item:
                case Bucket():
                    if planned := self._planned(item, is_named=is_named):
                        yield planned
                case Unlisted():
                    self.found.unlisted.append(unread_sentence(item.unknown))
                case Note():
                    self.found.notes.append(item.sentence)
                case _:  # a source of code yields nothing else
                    pass

    def _planned(self, bucket: Bucket, *, is_named: bool) -> PlannedBucket | None:
        found = self._requirements(bucket, is_named=is_named)
        before = bucket.encryption if isinstance(bucket.encryption, Encryption) else None
        place = describe_declared(bucket) if bucket.places else ""
        if not isinstance(found, NeedsEdit):
            if found.is_compliant:
                self.found.compliant += 1
                return None
            if not found.is_unknown and not found.is_refusal:
                self.found.exempt += 1
                return None
            reason = not_changed(found)
            return PlannedBucket(
                bucket.label,
                None,
                bucket.region,
                reason.plan_class,
                before,
                hazards=(reason,),
                place=place,
                has_name=bucket.name is not None,
            )
        before, after = found.to_edit.before, encryption_after(found)
        hazards = find_hazards(bucket, switch_between(before, after))
        asked = after.key or ("aws/s3" if self._request.fix.key or before.is_kms else None)
        advice = advise_key(asked, hazards)
        return PlannedBucket(
            bucket.label,
            None,
            bucket.region,
            class_of(hazards),
            before,
            after,
            hazards,
            key=advice.key,
            key_reason=advice.reason,
            place=place,
            has_name=bucket.name is not None,
        )
