"""From a plan to the key policies that have to be there first: one document a key over the whole plan."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from s3kms.access.merging import MAX_KEY_POLICY_BYTES, merge_statements
from s3kms.changes.buckets.stack_owner import STACK_TAG
from s3kms.changes.policies.kind import KeyUser, PolicyChange
from s3kms.changes.policies.store import read_key_policy, stack_of_key
from s3kms.model.advice import NO_ADVICE, Advice, Option
from s3kms.model.errors import AwsError, CredentialsProblem, Refused
from s3kms.model.keys import KeyForm, KeyReference
from s3kms.model.plan import PlanClass, PlannedBucket

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection

ConnectionOf = Callable[[str], "Connection | None"]
"""The way into an account whose keys may be read and written; None where there is none."""


@dataclass(slots=True)
class KeyNeed:
    """What the buckets of a plan need of one key."""

    key: str
    region: str
    statements: list[Mapping[str, Any]] = field(default_factory=list)
    users: list[KeyUser] = field(default_factory=list)

    @property
    def account(self) -> str:
        """Whose the key is."""
        return self.key.split(":")[4]


@dataclass(frozen=True, slots=True)
class LeftPolicy:
    """A key policy that is not written: why, and what it would be."""

    key: str
    why: str
    advice: Advice = NO_ADVICE
    before: str = ""
    after: str = ""
    """Empty where it could not be read or merged."""


@dataclass(frozen=True, slots=True)
class PreparedPolicies:
    """What has to be written first, and what somebody else has to."""

    changes: tuple[PolicyChange, ...]
    left: tuple[LeftPolicy, ...]
    without_key: int
    """Buckets to prepare whose key is not there yet, or aws/s3: no policy can be written for them."""
    others: int
    """Buckets to prepare that need something else than statements of a key policy."""


@dataclass(slots=True)
class NeedFold:
    """The needs of a plan, as its buckets come: it grows with keys and statements, not with buckets alone."""

    needs: dict[str, KeyNeed] = field(default_factory=dict)
    without_key: int = 0
    others: int = 0

    def add(self, planned: PlannedBucket) -> None:
        """Count what one bucket needs."""
        asking = [one for one in planned.hazards if one.plan_class is PlanClass.PREPARE]
        if not asking or planned.plan_class is not PlanClass.PREPARE:
            return
        statements = [statement for one in asking for statement in one.statements]
        if any(not one.statements for one in asking):
            self.others += 1
        if not statements:
            return
        reference = KeyReference.parse(planned.after.key if planned.after else None)
        if reference.form is not KeyForm.ARN or not reference.text or not reference.region:
            self.without_key += 1
            return
        need = self.needs.setdefault(reference.text, KeyNeed(reference.text, reference.region))
        need.statements += [one for one in statements if one not in need.statements]
        need.users.append(KeyUser(planned.account or "", planned.bucket))


def prepare_policies(fold: NeedFold, connection_of: ConnectionOf) -> PreparedPolicies:
    """Each present policy, read and widened. Writes nothing. Raises CredentialsProblem."""
    changes: list[PolicyChange] = []
    left: list[LeftPolicy] = []
    for need in fold.needs.values():
        found = _prepare(need, connection_of)
        if isinstance(found, PolicyChange):
            changes.append(found)
        elif found is not None:
            left.append(found)
    return PreparedPolicies(tuple(changes), tuple(left), fold.without_key, fold.others)


def _prepare(need: KeyNeed, connection_of: ConnectionOf) -> PolicyChange | LeftPolicy | None:
    account = need.account
    connection = connection_of(account)
    if connection is None:
        options = {"option": Option("key_role", f"arn:…:iam::{account}:role/NAME")}
        return LeftPolicy(
            need.key,
            f"it is a key of account {account}, which is not entered",
            Advice("add {option}", options),
        )
    try:
        before = read_key_policy(connection, need.key, need.region)
        merged = merge_statements(before, need.statements)
        if not merged.added:
            return None
        if merged.size > MAX_KEY_POLICY_BYTES:
            why = f"it would have {merged.size:,} bytes, and KMS takes {MAX_KEY_POLICY_BYTES:,}"
            return LeftPolicy(need.key, why, Advice("use several keys, or let whole accounts in"))
        stack = stack_of_key(connection, need.key, need.region, STACK_TAG)
    except CredentialsProblem:
        raise
    except (AwsError, Refused) as error:
        return LeftPolicy(need.key, str(error), error.advice or NO_ADVICE)
    if stack is not None:
        why = f"it belongs to the CloudFormation stack {stack}, whose next update would put it back"
        return LeftPolicy(
            need.key, why, Advice("change it in the template of that stack"), before, merged.text
        )
    return PolicyChange(need.key, need.region, before, merged.text, tuple(need.users), datetime.now(UTC))
