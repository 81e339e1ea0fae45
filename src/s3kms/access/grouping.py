"""What was judged of principals, put together: who uses a bucket through one policy and fares alike is one group."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from s3kms.access.key_use import KeyAccessAnswer
from s3kms.model.access import AccessGroup, KeyAccess, KeyUse

MAX_POLICIES = 100
"""Policies through which principals use one bucket that are told apart, of those of whom the same becomes."""
OTHER_POLICIES = "other policies"
MAX_NAMED_IN_STATEMENT = 20
"""Principals of one account that a statement names; more are let in as the whole account, through S3."""


@dataclass(frozen=True, slots=True)
class UseAnswer:
    """What becomes of one use of a bucket."""

    through: str
    """The policy by which they have it today."""
    answer: KeyAccessAnswer


Answers = Mapping[KeyUse, UseAnswer]


@dataclass(frozen=True, slots=True)
class Judged:
    """Principals of whom the same becomes."""

    principals: tuple[str, ...]
    answers: Answers
    is_administrator: bool = False


@dataclass(frozen=True, slots=True)
class GroupKey:
    """What the principals of one group have in common."""

    access: KeyAccess
    uses: tuple[KeyUse, ...]
    why: str
    through: str
    is_administrator: bool
    is_denied: bool


@dataclass(slots=True)
class Grouping:
    """Principals by what becomes of them, in the order in which they were judged."""

    groups: dict[GroupKey, list[str]] = field(default_factory=dict)

    def add(self, judged: Judged, without: frozenset[str] = frozenset()) -> None:
        """Count what was judged of them, but for those who were judged apart."""
        names = [one for one in judged.principals if one not in without] if without else judged.principals
        if names:
            for key in _keys_of(judged):
                self.groups.setdefault(key, []).extend(names)

    def merged(self) -> "Grouping":
        """With no more than `MAX_POLICIES` policies told apart that lead to the same: the smallest are others."""
        if len(self.groups) <= MAX_POLICIES:
            return self
        counted = Counter(replace(key, through="") for key in self.groups)
        found: dict[GroupKey, list[str]] = {}
        told = Counter[GroupKey]()
        for key, names in sorted(self.groups.items(), key=lambda one: -len(one[1])):
            alike = replace(key, through="")
            told[alike] += 1
            is_told = counted[alike] <= MAX_POLICIES or told[alike] < MAX_POLICIES
            found.setdefault(key if is_told else replace(key, through=OTHER_POLICIES), []).extend(names)
        return Grouping(found)

    def copy(self) -> "Grouping":
        """One that can be added to on its own."""
        return Grouping({key: list(names) for key, names in self.groups.items()})

    def finished(self, mend: "Mend") -> tuple[AccessGroup, ...]:
        """The groups, who loses access first; `mend` gives the statements that let them in."""
        found = sorted(self.merged().groups.items(), key=lambda one: -one[0].access.gravity)
        return tuple(
            AccessGroup(
                key.access,
                key.uses,
                key.why,
                key.through,
                tuple(dict.fromkeys(names)),
                key.is_administrator,
                statements=mend.statements(key, names),
            )
            for key, names in found
        )


def _keys_of(judged: Judged) -> Iterator[GroupKey]:
    uses: dict[tuple[KeyAccess, str, bool], list[KeyUse]] = {}
    whys: dict[tuple[KeyAccess, str, bool], str] = {}
    for use, found in judged.answers.items():
        key = (found.answer.access, found.through, found.answer.is_denied)
        uses.setdefault(key, []).append(use)
        whys.setdefault(key, found.answer.why)
    for key, of_key in uses.items():
        access, through, is_denied = key
        yield GroupKey(access, tuple(of_key), whys[key], through, judged.is_administrator, is_denied)


@dataclass(frozen=True, slots=True)
class Mend:
    """What a key policy has to say so that those who lose access keep it."""

    via_service: str | None
    """`s3.eu-west-1.amazonaws.com`; None where the partition is one whose name for it is not documented."""
    is_editable: bool
    """Whether the policy of the key can be changed: not that of aws/s3 (fact B6)."""

    def statements(self, key: GroupKey, principals: Iterable[str]) -> tuple[Mapping[str, Any], ...]:
        """For one group: none where a statement denies it, which only its author can mend."""
        if key.access is not KeyAccess.LOSES or key.is_denied or not self.is_editable:
            return ()
        by_account: dict[str, list[str]] = {}
        for one in principals:
            if account := _account_of(one):
                by_account.setdefault(account, []).append(one)
        return tuple(
            statement_for(account, names, key.uses, self.via_service) for account, names in by_account.items()
        )


def statement_for(
    account: str, names: Sequence[str], uses: Iterable[KeyUse], via_service: str | None
) -> dict[str, Any]:
    """The statement of a key policy that lets principals of one account in through S3 alone, as the KMS Developer
    Guide writes it; many of them as the whole account.
    """
    tests = {"kms:CallerAccount": account}
    if via_service:
        tests["kms:ViaService"] = via_service
    is_whole = len(names) > MAX_NAMED_IN_STATEMENT and via_service is not None
    who: object = "*" if is_whole else names[0] if len(names) == 1 else sorted(names)
    return {
        "Effect": "Allow",
        "Principal": {"AWS": who},
        "Action": _actions(uses),
        "Resource": "*",
        "Condition": {"StringEquals": tests},
    }


def _actions(uses: Iterable[KeyUse]) -> list[str]:
    """Both for who writes, because of bucket keys and uploads in parts (facts A27 and B15)."""
    writes = any(use is not KeyUse.READ for use in uses)
    return ["kms:Decrypt", "kms:GenerateDataKey*"] if writes else ["kms:Decrypt"]


_ARN_PARTS = 6
_ACCOUNT_DIGITS = 12


def _account_of(principal: str) -> str | None:
    if principal.isdecimal() and len(principal) == _ACCOUNT_DIGITS:
        return principal
    parts = principal.split(":", _ARN_PARTS - 1)
    return parts[4] if len(parts) == _ARN_PARTS and parts[4].isdecimal() else None
