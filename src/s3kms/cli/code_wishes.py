"""What is asked of a bucket of code: the command line first, then the configuration, then the defaults."""

import re
from dataclasses import dataclass
from datetime import date

from s3kms.cli.planning import RULE, Asked
from s3kms.estate.bucket import LEAVE_TO_LOGS, Bucket
from s3kms.estate.encryption import DSSE_KMS, KeyKind
from s3kms.estate.errors import BadInput
from s3kms.estate.findings import Verdict
from s3kms.estate.keys import KeyForm, KeyReference
from s3kms.estate.unknown import Unknown
from s3kms.fixes.code.interface import DesiredKey
from s3kms.fixes.code.needs import Leave, Need, Wish, need_of
from s3kms.rules import find_rule
from s3kms.rules.judge import judge_bucket
from s3kms.wanted.model import Wanted, WantedState

_ADDRESS = re.compile(r'[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\["[^"\\]*"\]|\[\d+\])*')


@dataclass(frozen=True, slots=True)
class Wishes:
    """Answers, bucket by bucket, whether it is edited and to what."""

    asked: Asked
    wanted: Wanted
    today: date

    def __call__(self, bucket: Bucket) -> Need | Leave:
        """An exemption leaves a bucket alone, in the configuration and beside the code."""
        if exemption := self.wanted.exemption_for(bucket, RULE, self.today):
            return Leave(f"is exempt: {exemption.describe()}")
        finding = judge_bucket(bucket, find_rule(RULE), self.wanted, self.today)
        if finding.verdict is Verdict.EXEMPT:
            return Leave(f"is exempt: {finding.message}")
        state = self.wanted.state_for(bucket)
        if isinstance(state, Unknown):
            return Leave(state.why, str(state.advice), is_unknown=True)
        found = _keyed(need_of(bucket, self._wish(state)), state)
        return _harmed(bucket, found) if bucket.deliveries else found

    def _wish(self, state: WantedState) -> Wish:
        asked = self.asked
        is_dsse = asked.dsse or (asked.dsse is None and state.algorithm == DSSE_KMS)
        reference = asked.key or state.key
        return Wish(
            algorithm=DSSE_KMS if is_dsse else None,
            key=None if reference is None else desired_key(reference),
            bucket_key=False if asked.no_bucket_key else state.bucket_key,
            bucket_key_of_kms=None if asked.no_bucket_key else state.bucket_key,
            bucket_key_only=asked.bucket_key_only,
        )


def _harmed(bucket: Bucket, found: Need | Leave) -> Leave:
    """What takes logs that SSE-KMS would stop is edited by a person, who knows where else they may go."""
    why = "; ".join(map(str, bucket.deliveries))
    return Leave(why, str(LEAVE_TO_LOGS), is_unknown=isinstance(found, Need) or found.is_unknown)


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


def _keyed(found: Need | Leave, state: WantedState) -> Need | Leave:
    """A customer managed key that is wanted and not named is no key that could be written."""
    if (
        not isinstance(found, Need)
        or found.wanting.before.is_kms
        or found.desired.key not in {None, DesiredKey()}
    ):
        return found
    if state.key_kind is not KeyKind.CUSTOMER_MANAGED:
        return found
    why = "a customer managed key is wanted, and none is named"
    return Leave(why, "name one with --key, or in s3kms.toml", is_unknown=True)
