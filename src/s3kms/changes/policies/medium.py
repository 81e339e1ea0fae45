"""The medium of key policies, read and written through KMS."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from s3kms.access.merging import means_the_same, takes_away
from s3kms.changes.interface import Standing
from s3kms.changes.policies.kind import KEY_POLICIES, PolicyChange
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import Refused

if TYPE_CHECKING:
    from s3kms.changes.policies.in_use import KeyUsers
    from s3kms.changes.policies.store import KeyPolicyStore

READ_BACK_WAITS_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""KMS is eventually consistent (fact B3)."""
READERS_LOSE = "readers-lose"
"""What `accept` names to take a policy away from buckets that use the key."""


@dataclass(frozen=True, slots=True)
class PolicyState:
    """What is there now."""

    document: str
    in_use: str | None = None
    """Why it must not be put back: a bucket that uses the key. None where nobody looked, or none does."""


class KeyPolicyMedium:
    """The key policies that one run writes."""

    kind = KEY_POLICIES
    roots: tuple[str, ...] = ()
    is_one_unit = False
    ignored_write_advice = Advice("this endpoint does not do what KMS does")

    def __init__(
        self,
        store: "KeyPolicyStore",
        account: str,
        endpoint: str = "",
        *,
        key_users: "KeyUsers | None" = None,
        read_back_waits_seconds: Sequence[float] = READ_BACK_WAITS_SECONDS,
    ) -> None:
        """`key_users` tells whether a policy that would be narrowed is needed; None where nobody is asked."""
        self._store = store
        self.account = account
        self.endpoint = endpoint
        self._key_users = key_users
        self.read_back_waits_seconds = read_back_waits_seconds

    def entry_of(self, change: PolicyChange) -> PolicyChange:
        """The change itself."""
        return change

    def describe(self, entry: PolicyChange) -> str:
        """`the policy of arn:aws:kms:…`."""
        return f"the policy of {entry.key}"

    def describe_difference(self, entry: PolicyChange, state: PolicyState) -> str:  # noqa: ARG002
        """What is there is neither."""
        return "the key has another policy than was written"

    def compare(self, entry: PolicyChange, state: PolicyState) -> Standing:
        """By what the documents say: KMS may write lists in another order."""
        if means_the_same(state.document, entry.after):
            return Standing.AFTER
        return Standing.BEFORE if means_the_same(state.document, entry.before) else Standing.OTHER

    def read(self, entry: PolicyChange) -> PolicyState:
        """The policy that the key has now. Raises AwsError."""
        document = self._store.read(entry)
        # Only what would be put back from here is asked about.
        is_there = means_the_same(document, entry.after)
        return PolicyState(document, self._why_in_use(entry, entry.after, entry.before) if is_there else None)

    def _why_in_use(self, entry: PolicyChange, present: str, wanted: str) -> str | None:
        if self._key_users is None or not takes_away(present, wanted):
            return None
        return self._key_users.why_in_use(entry)

    def found_instead(self, entry: PolicyChange, state: PolicyState) -> PolicyChange:
        """From what was there to what KMS made of the write."""
        return replace(entry, after=state.document)

    def rebase(self, change: PolicyChange, state: PolicyState) -> PolicyChange:
        """With the document as it is written now."""
        return replace(change, before=state.document)

    def write(self, change: PolicyChange, run: str) -> None:  # noqa: ARG002 - KMS keeps no name of a run
        """Put the document, KMS's own check against locking everybody out left on.

        Raises AwsError; Refused where a bucket came to use the key since the undo was planned.
        """
        if why := self._why_in_use(change, change.before, change.after):
            raise _in_use(why)
        self._store.write(change)

    def reverse(self, entry: PolicyChange, state: PolicyState) -> PolicyChange:
        """Back to the document from before. Raises Refused while a bucket that it was for uses the key."""
        if state.in_use is not None:
            raise _in_use(state.in_use)
        return replace(entry, before=state.document, after=entry.before)

    def remove_leftovers(self, entry: PolicyChange, run: str) -> None:
        """A put leaves nothing behind."""


def _in_use(why: str) -> Refused:
    option = {"option": Option("accept", READERS_LOSE)}
    text = "undo the run that changed the bucket first; to lock its readers out all the same: {option}"
    return Refused(why, advice=Advice(text, option))
