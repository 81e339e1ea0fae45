"""What is deployed: a function that checks on a schedule, and the role that it assumes in other accounts."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from s3kms.model.accounts import check_account, check_external_id, check_role, check_role_arn
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import BadInput
from s3kms.model.targets import check_new_bucket_name, is_bucket_name

Statement = Mapping[str, Any]

HANDLER = "s3kms.scheduled.handler"
RUNTIME = "python3.13"
TIMEOUT_SECONDS = 900
"""As long as Lambda lets a function run (fact H7)."""
MEMORY_MIB = 512
LOG_DAYS = 90
DEFAULT_NAME = "s3kms-check"
OPTIONS_VARIABLE, RESULTS_VARIABLE, OWNER_VARIABLE = (
    "S3KMS_SCHEDULED_CHECK",
    "S3KMS_RESULTS",
    "S3KMS_RESULTS_OWNER",
)
"""Variables of the function's environment: targets and options as JSON, `s3://bucket/prefix`, an account."""
MAX_OPTIONS_CHARACTERS = 3000
"""A function's environment may have 4 KB (fact H7)."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", re.ASCII)
_RATE = re.compile(r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d{1,4}) (minutes|hours|days))\)", re.ASCII)
_CRON = re.compile(r"cron\([A-Z0-9*?/,#LW-]+( [A-Z0-9*?/,#LW-]+){5}\)", re.ASCII)
_PREFIX = re.compile(r"([A-Za-z0-9!_.-]+/)*", re.ASCII)
_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]{1,64}", re.ASCII)
_UNIT = re.compile(r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledFunction:
    """A Lambda function that checks on a schedule and writes each result to a bucket."""

    bucket: str
    """Where results go."""
    statements: Sequence[Statement]
    """What the check needs, as statements of IAM."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Targets and options of the check, as JSON values."""
    prefix: str = "s3kms/"
    name: str = DEFAULT_NAME
    """Of the function and of its role."""
    schedule: str = "rate(1 day)"
    makes_bucket: bool = False
    """Whether the template makes the bucket, too."""
    key: str | None = None
    """The ARN of the customer managed key of an existing bucket's default encryption."""
    owner: str | None = None
    """The account of the bucket; None is that of the function."""
    partition: str = "aws"

    def __post_init__(self) -> None:
        """Raises BadInput for what AWS would not take, or a template would have to quote."""
        if self.makes_bucket:
            check_new_bucket_name(self.bucket)
        elif not is_bucket_name(self.bucket):
            _refuse(f"s3://{self.bucket}", "results", "the address of a bucket", "write s3://BUCKET/PREFIX/")
        _check(_PREFIX, self.prefix, "results", "a prefix", "end it with /; letters, digits and !_.-/ alone")
        _check(_NAME, self.name, "name", "the name of a function", "up to 63 letters, digits, _ and -")
        if not (_RATE.fullmatch(self.schedule) or _CRON.fullmatch(self.schedule)):
            _refuse(self.schedule, "schedule", "a schedule", "write rate(1 day) or cron(0 4 * * ? *)")
        if self.key is not None:
            _check(
                _KEY, self.key, "results_key", "the ARN of a key", "write arn:aws:kms:REGION:ACCOUNT:key/ID"
            )
        if self.owner is not None:
            check_account(self.owner)
        if self.makes_bucket and (self.key or self.owner):
            fields = {
                "new": Option("new_bucket"),
                "key": Option("results_key"),
                "owner": Option("results_owner"),
            }
            raise BadInput(
                Sentence("{key} and {owner} are about a bucket that is there, and {new} makes one", fields),
                advice=Advice("leave {new} out, or the others", fields),
            )
        if len(self.options_text) > MAX_OPTIONS_CHARACTERS:
            raise BadInput(
                "the options do not fit into the environment of a Lambda function",
                advice=Advice("use {org} in place of a list of accounts", {"org": Option("org")}),
            )

    @property
    def options_text(self) -> str:
        """Targets and options, as the function's environment has them."""
        return json.dumps(self.options, sort_keys=True)

    @property
    def results(self) -> str:
        """`s3://bucket/prefix/`."""
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def bucket_arn(self) -> str:
        """Of the bucket of the results."""
        return f"arn:{self.partition}:s3:::{self.bucket}"

    @property
    def all_statements(self) -> list[Statement]:
        """What the function may do, but for its logs."""
        write = {
            "Effect": "Allow",
            "Action": ["s3:PutObject"],
            "Resource": f"{self.bucket_arn}/{self.prefix}*",
        }
        key = {"Effect": "Allow", "Action": ["kms:GenerateDataKey"], "Resource": self.key}
        return [*self.statements, write, *([key] if self.key else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRole:
    """The role that a check assumes in every account of an organization."""

    name: str
    """With its path, where it has one."""
    trusted: str
    """The ARN of the role that may assume it."""
    statements: Sequence[Statement]
    """What the check needs inside an account."""
    units: tuple[str, ...]
    """Organizational units, or the root, whose accounts get it."""
    external_id: str | None = None

    def __post_init__(self) -> None:
        """Raises BadInput for what AWS would not take, or a template would have to quote."""
        check_role(self.name)
        check_role_arn(self.trusted)
        if self.external_id is not None:
            check_external_id(self.external_id)
        if not self.units:
            fields = {"ou": Option("ou", "ID")}
            raise BadInput(
                "no organizational unit is named", advice=Advice("name some, or the root, with {ou}", fields)
            )
        for unit in self.units:
            _check(
                _UNIT,
                unit,
                "ou",
                "the id of an organizational unit",
                "write ou-abcd-12345678, or the root's r-abcd",
            )

    @property
    def role_name(self) -> str:
        """Without its path."""
        return self.name.rpartition("/")[2]

    @property
    def path(self) -> str:
        """The path of the role, `/` where it has none."""
        folder = self.name.rpartition("/")[0]
        return f"/{folder}/" if folder else "/"

    @property
    def trust_policy(self) -> dict[str, Any]:
        """Lets one role assume it, which need not exist yet: a principal that does not is refused (fact H8)."""
        partition, account = self.trusted.split(":")[1], self.trusted.split(":")[4]
        conditions: dict[str, Any] = {"ArnEquals": {"aws:PrincipalArn": self.trusted}}
        if self.external_id is not None:
            conditions["StringEquals"] = {"sts:ExternalId": self.external_id}
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
            "Action": "sts:AssumeRole",
            "Condition": conditions,
        }
        return policy_of([statement])


def policy_of(statements: Sequence[Statement]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def lambda_trust() -> dict[str, Any]:
    """Lets Lambda work as a function's role."""
    principal = {"Service": "lambda.amazonaws.com"}
    return policy_of([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}])


def _check(form: "re.Pattern[str]", text: str, option: str, what: str, advice: str) -> None:
    if not form.fullmatch(text):
        _refuse(text, option, what, advice)


def _refuse(text: str, option: str, what: str, advice: str) -> None:
    fields = {"option": Option(option), "text": repr(text)}
    raise BadInput(Sentence("{option} {text} is not " + what, fields), advice=advice)
