"""From what AWS Config has of a bucket after a run to what is said of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from s3kms.model.advice import NO_ADVICE, Advice, Command, Option
from s3kms.model.config_records import ConfigRecorder, RecordedBucket, RecordingFrequency
from s3kms.model.findings import Verdict
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.text.sanitize import printable

CONFIG_ID = "s3kms_config_rules"
"""What stands where a rule's id stands in a finding."""
RULE = "s3-default-encryption-kms"
_SHOWN = 3
"""Names of rules in a sentence."""


@dataclass(frozen=True, slots=True)
class ConfigVerdict:
    """What is said of one bucket."""

    verdict: Verdict
    message: str
    advice: Advice = NO_ADVICE
    unknown: Unknown | None = None


def recorded_verdict(
    item: RecordedBucket, rules: Sequence[str] | Unknown | None, region: str
) -> ConfigVerdict:
    """Of a bucket whose item is newer than the run."""
    recorded = f"AWS Config recorded it at {item.captured:%Y-%m-%d %H:%M} UTC, after the run"
    if isinstance(rules, Unknown):
        return _unknown(
            Unknown(rules.cause, f"{recorded}; {rules.why}", rules.advice, rules.code, rules.operation)
        )
    if rules is None:
        why = f"{recorded}; the wait was interrupted, and no evaluation was started"
        return _unknown(Unknown(UnknownCause.NOT_READ, why, Advice("verify again")))
    if not rules:
        return ConfigVerdict(Verdict.PASS, f"{recorded}; no rule in {region} is made from {RULE}")
    named = ", ".join(printable(name) for name in sorted(rules)[:_SHOWN])
    more = f" and {len(rules) - _SHOWN} more" if len(rules) > _SHOWN else ""
    return ConfigVerdict(Verdict.PASS, f"{recorded}; the evaluation of {named}{more} was started")


def unrecorded_verdict(
    known: ConfigRecorder | Unknown | None, item: RecordedBucket | None, region: str, run: str
) -> ConfigVerdict:
    """Of a bucket without such an item: no evaluation would see the run's change (fact F8)."""
    if isinstance(known, Unknown):
        return _unknown(known)
    again = {"verify": Command("verify", (run,), (Option("config_rules", "24h"),))}
    if known is None or not known.is_there:
        why = f"AWS Config has no recorder in {region}, so no rule of it sees the change"
        advice = Advice(
            "set one up there (aws configservice put-configuration-recorder), then {verify}", again
        )
    elif not known.is_recording:
        why = f"the recorder of AWS Config in {region} is stopped, so no rule of it sees the change"
        advice = Advice("start it (aws configservice start-configuration-recorder), then {verify}", again)
    elif not known.records_buckets:
        why = f"the recorder of AWS Config in {region} does not record AWS::S3::Bucket"
        advice = Advice("add that type to what it records, then {verify}", again)
    else:
        why, advice = _not_yet(known, item), Advice("to wait for it: {verify}", again)
    return _unknown(Unknown(UnknownCause.NOT_READ, why, advice))


def _not_yet(recorder: ConfigRecorder, item: RecordedBucket | None) -> str:
    has = (
        f"the newest item of AWS Config, of {item.captured:%Y-%m-%d %H:%M} UTC, does not show the change"
        if item
        else "AWS Config has no item of it"
    )
    is_daily = recorder.frequency is RecordingFrequency.DAILY
    return f"{has}{'; its recorder makes items once a day' if is_daily else ' yet'}"


def _unknown(unknown: Unknown) -> ConfigVerdict:
    return ConfigVerdict(Verdict.UNKNOWN, unknown.why, unknown.advice, unknown)
