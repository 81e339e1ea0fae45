"""What the evaluation does not know or does not model, and what it answers then: the manual's table."""

from dataclasses import dataclass

from s3kms.model.access import KeyAccess

NOT_COUNTED = "as though there were none"


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
        "session policies that a role is assumed with",
        None,
        "Whoever assumes a role passes them, and no call tells them. AWS Transfer Family has them: a plan asks.",
    ),
    EvaluatorLimit(
        "session-tags",
        "tags that a session brings (`aws:PrincipalTag`)",
        _OPEN,
        "They come with the session. A tag that the role itself has counts, as long as no session replaces it.",
    ),
    EvaluatorLimit(
        "federated-users",
        "sessions of `sts:GetFederationToken`",
        None,
        "They are judged as the user who asked for them, whose rights are the most that they have.",
    ),
    EvaluatorLimit(
        "endpoint-policies",
        "policies of VPC endpoints",
        None,
        "They bind the call to S3, which stays the same. S3's own call to KMS does not pass the endpoint.",
    ),
    EvaluatorLimit(
        "network",
        "conditions on where a request comes from: `aws:SourceIp`, `aws:SourceVpc`, `aws:SourceVpce`",
        _OPEN,
        "AWS says that a call to KMS which S3 makes for somebody might fail under them, even from inside the VPC.",
    ),
    EvaluatorLimit(
        "sign-in",
        "conditions on how and when somebody signed in: MFA, time, source identity, user agent",
        _OPEN,
        "They are of a request, not of a policy. That a role has temporary credentials is known.",
    ),
    EvaluatorLimit(
        "organization-keys",
        "conditions on an organization whose id could not be read (`aws:PrincipalOrgID`), or on its units "
        "(`aws:PrincipalOrgPaths`)",
        _OPEN,
        "Where an account stands in its organization is not compared.",
    ),
    EvaluatorLimit(
        "key-tags",
        "conditions on tags of the key (`aws:ResourceTag`)",
        _OPEN,
        "They are not read.",
    ),
    EvaluatorLimit(
        "request-alias",
        "conditions on the alias by which a request names the key (`kms:RequestAlias`)",
        _OPEN,
        "Under which name S3 asks for the key is not documented. The key's aliases (`kms:ResourceAliases`) count.",
    ),
    EvaluatorLimit(
        "organization-policies",
        "policies of the organization (SCP, RCP) that could not be read",
        KeyAccess.KEEPS_UNLESS_DENIED,
        "Only the management account, or who it delegates to, can read them.",
    ),
    EvaluatorLimit(
        "not-principal-allow",
        "`NotPrincipal` in a statement that allows",
        _OPEN,
        "AWS no longer supports it.",
    ),
    EvaluatorLimit(
        "not-principal-deny",
        "`NotPrincipal` in a statement that denies, which spares a role without its account or its session",
        _OPEN,
        "AWS says that it might deny. It always denies whoever has a permissions boundary: that is counted.",
    ),
    EvaluatorLimit(
        "named-sessions",
        "statements that name one session of a role",
        _OPEN,
        "Which sessions there will be is not known.",
    ),
    EvaluatorLimit(
        "federated-principals",
        "statements that name a SAML or OpenID provider, or a canonical user",
        _OPEN,
        "Which sessions come through a provider is not read; nor is whose canonical user an id is.",
    ),
    EvaluatorLimit(
        "everyone-service",
        "statements for everyone (`*`), for a service that acts as itself",
        _OPEN,
        "Whether a service is among everyone is not documented.",
    ),
    EvaluatorLimit(
        "silent-boundary",
        "a permissions boundary that is silent, where a grant or a statement for everyone lets a role in",
        _OPEN,
        "AWS documents it for statements that name roles, users and sessions.",
    ),
    EvaluatorLimit(
        "grants-of-accounts",
        "grants for a whole account, for somebody of another account whose IAM policies are silent, and for "
        "services in the older form",
        _OPEN,
        "What they come to is not documented; the older form may stand for several principals.",
    ),
    EvaluatorLimit(
        "operators",
        "condition operators that are not known, operators for one value on keys of several values",
        _OPEN,
        "AWS asks for `ForAnyValue` or `ForAllValues` there.",
    ),
    EvaluatorLimit(
        "variables",
        "policy variables whose value is not known, or where AWS takes none",
        _OPEN,
        "In an ARN AWS takes them in the last part alone, in conditions with operators of texts and ARNs.",
    ),
    EvaluatorLimit(
        "documents",
        "documents that are no JSON, repeat an element, have elements that are not known, or are too long",
        _OPEN,
        "A part that cannot be read might allow anything, and deny anything.",
    ),
    EvaluatorLimit(
        "china",
        "conditions on `kms:ViaService` in the partitions other than `aws` and `aws-us-gov`",
        _OPEN,
        "How S3 is written there is not documented.",
    ),
)
