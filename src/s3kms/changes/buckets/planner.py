"""From the buckets of an account to a plan of changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from s3kms.changes.buckets.keys import KeyExaminer
from s3kms.changes.buckets.plan import needs_key, plan_change
from s3kms.changes.buckets.stack_owner import describe_owners, refuse_import
from s3kms.changes.hazards import AcceptedHazard, assess_hazards
from s3kms.changes.interface import Medium
from s3kms.changes.plan import ChangePlan
from s3kms.changes.request import FixRequest
from s3kms.changes.requirement import desired_state, requirement_for
from s3kms.changes.usage import ReadUsage, Siblings, unread_usage
from s3kms.hazards.interface import switch_between
from s3kms.model.advice import Advice, Command, Option, Sentence
from s3kms.model.bucket import DIRECTORY_SUFFIX, Bucket
from s3kms.model.change import Change
from s3kms.model.encryption import NO_CONFIGURATION, Encryption, KeyKind
from s3kms.model.errors import BadInput, NothingToCheck, Refused
from s3kms.model.keys import is_meant_as_aws_managed
from s3kms.model.skipped import Skipped, SkippedBucket
from s3kms.model.stream import Note, ScanItem, TargetNotFound, Unlisted
from s3kms.model.targets import check_new_bucket_name, check_region
from s3kms.model.unknown import Unknown
from s3kms.text.sanitize import printable


class BucketPlanner:
    """Plans the changes of one account's buckets; asks KMS once for each key and region."""

    def __init__(
        self,
        request: FixRequest,
        keys: KeyExaminer,
        today: date,
        read_usage: ReadUsage = unread_usage,
    ) -> None:
        """`read_usage` gives buckets their usage and tags; it is asked for those that would change."""
        self._request = request
        self._keys = keys
        self._today = today
        self._read_usage = read_usage

    def plan(
        self, items: Iterable[ScanItem], medium: Medium[Change, Change, Encryption]
    ) -> ChangePlan[Change, Change, Encryption]:
        """Raises Refused where no key can be used, NothingToCheck where there is no bucket, and AwsError.

        Buckets whose key cannot be used are skipped where others have one: a key is of one region.
        """
        changes: dict[str, Change] = {}
        changing: list[Bucket] = []
        skipped: list[SkippedBucket] = []
        keyless: list[tuple[Bucket, Refused]] = []
        missing: list[TargetNotFound] = []
        notes: list[Sentence] = []
        has_unread = False
        siblings = Siblings(self._request)
        for item in items:
            match item:
                case TargetNotFound():
                    missing.append(item)
                case Bucket():
                    siblings.add(item)
                    try:
                        found = self.change_of(item)
                    except Refused as refused:
                        keyless.append((item, refused))
                        continue
                    if isinstance(found, Change):
                        changes[found.bucket] = found
                        changing.append(item)
                    else:
                        skipped.append(SkippedBucket(item, found))
                case Unlisted():
                    has_unread = True
                    notes.append(
                        Sentence("{why} ({advice})", {"why": item.unknown.why, "advice": item.unknown.advice})
                    )
                case Note():
                    notes.append(item.sentence)
                case _:  # deleted meanwhile, and the end of an account: nothing to change
                    pass
        skipped += self._skip(keyless)
        if not changes and not skipped:
            raise _nothing_to_fix(missing)
        heeded = self._heed_hazards(changing, changes, siblings)
        return ChangePlan(
            request=self._request,
            medium=medium,
            changes=tuple(heeded.changes),
            bucket_count=len(heeded.changes),
            skipped=(*skipped, *heeded.skipped),
            missing=tuple(missing),
            accepted=tuple(heeded.accepted),
            notes=(
                *notes,
                *heeded.notes,
                *describe_owners(heeded.buckets),
                *map(_unexamined_note, self._keys.unexamined),
            ),
            has_unread=has_unread,
        )

    def _skip(self, keyless: Sequence[tuple[Bucket, Refused]]) -> Iterator[SkippedBucket]:
        """The buckets that have no key, beside others that have one. Raises Refused where none has."""
        if keyless and not self._keys.has_usable_key:
            raise keyless[0][1]
        for bucket, refused in keyless:
            yield SkippedBucket(bucket, Skipped(f"is skipped: {refused}", refused.advice, is_unknown=True))

    def _heed_hazards(
        self, buckets: list[Bucket], changes: Mapping[str, Change], siblings: Siblings
    ) -> "_Heeded":
        """The changes that no hazard forbids, and what is to be said of them before they are written."""
        heeded = _Heeded()
        accept = self._request.accepted
        for bucket in self._read_usage(buckets, siblings.known):
            change = changes[bucket.name or ""]
            found = assess_hazards(bucket, switch_between(change.before, change.after), accept)
            if skipped := refuse_import(bucket, self._request) or found.skipped:
                heeded.skipped.append(SkippedBucket(bucket, skipped))
            else:
                heeded.changes.append(change)
                heeded.buckets.append(bucket)
                heeded.accepted += found.accepted
                heeded.notes += found.notes
        return heeded

    def plan_new(self, account: str) -> Change:
        """The default of the one named bucket, which is yet to be made. Raises BadInput, Refused."""
        region = self._region_of_new()
        names = {target.pattern for target in self._request.live_targets}
        name = min(names, default="")
        if len(names) != 1 or not self._request.is_named(name) or name.endswith(DIRECTORY_SUFFIX):
            raise BadInput(
                Sentence("{new} is about one general purpose bucket, named", {"new": Option("new")}),
                advice=Advice("write {fix}", {"fix": Command("fix", ("s3://NAME",), (Option("new"),))}),
            )
        bucket = Bucket(check_new_bucket_name(name), account, region, encryption=NO_CONFIGURATION, tags={})
        found = self.change_of(bucket)
        if isinstance(found, Change):
            return found
        raise Refused(f"s3://{name} {found.reason}", advice=found.remedy)

    def _region_of_new(self) -> str:
        if len(self._request.regions) != 1:
            region = Option("regions", "REGION")
            raise BadInput(
                Sentence("{new} needs the region of the bucket to be", {"new": Option("new")}),
                advice=Advice("add one {region}", {"region": region}),
            )
        return check_region(self._request.regions[0])

    def change_of(self, bucket: Bucket) -> Change | Skipped:
        """The change of one bucket, or why it is not changed. Raises Refused for a key that cannot be used."""
        state = desired_state(self._request.effective_configuration, bucket, self._today)
        if isinstance(state, Skipped):
            return state
        required = requirement_for(
            self._request,
            state,
            is_named=self._request.is_named(bucket.name),
            has_kms=not isinstance(bucket.encryption, Unknown) and bucket.encryption.is_kms,
        )
        if not required.bucket_key_only and (why := self._why_no_key(bucket)):
            if required.key is None and not is_meant_as_aws_managed(_key_of(bucket)):
                return key_cannot_be_used(why)
            required = replace(required, rekey=True)
        if not needs_key(bucket, required):
            return plan_change(bucket, replace(required, key=None))
        if required.key is None and state.key_kind is KeyKind.CUSTOMER_MANAGED:
            return no_key_is_named()
        key = self._keys.key_for(required.key, bucket.region or "")
        return plan_change(bucket, replace(required, key=key))

    def _why_no_key(self, bucket: Bucket) -> str | None:
        """Why the key of an SSE-KMS default cannot be one by its name; None where it can."""
        if isinstance(bucket.encryption, Unknown) or not bucket.encryption.is_kms:
            return None
        return self._keys.why_no_key(bucket.encryption.key, bucket.region or "")


def _unexamined_note(key: str) -> Sentence:
    return Sentence(
        "key {key} is taken as it is named: this server has no KMS to ask; {verify} shows whether it works",
        {"key": printable(key), "verify": Command("verify", ("s3://BUCKET",), (Option("probe"),))},
    )


def _key_of(bucket: Bucket) -> str | None:
    return None if isinstance(bucket.encryption, Unknown) else bucket.encryption.key


def key_cannot_be_used(why: str) -> Skipped:
    """A default whose key S3 cannot use is not in order, and which key is meant, only a person knows."""
    advice = Advice("name a key that S3 can use with {key}", {"key": Option("key")})
    return Skipped(f"has a KMS key that S3 cannot use: {why}", advice, is_unknown=True)


@dataclass(slots=True)
class _Heeded:
    """What is left of the changes when the hazards were looked at."""

    changes: list[Change] = field(default_factory=list)
    skipped: list[SkippedBucket] = field(default_factory=list)
    accepted: list[AcceptedHazard] = field(default_factory=list)
    notes: list[Sentence] = field(default_factory=list)
    buckets: list[Bucket] = field(default_factory=list)
    """Those that are changed, with their tags."""


def no_key_is_named() -> Skipped:
    """A customer managed key that is wanted and not named is not a key that could be written."""
    return Skipped(
        "a customer managed key is wanted, and none is named for its account and region",
        Advice("name one in the key map of s3kms.toml, or with {key}", {"key": Option("key")}),
        is_unknown=True,
    )


def _nothing_to_fix(missing: list[TargetNotFound]) -> NothingToCheck:
    if not missing:
        return NothingToCheck("there was no bucket to fix")
    return NothingToCheck(Sentence("there was no bucket to fix: {advice}", {"advice": missing[0].advice}))
