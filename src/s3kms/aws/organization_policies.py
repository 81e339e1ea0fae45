"""What an organization says of an account: asked of AWS Organizations, or read from a folder of exported answers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from botocore import xform_name

from s3kms.aws.boundary import bad_answer, translate_errors
from s3kms.aws.connection import Connection
from s3kms.aws.repeated_pages import RepeatedPages
from s3kms.model import operations as op
from s3kms.model.errors import BadInput
from s3kms.model.operations import Operation
from s3kms.model.policy import PolicyDocument

MAX_LEVELS = 10
"""Units within units, the root and the account: a quota of five, and more than that is an error."""
_MAX_FILE_BYTES = 10_000_000
_ARN_PARTS = 6
SERVICE_CONTROL, RESOURCE_CONTROL = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"


class OrganizationAnswers(Protocol):
    """Whoever answers questions about an organization."""

    def ask(self, operation: Operation, member: str, **request: str) -> list[Mapping[str, Any]]:
        """The rows of all pages of a list. Raises AwsError, BadInput."""
        ...

    def document(self, policy: str) -> str:
        """The text of a policy, by its id. Raises AwsError, BadInput."""
        ...


@dataclass(slots=True)
class OrganizationsApi:
    """AWS Organizations, asked in the management account or by a delegated administrator."""

    connection: Connection

    def ask(self, operation: Operation, member: str, **request: str) -> list[Mapping[str, Any]]:
        """See `OrganizationAnswers`."""
        client, where = self.connection.organizations(), f"the organization of {self.connection.account}"
        loop, token = RepeatedPages(operation, where), ""
        found: list[Mapping[str, Any]] = []
        while True:
            more = {"NextToken": token} if token else {}
            with translate_errors(operation, where):
                page = getattr(client, xform_name(operation.name))(**request, **more)
            found += _rows(page, member, operation, where)
            token = str(page.get("NextToken") or "")
            if not token:
                return found
            loop.watch(token, page[member])

    def document(self, policy: str) -> str:
        """See `OrganizationAnswers`."""
        where = f"policy {policy}"
        with translate_errors(op.DESCRIBE_POLICY, where):
            answer = self.connection.organizations().describe_policy(PolicyId=policy)
        return _content(answer, where)


def file_name(operation: Operation, **request: str) -> str:
    """Where the answer to one question stands in a folder of exported answers: `list-parents-111122223333.json`."""
    parts = [xform_name(operation.name).replace("_", "-"), *request.values()]
    return f"{'-'.join(parts)}.json"


@dataclass(frozen=True, slots=True)
class ExportedAnswers:
    """A folder of answers as `aws organizations` prints them; nothing outside of it is read."""

    folder: Path

    def ask(self, operation: Operation, member: str, **request: str) -> list[Mapping[str, Any]]:
        """See `OrganizationAnswers`."""
        path = self.folder / file_name(operation, **request)
        return _rows(self._read(path), member, operation, str(path))

    def document(self, policy: str) -> str:
        """See `OrganizationAnswers`."""
        path = self.folder / file_name(op.DESCRIBE_POLICY, PolicyId=policy)
        return _content(self._read(path), str(path))

    def _read(self, path: Path) -> Mapping[str, Any]:
        try:
            if path.is_symlink() or path.resolve().parent != self.folder.resolve():
                raise BadInput(f"{path} leads out of {self.folder}", advice="put the file itself there")
            if path.exists() and not path.is_file():  # a pipe would never end
                raise BadInput(f"{path} is no file", advice="export it again")
            with path.open("rb") as file:
                text = file.read(_MAX_FILE_BYTES + 1)
            found = json.loads(text) if len(text) <= _MAX_FILE_BYTES else None
        except OSError as error:
            raise BadInput(f"{path} cannot be read: {error.strerror}", advice="export it again") from error
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{path} is not JSON", advice="export it again") from error
        if not isinstance(found, dict):
            raise BadInput(f"{path} is no answer of AWS Organizations", advice="export it again")
        return found


def _rows(page: Mapping[str, Any], member: str, operation: Operation, where: str) -> list[Mapping[str, Any]]:
    rows = page.get(member)
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise bad_answer(operation, where, f"was answered with no {member}")
    return rows


def _content(answer: Mapping[str, Any], where: str) -> str:
    policy = answer.get("Policy")
    found = policy.get("Content") if isinstance(policy, Mapping) else None
    if not isinstance(found, str):
        raise bad_answer(op.DESCRIBE_POLICY, where, "was answered without Content")
    return found


@dataclass(slots=True)
class PolicyLevels:
    """The policies of each level above an account: each unit and each policy is asked about once."""

    answers: OrganizationAnswers
    _parents: dict[str, str | None] = field(default_factory=dict)
    _levels: dict[tuple[str, str], tuple[PolicyDocument, ...]] = field(default_factory=dict)
    _documents: dict[str, PolicyDocument] = field(default_factory=dict)
    _root: Mapping[str, Any] | None = None

    def management_account(self) -> str:
        """Of the organization that answers. Raises AwsError, BadInput."""
        # arn:aws:organizations::999988887777:root/o-exampleorgid/r-exam (botocore's model of Organizations)
        found = str(self._found_root().get("Arn")).split(":")
        if len(found) != _ARN_PARTS or found[2] != "organizations":
            raise bad_answer(op.LIST_ROOTS, "the organization", "was answered with a root without its ARN")
        return found[4]

    def above(self, account: str, kind: str) -> tuple[tuple[PolicyDocument, ...], ...]:
        """From the root down to the account; none where the organization has policies of this kind turned off.

        Raises AwsError, BadInput.
        """
        if not self._is_enabled(kind):
            return ()
        path, place = [account], self._parent(account)
        while place is not None:
            path.append(place)
            place = None if place.startswith("r-") else self._parent(place)
            if len(path) > MAX_LEVELS:
                raise bad_answer(
                    op.LIST_PARENTS, f"account {account}", "was answered with units without an end"
                )
        return tuple(self._level(target, kind) for target in reversed(path))

    def _is_enabled(self, kind: str) -> bool:
        listed = self._found_root().get("PolicyTypes") or ()
        if not isinstance(listed, Sequence) or not all(isinstance(one, Mapping) for one in listed):
            raise bad_answer(op.LIST_ROOTS, "the organization", "was answered with no PolicyTypes")
        states = [one.get("Status") for one in listed if one.get("Type") == kind]
        if any(
            one != "ENABLED" for one in states
        ):  # which policies bind until that is done is not documented
            raise bad_answer(op.LIST_ROOTS, "the organization", f"says that {kind} is being turned on or off")
        return bool(states)

    def _found_root(self) -> Mapping[str, Any]:
        """The root: an organization has one."""
        if self._root is None:
            roots = self.answers.ask(op.LIST_ROOTS, "Roots")
            if len(roots) != 1:
                raise bad_answer(op.LIST_ROOTS, "the organization", f"was answered with {len(roots)} roots")
            self._root = roots[0]
        return self._root

    def _parent(self, child: str) -> str | None:
        if child not in self._parents:
            rows = self.answers.ask(op.LIST_PARENTS, "Parents", ChildId=child)
            if len(rows) != 1 or not isinstance(rows[0].get("Id"), str):
                raise bad_answer(op.LIST_PARENTS, child, "was answered with no parent")
            self._parents[child] = rows[0]["Id"]
        return self._parents[child]

    def _level(self, target: str, kind: str) -> tuple[PolicyDocument, ...]:
        if (target, kind) not in self._levels:
            rows = self.answers.ask(op.LIST_POLICIES_FOR_TARGET, "Policies", TargetId=target, Filter=kind)
            self._levels[target, kind] = tuple(self._document(row, target) for row in rows)
        return self._levels[target, kind]

    def _document(self, row: Mapping[str, Any], target: str) -> PolicyDocument:
        policy, name = row.get("Id"), row.get("Name")
        if not isinstance(policy, str):
            raise bad_answer(op.LIST_POLICIES_FOR_TARGET, target, "was answered with a policy without an id")
        if policy not in self._documents:
            self._documents[policy] = PolicyDocument(self.answers.document(policy), f"{name} ({policy})")
        return self._documents[policy]
