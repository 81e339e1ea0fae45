"""What is asked of a bucket of code: the command line first, then the configuration, then the defaults."""

import re
from dataclasses import dataclass
from datetime import date

from s3kms.cli.planning import ENCRYPTION_RULE_ID, KeyOptions
from s3kms.desired.configuration import Configuration, DesiredState
from s3kms.iac.editing.assessment import FixTarget, NeedsEdit, assess_bucket
from s3kms.iac.interface import DesiredKey
from s3kms.model.advice import Advice, Option
from s3kms.model.bucket import LOG_DELIVERY_ADVICE, Bucket
from s3kms.model.encryption import DSSE_KMS, KeyKind
from s3kms.model.errors import BadInput
from s3kms.model.findings import Verdict
from s3kms.model.keys import KeyForm, KeyReference
from s3kms.model.skipped import Skipped
from s3kms.model.unknown import Unknown
from s3kms.rules import find_rule
from s3kms.rules.evaluate import evaluate_bucket

_ADDRESS = re.compile(r'[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\["[^"\\]*"\]|\[\d+\])*')


@dataclass(frozen=True, slots=True)
class CodeRequirements:
    """Answers, bucket by bucket, whether it is edited and to what."""

    asked: KeyOptions
    wanted: Configuration
    today: date

    def __call__(self, bucket: Bucket) -> NeedsEdit | Skipped:
        """An exemption leaves a bucket alone, in the configuration and beside the code."""
        if exemption := self.wanted.exemption_for(bucket, ENCRYPTION_RULE_ID, self.today):
            return Skipped(f"is exempt: {exemption.describe()}")
        finding = evaluate_bucket(bucket, find_rule(ENCRYPTION_RULE_ID), self.wanted, self.today)
        if finding.verdict is Verdict.EXEMPT:
            return Skipped(f"is exempt: {finding.message}")
        state = self.wanted.state_for(bucket)
        if isinstance(state, Unknown):
            return Skipped(state.why, state.advice, is_unknown=True)
        found = _keyed(assess_bucket(bucket, self._wish(state)), state)
        return _harmed(bucket, found) if bucket.log_deliveries else found

    def _wish(self, state: DesiredState) -> FixTarget:
        asked = self.asked
        is_dsse = asked.dsse or (asked.dsse is None and state.algorithm == DSSE_KMS)
        reference = asked.key or state.key
        return FixTarget(
            algorithm=DSSE_KMS if is_dsse else None,
            key=None if reference is None else desired_key(reference),
            bucket_key=False if asked.no_bucket_key else state.bucket_key,
            bucket_key_of_kms=None if asked.no_bucket_key else state.bucket_key,
            bucket_key_only=asked.bucket_key_only,
        )


def _harmed(bucket: Bucket, found: NeedsEdit | Skipped) -> Skipped:
    """What takes logs that SSE-KMS would stop is edited by a person, who knows where else they may go."""
    why = "; ".join(map(str, bucket.log_deliveries))
    return Skipped(why, LOG_DELIVERY_ADVICE, is_unknown=isinstance(found, NeedsEdit) or found.is_unknown)


def desired_key(text: str) -> DesiredKey:
    """What `--key` names: a key, or what the code declares. Raises BadInput."""
    form = KeyReference.parse(text).form
    if form is KeyForm.AWS_MANAGED:
        return DesiredKey()
    if form is not KeyForm.MALFORMED:
        return DesiredKey(literal=text)
    if not _ADDRESS.fullmatch(text):
        raise BadInput(
            f"{text!r} is no reference to a KMS key, and no address of one in code",
            advice="write aws/s3, a key id, alias/NAME, an ARN, or an address: aws_kms_key.main, DataKey",
        )
    return DesiredKey(address=text)


def _keyed(found: NeedsEdit | Skipped, state: DesiredState) -> NeedsEdit | Skipped:
    """A customer managed key that is wanted and not named is no key that could be written."""
    if (
        not isinstance(found, NeedsEdit)
        or found.to_edit.before.is_kms
        or found.target.key not in {None, DesiredKey()}
    ):
        return found
    if state.key_kind is not KeyKind.CUSTOMER_MANAGED:
        return found
    why = "a customer managed key is wanted, and none is named"
    return Skipped(
        why, Advice("name one with {key}, or in s3kms.toml", {"key": Option("key")}), is_unknown=True
    )
