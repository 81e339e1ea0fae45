"""What a check is asked, as one frozen value.

Each field says by its role (`model/request_fields.py`) which targets it is about, whether it narrows the buckets, and
whether a checkpoint hangs on it. Selection, the checkpoint's key, the scope of a comparison and "this option does not
apply to code" are derived from the roles: a new option of a check is one field here and one flag of the command line.
"""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from s3kms.desired.configuration import Configuration
from s3kms.model.accounts import DEFAULT_ROLE, Role
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.bucket import DIRECTORY_SUFFIX, BucketKind
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.errors import BadInput
from s3kms.model.request_fields import (
    CODE_ONLY,
    LIVE_ONLY,
    LIVE_OR_AGGREGATOR,
    BucketIdentity,
    TargetKind,
    check_options_apply,
    given_options,
    request_field,
    roles_of,
)
from s3kms.model.targets import (
    SEPARATE_SERVICES,
    AggregatorTarget,
    CodeTarget,
    ScanTarget,
    Target,
    TargetIndex,
)
from s3kms.rules import SEPARATE_RULES
from s3kms.rules.interface import Rule

DEFAULT_MAX_AGE_HOURS = 24
_ABOUT_CODE = frozenset(
    {"variables", "variable_files", "workspace", "parameter_files", "honor_skips", "root"}
)
"""Options that are also about the code beside live buckets."""
_AGGREGATOR_ONLY = frozenset({TargetKind.AGGREGATOR})


def _index_of(targets: ScanTarget) -> TargetIndex | None:
    """None where the targets leave every bucket in."""
    return TargetIndex.of(targets) if isinstance(targets, tuple) and targets else None


def _is_targeted(targets: TargetIndex | None, bucket: BucketIdentity) -> bool:
    if targets is None:
        return True
    return bucket.name is not None and any(_means(one, bucket) for one in targets.matching(bucket.name))


def _means(target: Target, bucket: BucketIdentity) -> bool:
    """Whether a target of the bucket's name is about it."""
    partition = bucket.arn.split(":")[1] if bucket.arn and bucket.arn.startswith("arn:") else None
    return (
        target.account in {None, bucket.account}
        and target.region in {None, bucket.region}
        and target.partition in {None, partition}
        and (target.kind is None or _is_of_kind(target.kind, bucket))
    )


def _is_of_kind(kind: BucketKind, bucket: BucketIdentity) -> bool:
    service = bucket.arn.split(":")[2] if bucket.arn and bucket.arn.startswith("arn:") else None
    return service == SEPARATE_SERVICES[kind]


def _is_in_region(regions: tuple[str, ...], bucket: BucketIdentity) -> bool:
    """A bucket of an unknown region is in no region that was asked for."""
    return not regions or bucket.region in regions


def _is_wanted_kind(directory_buckets: bool | None, bucket: BucketIdentity) -> bool:
    return directory_buckets is not False or not (bucket.name or "").endswith(DIRECTORY_SUFFIX)


def _is_in_files(only_files: frozenset[Path], bucket: BucketIdentity) -> bool:
    """A bucket of which no place is known is kept; one that is gone and of no file cannot have come up."""
    if bucket.files is None:
        return False
    return not bucket.files or any(_real(file) in only_files for file in bucket.files)


@lru_cache(1024)
def _real(file: str) -> Path:
    return Path(os.path.realpath(file))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """Everything that was asked of a check."""

    targets: ScanTarget = request_field((), keeps=_is_targeted, prepared=_index_of)
    """Buckets and patterns, an aggregator, or code; no target means the whole account."""
    rules: tuple[str, ...] = request_field(())
    """Companion rules to evaluate besides the default one."""
    deep: bool = request_field(False, applies_to=LIVE_ONLY, is_checkpointed=True)
    """Read the key policies, and evaluate the rule that needs them, too."""
    regions: tuple[str, ...] = request_field((), applies_to=LIVE_OR_AGGREGATOR, keeps=_is_in_region)
    directory_buckets: bool | None = request_field(None, keeps=_is_wanted_kind)
    """None is what the configuration says."""
    unordered: bool = request_field(False, applies_to=LIVE_ONLY)
    """Take the buckets as they are answered, not in the order of the listing: none waits for a slow one."""
    org: bool = request_field(False, applies_to=LIVE_ONLY, is_checkpointed=True)
    """Every account of the organization."""
    accounts: tuple[str, ...] = request_field((), applies_to=LIVE_ONLY, is_checkpointed=True)
    exclude_accounts: tuple[str, ...] = request_field((), applies_to=LIVE_ONLY, is_checkpointed=True)
    assume_role: str | None = request_field(None, applies_to=LIVE_OR_AGGREGATOR)
    """The name of the role in every account but one's own; None is `OrganizationAccountAccessRole`."""
    external_id: str | None = request_field(None, applies_to=LIVE_OR_AGGREGATOR)
    confirm: bool = request_field(False, applies_to=_AGGREGATOR_ONLY)
    """Read again, live, what does not pass by the aggregator."""
    max_age: int | None = request_field(None, applies_to=_AGGREGATOR_ONLY)
    """Hours; an item of AWS Config that is older is said to be."""
    iac: tuple[Path, ...] = request_field((), applies_to=LIVE_OR_AGGREGATOR)
    """Code that declares the live buckets."""
    variables: tuple[tuple[str, str], ...] = request_field((), applies_to=CODE_ONLY)
    variable_files: tuple[Path, ...] = request_field((), applies_to=CODE_ONLY)
    terraform_environment: tuple[tuple[str, str], ...] = request_field(())
    """Variables and their values in the environment of Terraform; the command line hands in its own `TF_VAR_NAME`."""
    workspace: str = request_field("default", applies_to=CODE_ONLY)
    parameter_files: tuple[Path, ...] = request_field((), applies_to=CODE_ONLY)
    honor_skips: bool = request_field(False, applies_to=CODE_ONLY)
    root: Path | None = request_field(None, applies_to=CODE_ONLY)
    """The folder below which alone code may refer to files; None is the repository, or the current folder."""
    since: Path | None = request_field(None)
    """An earlier result, to compare with."""
    baseline: Path | None = request_field(None)
    """What is accepted: an earlier result, or a file of the format `baseline`. Compared with, as `since` is."""
    only_files: frozenset[Path] | None = request_field(
        None, applies_to=CODE_ONLY, keeps=_is_in_files, is_checkpointed=False
    )
    """Files, with links resolved: the code is read whole, and what is declared elsewhere is only counted."""
    allow_empty: bool = request_field(False)
    """Nothing to check is no error, unless a bucket was named."""
    state: Path | None = request_field(None, applies_to=LIVE_ONLY)
    """The folder of a checkpoint."""
    configuration: Configuration = request_field(default_factory=Configuration, is_checkpointed=True)
    extra_rules: tuple[Rule, ...] = request_field(())
    """Rules that are not part of s3kms."""

    @property
    def kind(self) -> TargetKind:
        """The sort of thing that is looked at."""
        if isinstance(self.targets, CodeTarget):
            return TargetKind.CODE
        return TargetKind.AGGREGATOR if isinstance(self.targets, AggregatorTarget) else TargetKind.LIVE

    @property
    def code_paths(self) -> tuple[Path, ...]:
        """The files and folders of code that are checked, or that declare the live buckets."""
        return self.targets.paths if isinstance(self.targets, CodeTarget) else self.iac

    @property
    def lists_separate_buckets(self) -> bool:
        """Whether table or vector buckets are looked for: a rule of theirs is named, or the ARN of one."""
        targets = self.targets if isinstance(self.targets, tuple) else ()
        rules = (*self.rules, *self.configuration.rules)
        return any(target.kind for target in targets) or any(rule in SEPARATE_RULES for rule in rules)

    @property
    def includes_directory_buckets(self) -> bool:
        """Whether directory buckets are looked at, the configuration considered."""
        if self.directory_buckets is None:
            return self.configuration.directory_buckets
        return self.directory_buckets

    @property
    def enters_accounts(self) -> bool:
        """Whether other accounts are entered to list their buckets."""
        return self.org or bool(self.accounts)

    @property
    def is_whole_account(self) -> bool:
        """Whether every bucket of the account comes by."""
        return self.targets == () and not self.regions

    @property
    def names_buckets(self) -> bool:
        """Whether the targets are single buckets, so that a pass is worth a line."""
        targets = self.targets
        return isinstance(targets, tuple) and bool(targets) and not any(t.is_glob for t in targets)

    @property
    def role(self) -> Role:
        """The role that is assumed in other accounts."""
        return Role(self.assume_role or DEFAULT_ROLE, self.external_id)

    @property
    def names_role(self) -> bool:
        """Whether the role was named."""
        return self.assume_role is not None or self.external_id is not None

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
    def unfit_options(self) -> frozenset[str]:
        """The options that mean nothing with these targets, or that do not go together."""
        unfit = frozenset(name for name, role, _ in roles_of(self) if self.kind not in role.applies_to)
        conflicts = (names for is_wrong, _, names, _ in self._mistakes() if is_wrong)
        return (unfit - _ABOUT_CODE if self.iac else unfit).union(*conflicts)

    def check(self, given: frozenset[str] | None = None) -> None:
        """Raises BadInput for options that mean nothing with these targets, or not together.

        `given` are the options that the user named, where the interface knows it better than the values tell.
        """
        named = given_options(self) if given is None else given
        check_options_apply(self, self.kind, named - _ABOUT_CODE if self.iac else named)
        for is_wrong, sentence, names, advice in self._mistakes():
            if is_wrong:
                fields: dict[str, Any] = {name: Option(name) for name in names}
                raise BadInput(Sentence(sentence, fields), advice=Advice(advice, fields))

    def _mistakes(self) -> tuple[tuple[bool, str, tuple[str, ...], str], ...]:
        """Options that do not go together: what is wrong, in a sentence, the options in it, what to do."""
        is_far = self.enters_accounts
        is_aggregator = self.kind is TargetKind.AGGREGATOR
        return (
            (
                self.org and bool(self.accounts),
                "{org} means every account",
                ("org", "accounts"),
                "leave {accounts} out",
            ),
            (
                self.since is not None and self.baseline is not None,
                "{since} and {baseline} both name a result to compare with",
                ("since", "baseline"),
                "leave one of them out",
            ),
            (
                not is_far and not is_aggregator and (bool(self.exclude_accounts) or self.names_role),
                "{assume_role}, {external_id} and {exclude_accounts} are about other accounts",
                ("assume_role", "external_id", "exclude_accounts", "org", "accounts"),
                "add {org} or {accounts}",
            ),
            (
                is_aggregator and self.names_role and not self.confirm,
                "no role in another account is assumed without {confirm}",
                ("confirm", "assume_role"),
                "leave {assume_role} out",
            ),
            (
                is_aggregator and bool(self.directory_buckets),
                f"{self.targets} knows no directory buckets",
                ("directory_buckets",),
                "check them in their own account, without it",
            ),
            (
                is_aggregator and self.lists_separate_buckets,
                f"{self.targets} knows no table buckets and no vector buckets",
                ("rules",),
                "check them in their own account, or leave {rules} out",
            ),
            (
                self.state is not None and self.lists_separate_buckets,
                "{state} remembers no table buckets and no vector buckets",
                ("state", "rules"),
                "check them by themselves, without {state}",
            ),
            (
                self.state is not None and bool(self.iac),
                "{state} does not remember what {iac} says",
                ("state", "iac"),
                "leave one of them out",
            ),
        )
