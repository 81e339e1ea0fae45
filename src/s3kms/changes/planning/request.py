"""What a plan is asked, as one frozen value."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from s3kms.changes.planning.cost import DEFAULT_REQUESTS
from s3kms.changes.planning.waves import DEFAULT_CANARY, check_wave_by
from s3kms.changes.request import FixRequest, check_names_of
from s3kms.model.access import CAVEATS
from s3kms.model.accounts import DEFAULT_ROLE, Role, check_role_arn
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import BadInput
from s3kms.model.hazard_ids import as_id
from s3kms.model.organization_export import ROOTS_FILE
from s3kms.model.request_fields import (
    LIVE_ONLY,
    TargetKind,
    check_options_apply,
    given_options,
    request_field,
    roles_of,
)
from s3kms.scan.request import ScanRequest
from s3kms.scan.sources import check_names
from s3kms.sources.observed.source_names import check_source


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """Everything that was asked of a plan: the fix that is meant, in which accounts, and how it is carried out."""

    fix: FixRequest = request_field(default_factory=FixRequest)
    org: bool = request_field(False, applies_to=LIVE_ONLY)
    accounts: tuple[str, ...] = request_field((), applies_to=LIVE_ONLY)
    exclude_accounts: tuple[str, ...] = request_field((), applies_to=LIVE_ONLY)
    assume_role: str | None = request_field(None, applies_to=LIVE_ONLY)
    external_id: str | None = request_field(None, applies_to=LIVE_ONLY)
    deep: bool = request_field(False, applies_to=LIVE_ONLY)
    """Also ask services which buckets they deliver to."""
    org_role: str | None = request_field(None, applies_to=LIVE_ONLY)
    """The ARN of a role that may read the policies of the organization."""
    key_role: str | None = request_field(None, applies_to=LIVE_ONLY)
    """The ARN of a role that may read the policies of keys in another account, and write them."""
    org_policies: Path | None = request_field(None, applies_to=LIVE_ONLY)
    """A folder that they were exported to."""
    observed: tuple[str, ...] = request_field((), applies_to=LIVE_ONLY)
    """Logs that tell who used the buckets: files, folders, `s3://bucket/prefix`."""
    wave_by: str | None = request_field(None, applies_to=LIVE_ONLY)
    """`account`, `region`, `tag:NAME`; None is one wave after the canary."""
    canary: int = request_field(DEFAULT_CANARY, applies_to=LIVE_ONLY)
    """How many buckets the first wave has."""
    requests: int | None = request_field(None)
    """GET and PUT a month of a bucket without request metrics, for the cost."""

    @property
    def kind(self) -> TargetKind:
        """The sort of thing that the targets are."""
        return self.fix.kind

    @property
    def role(self) -> Role:
        """The role that is assumed in each account."""
        return Role(self.assume_role or DEFAULT_ROLE, self.external_id)

    @property
    def assumed_requests(self) -> int:
        """GET and PUT a month of a bucket without request metrics."""
        return DEFAULT_REQUESTS if self.requests is None else self.requests

    @property
    def enters_accounts(self) -> bool:
        """Whether a role is assumed in accounts."""
        return self.org or bool(self.accounts)

    def careful(self) -> "PlanRequest":
        """The request as a plan looks at it: no hazard is accepted yet, and nothing limits how many."""
        accepted = tuple(one for one in map(as_id, self.fix.accept) if one in CAVEATS)
        return replace(self, fix=replace(self.fix, accept=accepted))

    def unfit_options(self) -> frozenset[str]:
        """The options that mean nothing with these targets."""
        own = frozenset(name for name, role, _ in roles_of(self) if self.kind not in role.applies_to)
        return own | self.fix.unfit_options()

    def recorded(self) -> dict[str, Any]:
        """What the file of the plan keeps of it, as JSON data: what the buckets are to become, and whose role reads
        them. An external id is given again where it is needed.
        """
        own = {
            name: getattr(self, name)
            for name in ("org", "assume_role", "deep", "org_role", "key_role", "wave_by")
            if getattr(self, name)
        }
        # The plan may be carried out from another folder.
        folder = {"org_policies": str(self.org_policies.absolute())} if self.org_policies else {}
        return {
            **self.fix.journalled(),
            **own,
            **folder,
            **({"observed": list(self.observed)} if self.observed else {}),
            **({"accounts": list(self.accounts)} if self.accounts else {}),
        }

    def as_scan(self) -> ScanRequest:
        """The check that finds the same buckets in the same accounts."""
        return ScanRequest(
            targets=self.fix.targets,
            regions=self.fix.regions,
            directory_buckets=self.fix.directory_buckets,
            org=self.org,
            accounts=self.accounts,
            exclude_accounts=self.exclude_accounts,
            assume_role=self.assume_role,
            external_id=self.external_id,
            configuration=self.fix.configuration,
        )

    def check(self, given: frozenset[str] | None = None) -> None:
        """Raises BadInput for options that mean nothing with these targets, or not together."""
        check_options_apply(self, self.kind, given_options(self) if given is None else given)
        scan = self.as_scan()
        scan.check()
        check_names(scan)
        self.fix.check()
        check_names_of(self.fix.accept, CAVEATS)
        for role in filter(None, (self.org_role, self.key_role)):
            check_role_arn(role)
        self._check_organization()
        for source in self.observed:
            check_source(source)
        if self.wave_by is not None:
            check_wave_by(self.wave_by)
        if self.canary < 0 or (self.requests is not None and self.requests < 0):
            name = "canary" if self.canary < 0 else "requests"
            fields: dict[str, Any] = {"option": Option(name, getattr(self, name))}
            raise BadInput(Sentence("{option} is negative", fields), advice="write 0 or more")

    def _check_organization(self) -> None:
        """Raises BadInput for two ways to the policies of the organization, and for a folder that is none."""
        options = {"role": Option("org_role"), "folder": Option("org_policies", str(self.org_policies))}
        if self.org_role is not None and self.org_policies is not None:
            sentence = Sentence("{role} and {folder} cannot be combined", options)
            raise BadInput(sentence, advice="give one of them")
        if self.org_policies is not None and not self.org_policies.is_dir():
            raise BadInput(
                Sentence("{folder} is not a folder", options),
                advice="name the folder that they were exported to",
            )
        if self.org_policies is not None and not (self.org_policies / ROOTS_FILE).exists():
            sentence = Sentence(f"{{folder}} has no {ROOTS_FILE}", options)
            commands = {"commands": Option("export_commands")}
            raise BadInput(
                sentence, advice=Advice("{commands} prints the commands that export them", commands)
            )
