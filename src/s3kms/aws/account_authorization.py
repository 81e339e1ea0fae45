"""The users and roles of an account with their policies, in one paged question to IAM (fact B32)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from s3kms.aws.boundary import bad_answer
from s3kms.aws.connection import Connection
from s3kms.aws.iam_documents import open_iam, read_document
from s3kms.aws.repeated_pages import RepeatedPages
from s3kms.aws.service_client import ServiceClient
from s3kms.model import owner_operations as op
from s3kms.model.advice import Advice
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.identities import AccountIdentities, AttachedPolicy, IamIdentity, IamIdentityKind
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause

_PAGE_SIZE = 1000
_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_LOOK = Advice("look at the policy in IAM")


@dataclass(slots=True)
class AuthorizationReader:
    """Reads one account. Equal documents are one object: a policy that many have is kept once."""

    connection: Connection
    _client: ServiceClient = field(init=False)
    _managed: dict[str, PolicyDocument | Unknown] = field(default_factory=dict, init=False)
    """By the ARN of a managed policy."""
    _documents: dict[str, PolicyDocument] = field(default_factory=dict, init=False)
    """By their text."""

    def __post_init__(self) -> None:
        self._client = ServiceClient(open_iam(self.connection), f"account {self.connection.account}")

    def read(self) -> AccountIdentities:
        """Every user and role. Raises AwsError."""
        lists: dict[str, list[Mapping[str, Any]]] = {name: [] for name in _LISTS}
        for page in self._pages():
            for name in _LISTS:
                lists[name].extend(page[name])
        self._keep_managed(lists["Policies"])
        groups = {str(one.get("GroupName")): one for one in lists["GroupDetailList"]}
        users = [self._user(one, groups) for one in lists["UserDetailList"]]
        roles = [self._role(one) for one in lists["RoleDetailList"]]
        return AccountIdentities(self.connection.account, (*users, *roles))

    def _pages(self) -> Iterator[Mapping[str, Any]]:
        operation = op.GET_ACCOUNT_AUTHORIZATION_DETAILS
        loop, marker = RepeatedPages(operation, self._client.where), ""
        while True:
            more = {"Marker": marker} if marker else {}
            page = self._client.send(operation, MaxItems=_PAGE_SIZE, **more)
            rows = {name: page.get(name) for name in _LISTS}
            if not all(isinstance(one, list) for one in rows.values()):
                raise bad_answer(
                    operation, self._client.where, "was answered without a list of what there is"
                )
            is_truncated = page.get("IsTruncated")
            if not isinstance(is_truncated, bool):
                raise bad_answer(
                    operation, self._client.where, "was answered without a word whether there is more"
                )
            yield rows
            if not is_truncated:
                return
            marker = str(page.get("Marker") or "")
            if not marker:
                raise bad_answer(
                    operation, self._client.where, "was answered with a list that does not go on"
                )
            loop.watch(marker, [one.get("Arn") for listed in rows.values() for one in listed or ()])

    def _keep_managed(self, rows: list[Mapping[str, Any]]) -> None:
        for row in rows:
            arn, name = str(row.get("Arn")), str(row.get("PolicyName"))
            versions = row.get("PolicyVersionList") or ()
            text = next((one.get("Document") for one in versions if one.get("IsDefaultVersion")), None)
            if text is not None:
                self._managed[arn] = self._document(text, name)

    def _user(self, row: Mapping[str, Any], groups: Mapping[str, Mapping[str, Any]]) -> IamIdentity:
        policies = [*self._inline(row.get("UserPolicyList"), ""), *self._attached(row)]
        for name in row.get("GroupList") or ():
            group = groups.get(str(name))
            if group is None:
                why = f"group {name} of {row.get('Arn')} was not told"
                unknown = Unknown(UnknownCause.BAD_ANSWER, why, _LOOK)
                policies.append(AttachedPolicy(f"group {name}", unknown))
                continue
            policies += self._inline(group.get("GroupPolicyList"), f" of group {name}")
            policies += self._attached(group)
        return self._identity(row, IamIdentityKind.USER, policies)

    def _role(self, row: Mapping[str, Any]) -> IamIdentity:
        policies = [*self._inline(row.get("RolePolicyList"), ""), *self._attached(row)]
        return self._identity(row, IamIdentityKind.ROLE, policies)

    def _identity(
        self, row: Mapping[str, Any], kind: IamIdentityKind, policies: list[AttachedPolicy]
    ) -> IamIdentity:
        arn = row.get("Arn")
        if not isinstance(arn, str) or arn.count(":") < 5:  # noqa: PLR2004 - arn:aws:iam::ACCOUNT:role/NAME
            operation = op.GET_ACCOUNT_AUTHORIZATION_DETAILS
            raise bad_answer(operation, self._client.where, "was answered with somebody without an ARN")
        tags = {str(one.get("Key")): str(one.get("Value")) for one in row.get("Tags") or ()}
        return IamIdentity(arn, kind, tuple(policies), self._boundary(row), tags)

    def _boundary(self, row: Mapping[str, Any]) -> AttachedPolicy | None:
        stated = row.get("PermissionsBoundary")
        if not stated:
            return None
        arn = stated.get("PermissionsBoundaryArn")
        if not arn:
            unknown = Unknown(
                UnknownCause.BAD_ANSWER, f"the boundary of {row.get('Arn')} was not told", _LOOK
            )
            return AttachedPolicy("the permissions boundary", unknown)
        return self._managed_policy(str(arn))

    def _inline(self, rows: Any, where: str) -> Iterator[AttachedPolicy]:
        for row in rows or ():
            name = f"inline policy {str(row.get('PolicyName'))!r}{where}"
            yield AttachedPolicy(name, self._document(row.get("PolicyDocument"), name))

    def _attached(self, row: Mapping[str, Any]) -> Iterator[AttachedPolicy]:
        for one in row.get("AttachedManagedPolicies") or ():
            yield self._managed_policy(str(one.get("PolicyArn")))

    def _managed_policy(self, arn: str) -> AttachedPolicy:
        if arn not in self._managed:
            self._managed[arn] = self._read_managed(arn)
        return AttachedPolicy(arn.rsplit("/", 1)[-1], self._managed[arn], arn)

    def _read_managed(self, arn: str) -> PolicyDocument | Unknown:
        """One that the account's details leave out. Raises CredentialsProblem."""
        subject = f"policy {arn}"
        try:
            policy = self._client.send(op.GET_POLICY, subject, PolicyArn=arn).get("Policy") or {}
            version = str(policy.get("DefaultVersionId"))
            answer = self._client.send(op.GET_POLICY_VERSION, subject, PolicyArn=arn, VersionId=version)
            return self._document((answer.get("PolicyVersion") or {}).get("Document"), arn.rsplit("/", 1)[-1])
        except CredentialsProblem:
            raise
        except AwsError as error:
            return error.as_unknown()

    def _document(self, found: object, name: str) -> PolicyDocument | Unknown:
        document = read_document(found, name)
        if isinstance(document, Unknown):
            return document
        return self._documents.setdefault(str(document.content), document)
