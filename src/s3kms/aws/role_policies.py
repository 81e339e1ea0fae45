"""The policies of an IAM role: those within it, and those attached to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from s3kms.aws.connection import Connection
from s3kms.aws.iam_documents import open_iam, read_document
from s3kms.aws.service_client import ServiceClient
from s3kms.model import owner_operations as op
from s3kms.model.errors import BadAnswer
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown

_TOKENS = ("Marker", "Marker")
_PAGE_SIZE = 100


@dataclass(slots=True)
class RolePolicyReader:
    """Reads roles of one account; a managed policy that several have is read once."""

    connection: Connection
    _managed: dict[str, PolicyDocument | None] = field(default_factory=dict, init=False)

    def read(self, role_arn: str) -> tuple[PolicyDocument, ...]:
        """Every policy of a role, but its trust policy and its permissions boundary. Raises AwsError, NotFound."""
        name = role_arn.rpartition("/")[2]
        client = ServiceClient(open_iam(self.connection), f"role {name}")
        return (*self._inline(client, name), *self._attached(client, name))

    def _inline(self, client: ServiceClient, role: str) -> Iterator[PolicyDocument]:
        listed = client.rows(
            op.LIST_ROLE_POLICIES, "PolicyNames", _TOKENS, RoleName=role, MaxItems=_PAGE_SIZE
        )
        for name in listed:
            subject = f"policy {name} of role {role}"
            answer = client.find(op.GET_ROLE_POLICY, subject, RoleName=role, PolicyName=name)
            if answer is not None:
                yield _document(answer, subject)

    def _attached(self, client: ServiceClient, role: str) -> Iterator[PolicyDocument]:
        listed = client.rows(
            op.LIST_ATTACHED_ROLE_POLICIES, "AttachedPolicies", _TOKENS, RoleName=role, MaxItems=_PAGE_SIZE
        )
        for row in listed:
            arn, name = str(row.get("PolicyArn", "")), row.get("PolicyName", "")
            if arn not in self._managed:
                self._managed[arn] = _read_managed(client, arn, f"policy {name} of role {role}")
            if (document := self._managed[arn]) is not None:
                yield document


def _read_managed(client: ServiceClient, arn: str, subject: str) -> PolicyDocument | None:
    """The default version of a managed policy; None where it is gone."""
    policy = client.find(op.GET_POLICY, subject, PolicyArn=arn)
    version = ((policy or {}).get("Policy") or {}).get("DefaultVersionId")
    if not version:
        return None
    answer = client.find(op.GET_POLICY_VERSION, subject, PolicyArn=arn, VersionId=version)
    return _document((answer or {}).get("PolicyVersion") or {}, subject) if answer else None


def _document(answer: Mapping[str, Any], source: str) -> PolicyDocument:
    """Raises BadAnswer where there is none."""
    found = read_document(answer.get("PolicyDocument") or answer.get("Document"), source)
    if isinstance(found, Unknown):
        raise BadAnswer(found.why, advice=found.advice)
    return found
