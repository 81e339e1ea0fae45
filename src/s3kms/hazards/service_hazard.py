"""Makes hazards of services of AWS that differ in one row each: who they are, and what AWS says of them and KMS."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from s3kms.access.match import Match
from s3kms.access.principals import describe_principal
from s3kms.access.statements import Policy, Principal, Statement
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import (
    OBJECT_ACTIONS,
    allowed_principals,
    match_service,
    search_policies,
    unknown_principal,
)
from s3kms.hazards.interface import (
    Danger,
    EncryptionSwitch,
    Hazard,
    HazardAnswer,
    HazardDoc,
    HazardExample,
    HazardShape,
)
from s3kms.hazards.key_admission import KeyNeeds
from s3kms.hazards.service_use import ServiceUse, find_service_danger
from s3kms.model.bucket import Bucket
from s3kms.model.facts import Fact
from s3kms.model.unknown import Unknown

UNDER_AWS_MANAGED = "which cannot use the AWS managed key (aws/s3)"
StatementFilter = Callable[[Statement], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRow:
    """One service, and what becomes of it under SSE-KMS."""

    id: str
    title: str
    shape: HazardShape
    principals: tuple[str, ...]
    """Its service principals, `*` for a region; the first is the one of the examples."""
    what: str
    """In a sentence whose subject is the bucket: `takes findings of GuardDuty`."""
    consequence: str = UNDER_AWS_MANAGED
    """What becomes of it: with any key where the shape says so, else under aws/s3."""
    needs: KeyNeeds | None = None
    """Of a customer managed key, where that is what it needs."""
    accepts: StatementFilter = lambda _: True
    """Which statements of the bucket policy are about it, where others let in the same principal."""
    example: dict[str, object] | None = None
    """A condition of the statement of the examples, where `accepts` looks at it."""
    doc: HazardDoc
    is_about_readers: bool = False
    """Whether the service reads what is there."""


def make_hazard(row: ServiceRow) -> Hazard:
    """The hazard of one row."""
    return Hazard(
        id=row.id,
        title=row.title,
        shape=row.shape,
        needs=frozenset({Fact.POLICY}),
        evaluate=_evaluation_of(row),
        doc=row.doc,
        examples=tuple(_examples_of(row)),
        is_about_readers=row.is_about_readers,
    )


def _evaluation_of(row: ServiceRow) -> Callable[[Bucket, EncryptionSwitch], HazardAnswer]:
    def matches(principal: Principal) -> Match:
        return match_service(principal, *row.principals)

    if row.shape is HazardShape.NEEDS_CUSTOMER_KEY:
        use = ServiceUse(
            principal=row.principals[0],
            what=row.what,
            under_aws_managed=row.consequence,
            needs=row.needs,
            actions=OBJECT_ACTIONS,
            accepts=row.accepts,
        )
        return lambda bucket, switch: find_service_danger(bucket, switch, use, matches)

    def with_any_key(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
        def test(policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
            for principal in allowed_principals(statement) if row.accepts(statement) else ():
                if isinstance(principal, Unknown):
                    yield principal
                elif (match := matches(principal)) is Match.YES:
                    who = describe_principal(principal)
                    yield Danger(f"{row.what} ({policy.source} allows {who}), {row.consequence}")
                elif match is Match.MAYBE:
                    yield unknown_principal(policy, principal)

        return search_policies(bucket, test) if switch.is_new_kms else None

    return with_any_key


def _examples_of(row: ServiceRow) -> Iterator[HazardExample]:
    service = row.principals[0].replace("*", "eu-central-1")
    user = an.open_to("s3:PutObject", row.example, Service=service)
    named = f"its policy allows {service} to write"
    if row.shape is HazardShape.NEEDS_CUSTOMER_KEY:
        yield HazardExample(f"{named}, the AWS managed key", user, an.TO_MANAGED, True)
        yield HazardExample(
            "a customer managed key for its own account alone", user, an.TO_KEY_OF_OWN_ACCOUNT, True
        )
        let_in = an.to_key_that_lets_in("kms:GenerateDataKey*", "kms:Decrypt", Service=service)
        yield HazardExample("a customer managed key whose policy allows it", user, let_in, False)
        yield HazardExample(
            "a customer managed key whose policy could not be read", user, an.TO_UNREAD_KEY, None
        )
    else:
        yield HazardExample(f"{named}, any key", user, an.TO_CUSTOMER, True)
        yield HazardExample("SSE-KMS already", user, an.NEW_KEY, False)
    yield HazardExample(
        "a service that may only look at the ACL",
        an.open_to("s3:GetBucketAcl", row.example, Service=service),
        an.TO_MANAGED,
        False,
    )
    yield HazardExample(
        "a service that is denied",
        an.with_policy(
            {"Effect": "Deny", "Principal": {"Service": service}, "Action": "s3:*", "Resource": "*"}
        ),
        an.TO_MANAGED,
        False,
    )
