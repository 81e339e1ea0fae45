"""What a fix and a verification are asked, each as one frozen value.

Each field says by its role (`model/request_fields.py`) which targets it is about and whether the journal of a run
keeps it. "This option does not apply to code", the request in a journal's header and the operations that a policy has
to allow are derived from the fields: a new option of a fix is one field here and one flag of the command line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from s3kms.desired.configuration import Configuration
from s3kms.hazards import IDS as HAZARD_IDS
from s3kms.hazards import UNREAD
from s3kms.model.access import ACCESS_IDS
from s3kms.model.accounts import check_external_id
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.bucket import BucketKind
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.config_operations import CONFIG_RULES_OPERATIONS
from s3kms.model.errors import BadInput, Refused
from s3kms.model.hazard_ids import as_id, as_written
from s3kms.model.operations import GET_BUCKET_TAGGING, PROBE_OPERATIONS, Operation
from s3kms.model.request_fields import (
    CODE_ONLY,
    LIVE_ONLY,
    TargetKind,
    check_options_apply,
    given_options,
    journal_fields,
    request_field,
    roles_of,
)
from s3kms.model.targets import CodeTarget, Target, check_region
from s3kms.model.watch_operations import WATCH_OPERATIONS

DEFAULT_MAX_CHANGES = 50


def _reads_tags(iac: tuple[Path, ...]) -> frozenset[Operation]:
    """CloudFormation says by tags which template declares a bucket."""
    return frozenset({GET_BUCKET_TAGGING}) if iac else frozenset()


DEFAULT_INTERVAL = timedelta(minutes=5)
MAX_WATCH = timedelta(days=90)
"""What CloudTrail remembers."""


def _waits_for_config(config_rules: timedelta | None) -> frozenset[Operation]:
    return frozenset() if config_rules is None else CONFIG_RULES_OPERATIONS


def _watches(watch: timedelta | None) -> frozenset[Operation]:
    return frozenset() if watch is None else WATCH_OPERATIONS


def _probes(probe: bool) -> frozenset[Operation]:
    return PROBE_OPERATIONS if probe else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixRequest:
    """Everything that was asked of a fix."""

    targets: CodeTarget | tuple[Target, ...] = request_field((), is_journalled=True)
    """Code, or buckets and patterns; no target means the whole account."""
    iac: tuple[Path, ...] = request_field(
        (), applies_to=LIVE_ONLY, is_journalled=True, operations=_reads_tags
    )
    """Code that declares the live buckets: it is edited, and the account is only read."""
    regions: tuple[str, ...] = request_field((), applies_to=LIVE_ONLY, is_journalled=True)
    directory_buckets: bool | None = request_field(None, is_journalled=True)
    """None is what the configuration says."""
    key: str | None = request_field(None, is_journalled=True)
    """aws/s3, a key id, an alias or an ARN; of code also what it declares: `aws_kms_key.main`, `DataKey`."""
    dsse: bool | None = request_field(None, is_journalled=True)
    """DSSE-KMS; False is SSE-KMS even for a bucket that was named and has DSSE-KMS."""
    no_bucket_key: bool = request_field(False, is_journalled=True)
    """Without an S3 Bucket Key; a bucket that has SSE-KMS keeps its own unless it was named."""
    bucket_key_only: bool = request_field(False, is_journalled=True)
    """Turn the bucket key on and change nothing else."""
    variables: tuple[tuple[str, str], ...] = request_field(
        (), applies_to=CODE_ONLY, is_journalled=True, is_secret=True
    )
    variable_files: tuple[Path, ...] = request_field((), applies_to=CODE_ONLY, is_journalled=True)
    terraform_environment: tuple[tuple[str, str], ...] = request_field((), is_journalled=True, is_secret=True)
    """Variables and their values in the environment of Terraform; the command line hands in its own `TF_VAR_NAME`."""
    workspace: str = request_field("default", applies_to=CODE_ONLY, is_journalled=True)
    parameter_files: tuple[Path, ...] = request_field((), applies_to=CODE_ONLY, is_journalled=True)
    honor_skips: bool = request_field(False, applies_to=CODE_ONLY, is_journalled=True)
    root: Path | None = request_field(None, applies_to=CODE_ONLY, is_journalled=True)
    """The folder below which alone code may refer to files; None is the repository, or the current folder."""
    accept: tuple[str, ...] = request_field((), is_journalled=True)
    """Hazards that keep no bucket from being changed, by id; `unread` for those whose facts could not be read."""
    config: Path | None = request_field(None, is_journalled=True)
    """The file that `configuration` was read from, where it was named."""
    max_changes: int = request_field(DEFAULT_MAX_CHANGES)
    """To change more buckets is refused."""
    form: str | None = request_field(None, applies_to=LIVE_ONLY)
    """The name of the remedy to print instead of changing anything."""
    folder: Path | None = request_field(None, applies_to=LIVE_ONLY)
    """Where the files of the remedy go; None prints them."""
    new: bool = request_field(False, applies_to=LIVE_ONLY)
    """The named bucket is yet to be made, so that the remedy makes it."""
    configuration: Configuration = request_field(default_factory=Configuration)

    @property
    def kind(self) -> TargetKind:
        """The sort of thing that the targets are."""
        return TargetKind.CODE if isinstance(self.targets, CodeTarget) else TargetKind.LIVE

    @property
    def includes_directory_buckets(self) -> bool:
        """Whether directory buckets are looked at, the configuration considered."""
        if self.directory_buckets is None:
            return self.configuration.directory_buckets
        return self.directory_buckets

    @property
    def live_targets(self) -> tuple[Target, ...]:
        """The buckets and patterns; none where the targets are code."""
        return () if isinstance(self.targets, CodeTarget) else self.targets

    @property
    def code(self) -> CodeTarget | None:
        """The code that is edited; None where the account is changed."""
        if isinstance(self.targets, CodeTarget):
            return self.targets
        return CodeTarget(self.iac) if self.iac else None

    @property
    def code_inputs(self) -> CodeInputs:
        """What is said beside the code."""
        return CodeInputs(
            self.variables,
            self.variable_files,
            self.workspace,
            self.parameter_files,
            self.honor_skips,
            self.terraform_environment,
            self.root,
        )

    @property
    def effective_configuration(self) -> Configuration:
        """The configuration, with what the request says of other tools' suppressions."""
        if not self.honor_skips:
            return self.configuration
        return replace(self.configuration, honor_skips=True)

    def unfit_options(self) -> frozenset[str]:
        """The options that mean nothing with these targets."""
        kinds = {self.kind, TargetKind.CODE} if self.iac else {self.kind}
        return frozenset(name for name, role, _ in roles_of(self) if not kinds & role.applies_to)

    def is_named(self, bucket: str | None) -> bool:
        """Whether the bucket itself is a target, and not a pattern that matches it."""
        return any(target.pattern == bucket and not target.is_glob for target in self.live_targets)

    def check(self, given: frozenset[str] | None = None) -> None:
        """Raises BadInput for options that mean nothing with these targets, or not together.

        `given` are the options that the user named, where the interface knows it better than the values tell.
        """
        named = given_options(self) if given is None else given
        check_options_apply(self, self.kind, named & self.unfit_options())
        for target in self.live_targets:
            _refuse_separate(target)
        for region in self.regions:
            check_region(region)
        check_accepted(self.accept)
        for is_wrong, sentence, names, advice in self._mistakes():
            if is_wrong:
                fields: dict[str, Any] = {name: Option(name) for name in names}
                raise BadInput(Sentence(sentence, fields), advice=Advice(advice, fields))

    def _mistakes(self) -> tuple[tuple[bool, str, tuple[str, ...], str], ...]:
        """Options that do not go together: what is wrong, in a sentence, the options in it, what to do."""
        return (
            (
                self.key is not None and not self.key.strip(),
                "{key} is empty",
                ("key",),
                "write aws/s3, a key id, alias/NAME or an ARN",
            ),
            (
                self.bucket_key_only and (bool(self.key) or self.dsse is not None or self.no_bucket_key),
                "{bucket_key_only} keeps algorithm and key; it goes with no {key}, {dsse} or {no_bucket_key}",
                ("bucket_key_only", "key", "dsse", "no_bucket_key"),
                "leave the others out",
            ),
            (
                self.form is None and self.folder is not None,
                "{folder} goes with {form}",
                ("folder", "form"),
                "add {form}",
            ),
            (self.form is None and self.new, "{new} goes with {form}", ("new", "form"), "add {form}"),
            (
                self.form is not None and bool(self.iac),
                "{form} is about the account and {iac} about code",
                ("form", "iac"),
                "leave one of them out",
            ),
        )

    @property
    def accepted(self) -> frozenset[str]:
        """The ids of what was accepted."""
        return frozenset(map(as_id, self.accept))

    def journalled(self) -> Mapping[str, Any]:
        """What the journal of a run keeps of it, as JSON data; of variables the names alone."""
        return journal_fields(self)


def check_accepted(accept: tuple[str, ...]) -> None:
    """Raises BadInput for a name that is neither a hazard nor `unread`."""
    check_names_of(accept, (*HAZARD_IDS, UNREAD, *ACCESS_IDS))


def check_names_of(accept: tuple[str, ...], known: tuple[str, ...], own: tuple[str, ...] = ()) -> None:
    """Raises BadInput for a name that is none of these; `-` and `_` are one. `own` are those of the command alone."""
    for name in accept:
        if as_id(name) not in known:
            near = get_close_matches(as_id(name), known, 1)
            meant = f"did you mean {as_written(near[0])}? " if near else ""
            raise BadInput(
                Sentence("{accept}: there is no hazard of that name", {"accept": Option("accept", name)}),
                advice=f"{meant}{_names(known, own)}",
            )


def _names(known: tuple[str, ...], own: tuple[str, ...]) -> str:
    if not own:
        return f"the names are {', '.join(map(as_written, known))}"
    others = ", ".join(as_written(name) for name in known if name not in own)
    return f"the names of its own are {', '.join(map(as_written, own))}; those of the plan before it are {others}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRequest:
    """Everything that was asked of a verification."""

    targets: tuple[Target, ...] = request_field(())
    """Buckets and patterns; no target means the whole account, or the buckets of the run."""
    run: str | None = request_field(None)
    """The run whose buckets are verified, and whose writes have to be there still."""
    regions: tuple[str, ...] = request_field((), applies_to=LIVE_ONLY)
    directory_buckets: bool | None = request_field(None, applies_to=LIVE_ONLY)
    """None is what the configuration says."""
    probe: bool = request_field(False, applies_to=LIVE_ONLY, operations=_probes)
    """Write a small object, look at its encryption, read it and remove it."""
    watch: timedelta | None = request_field(None, applies_to=LIVE_ONLY, operations=_watches)
    """How long to look for harm that the run did; nothing looks once, None not at all."""
    interval: timedelta = request_field(DEFAULT_INTERVAL, applies_to=LIVE_ONLY)
    """Between two looks."""
    external_id: str | None = request_field(None, applies_to=LIVE_ONLY)
    """Of the role that the run assumed in another account, which no journal keeps."""
    config_rules: timedelta | None = request_field(None, applies_to=LIVE_ONLY, operations=_waits_for_config)
    """How long to wait for the items of AWS Config that show the run's changes, after which its rules are started;
    nothing looks once, None not at all."""
    configuration: Configuration = request_field(default_factory=Configuration)

    def check(self) -> None:
        """Raises BadInput for options that do not go together."""
        self._check_watch()
        self._check_config_rules()
        self._check_external_id()
        for region in self.regions:
            check_region(region)
        if self.run is not None and self.targets:
            fields: dict[str, Any] = {"run": Option("run")}
            raise BadInput(
                Sentence("{run} says which buckets are meant", fields), advice="leave the targets out"
            )
        if self.probe and not self.targets and self.run is None:
            fields = {"probe": Option("probe"), "run": Option("run", "RUN")}
            raise BadInput(
                Sentence("{probe} writes objects, so it needs targets", fields),
                advice=Advice("name buckets, or {run}", fields),
            )

    def _check_external_id(self) -> None:
        if self.external_id is None:
            return
        check_external_id(self.external_id)
        if self.run is None:
            options: dict[str, Any] = {"external_id": Option("external_id"), "run": Option("run", "RUN")}
            raise BadInput(
                Sentence("{external_id} belongs to the role that a run assumed, and none is named", options),
                advice=Advice("name {run}, or leave it out", options),
            )

    def _check_config_rules(self) -> None:
        if self.config_rules is None:
            return
        options: dict[str, Any] = {"config_rules": Option("config_rules"), "most": MAX_WATCH.days}
        if self.run is None:
            raise BadInput(
                Sentence("{config_rules} waits for what a run changed, and none is named", options),
                advice=Advice("name {run}", {"run": Option("run", "RUN")}),
            )
        if not timedelta(0) <= self.config_rules <= MAX_WATCH:
            raise BadInput(
                Sentence("{config_rules} is not between 0 and {most} days", options), advice=_A_TIME
            )

    def _check_watch(self) -> None:
        options: dict[str, Any] = {name: Option(name) for name in ("watch", "interval", "run")}
        if self.watch is None:
            if self.interval != DEFAULT_INTERVAL:
                raise BadInput(Sentence("{interval} goes with {watch}", options), advice="leave it out")
            return
        if self.run is None:
            raise BadInput(
                Sentence("{watch} looks for harm that a run did, and none is named", options),
                advice=Advice("name {run}", {"run": Option("run", "RUN")}),
            )
        if not timedelta(0) <= self.watch <= MAX_WATCH:
            raise BadInput(
                Sentence("{watch} is not between 0 and {most} days", {**options, "most": MAX_WATCH.days}),
                advice=_A_TIME,
            )
        if self.interval < timedelta(seconds=1):
            raise BadInput(
                Sentence("{interval} is less than a second", options),
                advice="use at least a second; 5 minutes is the default",
            )


_A_TIME = "0 looks once; a day is usual"
NEW_VECTOR_BUCKET = Advice(
    "make a new one with SSE-KMS and a key of your own, write the vectors again, then remove the old one"
)


def _refuse_separate(target: Target) -> None:
    """Raises Refused for a table or vector bucket, with what is to be done instead (facts A22, A23)."""
    if target.kind is BucketKind.VECTOR:
        raise Refused(
            f"{target} is a vector bucket, whose encryption cannot be changed", advice=NEW_VECTOR_BUCKET
        )
    if target.kind is BucketKind.TABLE:
        raise Refused(
            f"{target} is a table bucket, whose default is not changed here",
            advice=Advice(
                "once the policy of a key of yours admits maintenance.s3tables.amazonaws.com, run aws s3tables "
                "put-table-bucket-encryption --region {region} --table-bucket-arn {arn} --encryption-configuration "
                "sseAlgorithm=aws:kms,kmsKeyArn=KEY_ARN; new tables get it",
                {"region": target.region or "REGION", "arn": str(target)},
            ),
        )
