"""What `fix` is asked, and what comes of it for each bucket."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from s3kms.cli.options import Command
from s3kms.cli.wording import cli_wording
from s3kms.desired.configuration import Configuration, DesiredState
from s3kms.model.bucket import DIRECTORY_SUFFIX, Bucket
from s3kms.model.change import Change
from s3kms.model.encryption import DSSE_KMS, NO_CONFIGURATION, SSE_KMS, KeyKind
from s3kms.model.errors import BadInput, NothingToCheck, Refused
from s3kms.model.exits import Exit
from s3kms.model.facts import Fact
from s3kms.model.stream import (
    AccountComplete,
    DeletedDuringScan,
    Note,
    Progress,
    ScanItem,
    TargetNotFound,
    Unlisted,
)
from s3kms.model.targets import Target, check_new_bucket_name
from s3kms.model.unknown import Unknown

if TYPE_CHECKING:
    from s3kms.changes.buckets.keys import KeyExaminer
    from s3kms.changes.buckets.plan import BucketRequirement, Skipped

ENCRYPTION_RULE_ID = "s3_bucket_kms_encryption"
"""The rule whose exemptions say that a bucket is left alone."""


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """What the command line asks of the buckets."""

    key: str | None
    dsse: bool | None
    no_bucket_key: bool
    bucket_key_only: bool

    @property
    def options(self) -> tuple[str, ...]:
        """As they were typed."""
        flags = {
            "--dsse": self.dsse is True,
            "--no-dsse": self.dsse is False,
            "--no-bucket-key": self.no_bucket_key,
            "--bucket-key-only": self.bucket_key_only,
        }
        key = ("--key", self.key) if self.key is not None else ()
        return (*key, *(flag for flag, is_given in flags.items() if is_given))


@dataclass(slots=True)
class BucketPlan:
    """What is to be done, and what is not."""

    changes: list[Change] = field(default_factory=list)
    left: "list[Skipped]" = field(default_factory=list)
    missing: list[TargetNotFound] = field(default_factory=list)

    @property
    def exit(self) -> Exit:
        """How the command ends where nothing goes wrong: some bucket may need a change, and it is not known."""
        is_unsure = bool(self.missing) or any(leave.is_unknown for leave in self.left)
        return Exit.UNKNOWNS if is_unsure else Exit.OK


def key_options(function: Command) -> Command:
    """`--key`, `--dsse`, `--no-bucket-key`, `--bucket-key-only`; the command gets `asked: Asked`."""

    @click.option(
        "--key", metavar="KEY", help="aws/s3, key id, alias or ARN [default: the key map's, else aws/s3]."
    )
    @click.option(
        "--dsse/--no-dsse", default=None, help="DSSE-KMS; or SSE-KMS even for named DSSE-KMS buckets."
    )
    @click.option(
        "--no-bucket-key", is_flag=True, help="Without S3 Bucket Key [default: with, save for DSSE]."
    )
    @click.option(
        "--bucket-key-only", is_flag=True, help="Only turn the bucket key on; algorithm and key stay."
    )
    @functools.wraps(function)
    def wrapper(
        *args: Any,
        key: str | None,
        dsse: bool | None,
        no_bucket_key: bool,
        bucket_key_only: bool,
        **kwargs: Any,
    ) -> Any:
        if key is not None and not key.strip():
            raise BadInput("--key is empty", advice="write aws/s3, a key id, alias/NAME or an ARN")
        if bucket_key_only and (key or dsse is not None or no_bucket_key):
            raise BadInput(
                "--bucket-key-only keeps algorithm and key; it goes with no --key, --dsse or --no-bucket-key",
                advice="leave the others out",
            )
        return function(*args, asked=KeyOptions(key, dsse, no_bucket_key, bucket_key_only), **kwargs)

    return wrapper


def facts_needed_to_plan(wanted: Configuration) -> frozenset[Fact]:
    """What has to be read to plan."""
    return frozenset({Fact.ENCRYPTION, Fact.TAGS} if wanted.needs_tags else {Fact.ENCRYPTION})


class BucketPlanner:
    """From sightings to a plan: the command line first, then the configuration, then the defaults."""

    def __init__(
        self, asked: KeyOptions, wanted: Configuration, targets: tuple[Target, ...], keys: "KeyExaminer"
    ) -> None:
        self._asked = asked
        self._wanted = wanted
        self._targets = targets
        self._names = {target.pattern for target in targets if not target.is_glob}
        self._keys = keys
        self._today = datetime.now(UTC).date()

    def is_named(self, name: str | None) -> bool:
        """Whether the bucket itself was named, not a pattern."""
        return name in self._names

    def plan(self, sightings: Iterable[ScanItem]) -> BucketPlan:
        """Raises Refused for a key that cannot be used, NothingToCheck where there is no bucket."""
        plan = BucketPlan()
        for sighting in sightings:
            match sighting:
                case TargetNotFound():
                    plan.missing.append(sighting)
                case Bucket():
                    found = self._one(sighting)
                    if isinstance(found, Change):
                        plan.changes.append(found)
                    else:
                        plan.left.append(found)
                case Unlisted():
                    plan.left.append(_skipped_unlisted(sighting))
                case DeletedDuringScan() | AccountComplete() | Note() | Progress():
                    pass
        if not plan.changes and not plan.left:
            why = f": {plan.missing[0].advice.worded(cli_wording)}" if plan.missing else ""
            raise NothingToCheck(f"there was no bucket to fix{why}")
        return plan

    def plan_new(self, account: str, region: str) -> Change:
        """The default of the one named bucket, which is yet to be made. Raises BadInput, Refused."""
        names = {target.pattern for target in self._targets}
        if len(names) != 1 or names != self._names or min(names).endswith(DIRECTORY_SUFFIX):
            raise BadInput(
                "--new is about one general purpose bucket, named", advice="write s3kms fix s3://NAME --new"
            )
        name = check_new_bucket_name(min(names))
        found = self._one(Bucket(name, account, region, encryption=NO_CONFIGURATION, tags={}))
        if isinstance(found, Change):
            return found
        raise Refused(f"s3://{found.bucket} {found.why}", advice=found.remedy)

    def _one(self, bucket: Bucket) -> "Change | Skipped":
        from s3kms.changes.buckets.plan import Skipped, needs_key, plan

        if exemption := self._wanted.exemption_for(bucket, ENCRYPTION_RULE_ID, self._today):
            return Skipped(bucket.label, f"is exempt: {exemption.describe()}", bucket.region)
        state = self._wanted.state_for(bucket)
        if isinstance(state, Unknown):
            return Skipped(bucket.label, state.why, bucket.region, str(state.advice), is_unknown=True)
        desired = self._desired(bucket, state)
        if needs_key(bucket, desired):
            reference = self._asked.key or state.key
            if reference is None and state.key_kind is KeyKind.CUSTOMER_MANAGED:
                why = "a customer managed key is wanted, and none is named for its account and region"
                remedy = "name one in the key map of s3kms.toml, or with --key"
                return Skipped(bucket.label, why, bucket.region, remedy, is_unknown=True)
            desired = replace(desired, key=self._keys.key_for(reference, bucket.region or ""))
        return plan(bucket, desired)

    def _desired(self, bucket: Bucket, state: DesiredState) -> "BucketRequirement":
        """What is said for many buckets never takes away from one that has SSE-KMS already."""
        from s3kms.changes.buckets.plan import BucketRequirement

        named = self.is_named(bucket.name)
        has_kms = not isinstance(bucket.encryption, Unknown) and bucket.encryption.is_kms
        algorithm = DSSE_KMS if self._asked.dsse or state.algorithm == DSSE_KMS else None
        if self._asked.dsse is False:
            algorithm = SSE_KMS if named or not has_kms else None
        off = self._asked.no_bucket_key and (named or not has_kms)
        return BucketRequirement(
            algorithm=algorithm,
            bucket_key=False if off else state.bucket_key,
            bucket_key_only=self._asked.bucket_key_only,
            rekey=named and self._asked.key is not None,
            is_named=named,
        )


def _skipped_unlisted(unlisted: Unlisted) -> "Skipped":
    from s3kms.changes.buckets.plan import Skipped

    where = unlisted.scope.places[0].uri if unlisted.scope.places else "buckets"
    return Skipped(where, unlisted.unknown.why, None, str(unlisted.unknown.advice), is_unknown=True)
