"""What `verify --watch` shows on stderr while it watches."""

from datetime import timedelta
from typing import TYPE_CHECKING

from s3kms.cli.messages import notify
from s3kms.cli.stop_signals import StopSignals
from s3kms.cli.wording import cli_wording
from s3kms.text.count import count

if TYPE_CHECKING:
    from s3kms.changes.watching import RecordingProgress, WatchCallbacks, WatchProgress


def watch_callbacks(*, quiet: bool) -> "WatchCallbacks":
    """Report each new harm, and each look unless `quiet`. A signal ends the watch, a second one the process."""
    from s3kms.changes.watching import WatchCallbacks

    signals = StopSignals()

    def show(progress: "WatchProgress") -> None:
        for bucket, judgement in progress.new_harm:
            notify(f"harm: s3://{bucket.name}: {judgement.message}")
            notify(f"  hint: {judgement.advice.worded(cli_wording)}")
        if not quiet:
            notify(describe_progress(progress))

    def show_recording(progress: "RecordingProgress") -> None:
        if not quiet:
            notify(describe_recording(progress))

    return WatchCallbacks(
        on_look=show,
        on_recording=show_recording,
        while_watching=signals.caught,
        should_stop=signals.is_received,
    )


def describe_progress(progress: "WatchProgress") -> str:
    """`watched 10 min of 24 h: 3 checks`."""
    passed = describe_time(progress.passed)
    return f"watched {passed} of {describe_time(progress.of)}: {count(progress.looks, 'check')}"


def describe_recording(progress: "RecordingProgress") -> str:
    """`AWS Config has recorded 2 of 5 buckets, after 3 min of 30 min`."""
    waited = (
        f", after {describe_time(progress.passed)} of {describe_time(progress.of)}" if progress.of else ""
    )
    return f"AWS Config has recorded {progress.recorded:,} of {count(progress.buckets, 'bucket')}{waited}"


def describe_time(time: timedelta) -> str:
    """`45 s`, `10 min`, `24 h`, `2 d 3 h`."""
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    told = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(told[:2]) or "0 s"
