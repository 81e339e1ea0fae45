"""Which buckets of an account are wanted, and which were read already."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import takewhile

from s3kms.aws.response_checks import ListedBucket
from s3kms.model.bucket import DIRECTORY_SUFFIX, BucketKind
from s3kms.model.targets import Target, TargetIndex


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of the account's buckets are wanted."""

    targets: tuple[Target, ...] = ()
    """None means all."""
    regions: tuple[str, ...] = ()
    """None means all."""
    directory_buckets: bool = True
    """Whether to look for directory buckets: one more listing call a region (fact A20)."""
    separate: tuple[Target, ...] = ()
    """The table and vector buckets that targets mean by their ARNs."""
    has_s3: bool = True
    """Whether buckets of S3 itself are meant; not where every target is a table or vector bucket."""
    names: frozenset[str] = field(init=False)
    """The buckets that the targets name, patterns left out."""
    _index: TargetIndex = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = TargetIndex.of(self.targets)
        separate = (target.pattern for target in self.separate if not target.is_glob)
        object.__setattr__(self, "_index", index)
        object.__setattr__(self, "names", frozenset((*index.named, *separate)))

    @classmethod
    def of(
        cls, targets: tuple[Target, ...], regions: tuple[str, ...] = (), *, directory_buckets: bool = True
    ) -> "Selection":
        """What these targets mean; none means all."""
        separate = tuple(target for target in targets if target.kind is not None)
        own = tuple(target for target in targets if target.kind is None)
        return cls(own, regions, directory_buckets, separate, has_s3=bool(own) or not separate)

    def wants(self, listed: ListedBucket) -> bool:
        """Whether a listed bucket is wanted. One whose region the server does not say is, never dropped."""
        in_region = not self.regions or listed.region is None or listed.region in self.regions
        return in_region and (not self.targets or bool(self.matching(listed.name)))

    def matching(self, name: str) -> tuple[Target, ...]:
        """The targets that mean a bucket of this name."""
        return self._index.matching(name)

    @property
    def prefix(self) -> str:
        """The prefix that every wanted name has, so that the listing can be short."""
        prefixes = sorted(target.prefix for target in self.targets)
        if not prefixes:
            return ""
        pairs = zip(prefixes[0], prefixes[-1], strict=False)  # what the extremes share, all share
        return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    @property
    def may_be(self) -> frozenset[BucketKind]:
        """The kinds of bucket that the targets can mean."""
        if not self.has_s3:
            return frozenset()
        names = [t.pattern for t in self.targets if not t.is_glob]
        if not self.targets or len(names) < len(self.targets):
            return frozenset(BucketKind)
        return frozenset(bucket_kind_of(name) for name in names)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What an interrupted scan has read already, and does not read again."""

    is_read: Callable[[str, str], bool] = lambda _account, _bucket: False
    is_done: Callable[[str], bool] = lambda _account: False
    """Whether every bucket of the account was read."""


def bucket_kind_of(name: str) -> BucketKind:
    """What the name says (fact A20)."""
    return BucketKind.DIRECTORY if name.endswith(DIRECTORY_SUFFIX) else BucketKind.GENERAL_PURPOSE
