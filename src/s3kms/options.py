"""The options of the library's calls, by keyword, and the requests that they make."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from s3kms.desired.configuration import Configuration
from s3kms.model.targets import CodeTarget, ScanTarget, Target, parse_targets
from s3kms.rules.interface import Rule
from s3kms.scan.request import ScanRequest
from s3kms.scan.targets import parse_bucket_targets, parse_scan_target

if TYPE_CHECKING:
    from s3kms.changes.planning.request import PlanRequest
    from s3kms.changes.request import FixRequest
    from s3kms.changes.waves.request import WaveRequest
    from s3kms.objects.request import ObjectsRequest, QueryEngine

_TUPLES = ("rules", "extra_rules", "regions", "accounts", "exclude_accounts", "accept", "observed")
_PAIRS = ("variables", "terraform_environment")
_PATH_TUPLES = ("iac", "variable_files", "parameter_files")
_PATHS = ("since", "baseline", "state", "root", "org_policies")


class CheckOptions(TypedDict, total=False):
    """The options of a check, by keyword: the fields of `s3kms.ScanRequest`, with paths also as text."""

    rules: Iterable[str]
    """Ids of companion rules, besides the default one."""
    extra_rules: Iterable[Rule]
    """Rules that are not part of s3kms."""
    deep: bool
    """Read the key policies, and evaluate `s3_bucket_kms_key_usable`, too."""
    regions: Iterable[str]
    directory_buckets: bool | None
    unordered: bool
    """Take the buckets as they are answered, not in the order of the listing."""
    org: bool
    accounts: Iterable[str]
    exclude_accounts: Iterable[str]
    assume_role: str | None
    external_id: str | None
    confirm: bool
    max_age: int | None
    """Hours."""
    iac: Iterable[str | Path]
    variables: Iterable[tuple[str, str]]
    variable_files: Iterable[str | Path]
    terraform_environment: Iterable[tuple[str, str]]
    """What Terraform would find in the environment; nothing is read of that of this process."""
    workspace: str
    parameter_files: Iterable[str | Path]
    honor_skips: bool
    root: str | Path | None
    since: str | Path | None
    """An earlier result, to compare with."""
    baseline: str | Path | None
    """What is accepted: an earlier result, or a file of the format `baseline`; compared with, as `since` is."""
    only_files: frozenset[Path] | None
    """Files of code with links resolved: what is declared elsewhere is only counted."""
    allow_empty: bool
    """Nothing to check is no error, unless a bucket was named."""
    state: str | Path | None
    configuration: str | Path | Configuration | None
    """A file, or what was read of one; None states nothing."""


class FixOptions(TypedDict, total=False):
    """The options of a fix, by keyword: fields of `s3kms.FixRequest`, with paths also as text."""

    key: str | None
    """aws/s3, a key id, an alias or an ARN; of code also what it declares: `aws_kms_key.main`, `DataKey`."""
    dsse: bool | None
    no_bucket_key: bool
    bucket_key_only: bool
    regions: Iterable[str]
    directory_buckets: bool | None
    iac: Iterable[str | Path]
    variables: Iterable[tuple[str, str]]
    variable_files: Iterable[str | Path]
    terraform_environment: Iterable[tuple[str, str]]
    """What Terraform would find in the environment; nothing is read of that of this process."""
    workspace: str
    parameter_files: Iterable[str | Path]
    honor_skips: bool
    root: str | Path | None
    accept: Iterable[str]
    """Hazards that keep no bucket from being changed, by id; `unread` for facts that could not be read."""
    max_changes: int
    configuration: str | Path | Configuration | None
    """A file, or what was read of one; None states nothing."""


class AssessOptions(FixOptions, total=False):
    """The options of an assessment, by keyword: those of a fix, whose accounts are meant, and the waves."""

    org: bool
    accounts: Iterable[str]
    exclude_accounts: Iterable[str]
    assume_role: str | None
    external_id: str | None
    deep: bool
    """Also ask services which buckets they deliver to."""
    org_role: str | None
    """The ARN of a role of the management account that may read the policies of the organization."""
    key_role: str | None
    """The ARN of a role that may read the policies of keys in another account, and write them."""
    org_policies: str | Path | None
    """A folder that they were exported to."""
    observed: Iterable[str]
    """Logs that tell who used the buckets: files, folders, `s3://bucket/prefix`."""
    wave_by: str | None
    """`account`, `region` or `tag:NAME`."""
    canary: int
    """How many buckets the first wave has."""
    requests: int | None
    """GET and PUT requests per month to assume for buckets without CloudWatch request metrics."""


class WaveOptions(TypedDict, total=False):
    """The options of carrying out a plan's file, by keyword."""

    wave: int | None
    """The wave that is carried out, once the one before was verified; None is every bucket that is ready."""
    accept: Iterable[str]
    """Hazards by id: buckets whose only obstacles these are, are changed, too; without `wave`."""
    waive: int | None
    """The wave before, that need not have been verified; needs `approved_by`."""
    approved_by: str | None
    """Who signed it off: the journal of each run keeps it."""
    max_failures: int
    """After so many failed changes the wave stops (3)."""
    max_changes: int
    """To change more buckets is refused (50)."""
    max_age: int
    """Hours that the plan may be old (168)."""
    external_id: str | None
    configuration: str | Path | Configuration | None
    """A file, or what was read of one; None states nothing."""


class ObjectsOptions(TypedDict, total=False):
    """The options of `Client.objects`, by keyword."""

    source: str | Path | None
    """The evidence: the manifest of an S3 Inventory report, as a path or `s3://bucket/key`, or `inventory`,
    `metadata-table`, `listing`, `sample`; None is the best available.
    """
    key: str | None
    """The ARN of the wanted key; None accepts any KMS key."""
    memory: int
    """Maximum memory of the process, in bytes (1 GiB)."""
    threads: int | None
    """Maximum number of CPU threads for queries; None is all CPUs."""
    offenders: int
    """How many offenders are listed (10)."""
    out: str | Path | None
    """A Parquet file to which all offenders are written."""
    sample: int | None
    """Size of the random sample of a live listing (10,000); a bucket with no more versions is read completely."""
    seed: int
    """Seed of the sample: the same seed draws the same sample from the same listing (0)."""
    max_listed: int | None
    """Rows after which the listing of a sample is stopped; None is no limit."""
    engine: "QueryEngine | str | None"
    """`athena` queries an Athena table, which writes results to S3 and charges for the bytes that it scans."""
    table: str | None
    """The Athena table, `database.table`; None is the S3 Metadata live inventory table of the bucket."""
    workgroup: str | None
    """The Athena workgroup; None is `primary`."""
    output_location: str | None
    """Where Athena writes results, `s3://bucket/prefix/`; None is the location of the workgroup."""
    max_scan: int
    """Maximum number of bytes that Athena may scan (100 GB)."""


def build_objects_request(target: str | None, options: Mapping[str, Any]) -> "ObjectsRequest":
    """A request that is not checked yet. Raises BadInput for a target that is no bucket."""
    from s3kms.objects.request import ObjectsRequest, QueryEngine

    buckets = parse_bucket_targets(() if target is None else (target,))
    source, out, engine = options.get("source"), options.get("out"), options.get("engine")
    given = {
        **options,
        "source": None if source is None else str(source),
        "out": None if out is None else Path(out),
        "engine": None if engine is None else QueryEngine(engine),
    }
    return ObjectsRequest(bucket=buckets[0] if buckets else None, **given)


def build_wave_request(file: str | Path, options: Mapping[str, Any]) -> "WaveRequest":
    """A request that is not checked yet. Raises BadInput for a configuration that cannot be read."""
    from s3kms.changes.waves.request import WaveRequest

    return WaveRequest(file=Path(file), **_values(options))


def build_plan_request(targets: CodeTarget | tuple[Target, ...], options: Mapping[str, Any]) -> "PlanRequest":
    """A request that is not checked yet. Raises BadInput for a configuration that cannot be read."""
    from s3kms.changes.planning.request import PlanRequest

    own = {one.name for one in fields(PlanRequest)} - {"fix"}
    of_fix = {name: value for name, value in options.items() if name not in own}
    of_plan = _values({name: value for name, value in options.items() if name in own})
    return PlanRequest(fix=build_fix_request(targets, of_fix), **of_plan)


def build_check_request(targets: ScanTarget, options: Mapping[str, Any]) -> ScanRequest:
    """A request that is not checked yet. Raises BadInput for a configuration that cannot be read."""
    return ScanRequest(targets=targets, **_values(options))


def build_fix_request(targets: CodeTarget | tuple[Target, ...], options: Mapping[str, Any]) -> "FixRequest":
    """A request that is not checked yet. Raises BadInput for a configuration that cannot be read."""
    from s3kms.changes.request import FixRequest

    return FixRequest(targets=targets, **_values(options))


def parse_fix_targets(words: Iterable[str]) -> CodeTarget | tuple[Target, ...]:
    """Buckets or code. Raises BadInput, for an aggregator, too."""
    texts = tuple(words)
    found = parse_scan_target(texts)
    return found if isinstance(found, CodeTarget | tuple) else parse_targets(texts)


def read_configuration(source: str | Path | Configuration) -> Configuration:
    """What a file `s3kms.toml` states. Raises BadInput with one line a mistake."""
    if isinstance(source, Configuration):
        return source
    from s3kms.desired.load import load_configuration
    from s3kms.rules import IDS

    return load_configuration(Path(source), IDS)


def as_names(value: Iterable[Any]) -> tuple[Any, ...]:
    """Several names as a tuple; one text is one name, and not its letters."""
    return (value,) if isinstance(value, str) else tuple(value)


def _values(options: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(options)
    configuration = values.pop("configuration", None)
    if configuration is not None:
        values["configuration"] = read_configuration(configuration)
    for name in values.keys() & {*_TUPLES, *_PAIRS}:
        values[name] = as_names(values[name]) if name in _TUPLES else tuple(values[name])
    for name in values.keys() & set(_PATH_TUPLES):
        values[name] = tuple(map(Path, values[name]))
    for name in values.keys() & set(_PATHS):
        values[name] = None if values[name] is None else Path(values[name])
    return values
