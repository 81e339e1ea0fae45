"""What buckets that code declares are to become, as the editors of code take it."""

import re
from dataclasses import dataclass, replace
from datetime import date

from s3kms.changes.hazards import HazardAssessment, assess_hazards
from s3kms.changes.request import FixRequest
from s3kms.changes.requirement import (
    VECTOR_BUCKET_SKIPPED,
    desired_state,
    misunderstood_exemption,
    requirement_for,
)
from s3kms.desired.configuration import DesiredState
from s3kms.hazards.interface import EncryptionSwitch, switch_between
from s3kms.iac.editing.assessment import FixTarget, NeedsEdit, assess_bucket
from s3kms.iac.interface import DesiredKey
from s3kms.model.advice import Advice, Option
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.encryption import DSSE_KMS, SSE_KMS, Encryption, KeyKind
from s3kms.model.errors import BadInput
from s3kms.model.keys import KeyForm, KeyReference, problem_of_other_service
from s3kms.model.skipped import Skipped
from s3kms.model.unknown import known

_ADDRESS = re.compile(r'[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\["[^"\\]*"\]|\[\d+\])*')


@dataclass(frozen=True, slots=True)
class CodeRequirements:
    """Called with a bucket: whether its code is edited and to what, or why not."""

    request: FixRequest
    today: date

    def __call__(
        self, bucket: Bucket, *, is_named: bool = False, live: Bucket | None = None
    ) -> NeedsEdit | Skipped:
        """`is_named` is whether the bucket is itself a target: its file is named, it is all that the named code
        declares, or the live bucket that the code declares is a target. `live` is that live bucket.
        """
        state = desired_state(self.request.effective_configuration, bucket, self.today)
        if isinstance(state, Skipped):
            return state
        target = self._target(state, is_named=is_named)
        if target.algorithm is None and live is not None and _has_dsse(live):
            target = replace(target, algorithm=DSSE_KMS)  # the code must not lower what is live
        found = _with_known_key(assess_bucket(bucket, target), state)
        if isinstance(found, Skipped):
            return found
        if bucket.kind is BucketKind.VECTOR:
            return VECTOR_BUCKET_SKIPPED
        return misunderstood_exemption(bucket) or self.assess_hazards(bucket, found).skipped or found

    def assess_hazards(self, bucket: Bucket, found: NeedsEdit) -> HazardAssessment:
        """What breaks by the edit, as far as the code tells."""
        return assess_hazards(bucket, switch_of_edit(found), self.request.accepted)

    def _target(self, state: DesiredState, *, is_named: bool) -> FixTarget:
        """Both of what a bucket gets that comes from SSE-S3 and of one that has SSE-KMS: code may leave it open."""
        fresh = requirement_for(self.request, state, is_named=is_named, has_kms=False)
        of_kms = requirement_for(self.request, state, is_named=is_named, has_kms=True)
        return FixTarget(
            algorithm=of_kms.algorithm,
            key=None if fresh.key is None else parse_code_key(fresh.key),
            bucket_key=fresh.bucket_key,
            bucket_key_of_kms=of_kms.bucket_key,
            bucket_key_only=self.request.bucket_key_only,
            rekey=of_kms.rekey,
        )


def switch_of_edit(found: NeedsEdit) -> EncryptionSwitch:
    """What an edit does to the default encryption; a key that the code declares is a customer managed one."""
    return switch_between(found.to_edit.before, encryption_after(found))


def encryption_after(found: NeedsEdit) -> Encryption:
    """The default encryption as an edit makes it; of a key that the code declares it names the address."""
    before, target = found.to_edit.before, found.target
    key = before.key if before.is_kms else None
    if target.key is not None:
        key = target.key.literal or target.key.address
    algorithm = target.algorithm or (before.algorithm if before.is_kms else SSE_KMS)
    is_on = target.bucket_key is not False and algorithm == SSE_KMS
    kept = before.bucket_key if before.is_kms and target.bucket_key is None else is_on
    return Encryption(algorithm, key, bool(known(kept)))


def _has_dsse(bucket: Bucket) -> bool:
    return isinstance(bucket.encryption, Encryption) and bucket.encryption.algorithm == DSSE_KMS


def parse_code_key(text: str) -> DesiredKey:
    """The key that code is to name: a reference, or the address of what the code declares. Raises BadInput."""
    reference = KeyReference.named(text)
    form = reference.form
    if form is KeyForm.AWS_MANAGED:
        return DesiredKey()
    if form is KeyForm.OTHER_SERVICE:
        why, remedy = problem_of_other_service(reference.alias or "")
        raise BadInput(why, advice=remedy)
    if form is not KeyForm.MALFORMED:
        return DesiredKey(literal=text)
    if not _ADDRESS.fullmatch(text):
        raise BadInput(
            f"{text!r} is neither a reference to a KMS key nor the address of one in code",
            advice="write aws/s3, a key id, alias/NAME, an ARN, or an address: aws_kms_key.main, DataKey",
        )
    return DesiredKey(address=text)


def _with_known_key(found: NeedsEdit | Skipped, state: DesiredState) -> NeedsEdit | Skipped:
    """A customer managed key that is wanted and not named is not a key that could be written."""
    if (
        not isinstance(found, NeedsEdit)
        or (found.to_edit.before.is_kms and found.target.key is None)
        or found.target.key not in {None, DesiredKey()}
        or state.key_kind is not KeyKind.CUSTOMER_MANAGED
    ):
        return found
    return Skipped(
        "a customer managed key is wanted, and none is named",
        Advice("name one with {key}, or in s3kms.toml", {"key": Option("key")}),
        is_unknown=True,
    )
