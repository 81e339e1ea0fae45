"""What the buckets of a plan need of policies before they change: of those of keys, and of their own. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from s3kms.changes.planning.classify import AWS_MANAGED_KEY
from s3kms.changes.policies.kind import KeyUser
from s3kms.hazards.write_widening import BUCKET_POLICY_HAZARDS
from s3kms.model.keys import KeyForm, KeyReference
from s3kms.model.plan import PlanClass, PlannedBucket


@dataclass(slots=True)
class KeyNeed:
    """What the buckets of a plan need of one key."""

    key: str
    region: str
    statements: list[Mapping[str, Any]] = field(default_factory=list)
    users: list[KeyUser] = field(default_factory=list)

    @property
    def account(self) -> str:
        """Whose the key is."""
        return self.key.split(":")[4]


@dataclass(frozen=True, slots=True)
class BucketNeed:
    """A bucket whose own policy keeps the new encryption out."""

    bucket: str
    account: str
    region: str
    key: str | None
    """The ARN of the key that it is to have; None for aws/s3."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """By which somebody may say what made it."""


@dataclass(slots=True)
class NeedFold:
    """The needs of a plan, as its buckets come: it grows with keys, statements, and buckets whose policy changes."""

    keys: dict[str | None, KeyNeed] = field(default_factory=dict)
    """By the ARN of the key."""
    buckets: dict[str | None, list[BucketNeed]] = field(default_factory=dict)
    """By the ARN of the key that they are to have; None is aws/s3."""
    without_key: int = 0
    """Buckets to prepare whose key is not there yet, or aws/s3: no policy can be written for them."""

    @property
    def accounts(self) -> frozenset[str]:
        """Of the buckets, and of the keys."""
        keys = self.keys.values()
        of_buckets = (one.account for needs in self.buckets.values() for one in needs)
        of_users = (user.account for key in keys for user in key.users)
        return frozenset((*of_buckets, *of_users, *(key.account for key in keys)))

    def add(self, planned: PlannedBucket) -> bool:
        """Count what one bucket needs; False for one that first needs a key."""
        asking = [one for one in planned.hazards if one.plan_class is PlanClass.PREPARE]
        if not asking or planned.plan_class is not PlanClass.PREPARE:
            return True
        statements = [statement for one in asking for statement in one.statements]
        of_bucket = {one.id for one in asking} & BUCKET_POLICY_HAZARDS
        reference = KeyReference.parse(planned.after.key if planned.after else None)
        key = reference.text if reference.form is KeyForm.ARN and reference.region else None
        is_keyless = key is None and (statements or not _can_be_managed(planned, of_bucket))
        if is_keyless and (statements or of_bucket):
            self.without_key += 1
            return False
        if key is not None and statements:
            self._add_statements(key, reference.region or "", statements, planned)
        if of_bucket and planned.account and planned.region:
            need = BucketNeed(planned.bucket, planned.account, planned.region, key, planned.tags)
            self.buckets.setdefault(key, []).append(need)
        return True

    def _add_statements(
        self, key: str, region: str, statements: Iterable[Mapping[str, Any]], planned: PlannedBucket
    ) -> None:
        need = self.keys.setdefault(key, KeyNeed(key, region))
        need.statements += [one for one in statements if one not in need.statements]
        need.users.append(KeyUser(planned.account or "", planned.bucket))


def _can_be_managed(planned: PlannedBucket, of_bucket: frozenset[str] | set[str]) -> bool:
    """Whether the bucket's own policy can let aws/s3 pass, whose ARN is not known."""
    return planned.key == AWS_MANAGED_KEY and of_bucket == {"policy_demands_sse_s3"}
