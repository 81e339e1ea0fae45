"""What code says of the use of its buckets, by the bucket that each resource is for. For every language."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from s3kms.model.advice import Advice
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import NOT_READ, Unknown, UnknownCause
from s3kms.model.usage import PUBLIC_GROUPS, AclGrant, BucketUsage, LogDelivery, ReplicationRule

_BUCKET_ARN = re.compile(r"arn:(?:\$\{[^}]*\}|[^:$]*):s3:::")
_KEY = re.compile(r"\[[^]]*]")
"""Of an instance of Terraform: which one is meant of several is not looked at."""
_DOMAIN = re.compile(r"\.s3(?:[.-][^/]*)?\.(?:\$\{[^}]*\}|amazonaws\.com(?:\.cn)?)$")


@dataclass(frozen=True, slots=True)
class Website:
    """That a bucket has a website endpoint."""


@dataclass(frozen=True, slots=True)
class PublicAccessBlock:
    """What a bucket's own public access block says, as far as anonymous requests hang on it."""

    ignores_acls: bool | Unknown
    restricts: bool | Unknown
    source: str
    """In a sentence: `aws_s3_bucket_public_access_block.web`."""
    is_certain: bool = True
    """Whether the code is certain to make it."""


UsageFact = LogDelivery | AclGrant | ReplicationRule | PolicyDocument | Website | PublicAccessBlock


@dataclass(frozen=True, slots=True)
class RolePolicy:
    """A policy that a role of the code has."""

    role: str
    """The address of the role, or its name."""
    policy: PolicyDocument | str | None
    """The document, or the address of the managed policy; None for one that the code does not declare."""


@dataclass(frozen=True, slots=True)
class RoleName:
    """A role that the code declares."""

    address: str
    name: str
    """Empty where it is not known."""


@dataclass(frozen=True, slots=True)
class BucketTarget:
    """What names a bucket: its address in the code, or its name, in which `${…}` stands for what is open."""

    address: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class FoundUsage:
    """What one resource says in one world of the buckets that it names, of keys, or of roles."""

    targets: tuple[BucketTarget, ...]
    fact: UsageFact | None
    key_policy: PolicyDocument | None = None
    of_role: RolePolicy | RoleName | None = None


def target_of_text(text: str) -> BucketTarget:
    """The bucket that a name, an ARN (of objects, too) or the domain name of a bucket means."""
    if found := _BUCKET_ARN.match(text):
        text = text[found.end() :]
    return BucketTarget(name=_DOMAIN.sub("", text.split("/")[0]))


@dataclass(slots=True)
class RolePolicies:
    """The policies of the roles that code declares."""

    _names: dict[str, str] = field(default_factory=dict)
    """The address of each declared role: its name, empty where it is not known."""
    _policies: dict[str, dict[str, RolePolicy]] = field(default_factory=dict)
    """By the address or the name of the role."""
    _managed: dict[str, dict[str, PolicyDocument]] = field(default_factory=dict)
    """By the address of the managed policy."""

    def add(self, found: FoundUsage) -> None:
        """What one resource says of roles, or of a policy that a role may have."""
        match found.of_role:
            case RoleName(address=address, name=name):
                self._names[address] = name
            case RolePolicy() as one:
                self._policies.setdefault(one.role, {})[repr(one)] = one
        if (policy := found.key_policy) is not None:
            self._managed.setdefault(_KEY.sub("", policy.source), {})[repr(policy.content)] = policy

    def of(self, rules: Iterable[ReplicationRule]) -> tuple[PolicyDocument, ...] | Unknown:
        """All policies of the roles of these rules; NOT_READ where a role or a policy of one is not declared."""
        documents: list[PolicyDocument] = []
        for role in dict.fromkeys(rule.role for rule in rules):
            name = self._names.get(role) if role else None
            if role is None or name is None:
                return NOT_READ
            for one in (*self._policies.get(role, {}).values(), *self._policies.get(name, {}).values()):
                policies = (
                    [one.policy]
                    if isinstance(one.policy, PolicyDocument)
                    else list(self._managed.get(one.policy or "", {}).values())
                )
                if not policies:
                    return NOT_READ
                documents += policies
        return tuple(documents) or NOT_READ


@dataclass(slots=True)
class UsageIndex:
    """Collects facts, and gives each bucket its own."""

    _facts: dict[BucketTarget, dict[str, UsageFact]] = field(default_factory=dict)
    _key_policies: dict[str, PolicyDocument] = field(default_factory=dict)
    _roles: RolePolicies = field(default_factory=RolePolicies)
    unread: Unknown | None = None
    """Why facts are missing; those that were found hold all the same."""

    def add(self, target: BucketTarget, fact: UsageFact) -> None:
        """One fact about one bucket; that which is known already is not kept twice."""
        if target.address or target.name:
            self._facts.setdefault(target, {})[repr(fact)] = fact

    def add_key_policy(self, document: PolicyDocument) -> None:
        """A policy of the code; it is kept where it speaks of an encryption context."""
        text = repr(document.content)
        if "kms:encryptioncontext" in text.lower():
            self._key_policies[f"{document.source} {text}"] = document

    def collect(self, worlds: Sequence[Sequence[FoundUsage]]) -> None:
        """What one resource says in every world; a delivery that only some of them have is not certain."""
        count: dict[str, int] = {}
        for world in worlds:
            for key in {repr(one) for one in world}:
                count[key] = count.get(key, 0) + 1
        for key, one in {repr(one): one for world in worlds for one in world}.items():
            fact = one.fact
            if isinstance(fact, LogDelivery | PublicAccessBlock) and count[key] < len(worlds):
                fact = replace(fact, is_certain=False)
            if fact is not None:
                for target in one.targets:
                    self.add(target, fact)
            if one.key_policy is not None:
                self.add_key_policy(one.key_policy)
            self._roles.add(one)

    def usage_of(self, targets: Iterable[BucketTarget]) -> BucketUsage:
        """What the bucket is used for that these all mean."""
        unread = self.unread
        facts: dict[str, UsageFact] = {}
        for target in targets:
            facts |= self._facts.get(target, {})
        found = facts.values()
        has_website = any(isinstance(one, Website) for one in found)
        blocks = [one for one in found if isinstance(one, PublicAccessBlock)]
        grants = tuple(one for one in found if isinstance(one, AclGrant))
        if any(one.ignores_acls is True and one.is_certain for one in blocks):
            grants = tuple(one for one in grants if one.grantee not in PUBLIC_GROUPS)
        rules = tuple(one for one in found if isinstance(one, ReplicationRule))
        of_roles = NOT_READ if unread else self._roles.of(rules)
        if isinstance(of_roles, Unknown):  # a role of which the code tells not all is not judged
            rules = tuple(replace(one, role=None) for one in rules)
        return BucketUsage(
            policies=unread or tuple(one for one in found if isinstance(one, PolicyDocument)),
            website=has_website or unread or False,
            replication=unread or rules,
            role_policies=of_roles,
            grants=grants or unread or (),
            is_public_access_restricted=_restricts(blocks),
            deliveries=tuple(one for one in found if isinstance(one, LogDelivery)),
            key_policies=tuple(self._key_policies.values()),
        )


def _restricts(blocks: Sequence[PublicAccessBlock]) -> bool | Unknown:
    """Whether one of them restricts public access; NOT_READ where the code has none: AWS's own default may."""
    answers = [
        one.restricts if one.is_certain else _perhaps(one) for one in blocks if one.restricts is not False
    ]
    if True in answers:
        return True
    unknown = next((one for one in answers if isinstance(one, Unknown)), None)
    return unknown or (False if blocks else NOT_READ)


def _perhaps(block: PublicAccessBlock) -> Unknown:
    why = f"whether {block.source} is made is not known"
    return Unknown(UnknownCause.UNRESOLVED, why, Advice("check a plan of it, or name its variables"))
