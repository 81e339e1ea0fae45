"""What of a bucket the policies of identities can tell apart: buckets with one signature share what was judged."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from s3kms.access.bucket_use import OpenedBucket
from s3kms.access.key_use import BucketUnderKey, BucketUser
from s3kms.access.match import Match
from s3kms.access.statements import Policy, match_beginning
from s3kms.access.texts import as_pattern, matches_glob
from s3kms.access.weigh import Policies
from s3kms.model.unknown import Unknown

_CONTEXT_KEY = "kms:encryptioncontext"


@dataclass(slots=True)
class BucketSignatures:
    """Gathers what policies say of buckets, and compares each bucket with all of it."""

    _patterns: set[str] = field(default_factory=set)
    """Of resources that are more than one bucket."""
    _contexts: set[str] = field(default_factory=set)
    """Values of conditions on the encryption context."""

    def add_patterns(self, patterns: Iterable[str]) -> None:
        """Patterns of resources in the policies of identities or of the organization."""
        self._patterns |= set(patterns)

    def add_organization(self, policies: Iterable[Policy]) -> None:
        """All that policies of the organization say of resources and encryption contexts."""
        listed = tuple(policies)
        self.add_contexts(listed)
        self.add_patterns(
            as_pattern(text)
            for one in listed
            for statement in one.statements
            for text in statement.resources.values
        )

    def add_contexts(self, policies: Iterable[Policy]) -> None:
        """The encryption contexts that policies look at."""
        for policy in policies:
            for statement in policy.statements:
                for condition in statement.conditions:
                    if condition.key.lower().startswith(_CONTEXT_KEY):
                        self._contexts |= set(map(as_pattern, condition.values))

    def signature(self, bucket: OpenedBucket, under: BucketUnderKey) -> tuple[object, ...]:
        """Equal for buckets of which every policy says the same to whoever is named by none of them."""
        doors = tuple(
            (one.name, one.access_point, _text(one.policies, under.bucket_arn)) for one in bucket.doors
        )
        reached = frozenset(
            # A variable may be anything, so that such a pattern tells every two buckets apart.
            (pattern, door.name, door.objects.prefix if "$" in pattern else level)
            for door in bucket.doors
            for pattern in self._patterns | _foreign_patterns(bucket, under.bucket_arn)
            if (level := _level(pattern, door.objects.prefix)) is not Match.NO
        )
        key = (
            under.key_arn,
            under.has_bucket_key,
            under.is_aws_managed,
            repr(under.key_policies),
            repr(under.grants),
        )
        # A tag of a principal may be the ARN of a bucket: a condition that says it is about this one alone.
        own = under.bucket_arn if _has_condition_on(bucket, under.bucket_arn) else ""
        return (bucket.account, doors, reached, key, self._seen_contexts(under), own)

    def _seen_contexts(self, under: BucketUnderKey) -> frozenset[tuple[str, object]]:
        arn = under.bucket_arn.lower()
        levels = (
            (value, (matches_glob(value.lower(), arn), _level(value.lower(), f"{arn}/")))
            for value in self._contexts
        )
        found: frozenset[tuple[str, object]] = frozenset(one for one in levels if one[1] != (False, Match.NO))
        return found | ({(arn, None)} if any("$" in value for value in self._contexts) else set())


def _level(pattern: str, prefix: str) -> Match:
    """How a pattern reaches the objects of a bucket: perhaps, where it has variables."""
    head = re.split(r"[*?$]", pattern, maxsplit=1)[0]
    if not (head.startswith(prefix) or prefix.startswith(head)):
        return Match.NO
    return Match.MAYBE if "$" in pattern else match_beginning(pattern, prefix)


def _has_condition_on(bucket: OpenedBucket, arn: str) -> bool:
    """Whether a condition in the policies of a bucket has its ARN among its values."""
    return any(
        arn in as_pattern(value)
        for door in bucket.doors
        if not isinstance(door.policies, Unknown)
        for policy in door.policies
        for statement in policy.statements
        for condition in statement.conditions
        for value in condition.values
    )


def _foreign_patterns(bucket: OpenedBucket, arn: str) -> set[str]:
    """What the policies of a bucket say of resources that are not written as its own."""
    own = re.compile(rf"{re.escape(arn)}(?:[/*].*)?", re.DOTALL)
    texts = (
        as_pattern(text)
        for door in bucket.doors
        if not isinstance(door.policies, Unknown)
        for policy in door.policies
        for statement in policy.statements
        for text in statement.resources.values
    )
    return {one for one in texts if one != "*" and not own.fullmatch(one)}


def _text(policies: Policies, arn: str) -> str:
    """The statements, the bucket's ARN left out: each bucket policy is about its own bucket."""
    if isinstance(policies, Unknown):
        return f"unread {policies.why}"
    return re.sub(rf"{re.escape(arn)}(?=[/'\"*])", "\0", repr(policies))


def contexts_of(user: BucketUser) -> tuple[Policy, ...]:
    """The policies of a user that may look at an encryption context."""
    found = () if isinstance(user.identity, Unknown) else user.identity
    return (*found, *(user.boundary if isinstance(user.boundary, tuple) else ()))
