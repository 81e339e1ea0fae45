"""The settings of the engine `batch`, and their values for one bucket and run. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from s3kms.model.advice import Advice
from s3kms.model.errors import BadInput
from s3kms.model.job_role import ROLE_ARN, ROLE_NAME
from s3kms.text.sanitize import printable

BUCKET, ROLE, NEW_ROLE, LIST, PRIORITY, LOOK = (
    "job-bucket",
    "job-role",
    "create-job-role",
    "job-list",
    "job-priority",
    "job-look-seconds",
)
SETTINGS: Mapping[str, str] = {
    BUCKET: "the bucket for job manifests and reports: in the same account and region, and not the "
    "bucket itself",
    ROLE: "the ARN of the IAM role that jobs assume",
    NEW_ROLE: "create that role with this name, and only the permissions that the job needs",
    LIST: "who makes the manifest of a job: `s3` (generated: current versions with one encryption), "
    "`ours`, or `auto`",
    PRIORITY: "the priority of the jobs among all jobs in the account (default: 10)",
    LOOK: "how often jobs are polled, in seconds (default: every 5 at first, then every minute)",
}
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_MAX_PRIORITY = 2**31 - 1
_FIRST_LOOK_SECONDS, _MAX_LOOK_SECONDS = 5.0, 60.0


class ListMaker(StrEnum):
    """Who lists the objects of a job."""

    AUTO = "auto"
    S3 = "s3"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """The settings, checked."""

    bucket: str | None = None
    """None is to be named before anything is written."""
    role_arn: str | None = None
    new_role: str | None = None
    lists: ListMaker = ListMaker.AUTO
    priority: int = 10
    first_look_seconds: float = _FIRST_LOOK_SECONDS
    max_look_seconds: float = _MAX_LOOK_SECONDS

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> "BatchOptions":
        """Raises BadInput for what cannot be meant."""
        lists = settings.get(LIST, ListMaker.AUTO)
        if lists not in set(ListMaker):
            raise _bad(LIST, lists, f"one of {', '.join(ListMaker)}")
        look = settings.get(LOOK)
        options = cls(
            bucket=_matching(settings, BUCKET, _BUCKET_NAME, "the name of a bucket"),
            role_arn=_matching(settings, ROLE, ROLE_ARN, "the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME"),
            new_role=_matching(settings, NEW_ROLE, ROLE_NAME, "the name of a role, without its path"),
            lists=ListMaker(lists),
            priority=int(_number(settings, PRIORITY, "10", _MAX_PRIORITY)),
            first_look_seconds=_FIRST_LOOK_SECONDS if look is None else _number(settings, LOOK, look, 3600),
            max_look_seconds=_MAX_LOOK_SECONDS if look is None else _number(settings, LOOK, look, 3600),
        )
        if options.role_arn and options.new_role:
            raise BadInput(f"{ROLE} and {NEW_ROLE} are mutually exclusive", advice="use one of them")
        if options.bucket and options.bucket.endswith("--x-s3"):
            raise _bad(
                BUCKET, options.bucket, "a general purpose bucket (jobs do not support directory buckets)"
            )  # D12
        return options


def _matching(settings: Mapping[str, str], name: str, form: re.Pattern[str], what: str) -> str | None:
    value = settings.get(name) or None
    if value is not None and not form.fullmatch(value):
        raise _bad(name, value, what)
    return value


def _number(settings: Mapping[str, str], name: str, default: str, most: int) -> float:
    value = settings.get(name, default)
    if not re.fullmatch(r"\d{1,10}(\.\d{1,3})?", value, re.ASCII) or float(value) > most:
        raise _bad(name, value, f"a number up to {most}")
    return float(value)


def _bad(name: str, value: str, what: str) -> BadInput:
    return BadInput(f"{name} {printable(value)} is not {what}", advice=Advice(f"use {what}"))
