"""What code says of the use of its buckets, by the bucket that each resource is for. For every language."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown
from s3kms.model.usage import AclGrant, BucketUsage, LogDelivery, ReplicationRule

_BUCKET_ARN = re.compile(r"arn:(?:\$\{[^}]*\}|[^:$]*):s3:::")
_DOMAIN = re.compile(r"\.s3(?:[.-][^/]*)?\.(?:\$\{[^}]*\}|amazonaws\.com(?:\.cn)?)$")


@dataclass(frozen=True, slots=True)
class Website:
    """That a bucket has a website endpoint."""


UsageFact = LogDelivery | AclGrant | ReplicationRule | PolicyDocument | Website


@dataclass(frozen=True, slots=True)
class BucketTarget:
    """What names a bucket: its address in the code, or its name, in which `${…}` stands for what is open."""

    address: str = ""
    name: str = ""


def target_of_text(text: str) -> BucketTarget:
    """The bucket that a name, an ARN (of objects, too) or the domain name of a bucket means."""
    if found := _BUCKET_ARN.match(text):
        text = text[found.end() :]
    return BucketTarget(name=_DOMAIN.sub("", text.split("/")[0]))


@dataclass(slots=True)
class UsageIndex:
    """Collects facts, and gives each bucket its own."""

    _facts: dict[BucketTarget, dict[str, UsageFact]] = field(default_factory=dict)
    _key_policies: dict[str, PolicyDocument] = field(default_factory=dict)
    unread: Unknown | None = None
    """Why the facts could not be collected."""

    def add(self, target: BucketTarget, fact: UsageFact) -> None:
        """One fact about one bucket; that which is known already is not kept twice."""
        if target.address or target.name:
            self._facts.setdefault(target, {})[repr(fact)] = fact

    def add_key_policy(self, document: PolicyDocument) -> None:
        """A policy of the code; it is kept where it speaks of an encryption context."""
        text = repr(document.content)
        if "kms:encryptioncontext" in text.lower():
            self._key_policies[f"{document.source} {text}"] = document

    def usage_of(self, targets: Iterable[BucketTarget]) -> BucketUsage:
        """What the bucket is used for that these all mean."""
        if self.unread is not None:
            unread = self.unread
            return BucketUsage(policies=unread, website=unread, replication=unread, grants=unread)
        facts: dict[str, UsageFact] = {}
        for target in targets:
            facts |= self._facts.get(target, {})
        found = facts.values()
        return BucketUsage(
            policies=tuple(one for one in found if isinstance(one, PolicyDocument)),
            website=any(isinstance(one, Website) for one in found),
            replication=tuple(one for one in found if isinstance(one, ReplicationRule)),
            grants=tuple(one for one in found if isinstance(one, AclGrant)),
            deliveries=tuple(one for one in found if isinstance(one, LogDelivery)),
            key_policies=tuple(self._key_policies.values()),
        )
