"""Prepared key policies written: a run for each account that has keys among them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from s3kms.changes.apply import Callbacks, RunPlan, RunResult, check_max_changes, run_changes
from s3kms.changes.policies.kind import PolicyChange
from s3kms.changes.policies.medium import KeyPolicyMedium
from s3kms.changes.policies.prepare import PreparedPolicies
from s3kms.changes.policies.store import KmsPolicyStore
from s3kms.model.accounts import Role, role_of_arn

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection


class KeyConnections:
    """The ways into the accounts whose keys are prepared: one's own, those of the plan, and that of a role."""

    def __init__(
        self, base: "Connection", *, role: Role | None, entered: frozenset[str], key_role: str | None
    ) -> None:
        """`role` is the one that a plan assumes in the accounts `entered`; `key_role` an ARN."""
        self._base = base
        self._role = role
        self._entered = entered
        self._key_role = key_role
        self._known: dict[str, Connection | None] = {}

    def connection_of(self, account: str) -> "Connection | None":
        """None for an account that nobody may enter."""
        if account not in self._known:
            self._known[account] = self._open(account)
        return self._known[account]

    def role_of(self, account: str) -> str | None:
        """The name of the role that is assumed there, for the journal; None for one's own account."""
        role = self._role_of(account)
        return role.name if role and account != self._base.account else None

    @property
    def bucket_role(self) -> str | None:
        """The name of the role by which the plan enters the accounts of the buckets; None where it enters none."""
        return self._role.name if self._role else None

    def _role_of(self, account: str) -> Role | None:
        if self._key_role is not None:
            of_keys, role = role_of_arn(self._key_role)
            if of_keys == account:
                return role
        return self._role if account in self._entered else None

    def _open(self, account: str) -> "Connection | None":
        from s3kms.aws.assumed_role import AssumedRoleConnection

        if account == self._base.account:
            return self._base
        role = self._role_of(account)
        return AssumedRoleConnection(self._base, account, role) if role else None


def apply_policies(
    prepared: PreparedPolicies,
    connections: KeyConnections,
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
    check_max_changes(len(prepared.changes), max_changes)
    by_account: dict[str, list[PolicyChange]] = {}
    for change in prepared.changes:
        by_account.setdefault(change.account, []).append(change)
    results: list[RunResult] = []
    confirm: Callable[[], object] = callbacks.confirm
    for account, changes in by_account.items():
        connection = connections.connection_of(account)
        if connection is None:
            raise AssertionError("a key of an account that is not entered was not prepared")
        way = {"assumed_role": connections.role_of(account), "bucket_role": connections.bucket_role}
        medium = KeyPolicyMedium(KmsPolicyStore(connection), account, connection.endpoint)
        plan = RunPlan(
            changes=changes,
            folder=folder,
            command=command,
            request={"prepare": True, **{name: role for name, role in way.items() if role}},
        )
        results.append(run_changes(plan, medium, replace(callbacks, confirm=confirm)))
        confirm = _asked_already
    return tuple(results)


def _asked_already() -> None:
    """The question is asked once for all accounts."""
