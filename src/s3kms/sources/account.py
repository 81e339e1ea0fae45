"""The live source: every bucket of the account of the current credentials."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import takewhile

from s3kms.aws import s3
from s3kms.aws.connection import Connection
from s3kms.aws.s3 import Listed
from s3kms.estate import operations as op
from s3kms.estate.bucket import (
    DIRECTORY_SUFFIX,
    Bucket,
    BucketKind,
    Evidence,
    Gone,
    Missing,
    Place,
    Sighting,
    bucket_arn,
    directory_bucket_arn,
)
from s3kms.estate.encryption import Encryption
from s3kms.estate.errors import AccessDenied, AwsError, CredentialsProblem, NotFound
from s3kms.estate.facts import Fact
from s3kms.estate.keys import KeyFact
from s3kms.estate.operations import Operation
from s3kms.estate.targets import Target
from s3kms.estate.unknown import NOT_READ, Unknown
from s3kms.sources.keys import Keys

DIRECTORY_BUCKET_REGIONS = {
    "aws": (
        "us-east-1",
        "us-east-2",
        "us-west-2",
        "ap-south-1",
        "ap-northeast-1",
        "eu-west-1",
        "eu-north-1",
    )
}
"""Where S3 Express has a regional endpoint: the User Guide's page endpoint-directory-buckets-AZ, 2026.

Elsewhere the name of the endpoint does not resolve, so nobody is asked there.
"""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of the account's buckets are meant."""

    targets: tuple[Target, ...] = ()
    """None means all."""
    regions: tuple[str, ...] = ()
    """None means all."""
    directory_buckets: bool = True
    """Whether to look for directory buckets: one more listing call a region (fact A20)."""

    def wants(self, listed: Listed) -> bool:
        """A bucket whose region the server does not say is looked at, never dropped."""
        in_region = not self.regions or listed.region is None or listed.region in self.regions
        return in_region and (not self.targets or any(t.matches(listed.name) for t in self.targets))

    @property
    def prefix(self) -> str:
        """What every wanted name begins with, so that the listing can be short."""
        prefixes = sorted(target.prefix for target in self.targets)
        if not prefixes:
            return ""
        pairs = zip(prefixes[0], prefixes[-1], strict=False)  # what the extremes share, all share
        return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    @property
    def may_be(self) -> frozenset[BucketKind]:
        """The kinds of bucket that the targets can mean."""
        names = [t.pattern for t in self.targets if not t.is_glob]
        if not self.targets or len(names) < len(self.targets):
            return frozenset(BucketKind)
        return frozenset(_kind(name) for name in names)


@dataclass(slots=True)
class _Seen:
    """What the listing came across, for the end of the stream."""

    named: set[str]
    """What the targets say: of these alone it is worth remembering that they were there."""
    names: set[str] = field(default_factory=set)
    unlisted: dict[str, AwsError] = field(default_factory=dict)
    """Regions whose directory buckets could not be listed, and why."""

    def noting(self, listing: Iterable[Listed]) -> Iterator[Listed]:
        for listed in listing:
            if listed.name in self.named:
                self.names.add(listed.name)
            yield listed


class AccountSource:
    """The account's general purpose buckets and directory buckets, read through the S3 API.

    Costs the listing pages and one GetBucketEncryption a bucket; tags and keys only where a rule needs them.
    """

    def __init__(
        self,
        connection: Connection,
        selection: Selection | None = None,
        *,
        page_size: int = 1000,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._connection = connection
        self._selection = selection or Selection()
        self._page_size = page_size
        self._say = say

    def operations(self, needs: frozenset[Fact]) -> frozenset[Operation]:
        """Every AWS operation that `buckets(needs)` may call."""
        return account_operations(needs, directory_buckets=self._selection.directory_buckets)

    def buckets(self, needs: frozenset[Fact]) -> Iterator[Sighting]:
        """The wanted buckets in the order of the listing, then the named ones that are not there.

        Raises AwsError where the account cannot be listed: an empty result would be a lie.
        """
        reader = _Reader(self._connection, needs, Keys(self._connection, needs))
        seen = _Seen({target.pattern for target in self._selection.targets})
        yield from _in_order(reader.read, self._listed(seen), self._connection.settings.concurrency)
        if seen.unlisted:
            yield self._unlisted(seen.unlisted)
        yield from self._missing(seen)

    def _listed(self, seen: _Seen) -> Iterator[Listed]:
        kinds = self._selection.may_be
        if BucketKind.GENERAL_PURPOSE in kinds:
            yield from seen.noting(filter(self._wants, self._general_purpose()))
        if BucketKind.DIRECTORY in kinds and self._selection.directory_buckets:
            yield from seen.noting(filter(self._wants, self._directory(seen)))

    def _wants(self, listed: Listed) -> bool:
        """Not a bucket that happens to have the name of one elsewhere."""
        targets = self._selection.targets
        here = [t for t in targets if not _elsewhere(t, self._connection)]
        if targets and not any(t.matches(listed.name) and t.region in {None, listed.region} for t in here):
            return False
        return self._selection.wants(listed)

    def _general_purpose(self) -> Iterator[Listed]:
        try:
            yield from s3.list_buckets(
                self._connection, prefix=self._selection.prefix, page_size=self._page_size
            )
        except AccessDenied as denied:
            named = self._selection.targets
            if not named or any(target.is_glob for target in named):
                raise
            # Named buckets can be read without the list; S3 then redirects to their region by itself.
            self._say(f"{denied}: the named buckets are read without it, and their regions are not known")
            yield from (
                Listed(t.pattern, None, is_listed=False)
                for t in named
                if _kind(t.pattern) is BucketKind.GENERAL_PURPOSE
            )

    def _directory(self, seen: _Seen) -> Iterator[Listed]:
        for region in DIRECTORY_BUCKET_REGIONS.get(self._connection.partition, ()):
            if self._selection.regions and region not in self._selection.regions:
                continue
            try:
                yield from s3.list_directory_buckets(self._connection, region, page_size=self._page_size)
            except CredentialsProblem:
                raise
            except AwsError as error:
                seen.unlisted[region] = error

    def _unlisted(self, errors: dict[str, AwsError]) -> Bucket:
        """All regions in which directory buckets could not be listed, as one thing nobody could judge."""
        account = self._connection.account
        first = next(iter(errors.values())).as_unknown()
        why = f"the directory buckets of {', '.join(errors)} could not be listed: {first.why}"
        remedy = f"{first.remedy}; or leave them out with --no-directory-buckets"
        arn = directory_bucket_arn("*", "*", account, self._connection.partition)
        unknown = Unknown(why, remedy)
        return Bucket(
            name=None,
            account=account,
            kind=BucketKind.DIRECTORY,
            places=(Place(arn),),
            encryption=unknown,
            key=unknown,
            tags=unknown,
        )

    def _missing(self, seen: _Seen) -> Iterator[Missing]:
        for target in self._selection.targets:
            if not target.is_glob and target.pattern not in seen.names:
                yield Missing(target.pattern, self._why_missing(target, seen))

    def _why_missing(self, target: Target, seen: _Seen) -> str:
        if elsewhere := _elsewhere(target, self._connection):
            return elsewhere
        if _kind(target.pattern) is BucketKind.DIRECTORY:
            if not self._selection.directory_buckets:
                return "directory buckets are left out"
            if seen.unlisted:
                return f"directory buckets could not be listed in {', '.join(seen.unlisted)}"
        where = f" in {', '.join(self._selection.regions)}" if self._selection.regions else ""
        return (
            f"account {self._connection.account} has no such bucket{where}; "
            "check the name, and whose credentials these are (aws sts get-caller-identity)"
        )


def _elsewhere(target: Target, connection: Connection) -> str:
    """Why a target cannot be a bucket of this account, from what its ARN says."""
    if target.partition not in {None, connection.partition}:
        return f"it is in partition {target.partition}, the credentials are in {connection.partition}"
    if target.account not in {None, connection.account}:
        return f"it is of account {target.account}, the credentials are of {connection.account}"
    return ""


def account_operations(needs: frozenset[Fact], *, directory_buckets: bool = True) -> frozenset[Operation]:
    """Every AWS operation that reading an account with these facts may call."""
    listing = frozenset({op.GET_CALLER_IDENTITY, op.LIST_BUCKETS, op.LIST_DIRECTORY_BUCKETS})
    operations = listing.union(*(fact.operations for fact in needs))
    of_directories = {op.LIST_DIRECTORY_BUCKETS, op.GET_DIRECTORY_BUCKET_ENCRYPTION}
    return operations if directory_buckets else operations - of_directories


class _Reader:
    """Reads the needed facts of one bucket. Called from many threads."""

    def __init__(self, connection: Connection, needs: frozenset[Fact], keys: Keys) -> None:
        self._connection = connection
        self._needs = needs
        self._needs_key = any(fact.is_about_the_key for fact in needs)
        self._keys = keys

    def read(self, listed: Listed) -> Sighting:
        try:
            encryption, evidence = self._encryption(listed)
            tags = self._tags(listed)
        except NotFound:
            if listed.is_listed:
                return Gone(listed.name, listed.region)
            return Missing(listed.name, "there is no such bucket; check the name")
        arn = _arn(listed, self._connection)
        return Bucket(
            name=listed.name,
            account=self._connection.account,
            region=listed.region,
            arn=arn,
            kind=listed.kind,
            places=(Place(arn),),
            encryption=encryption,
            tags=tags,
            key=self._key(encryption, listed),
            evidence=evidence,
        )

    def _encryption(self, listed: Listed) -> tuple[Encryption | Unknown, Evidence | None]:
        if Fact.ENCRYPTION not in self._needs and not self._needs_key:
            return NOT_READ, None
        try:
            return s3.get_bucket_encryption(self._connection, listed)
        except (CredentialsProblem, NotFound):
            raise
        except AwsError as error:
            return error.as_unknown(), s3.evidence(op.GET_BUCKET_ENCRYPTION, error.request_id)

    def _tags(self, listed: Listed) -> Mapping[str, str] | Unknown:
        if Fact.TAGS not in self._needs:
            return NOT_READ
        try:
            return s3.get_bucket_tags(self._connection, listed)
        except (CredentialsProblem, NotFound):
            raise
        except AwsError as error:
            return error.as_unknown()

    def _key(self, encryption: Encryption | Unknown, listed: Listed) -> KeyFact | None:
        if isinstance(encryption, Unknown):
            return encryption
        if not self._needs_key:
            return NOT_READ
        return self._keys.behind(encryption, listed.region)


def _in_order(
    work: Callable[[Listed], Sighting], items: Iterator[Listed], workers: int
) -> Iterator[Sighting]:
    """The results in the order of the items, with a bounded number of them under way."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="s3kms")
    window: deque[Future[Sighting]] = deque()
    try:
        for item in items:
            window.append(pool.submit(work, item))
            if len(window) >= workers * 4:
                yield window.popleft().result()
        while window:
            yield window.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # who stops listening does not wait for a slow server


def _kind(name: str) -> BucketKind:
    return BucketKind.DIRECTORY if name.endswith(DIRECTORY_SUFFIX) else BucketKind.GENERAL_PURPOSE


def _arn(listed: Listed, connection: Connection) -> str:
    if listed.kind is BucketKind.DIRECTORY:
        region = listed.region or connection.region
        return directory_bucket_arn(listed.name, region, connection.account, connection.partition)
    return bucket_arn(listed.name, connection.partition)
