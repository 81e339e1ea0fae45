"""What the policies of users and roles have to say of a key, where its own is not enough: printed, not written.

The policy of a key alone lets in its own account; in another account both sides have to allow (fact A27), and a
permissions boundary limits what a key policy gives.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from s3kms.access.documents import parse_policy
from s3kms.access.match import Match
from s3kms.access.merging import merge_statements, policy_texts
from s3kms.changes.policies.left import LeftPolicy
from s3kms.changes.policies.outlook import PreparationFold
from s3kms.model.access import AccessGroup, KeyAccess
from s3kms.model.advice import Advice
from s3kms.model.errors import Refused
from s3kms.model.identities import AttachedPolicy, IamIdentity
from s3kms.model.plan import PlannedBucket
from s3kms.model.policy_checks import CheckedKind
from s3kms.model.unknown import Unknown

MAX_DOCUMENTS = 100
"""Documents of IAM that are printed; what is left out is counted."""
_EMPTY = '{"Version":"2012-10-17","Statement":[]}'
_NAMED = 3
_VIA = "kms:ViaService"


@dataclass(slots=True)
class _Need:
    """One policy of IAM that lacks something."""

    title: str
    before: str
    """Empty for a policy that is new."""
    statements: dict[tuple[tuple[str, ...], str], dict[str, None]] = field(default_factory=dict)
    """The keys, by the actions and the service that uses them."""
    principals: dict[str, None] = field(default_factory=dict)
    bound: dict[str, None] = field(default_factory=dict)
    """Permissions boundaries that have to allow it, too."""


def identity_documents(
    remaining: Iterable[PlannedBucket], fold: PreparationFold
) -> tuple[tuple[LeftPolicy, ...], int]:
    """The policies of IAM that lack a key, each merged once over all buckets; and how many more there are.

    `remaining` are buckets as they are judged with every prepared document: whoever still loses access there, and no
    statement denies it, lacks it in IAM.
    """
    needs: dict[str, _Need] = {}
    left_out = set[str]()
    for planned in remaining:
        judge = fold.judges.get((planned.account, planned.bucket))
        for group, arn in _losers(planned):
            identity = judge.identity_of(arn) if judge else None
            if identity is None or planned.after is None or planned.after.key is None:
                continue
            found = _need_of(group, identity)
            if found.title not in needs and len(needs) >= MAX_DOCUMENTS:
                left_out.add(found.title)
                continue
            _add(needs.setdefault(found.title, found), group, identity, planned.after.key)
    return tuple(filter(None, map(_document, needs.values()))), len(left_out)


def _losers(planned: PlannedBucket) -> Iterator[tuple[AccessGroup, str]]:
    """Who loses access, where a statement mends it."""
    for group in planned.access:
        if group.access is KeyAccess.LOSES and not group.may_lose and group.statements:
            for arn in group.principals:
                yield group, arn


def _need_of(group: AccessGroup, identity: IamIdentity) -> _Need:
    """The policy by which it uses the bucket, where that can be edited; else one more."""
    for one in identity.policies:
        document = one.document
        if (
            one.name != group.through
            or isinstance(document, Unknown)
            or not isinstance(document.content, str)
        ):
            continue
        if one.arn and identity.account in one.arn.split(":"):
            return _Need(f"policy {one.arn}", document.content)
        if not one.arn:
            return _Need(f"{one.name} of {identity.arn}", document.content)
    return _Need(f"a new policy for principals that come through {group.through} in {identity.account}", "")


def _add(need: _Need, group: AccessGroup, identity: IamIdentity, key: str) -> None:
    need.principals[identity.arn] = None
    for statement in group.statements:
        conditions: Mapping[str, Any] = statement.get("Condition", {}).get("StringEquals", {})
        actions = tuple(policy_texts(statement["Action"]))
        need.statements.setdefault((actions, str(conditions.get(_VIA, ""))), {})[key] = None
        if identity.boundary and not _may_allow(identity.boundary, actions):
            need.bound[identity.boundary.name] = None


def _may_allow(boundary: AttachedPolicy, actions: tuple[str, ...]) -> bool:
    if isinstance(boundary.document, Unknown):
        return False
    statements = [one for one in parse_policy(boundary.document).statements if one.is_allow]
    return all(any(one.covers_action(action) is not Match.NO for one in statements) for action in actions)


def _document(need: _Need) -> LeftPolicy | None:
    statements = [
        {
            "Effect": "Allow",
            "Action": list(actions),
            "Resource": list(keys) if len(keys) > 1 else next(iter(keys)),
            **({"Condition": {"StringEquals": {_VIA: via}}} if via else {}),
        }
        for (actions, via), keys in need.statements.items()
    ]
    first = list(need.principals)[:_NAMED]
    more = f" and {len(need.principals) - _NAMED} more" if len(need.principals) > _NAMED else ""
    who = f"{', '.join(first)}{more}"
    why = f"it is an IAM policy, which s3kms does not write; it is needed by {who}"
    if need.bound:
        why += f"; so does the permissions boundary {' and '.join(need.bound)}"
    advice = Advice("change it where the policies of these users and roles are managed")
    try:
        after = merge_statements(need.before or _EMPTY, statements)
    except Refused as refused:
        return LeftPolicy(need.title, CheckedKind.IDENTITY, "us-east-1", str(refused), refused.advice)
    if not after.added:
        return None
    return LeftPolicy(need.title, CheckedKind.IDENTITY, "us-east-1", why, advice, need.before, after.text)
