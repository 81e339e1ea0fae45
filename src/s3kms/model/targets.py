"""What the user points at: `s3://name`, a glob, an ARN, `config://NAME`. Parsing only; sources find the buckets."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from s3kms.model.bucket import BucketKind
from s3kms.model.errors import BadInput
from s3kms.text.nearest import find_nearest

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
"""Today's rule is 3-63 lower-case characters; buckets from before 2018 in us-east-1 may be older shapes."""
_NEW_NAME = re.compile(r"(?!\d+(\.\d+){3}$)[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]")
_GLOB = re.compile(r"[A-Za-z0-9._*?\[\]!-]{1,255}")
_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):s3:::(?P<name>.+)")
_EXPRESS_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):s3express:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):bucket/(?P<name>.+)"
)
_SEPARATE_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>s3tables|s3vectors):(?P<region>[a-z0-9-]+):(?P<account>\d{12}):"
    r"bucket/(?P<name>.+)"
)
SEPARATE_SERVICES = {BucketKind.TABLE: "s3tables", BucketKind.VECTOR: "s3vectors"}
"""The service in the ARN of each kind of bucket that is not S3's own."""
_REGION = re.compile(r"(?!fips-)[a-z]{2,4}(-[a-z]+)+-\d{1,2}")
_DIRECTIONS = (
    *("central", "east", "north", "northeast", "northwest"),
    *("south", "southeast", "southwest", "west"),
)
"""The last word before the number, in the name of every region of every partition that botocore knows."""
GLOBAL_REGIONS = {
    "aws-global": "us-east-1",
    "aws-cn-global": "cn-northwest-1",
    "aws-us-gov-global": "us-gov-west-1",
    "aws-iso-global": "us-iso-east-1",
    "aws-iso-b-global": "us-isob-east-1",
    "aws-iso-e-global": "eu-isoe-west-1",
    "aws-iso-f-global": "us-isof-south-1",
    "s3-external-1": "us-east-1",
}
"""Names of endpoints in the place of a region, and the region where their requests are signed (botocore's data)."""
_ENDPOINT_SETTINGS = {"fips": "AWS_USE_FIPS_ENDPOINT", "dualstack": "AWS_USE_DUALSTACK_ENDPOINT"}
"""What SDKs take today in place of a word beside the region."""
_WORDS_OF_ENDPOINTS = "fips|dualstack|accesspoint|s3"
_PSEUDO_REGION = re.compile(
    rf"(?:(?:{_WORDS_OF_ENDPOINTS})[.-])*"
    rf"(?P<region>{_REGION.pattern}|aws(?:-[a-z]+)*-global)(?:-(?:{_WORDS_OF_ENDPOINTS}))*"
)
_AGGREGATOR = re.compile(r"[A-Za-z0-9_-]{1,256}")

CONFIG_SCHEME = "config://"
"""How the target that is an AWS Config aggregator begins."""
TARGET_FORMS = "s3://bucket, s3://logs-* or arn:aws:s3:::bucket"


@dataclass(frozen=True, slots=True)
class Target:
    """A bucket's name, or a pattern of names."""

    pattern: str
    partition: str | None = None
    """From an ARN, like the two below; None where the target does not say."""
    account: str | None = None
    region: str | None = None
    kind: BucketKind | None = None
    """Table or vector: an ARN of another service says so, and means no bucket of S3 itself."""

    @property
    def is_glob(self) -> bool:
        """Whether it stands for any number of buckets, none included."""
        return any(mark in self.pattern for mark in "*?[")

    @property
    def prefix(self) -> str:
        """What every matching name begins with."""
        return re.split(r"[*?\[]", self.pattern, maxsplit=1)[0]

    def matches(self, name: str) -> bool:
        """Whether it means this bucket."""
        return fnmatchcase(name, self.pattern) if self.is_glob else name == self.pattern

    def __str__(self) -> str:
        if self.kind is not None:
            service = SEPARATE_SERVICES[self.kind]
            return f"arn:{self.partition}:{service}:{self.region}:{self.account}:bucket/{self.pattern}"
        if self.account:
            return f"arn:{self.partition}:s3express:{self.region}:{self.account}:bucket/{self.pattern}"
        return f"arn:{self.partition}:s3:::{self.pattern}" if self.partition else f"s3://{self.pattern}"


@dataclass(frozen=True, slots=True)
class TargetIndex:
    """Targets by name, so that each bucket of a listing is not compared with each of thousands of them."""

    named: Mapping[str, tuple[Target, ...]]
    patterns: tuple[Target, ...]

    @classmethod
    def of(cls, targets: Iterable[Target]) -> "TargetIndex":
        """Of any number of targets."""
        named: dict[str, tuple[Target, ...]] = {}
        patterns = []
        for target in targets:
            if target.is_glob:
                patterns.append(target)
            else:
                named[target.pattern] = (*named.get(target.pattern, ()), target)
        return cls(named, tuple(patterns))

    def matching(self, name: str) -> tuple[Target, ...]:
        """The targets that mean a bucket of this name."""
        return (*self.named.get(name, ()), *(one for one in self.patterns if one.matches(name)))


@dataclass(frozen=True, slots=True)
class AggregatorTarget:
    """An AWS Config aggregator: what is recorded of the buckets of many accounts, and no account to enter."""

    name: str

    def __str__(self) -> str:
        return f"{CONFIG_SCHEME}{self.name}"


@dataclass(frozen=True, slots=True)
class CodeTarget:
    """Files and folders that declare buckets."""

    paths: tuple[Path, ...]

    def __str__(self) -> str:
        return ", ".join(map(str, self.paths))


ScanTarget = AggregatorTarget | CodeTarget | tuple[Target, ...]
"""What a check may be of."""


def parse_target(text: str) -> Target:
    """A target from the command line. Raises BadInput, which says what is allowed."""
    if text.startswith("arn:"):
        return _from_arn(text)
    if text.startswith(CONFIG_SCHEME):
        raise BadInput(
            f"{text!r} is the inventory of AWS Config, which only a check reads",
            advice=f"write {TARGET_FORMS}",
        )
    if _NAME.fullmatch(text):
        return Target(text)
    if not text.startswith("s3://"):
        raise BadInput(f"{text!r} is not a target", advice=f"write {TARGET_FORMS}")
    name, _, key = text.removeprefix("s3://").partition("/")
    if key:
        raise BadInput(
            f"{text!r} names an object; default encryption belongs to the bucket", advice=f"write s3://{name}"
        )
    return _from_name(name, text)


def parse_targets(texts: Iterable[str]) -> tuple[Target, ...]:
    """All of them, without repetitions, in the order given. Every mistake is reported at once."""
    targets: dict[Target, None] = {}
    mistakes: list[BadInput] = []
    for text in texts:
        try:
            targets[parse_target(text)] = None
        except BadInput as mistake:
            mistakes.append(mistake)
    if len(mistakes) == 1:
        raise mistakes[0]
    if mistakes:
        raise BadInput("; ".join(str(m) for m in mistakes), advice=f"a target is {TARGET_FORMS}")
    return tuple(targets)


def find_aggregator(texts: Sequence[str]) -> AggregatorTarget | None:
    """The aggregator that these targets name; None where they name none. Raises BadInput.

    It is a whole inventory, so it stands alone.
    """
    named = list(dict.fromkeys(text for text in texts if text.startswith(CONFIG_SCHEME)))
    if not named:
        return None
    names = [_aggregator_name(text) for text in named]
    if len(names) > 1:
        raise BadInput(
            f"{' and '.join(map(repr, named))} are two inventories", advice="check one aggregator at a time"
        )
    if others := [text for text in texts if text not in named]:
        raise BadInput(
            f"{named[0]!r} is a whole inventory and goes with no other target, such as {others[0]!r}",
            advice="check the aggregator and the others one after the other",
        )
    return AggregatorTarget(names[0])


def _aggregator_name(text: str) -> str:
    name = text.removeprefix(CONFIG_SCHEME)
    if not _AGGREGATOR.fullmatch(name):
        raise BadInput(
            f"{text!r} does not name a Config aggregator",
            advice="write config://NAME; a name is 1 to 256 letters, digits, hyphens and underscores "
            "(aws configservice describe-configuration-aggregators)",
        )
    return name


def is_bucket_name(text: str) -> bool:
    """Whether S3 could have given the name out, at any time."""
    return _NAME.fullmatch(text) is not None


def check_new_bucket_name(text: str) -> str:
    """The name, if S3 would give it out today. Raises BadInput."""
    if not _NEW_NAME.fullmatch(text):
        raise BadInput(
            f"{text!r} cannot be the name of a new bucket",
            advice="3 to 63 lower-case letters, digits, hyphens and single dots, and no IP address",
        )
    return text


def is_region(text: str) -> bool:
    """Whether it has the shape of a region's name."""
    return _REGION.fullmatch(text) is not None


def check_no_pseudo_region(text: str) -> None:
    """Raise BadInput for what old SDKs wrote in place of a region, to mean an endpoint; it names the region."""
    real = GLOBAL_REGIONS.get(text)
    if real:
        raise BadInput(
            f"{text!r} stands for an endpoint without a region, and no bucket is in it",
            advice=f"write {real} (AWS_REGION, AWS_DEFAULT_REGION or `region` of the profile may say {text})",
        )
    if (found := _PSEUDO_REGION.fullmatch(text)) and found["region"] != text:
        real = GLOBAL_REGIONS.get(found["region"], found["region"])
        settings = [f"{name}=true" for word, name in _ENDPOINT_SETTINGS.items() if word in text]
        raise BadInput(
            f"{text!r} stands for an endpoint in region {real}",
            advice=f"write {real}" + (f", and set {' '.join(settings)}" if settings else ""),
        )


def check_region(text: str, source: str = "") -> str:
    """The region, if it has the shape of one: regions that are newer than this code do. Raises BadInput.

    `source` is a sentence on what said it, for the advice.
    """
    check_no_pseudo_region(text)
    form = "write one like eu-central-1" + (f": {source}" if source else "")
    if not is_region(text):
        raise BadInput(f"{text!r} is not the name of a region", advice=form)
    place, direction, number = text.rsplit("-", 2)
    if direction not in _DIRECTIONS:
        near = find_nearest(direction, _DIRECTIONS)
        guess = f", did you mean {place}-{near}-{number}?" if near else ""
        raise BadInput(f"there is no region {text!r}{guess}", advice=form)
    return text


def _from_arn(text: str) -> Target:
    if separate := _SEPARATE_ARN.fullmatch(text):
        kind = next(kind for kind, service in SEPARATE_SERVICES.items() if service == separate["service"])
        target = _from_name(separate["name"], text)
        said = {part: separate[part] for part in ("partition", "account", "region")}
        return replace(target, kind=kind, **said)
    found = _ARN.fullmatch(text) or _EXPRESS_ARN.fullmatch(text)
    if not found:
        raise BadInput(
            f"{text!r} is not the ARN of a bucket",
            advice="write arn:aws:s3:::bucket, arn:aws:s3express:REGION:ACCOUNT:bucket/NAME--ZONE--x-s3, or the ARN "
            "of a table bucket (s3tables) or a vector bucket (s3vectors)",
        )
    name, _, key = found["name"].partition("/")
    if key:
        raise BadInput(f"{text!r} names an object; default encryption belongs to the bucket")
    said = {"account": None, "region": None, **found.groupdict()}
    return replace(
        _from_name(name, text), partition=said["partition"], account=said["account"], region=said["region"]
    )


def _from_name(name: str, text: str) -> Target:
    target = Target(name)
    if target.is_glob:
        if not _GLOB.fullmatch(name) or name.count("[") != name.count("]"):
            raise BadInput(
                f"{text!r} is not a usable pattern",
                advice="a pattern is made of the characters of a bucket name, *, ? and [abc]",
            )
    elif not _NAME.fullmatch(name):
        raise BadInput(
            f"{text!r} is not the name of a bucket",
            advice="bucket names are 3 to 63 lower-case letters, digits, dots and hyphens",
        )
    return target
