"""Who may use the buckets of an account today, and whether they may under the new key: what is read of people."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

from s3kms.access.bucket_use import Door, OpenedBucket
from s3kms.access.context import PrefixValue
from s3kms.access.documents import parse_policy
from s3kms.access.estate import AccessJudge
from s3kms.access.key_use import BucketUnderKey
from s3kms.access.observed import ObservedAccess, observe
from s3kms.access.weigh import Policies
from s3kms.aws.assumed_role import AssumedRoleConnection
from s3kms.aws.connection import Connection
from s3kms.changes.buckets.keys import KeyDocuments, read_key_documents
from s3kms.changes.planning.request import PlanRequest
from s3kms.model.access import AccessGroup
from s3kms.model.accounts import role_of_arn
from s3kms.model.bucket import Bucket, bucket_arn
from s3kms.model.change import Change
from s3kms.model.identities import AccountIdentities, IamIdentity, OrganizationPolicies
from s3kms.model.keys import KeyForm, KeyReference, KmsKey
from s3kms.model.observed import IdentityKey, ObservedIdentity, ObservedKind, identity_of_arn
from s3kms.model.partitions import partition_of
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import NOT_READ, Unknown
from s3kms.sources.identities import MAX_ACCOUNTS_KEPT, IdentityDirectory
from s3kms.sources.organization_policies import OrganizationReader
from s3kms.sources.read_once import ReadOnce

_NO_ID = "00000000-0000-0000-0000-000000000000"
"""Of aws/s3, whose id no policy names before it is there."""
MAX_KEYS_KEPT = 256
"""Keys whose policies and grants are remembered for the whole plan: one that is forgotten is read again."""
_MAX_CLOCK_ERROR = timedelta(minutes=15)
"""AWS refuses requests of a clock that is further off, and tells its own time then."""
ConnectTo = Callable[[str], Connection | None]
AccountsOfPlan = Callable[[int], tuple[str, ...]]
"""The ids of the accounts that a plan enters; none where they are more than that number."""


class Principals:
    """What is read of the people of all accounts of one plan, each account once. Threads may share one."""

    def __init__(
        self,
        request: PlanRequest,
        base: Connection,
        connect: ConnectTo,
        accounts_of_plan: AccountsOfPlan = lambda _: (),
    ) -> None:
        """`connect` gives a connection of an account; None for one that the plan does not enter."""
        self._base = base
        self._connect = connect
        self._accounts_of_plan = accounts_of_plan
        self._key_role = role_of_arn(request.key_role) if request.key_role else None
        self._keys: Connection | None = None
        self._lock = Lock()
        self._directory = IdentityDirectory(connect)
        self._documents: ReadOnce[tuple[str, bool], KeyDocuments] = ReadOnce(MAX_KEYS_KEPT)
        """By the ARN of a key, and whether the role that was named for keys reads it."""
        self._organization = OrganizationReader(
            base, self.way_to_key, role=request.org_role, folder=request.org_policies
        )

    def way_to_key(self, account: str) -> Connection | None:
        """A connection that may read the keys of an account: as the role that was named for that, or as the plan."""
        if self._key_role is not None and self._has_key_role(account):
            with self._lock:
                if self._keys is None:
                    self._keys = AssumedRoleConnection(self._base, *self._key_role)
                return self._keys
        return self._connect(account)

    def _has_key_role(self, account: str) -> bool:
        return self._key_role is not None and self._key_role[0] == account != self._base.account

    def documents_of(self, key: KmsKey, own: Connection) -> KeyDocuments:
        """Who may use a key, read once for all accounts whose buckets get it; `own` is the account that asks.

        Raises AwsError.
        """
        is_own = key.account == own.account

        def read() -> KeyDocuments:
            connection = own if is_own else self.way_to_key(key.account) or own
            return read_key_documents(connection, key)

        return self._documents.get((key.arn, not is_own and self._has_key_role(key.account)), read)

    def of_account(self, connection: Connection) -> "AccountAccess":
        """For the buckets of one account, which is read over its own connection."""
        own = connection.account

        def identities_of(account: str) -> AccountIdentities | Unknown:
            return self._directory.identities_of(account, connection if account == own else None)

        def organization_of(account: str) -> OrganizationPolicies:
            return self._organization.policies_of(account, connection if account == own else None)

        def accounts_of_plan() -> tuple[str, ...]:
            # Of more accounts than are remembered, each bucket would read all of them again.
            return self._accounts_of_plan(MAX_ACCOUNTS_KEPT)

        since = self._base.clock.now() - _MAX_CLOCK_ERROR
        judge = AccessJudge(identities_of, organization_of, since, accounts_of_plan)
        return AccountAccess(judge, own)


@dataclass(slots=True)
class AccountAccess:
    """Judges the buckets of one account."""

    _judge: AccessJudge
    _account: str
    _present: frozenset[IdentityKey] | None = None
    """The users and roles that there are; none where nobody could read them."""
    _parsed: dict[PolicyDocument, Policies] = field(default_factory=dict)
    _by_arn: dict[str, dict[str, IamIdentity]] = field(default_factory=dict)
    """The users and roles of accounts, filled when one is asked for by its ARN."""

    def observed_groups(
        self, bucket: Bucket, change: Change, documents: KeyDocuments | None
    ) -> ObservedAccess:
        """As `groups`, with those apart who were seen to use the bucket. Raises CredentialsProblem."""
        seen = bucket.usage.observed
        groups = self.groups(bucket, change, documents)
        if isinstance(seen, Unknown) or self._under(bucket, change, documents) is None:
            return ObservedAccess(groups)
        return observe(groups, seen, self._account, self._is_gone)

    def _is_gone(self, identity: ObservedIdentity) -> bool:
        """Whether it is a user or role of this account, all of which were read, and it is not among them."""
        if identity.account != self._account or identity.kind not in {ObservedKind.ROLE, ObservedKind.USER}:
            return False
        if self._present is None:
            found = self._judge.identities_of(self._account)
            listed = () if isinstance(found, Unknown) else found.identities
            present = (identity_of_arn(one.arn) for one in listed)
            self._present = frozenset(one.key for one in present if one is not None)
        return bool(self._present) and identity.key not in self._present

    def identity_of(self, arn: str) -> IamIdentity | None:
        """The user or role of this ARN, of an account whose identities were read; None where it is none."""
        named = identity_of_arn(arn)
        if named is None or named.account is None:
            return None
        if named.account not in self._by_arn:
            found = self._judge.identities_of(named.account)
            listed = () if isinstance(found, Unknown) else found.identities
            self._by_arn[named.account] = {one.arn: one for one in listed}
        return self._by_arn[named.account].get(arn)

    def groups(
        self, bucket: Bucket, change: Change, documents: KeyDocuments | None
    ) -> tuple[AccessGroup, ...]:
        """Who uses a bucket, and what becomes of them; nothing where its key is of another server than AWS.

        Raises CredentialsProblem.
        """
        under = self._under(bucket, change, documents)
        if under is None or bucket.name is None or bucket.account is None:
            return ()
        return self._judge.judge(bucket.name, _opened(bucket, bucket.account), under)

    def _under(self, bucket: Bucket, change: Change, documents: KeyDocuments | None) -> BucketUnderKey | None:
        partition = partition_of(bucket.region)
        arn = bucket.arn or bucket_arn(bucket.name or "", partition)
        has_bucket_key = (
            None if isinstance(change.after.bucket_key, Unknown) else bool(change.after.bucket_key)
        )
        if change.after.key is None:
            key = f"arn:{partition}:kms:{change.region}:{change.account}:key/{_NO_ID}"
            return BucketUnderKey(
                bucket_arn=arn,
                key_arn=documents.arn if documents else key,
                is_aws_managed=True,
                has_bucket_key=has_bucket_key,
                key_policies=self._parse(documents.policy) if documents else (),
                aliases=documents.aliases if documents else None,
            )
        if documents is None or KeyReference.parse(change.after.key).form is not KeyForm.ARN:
            return None
        return BucketUnderKey(
            bucket_arn=arn,
            key_arn=change.after.key,
            has_bucket_key=has_bucket_key,
            key_policies=self._parse_all(documents),
            grants=documents.grants,
            aliases=documents.aliases,
        )

    def _parse_all(self, documents: KeyDocuments) -> Policies:
        """Both policies of a key that is shared; Unknown where one of them could not be read."""
        own = self._parse(documents.policy)
        if documents.shared is None or isinstance(own, Unknown):
            return own
        shared = self._parse(documents.shared)
        return shared if isinstance(shared, Unknown) else (*own, *shared)

    def _parse(self, document: PolicyDocument | Unknown) -> Policies:
        if isinstance(document, Unknown):
            return document
        if document not in self._parsed:
            self._parsed[document] = (parse_policy(document),)
        return self._parsed[document]


def _opened(bucket: Bucket, account: str) -> OpenedBucket:
    usage, partition = bucket.usage, partition_of(bucket.region)
    policies: Policies = (
        usage.policies if isinstance(usage.policies, Unknown) else tuple(map(parse_policy, usage.policies))
    )
    arn = bucket.arn or bucket_arn(bucket.name or "", partition)
    doors = [Door("its policy", PrefixValue(f"{arn}/"), policies)]
    points = usage.access_points
    for point in () if isinstance(points, Unknown) else points:
        objects = f"arn:{partition}:s3:{bucket.region}:{account}:accesspoint/{point.name}/object/"
        found: Policies = ()
        if isinstance(point.policy, Unknown):
            found = point.policy
        elif point.policy is not None:
            found = (parse_policy(point.policy),)
        name = f"access point {point.name}"
        doors.append(Door(name, PrefixValue(objects), found, objects.removesuffix("/object/")))
    unread = points if isinstance(points, Unknown) and points is not NOT_READ else None
    return OpenedBucket(
        account,
        tuple(doors),
        unread,
        acl=() if usage.grants is NOT_READ else usage.grants,
        is_restricted=usage.is_public_access_restricted is True,
    )
