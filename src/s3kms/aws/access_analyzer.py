"""IAM Access Analyzer, which checks policy documents that are not attached to anything yet."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from s3kms.aws.boundary import bad_answer
from s3kms.aws.connection import Connection
from s3kms.aws.service_client import ServiceClient
from s3kms.model.advice import Advice
from s3kms.model.errors import AwsError
from s3kms.model.policy_checks import (
    CHECK_NO_NEW_ACCESS,
    CHECK_NO_PUBLIC_ACCESS,
    VALIDATE_POLICY,
    CheckedKind,
    CheckedPolicy,
    FindingSeverity,
    PaidAnswer,
    PaidCheck,
    PolicyFinding,
    PolicyToCheck,
)
from s3kms.model.unknown import Unknown, UnknownCause

T = TypeVar("T")
MAX_DOCUMENTS_CHECKED = 500
"""Of one run; the others are not asked about."""
_TOKENS = ("nextToken", "nextToken")
_PAGE_SIZE = 100
_RESOURCE_TYPES = {CheckedKind.KEY: "AWS::KMS::Key", CheckedKind.BUCKET: "AWS::S3::Bucket"}


@dataclass(slots=True)
class PolicyAnalyzer:
    """Asks about documents; each call of a paid check is charged. The same document is asked about once."""

    connection: Connection
    is_paid: bool = False
    max_documents: int = MAX_DOCUMENTS_CHECKED
    _clients: dict[str, ServiceClient] = field(default_factory=dict)
    _known: dict[PolicyToCheck, CheckedPolicy] = field(default_factory=dict)

    def check(self, policies: Iterable[PolicyToCheck]) -> Iterator[CheckedPolicy]:
        """What Access Analyzer says of each, in order: never an error, but an Unknown where it does not answer."""
        for policy in policies:
            if policy not in self._known:
                if len(self._known) >= self.max_documents:
                    yield CheckedPolicy(policy, _too_many(self.max_documents))
                    continue
                self._known[policy] = self._check(policy)
            yield self._known[policy]

    def _check(self, policy: PolicyToCheck) -> CheckedPolicy:
        checks = policy.paid_checks if self.is_paid else ()
        return CheckedPolicy(
            policy,
            _known_or_unknown(partial(self._validate, policy)),
            {check: _known_or_unknown(partial(self._prove, policy, check)) for check in checks},
        )

    def _client(self, region: str) -> ServiceClient:
        if region not in self._clients:
            self._clients[region] = ServiceClient.of(
                self.connection, "accessanalyzer", region, "the policy checks of Access Analyzer"
            )
        return self._clients[region]

    def _validate(self, policy: PolicyToCheck) -> tuple[PolicyFinding, ...]:
        # Keys have no resource type there; that of a bucket finds what S3 alone does not take.
        more = {"validatePolicyResourceType": "AWS::S3::Bucket"} if policy.kind is CheckedKind.BUCKET else {}
        rows = self._client(policy.region).rows(
            VALIDATE_POLICY,
            "findings",
            _TOKENS,
            policyDocument=policy.document,
            policyType=_type_of(policy),
            maxResults=_PAGE_SIZE,
            **more,
        )
        found = [_finding(row, policy.name) for row in rows]
        return tuple(sorted(found, key=lambda one: tuple(FindingSeverity).index(one.severity)))

    def _prove(self, policy: PolicyToCheck, check: PaidCheck) -> PaidAnswer:
        client = self._client(policy.region)
        if check is PaidCheck.NEW_ACCESS:
            operation = CHECK_NO_NEW_ACCESS
            answer = client.send(
                operation,
                policy.name,
                newPolicyDocument=policy.document,
                existingPolicyDocument=policy.before,
                policyType=_type_of(policy),
            )
        else:
            operation = CHECK_NO_PUBLIC_ACCESS
            answer = client.send(
                operation,
                policy.name,
                policyDocument=policy.document,
                resourceType=_RESOURCE_TYPES[policy.kind],
            )
        result = answer.get("result")
        if result not in {"PASS", "FAIL"}:
            raise bad_answer(operation, policy.name, "was answered with neither PASS nor FAIL")
        reasons = tuple(
            str(one.get("description", "")) for one in answer.get("reasons") or () if one.get("description")
        )
        return PaidAnswer(result == "FAIL", str(answer.get("message") or ""), reasons)


def _type_of(policy: PolicyToCheck) -> str:
    return "IDENTITY_POLICY" if policy.kind is CheckedKind.IDENTITY else "RESOURCE_POLICY"


def _finding(row: Mapping[str, Any], subject: str) -> PolicyFinding:
    try:
        severity = FindingSeverity(str(row["findingType"]).lower().replace("_", " "))
        where = row["locations"][0]["span"]["start"]["line"] if row.get("locations") else None
        link = str(row.get("learnMoreLink") or "")
        return PolicyFinding(severity, str(row["issueCode"]), str(row["findingDetails"]), link, where)
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        raise bad_answer(VALIDATE_POLICY, subject, "was answered with a finding that is not known") from error


def _known_or_unknown(ask: Callable[[], T]) -> T | Unknown:
    try:
        return ask()
    except AwsError as error:
        return error.as_unknown()


def _too_many(most: int) -> Unknown:
    why = f"more than {most} documents would have to be checked"
    return Unknown(UnknownCause.BUDGET, why, Advice("plan fewer buckets at once"))
