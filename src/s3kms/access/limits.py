"""What the evaluation does not know or does not model, and what it answers then: the manual's table."""

from dataclasses import dataclass

from s3kms.model.access import KeyAccess

NOT_COUNTED = "ignored"


@dataclass(frozen=True, slots=True)
class EvaluatorLimit:
    """One thing that may decide in AWS, and does not here."""

    id: str
    what: str
    """For a cell of a table."""
    answer: KeyAccess | None
    """What is said of a principal whose access hangs on it; None where it is passed over."""
    why: str
    """Why, and where a person finds out."""

    @property
    def told(self) -> str:
        """The answer, for a cell of a table."""
        return NOT_COUNTED if self.answer is None else self.answer.value


_OPEN = KeyAccess.CANNOT_TELL
LIMITS = (
    EvaluatorLimit(
        "session-policies",
        "session policies passed when a role is assumed",
        None,
        "The caller passes them, and no API returns them. AWS Transfer Family uses them: a plan asks about it.",
    ),
    EvaluatorLimit(
        "session-tags",
        "session tags (`aws:PrincipalTag`)",
        _OPEN,
        "They are passed with the session. A tag of the role itself counts, unless a session overrides it.",
    ),
    EvaluatorLimit(
        "federated-users",
        "sessions of `sts:GetFederationToken`",
        None,
        "They are evaluated as the user who called it: a session has at most that user's rights. One that a bucket's "
        "policy names is listed, and cannot be told.",
    ),
    EvaluatorLimit(
        "endpoint-policies",
        "policies of VPC endpoints",
        None,
        "They apply to the call to S3, which does not change. S3's own call to KMS does not go through the endpoint.",
    ),
    EvaluatorLimit(
        "network",
        "conditions on where a request comes from: `aws:SourceIp`, `aws:SourceVpc`, `aws:SourceVpce`",
        _OPEN,
        "AWS says that KMS calls that S3 makes for a caller might fail under them, even from inside the VPC.",
    ),
    EvaluatorLimit(
        "sign-in",
        "conditions on how and when the caller signed in: MFA, a future date, source identity, user agent",
        _OPEN,
        "They depend on the request. A date that has passed counts, and that a role has temporary credentials.",
    ),
    EvaluatorLimit(
        "organization-keys",
        "conditions on an organization with an unknown id (`aws:PrincipalOrgID`), or on its organizational units "
        "(`aws:PrincipalOrgPaths`)",
        _OPEN,
        "The position of an account in its organization is not compared.",
    ),
    EvaluatorLimit(
        "key-tags",
        "conditions on tags of the key (`aws:ResourceTag`)",
        _OPEN,
        "They are not read.",
    ),
    EvaluatorLimit(
        "request-alias",
        "conditions on the alias that a request names (`kms:RequestAlias`)",
        _OPEN,
        "Which name S3 sends to KMS is not documented. The key's aliases (`kms:ResourceAliases`) count.",
    ),
    EvaluatorLimit(
        "organization-policies",
        "organization policies (SCP, RCP) that could not be read",
        KeyAccess.KEEPS_UNLESS_DENIED,
        "Only the management account, or a delegated administrator, can read them.",
    ),
    EvaluatorLimit(
        "not-principal-allow",
        "`NotPrincipal` in an Allow statement",
        _OPEN,
        "AWS no longer supports it.",
    ),
    EvaluatorLimit(
        "not-principal-deny",
        "`NotPrincipal` in a Deny statement that exempts a role without its account or its session",
        _OPEN,
        "AWS says that it might deny. It always denies principals with a permissions boundary: that is evaluated.",
    ),
    EvaluatorLimit(
        "named-sessions",
        "statements that name one role session, where policies name more than 100 sessions of a role",
        _OPEN,
        "Up to 100 sessions are evaluated one by one, and the other sessions of the role for themselves.",
    ),
    EvaluatorLimit(
        "federated-principals",
        "statements that name a SAML or OpenID provider, or a canonical user",
        _OPEN,
        "Which sessions a provider creates is not read, nor which account a canonical user ID belongs to.",
    ),
    EvaluatorLimit(
        "everyone-service",
        "statements for everyone (`*`), evaluated for an AWS service",
        _OPEN,
        "Whether `*` includes services is not documented.",
    ),
    EvaluatorLimit(
        "silent-boundary",
        "a permissions boundary without a matching statement, where a grant or an allow for everyone applies",
        _OPEN,
        "AWS documents the result for statements that name roles, users and sessions.",
    ),
    EvaluatorLimit(
        "grants-of-accounts",
        "grants to a whole account, to a principal of another account whose IAM policies do not allow the call, and "
        "to services in the older form",
        _OPEN,
        "Their effect is not documented; the older form may stand for several principals.",
    ),
    EvaluatorLimit(
        "operators",
        "unknown condition operators, single-valued operators on multivalued keys",
        _OPEN,
        "AWS requires `ForAnyValue` or `ForAllValues` there.",
    ),
    EvaluatorLimit(
        "variables",
        "policy variables whose value is not known, or where AWS does not support them",
        _OPEN,
        "AWS supports them in the last part of an ARN, and in conditions with string and ARN operators.",
    ),
    EvaluatorLimit(
        "documents",
        "documents that are not JSON, have duplicate or unknown elements, or are too long",
        _OPEN,
        "A part that cannot be read might allow anything, and deny anything.",
    ),
    EvaluatorLimit(
        "china",
        "conditions on `kms:ViaService` in the partitions other than `aws` and `aws-us-gov`",
        _OPEN,
        "How that key names S3 there is not documented.",
    ),
)
