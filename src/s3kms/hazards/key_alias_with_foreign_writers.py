"""A key that is named by alias or bare id, where other accounts or log deliveries write (fact A11)."""

from collections.abc import Iterator

from s3kms.access.match import Match
from s3kms.access.principals import describe_principal, identify
from s3kms.access.statements import Policy, Principal, PrincipalKind, Statement
from s3kms.hazards import examples as an
from s3kms.hazards.evidence import (
    WRITE_ACTIONS,
    add_up,
    allowed_principals,
    match_service,
    search_access_points,
    search_policies,
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
from s3kms.hazards.load_balancer_logs import LOAD_BALANCER_ACCOUNTS
from s3kms.model.bucket import Bucket
from s3kms.model.facts import Fact
from s3kms.model.keys import KeyForm, KeyReference
from s3kms.model.unknown import Unknown

_DELIVERY = "delivery.logs.amazonaws.com"
_WHOSE_KEYS = ("aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalAccount", "aws:PrincipalArn")
_FORMS = {KeyForm.ALIAS: "an alias", KeyForm.ID: "a bare id"}


def evaluate(bucket: Bucket, switch: EncryptionSwitch) -> HazardAnswer:
    """With a new key whose name has no account in it."""
    form = KeyReference.parse(switch.key_text).form
    if not switch.is_new_key or form not in _FORMS:
        return None

    def test(policy: Policy, statement: Statement) -> Iterator[Danger | Unknown]:
        for principal in allowed_principals(statement, WRITE_ACTIONS):
            if isinstance(principal, Unknown):
                yield principal
            elif found := _why_foreign(bucket, statement, principal, form):
                yield Danger(f"{found} ({policy.source}), and the key is named by {_FORMS[form]}")

    return add_up([search_policies(bucket, test), search_access_points(bucket, test)])


def _why_foreign(bucket: Bucket, statement: Statement, principal: Principal, form: KeyForm) -> str | None:
    if match_service(principal, _DELIVERY) is not Match.NO:
        return f"takes logs that {_DELIVERY} delivers" if form is KeyForm.ID else None
    if principal.kind is PrincipalKind.ANYONE:
        keys = [key for one in statement.conditions for key in _WHOSE_KEYS if one.is_about(key)]
        return "is written by whoever its conditions allow from other accounts" if keys else None
    identity = identify(principal)
    if identity.account is None or identity.account in {bucket.account, *LOAD_BALANCER_ACCOUNTS}:
        return None
    unless = "" if bucket.account else ", unless that is the account of the deployment,"
    return f"is written by {describe_principal(principal)}{unless}"


HAZARD = Hazard(
    id="key_alias_with_foreign_writers",
    title="A key named by alias or bare id, where other accounts write",
    shape=HazardShape.SILENT_DAMAGE,
    needs=frozenset({Fact.POLICY, Fact.ACCESS_POINTS}),
    evaluate=evaluate,
    doc=HazardDoc(
        happens=(
            "S3 resolves an alias in the account of whoever uploads: another account may encrypt with a key of "
            "its own that has the same alias, and the owner cannot read the data. With a bare id VPC flow logs "
            "can become undeliverable."
        ),
        evidence=(
            "The new key is named by alias or bare id, and the bucket policy or that of an access point lets "
            "another account write; for a bare id also delivery.logs.amazonaws.com."
        ),
        advice="name the key by its full ARN",
        sources=(
            "ServerSideEncryptionByDefault: "
            "<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html>",
        ),
    ),
    examples=(
        HazardExample(
            "another account writes, and an alias",
            an.open_to(AWS=an.OTHER_ACCOUNT),
            an.to_key("alias/data"),
            True,
        ),
        HazardExample(
            "accounts of an organization write, and a bare id",
            an.open_to(condition={"StringEquals": {"aws:PrincipalOrgID": "o-example"}}),
            an.to_key("1234abcd-12ab-34cd-56ef-1234567890ab"),
            True,
        ),
        HazardExample(
            "flow logs, and a bare id",
            an.open_to(Service=_DELIVERY),
            an.to_key("1234abcd-12ab-34cd-56ef-1234567890ab"),
            True,
        ),
        HazardExample(
            "flow logs, and an alias", an.open_to(Service=_DELIVERY), an.to_key("alias/data"), False
        ),
        HazardExample(
            "another account reads",
            an.open_to("s3:GetObject", AWS=an.OTHER_ACCOUNT),
            an.to_key("alias/data"),
            False,
        ),
        HazardExample(
            "the own account writes", an.open_to(AWS=an.OWN_ACCOUNT), an.to_key("alias/data"), False
        ),
        HazardExample(
            "the full ARN",
            an.open_to(AWS=an.OTHER_ACCOUNT),
            an.to_key(f"arn:aws:kms:eu-central-1:{an.OWN_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
            False,
        ),
        HazardExample("the AWS managed key", an.named("plain"), an.TO_MANAGED, False),
    ),
)
