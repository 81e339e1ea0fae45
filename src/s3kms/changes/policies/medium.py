"""The media of policies, of keys and of buckets: a document is read, put whole, and read back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic

from s3kms.access.merging import means_the_same, takes_away
from s3kms.changes.interface import MediumKind, Standing
from s3kms.changes.policies.kind import (
    BUCKET_POLICIES,
    KEY_POLICIES,
    BucketPolicyChange,
    PolicyChange,
    WrittenPolicyT,
)
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import Refused

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection
    from s3kms.changes.policies.in_use import PolicyUsers
    from s3kms.changes.policies.store import PolicyStore

READ_BACK_WAITS_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""KMS is eventually consistent (fact B3); a put to S3 is not seen at once by every reader."""
READERS_LOSE = "readers-lose"
"""What `accept` names to take a policy away from buckets that need it."""


@dataclass(frozen=True, slots=True)
class PolicyState:
    """What is there now."""

    document: str
    in_use: str | None = None
    """Why it must not be restored: a bucket that needs it. None where nobody looked, or none does."""


class PolicyMedium(Generic[WrittenPolicyT]):
    """The policies of one sort that one run writes, in one account."""

    roots: tuple[str, ...] = ()
    is_one_unit = False
    ignored_write_advice = Advice("this endpoint does not behave as AWS does")

    def __init__(
        self,
        kind: MediumKind[WrittenPolicyT],
        store: "PolicyStore[WrittenPolicyT]",
        account: str,
        endpoint: str = "",
        *,
        users: "PolicyUsers[WrittenPolicyT] | None" = None,
        read_back_waits_seconds: Sequence[float] = READ_BACK_WAITS_SECONDS,
    ) -> None:
        """`users` tells whether a policy that would be narrowed is needed; None where nobody is asked."""
        self.kind = kind
        self._store = store
        self.account = account
        self.endpoint = endpoint
        self._users = users
        self.read_back_waits_seconds = read_back_waits_seconds

    def entry_of(self, change: WrittenPolicyT) -> WrittenPolicyT:
        """The change itself."""
        return change

    def describe(self, entry: WrittenPolicyT) -> str:
        """`the policy of arn:aws:kms:…`, `the policy of s3://logs`."""
        return entry.title

    def describe_difference(self, entry: WrittenPolicyT, state: PolicyState) -> str:  # noqa: ARG002
        """What is there is neither."""
        return "the current policy is not the one that was written"

    def compare(self, entry: WrittenPolicyT, state: PolicyState) -> Standing:
        """By what the documents say: AWS may write lists in another order."""
        if means_the_same(state.document, entry.after):
            return Standing.AFTER
        return Standing.BEFORE if means_the_same(state.document, entry.before) else Standing.OTHER

    def read(self, entry: WrittenPolicyT) -> PolicyState:
        """The policy that is there now. Raises AwsError."""
        document = self._store.read(entry)
        # Only what would be restored from here is asked about.
        is_there = means_the_same(document, entry.after)
        return PolicyState(document, self._why_in_use(entry, entry.after, entry.before) if is_there else None)

    def _why_in_use(self, entry: WrittenPolicyT, present: str, wanted: str) -> str | None:
        if self._users is None or not takes_away(present, wanted):
            return None
        return self._users.why_in_use(entry)

    def found_instead(self, entry: WrittenPolicyT, state: PolicyState) -> WrittenPolicyT:
        """From what was there to what AWS made of the write."""
        return replace(entry, after=state.document)

    def rebase(self, change: WrittenPolicyT, state: PolicyState) -> WrittenPolicyT:
        """With the document as it is written now."""
        return replace(change, before=state.document)

    def write(self, change: WrittenPolicyT, run: str) -> None:  # noqa: ARG002 - AWS keeps no name of a run
        """Put the document, AWS's own checks against locking oneself out left on.

        Raises AwsError; Refused where a bucket came to need the policy since the undo was planned.
        """
        if why := self._why_in_use(change, change.before, change.after):
            raise _in_use(why)
        self._store.write(change)

    def reverse(self, entry: WrittenPolicyT, state: PolicyState) -> WrittenPolicyT:
        """Back to the document from before. Raises Refused while a bucket needs what is there."""
        if state.in_use is not None:
            raise _in_use(state.in_use)
        return replace(entry, before=state.document, after=entry.before)

    def remove_leftovers(self, entry: WrittenPolicyT, run: str) -> None:
        """A put leaves nothing behind."""


def _in_use(why: str) -> Refused:
    option = {"option": Option("accept", READERS_LOSE)}
    text = (
        "undo the run that changed the bucket first; to proceed although its readers or writers lose "
        "access: {option}"
    )
    return Refused(why, advice=Advice(text, option))


def key_policy_medium(
    connection: "Connection", account: str, users: "PolicyUsers[PolicyChange] | None" = None
) -> PolicyMedium[PolicyChange]:
    """The policies of the keys of an account, through KMS."""
    from s3kms.changes.policies.store import KmsPolicyStore

    store = KmsPolicyStore(connection)
    return PolicyMedium(KEY_POLICIES, store, account, connection.endpoint, users=users)


def bucket_policy_medium(
    connection: "Connection", account: str, users: "PolicyUsers[BucketPolicyChange] | None" = None
) -> PolicyMedium[BucketPolicyChange]:
    """The policies of the buckets of an account, through S3."""
    from s3kms.changes.policies.store import S3PolicyStore

    store = S3PolicyStore(connection)
    return PolicyMedium(BUCKET_POLICIES, store, account, connection.endpoint, users=users)
