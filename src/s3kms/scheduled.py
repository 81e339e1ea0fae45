"""A check as a function of AWS Lambda, which writes its result to a bucket; `s3kms schedule` prints the template.

The environment says what is checked and where results go, not the event: who may only invoke the function cannot
send results elsewhere.
"""

import json
import logging
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from s3kms.deployment.interface import OPTIONS_VARIABLE, OWNER_VARIABLE, RESULTS_VARIABLE
from s3kms.model.accounts import check_account
from s3kms.model.errors import BadInput, S3kmsError, Stopped
from s3kms.model.stream import ScanEvent
from s3kms.model.targets import parse_targets

OPTION_NAMES = frozenset(
    {
        *("targets", "rules", "deep", "regions", "directory_buckets", "org", "accounts", "exclude_accounts"),
        *("assume_role", "external_id", "confirm", "max_age"),
    }
)
"""What a scheduled check can be told: its targets, and options of `Client.check` by their names."""
CONFIGURATION = "s3kms.toml"
"""Taken from the root of the package, where it is there."""
RESERVE_MILLISECONDS = 20_000
"""Left to end with a sentence: what Lambda stops at its limit says nothing."""


class LambdaContext(Protocol):
    """What Lambda tells a function of its invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Until it is stopped."""
        ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """What the environment says."""

    targets: tuple[str, ...]
    options: Mapping[str, Any]
    bucket: str
    prefix: str
    owner: str
    configuration: Path | None = None

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> "Schedule":
        """Raises BadInput for a variable that is missing or wrong."""
        address, owner = environment.get(RESULTS_VARIABLE, ""), environment.get(OWNER_VARIABLE, "")
        bucket, _, prefix = address.removeprefix("s3://").partition("/")
        if not address.startswith("s3://"):
            raise BadInput(f"{RESULTS_VARIABLE} {address!r} is not s3://bucket/prefix/")
        parse_targets([f"s3://{bucket}"])
        options = _read_options(environment.get(OPTIONS_VARIABLE, "{}"))
        targets = tuple(options.pop("targets", ()))
        file = Path(environment.get("LAMBDA_TASK_ROOT", "."), CONFIGURATION)
        return cls(targets, options, bucket, prefix, check_account(owner), file if file.is_file() else None)

    def key(self, at: datetime) -> str:
        """Of the object of a result: `s3kms/2026-11-27/041503.json`, and more digits for what comes in one second."""
        return f"{self.prefix}{at:%Y-%m-%d/%H%M%S-%f}.json"


def handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Check as the environment says, write the result to the bucket, and return where it is, with its sums.

    Findings are no failure of the function. Raises S3kmsError for what is: a check or an upload that failed, and a
    check that would have run into Lambda's limit; nothing is written then.
    """
    del event
    try:
        return _check_and_upload(context)
    except S3kmsError as error:
        if advice := error.advice.worded():
            logging.getLogger(__name__).warning("hint: %s", advice)  # Lambda logs the error itself
        raise


def _check_and_upload(context: LambdaContext) -> dict[str, Any]:
    from s3kms.aws.result_upload import upload_result
    from s3kms.clients import Client
    from s3kms.reports import find_format
    from s3kms.reports.interface import ReportStyle

    schedule = Schedule.of_environment(os.environ)
    with Client() as client, tempfile.TemporaryDirectory() as folder:
        at = datetime.now(UTC)
        check = client.check(
            *schedule.targets, keep_events=False, configuration=schedule.configuration, **schedule.options
        )
        file = Path(folder, "result.json")
        with file.open("w", encoding="utf-8") as text:
            for piece in find_format("json").render(_in_time(check.events(), context), ReportStyle()):
                text.write(piece)
        address = upload_result(client.connect(), file, schedule.bucket, schedule.key(at), schedule.owner)
        summary = check.summary
    verdicts = {verdict.value: number for verdict, number in summary.verdicts.items()}
    return {"result": address, "exit": int(summary.exit), "buckets": summary.buckets, **verdicts}


def _in_time(events: Iterable[ScanEvent], context: LambdaContext) -> Iterator[ScanEvent]:
    for event in events:
        if context.get_remaining_time_in_millis() < RESERVE_MILLISECONDS:
            raise Stopped(
                "the check was not done within the time of the function, and no result was written",
                advice="give it more memory, or check fewer accounts or regions in one function",
            )
        yield event


def _read_options(text: str) -> dict[str, Any]:
    try:
        options = json.loads(text)
    except ValueError as error:
        raise BadInput(f"{OPTIONS_VARIABLE} is not JSON: {error}") from error
    if not isinstance(options, dict):
        raise BadInput(f"{OPTIONS_VARIABLE} is not an object of JSON")
    if unknown := sorted(options.keys() - OPTION_NAMES):
        raise BadInput(
            f"{OPTIONS_VARIABLE} has {', '.join(map(repr, unknown))}, which no scheduled check takes",
            advice=f"the options are {', '.join(sorted(OPTION_NAMES))}",
        )
    return options
