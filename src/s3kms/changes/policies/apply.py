"""Prepared policies written: a run for each account and sort of policy, those of keys first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s3kms.changes.apply import Callbacks, RunPlan, RunResult, check_max_changes, run_changes
from s3kms.changes.policies.kind import BucketPolicyChange, KeyUser, PolicyChange
from s3kms.changes.policies.medium import bucket_policy_medium, key_policy_medium
from s3kms.changes.policies.prepare import PreparedPolicies
from s3kms.model.accounts import Role, role_of_arn
from s3kms.model.errors import AwsError, CredentialsProblem

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.changes.interface import Medium


class PolicyConnections:
    """The ways into the accounts whose policies are prepared: one's own, those of the plan, and that of a role."""

    def __init__(
        self, base: "Connection", *, role: Role | None, entered: frozenset[str], key_role: str | None
    ) -> None:
        """`role` is the one that a plan assumes in the accounts `entered`; `key_role` an ARN."""
        self._base = base
        self._role = role
        self._entered = entered
        self._key_role = key_role
        self._known: dict[tuple[str, Role | None], Connection | None] = {}

    def of_key(self, account: str) -> "Connection | None":
        """The way to the keys of an account; None where nobody may enter it."""
        return self._opened(account, self._role_of_key(account))

    def of_bucket(self, account: str) -> "Connection | None":
        """The way to the buckets of an account; None where the plan does not enter it."""
        return self._opened(account, self._role_of_bucket(account))

    def way_to_keys(self, account: str) -> dict[str, str]:
        """The names of the roles that are assumed, for the journal: to the keys, and to their buckets."""
        way = {"assumed_role": self._named(account, self._role_of_key(account))}
        found = way | {"bucket_role": self._role.name if self._role else None}
        return {name: role for name, role in found.items() if role}

    def way_to_buckets(self, account: str) -> dict[str, str]:
        """The name of the role that is assumed, for the journal."""
        role = self._named(account, self._role_of_bucket(account))
        return {"assumed_role": role} if role else {}

    def _role_of_bucket(self, account: str) -> Role | None:
        return self._role if account in self._entered else None

    def _role_of_key(self, account: str) -> Role | None:
        if self._key_role is not None:
            of_keys, role = role_of_arn(self._key_role)
            if of_keys == account:
                return role
        return self._role_of_bucket(account)

    def _named(self, account: str, role: Role | None) -> str | None:
        return role.name if role and account != self._base.account else None

    def _opened(self, account: str, role: Role | None) -> "Connection | None":
        if account == self._base.account:
            return self._base
        if (account, role) not in self._known:
            self._known[account, role] = self._assumed(account, role)
        return self._known[account, role]

    def _assumed(self, account: str, role: Role | None) -> "Connection | None":
        from s3kms.aws.assumed_role import AssumedRoleConnection

        return AssumedRoleConnection(self._base, account, role) if role else None


@dataclass(frozen=True, slots=True)
class _AccountRun:
    """The documents of one sort in one account."""

    changes: list[Any]
    medium: "Medium[Any, Any, Any]"
    way: dict[str, str]


def apply_policies(
    prepared: PreparedPolicies,
    connections: PolicyConnections,
    folder: Path,
    *,
    max_changes: int,
    command: str = "",
    callbacks: Callbacks = Callbacks(),
) -> tuple[RunResult, ...]:
    """Write each document: read again, journalled, written, read back.

    Raises Refused before anything is written: where more than `max_changes` would change, or the caller does not
    confirm. Raises Stopped where something was not done.
    """
    check_max_changes(len(prepared.changes), max_changes, "policy document", "max_policies")
    results: list[RunResult] = []
    confirm: Callable[[], object] = callbacks.confirm
    for one in _runs(prepared, connections):
        request = {"prepare": True, **one.way}
        plan = RunPlan(changes=one.changes, folder=folder, command=command, request=request)
        results.append(run_changes(plan, one.medium, replace(callbacks, confirm=confirm)))
        confirm = _asked_already
    return tuple(results)


def _runs(prepared: PreparedPolicies, connections: PolicyConnections) -> Iterator[_AccountRun]:
    of_keys: dict[str, list[PolicyChange]] = {}
    of_buckets: dict[str, list[BucketPolicyChange]] = {}
    for change in prepared.changes:
        if isinstance(change, PolicyChange):
            of_keys.setdefault(change.account, []).append(change)
        else:
            of_buckets.setdefault(change.account, []).append(change)
    for account, changes in of_keys.items():
        medium = key_policy_medium(_entered(connections.of_key(account)), account)
        told = [_with_earlier(change, connections) for change in changes]
        yield _AccountRun(told, medium, connections.way_to_keys(account))
    for account, documents in of_buckets.items():
        of_s3 = bucket_policy_medium(_entered(connections.of_bucket(account)), account)
        yield _AccountRun(documents, of_s3, connections.way_to_buckets(account))


def _with_earlier(change: PolicyChange, connections: PolicyConnections) -> PolicyChange:
    """With the buckets that have the key already: to put the policy back, they are no reason to refuse."""
    from s3kms.changes.policies.in_use import buckets_under

    found: list[KeyUser] = []
    for account in sorted({one.account for one in change.users}):
        connection = connections.of_bucket(account)
        try:
            found += buckets_under(connection, change.key, change.region) if connection else ()
        except CredentialsProblem:
            raise
        except AwsError:
            continue  # then each bucket that is found to have the key keeps the policy
    return replace(change, earlier=tuple(one for one in found if one not in change.users))


def _entered(connection: "Connection | None") -> "Connection":
    if connection is None:
        raise AssertionError("a policy in an account without credentials was not prepared")
    return connection


def _asked_already() -> None:
    """The question is asked once for all accounts."""
