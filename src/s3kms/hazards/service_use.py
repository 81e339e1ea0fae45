"""Services of AWS that use a bucket as themselves, and need to be let in by the policy of a customer managed key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from s3kms.access.match import Match
from s3kms.access.principals import describe_principal
from s3kms.access.statements import Policy, Principal, Statement
from s3kms.hazards.evidence import (
    WRITE_ACTIONS,
    add_up,
    allowed_principals,
    find_deliveries,
    search_policies,
    unknown_principal,
    unread_deliveries,
)
from s3kms.hazards.interface import Danger, EncryptionSwitch, HazardAnswer
from s3kms.hazards.key_admission import (
    KeyNeeds,
    SourceConditions,
    is_judged,
    needs_of,
    sources_of,
    statement_for_service,
    why_not_admitted,
)
from s3kms.model.bucket import Bucket
from s3kms.model.unknown import Unknown
from s3kms.model.usage import LogSource


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUse:
    """What a service does with buckets, as itself."""

    principal: str
    """Its own, where no policy names one: of a delivery that code tells."""
    what: str
    """In a sentence whose subject is the bucket: `takes logs of …`."""
    under_aws_managed: str
    """What becomes of it under aws/s3, which lets no service in that acts as itself (fact B7)."""
    needs: KeyNeeds | None = None
    """None where that hangs on what the bucket policy lets it do."""
    key_actions: tuple[str, ...] = ()
    """What its statement in the key policy lists then; none where no documentation says."""
    source_arn: str | None = None
    """What it comes on behalf of then, as in `KeyNeeds`."""
    actions: tuple[str, ...] = WRITE_ACTIONS
    """What it is let do in the bucket policy."""
    accepts: Callable[[Statement], bool] = lambda _: True
    """Which statements of the bucket policy are about it, where others let in the same principal."""


@dataclass(frozen=True, slots=True)
class SeenService:
    """A service that is known to use a bucket, and by what."""

    service: str
    """Its principal."""
    why: str
    """A sentence whose subject is the bucket: what it takes, and what tells so."""
    needs: KeyNeeds
    sources: SourceConditions = ()
    """On whose behalf it comes."""


def find_service_danger(
    bucket: Bucket,
    switch: EncryptionSwitch,
    use: ServiceUse,
    matches: Callable[[Principal], Match],
    source: LogSource | None = None,
) -> HazardAnswer:
    """Whether a service uses the bucket, by its policy or the code around it, and the new key does not let it in."""
    if not is_judged(switch):
        return None

    def test(policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
        for principal in allowed_principals(statement, use.actions) if use.accepts(statement) else ():
            if isinstance(principal, Unknown):
                yield principal
                continue
            match matches(principal):
                case Match.YES:
                    who = describe_principal(principal)
                    why = f"{use.what} ({policy.source} allows {who})"
                    needs = use.needs or _needs_of(statement, use)
                    seen = SeenService(who, why, needs, sources_of(statement))
                    if found := judge_service(bucket, switch, seen, use.under_aws_managed):
                        yield found
                case Match.MAYBE:
                    yield unknown_principal(policy, principal)

    delivered = [
        judge_service(
            bucket,
            switch,
            SeenService(use.principal, f"takes {what}", use.needs or KeyNeeds()),
            use.under_aws_managed,
        )
        for what in (find_deliveries(bucket, source) if source else ())
    ]
    unread = unread_deliveries(bucket, source) if source else None
    return add_up([*delivered, search_policies(bucket, test), unread])


def _needs_of(statement: Statement, use: ServiceUse) -> KeyNeeds:
    needs = needs_of(statement)
    return replace(needs, actions=use.key_actions or needs.actions, source_arn=use.source_arn)


def judge_service(
    bucket: Bucket, switch: EncryptionSwitch, seen: SeenService, under_aws_managed: str
) -> HazardAnswer:
    """Whether a service that is known to use the bucket is kept out by its new key."""
    statement = statement_for_service(bucket, seen.service, seen.needs, seen.sources)
    if switch.brings_aws_managed_key:
        return Danger(f"{seen.why}, {under_aws_managed}", (statement,))
    found = why_not_admitted(bucket, switch, seen.service, seen.needs, seen.sources)
    if isinstance(found, str):
        why = f"{seen.why}, and the key policy does not allow {seen.service} to use it ({found})"
        return Danger(why, (statement,))
    return found
