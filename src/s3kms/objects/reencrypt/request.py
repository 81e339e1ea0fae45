"""The request for a re-encryption, as one frozen value."""

from dataclasses import dataclass
from typing import Any

from s3kms.changes.planning.request import PlanRequest
from s3kms.changes.request import FixRequest, check_names_of
from s3kms.desired.configuration import Configuration
from s3kms.hazards import IDS, UNREAD
from s3kms.model.access import ACCESS_IDS, CAVEATS
from s3kms.model.advice import Advice, Option, Sentence
from s3kms.model.errors import BadInput
from s3kms.model.hazard_ids import as_id
from s3kms.model.keys import KeyForm, KeyReference
from s3kms.model.request_fields import journal_fields, request_field
from s3kms.model.targets import Target
from s3kms.objects.engines import all_engines
from s3kms.objects.interface import EngineKind, Wanted
from s3kms.objects.selection import INCLUDABLE, ObjectSelection, VersionScope
from s3kms.objects.verified_count import DEFAULT_VERIFY_ALL

DEFAULT_CANARY_OBJECTS = 10
DEFAULT_MAX_ERROR_SHARE = 0.05
SSEC, DSSE, OTHER_KEYS = "included_ssec", "included_dsse", "taken_from_key"
"""The hazards of what is taken beyond the default: ids that are accepted by name."""
INCLUDED_HAZARDS = {"ssec": SSEC, "dsse": DSSE}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReencryptRequest:
    """All options of a re-encryption."""

    targets: tuple[Target, ...] = request_field(())
    """Buckets and patterns; at least one."""
    regions: tuple[str, ...] = request_field((), is_journalled=True)
    key: str | None = request_field(None, is_journalled=True)
    """The key that the default encryption must use; None accepts any."""
    engines: tuple[str, ...] = request_field((), is_journalled=True)
    """The engines that may be used, in order of preference; empty is `update`."""
    from_keys: tuple[str, ...] = request_field((), is_journalled=True)
    """ARNs of other KMS keys whose objects are re-encrypted, too."""
    include: tuple[str, ...] = request_field((), is_journalled=True)
    """`ssec`, `dsse`."""
    versions: VersionScope = request_field(VersionScope.ALL, is_journalled=True)
    prefix: str = request_field("", is_journalled=True)
    """Only keys that begin with this prefix."""
    source: str | None = request_field(None, is_journalled=True)
    """The evidence: the manifest of an inventory, or `listing`; None is a live listing."""
    accept: tuple[str, ...] = request_field((), is_journalled=True)
    """Ids of the hazards that are accepted."""
    canary: int = request_field(DEFAULT_CANARY_OBJECTS, is_journalled=True)
    """Number of objects that are re-encrypted and verified before all others; 0 is none."""
    reader_profile: str | None = request_field(None, is_journalled=True)
    """An AWS profile of a reader of the objects; it reads one byte of a canary object."""
    max_error_share: float = request_field(DEFAULT_MAX_ERROR_SHARE, is_journalled=True)
    """Share of failed objects, of 1, above which the run stops."""
    verify_all: int = request_field(DEFAULT_VERIFY_ALL, is_journalled=True)
    """Up to this many objects, all are verified at the end; of more, a sample."""
    settings: tuple[tuple[str, str], ...] = request_field((), is_journalled=True)
    """Engine-specific settings: names and values."""
    configuration: Configuration = request_field(default_factory=Configuration)

    @property
    def accepted(self) -> frozenset[str]:
        """The ids of what was accepted."""
        return frozenset(map(as_id, self.accept))

    @property
    def chosen_engines(self) -> tuple[EngineKind, ...]:
        """The engines that may be used. Raises BadInput for an unknown name."""
        there = {one.name: one for one in all_engines()}
        names = self.engines or tuple(there)[:1]
        for name in names:
            if name not in there:
                raise BadInput(
                    Sentence("{engine} is not an engine", {"engine": Option("engines", name)}),
                    advice=f"available engines: {', '.join(there)}",
                )
        return tuple(there[name] for name in dict.fromkeys(names))

    def selection(self, wanted: Wanted) -> ObjectSelection:
        """Which versions of a bucket are taken."""
        return ObjectSelection(
            key_arn=wanted.key_arn,
            bucket_key=wanted.bucket_key,
            from_keys=frozenset(self.from_keys),
            include=frozenset(INCLUDABLE[name] for name in self.include),
            scope=self.versions,
        )

    def as_plan(self) -> PlanRequest:
        """The plan that says who would lose access."""
        caveats = tuple(one for one in self.accepted if one in CAVEATS)
        fix = FixRequest(
            targets=self.targets,
            key=self.key,
            regions=self.regions,
            configuration=self.configuration,
            accept=caveats,
        )
        return PlanRequest(fix=fix)

    def journalled(self) -> dict[str, Any]:
        """What the journal keeps of it, as JSON data."""
        return {**journal_fields(self), "targets": [str(one) for one in self.targets]}

    def check(self) -> None:
        """Raises BadInput for invalid options."""
        if not self.targets:
            raise BadInput("no bucket is named", advice="name a bucket: s3://bucket")
        self.as_plan().check()
        for arn in self.from_keys:
            if KeyReference.parse(arn).form is not KeyForm.ARN:
                raise BadInput(
                    Sentence("{key} is not a key ARN", {"key": Option("from_keys", arn)}),
                    advice="use the key ARN: arn:aws:kms:REGION:ACCOUNT:key/ID",
                )
        for name in self.include:
            if name not in INCLUDABLE:
                raise BadInput(
                    Sentence("{include} is not a valid value", {"include": Option("include", name)}),
                    advice=f"valid values: {', '.join(INCLUDABLE)}",
                )
        self._check_engines()
        if not 0 < self.max_error_share <= 1:
            raise BadInput(
                Sentence(
                    "{share} is not a share", {"share": Option("max_error_share", self.max_error_share)}
                ),
                advice="use a number above 0 and at most 1, such as 0.05 for 5%",
            )
        if self.canary < 0 or self.verify_all < 0:
            name = "canary" if self.canary < 0 else "verify_all"
            raise BadInput(Sentence("{option} is negative", {"option": Option(name)}), advice="use 0 or more")

    @property
    def own_hazards(self) -> tuple[str, ...]:
        """The ids of what the chosen engines, and what is taken besides, may harm."""
        of_engines = (as_id(name) for one in self.chosen_engines for name in one.accepts)
        return (*of_engines, SSEC, DSSE, OTHER_KEYS)

    @property
    def acceptable(self) -> tuple[str, ...]:
        """The ids of all that can be accepted by name: what an engine lacks to begin with cannot."""
        return (*IDS, UNREAD, *ACCESS_IDS, *self.own_hazards)

    def _check_engines(self) -> None:
        engines = self.chosen_engines
        check_names_of(self.accept, self.acceptable, own=self.own_hazards)
        known = {name for one in engines for name in one.settings}
        for name, _ in self.settings:
            if name not in known:
                raise BadInput(
                    Sentence(
                        "{setting} is not a setting of the chosen engines",
                        {"setting": Option("settings", name)},
                    ),
                    advice=_settings_advice(name, engines),
                )


def _settings_advice(name: str, chosen: tuple[EngineKind, ...]) -> Advice:
    """The engine that has this setting, or else the settings of the chosen engines."""
    for other in all_engines():
        if name in other.settings:
            return Advice("it is a setting of {engine}", {"engine": Option("engines", other.name)})
    each = (
        f"settings of the engine {one.name}: {', '.join(sorted(one.settings))}"
        if one.settings
        else f"the engine {one.name} has no settings"
        for one in chosen
    )
    return Advice("; ".join(each))
