"""From a plan to the policies that have to be there first: one document a key and a bucket, over the whole plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from s3kms.access.merging import MAX_BUCKET_POLICY_BYTES, MAX_KEY_POLICY_BYTES, merge_statements
from s3kms.aws.bucket_policy import get_bucket_policy
from s3kms.changes.policies.accounts import PolicyAccounts
from s3kms.changes.policies.identity_documents import identity_documents
from s3kms.changes.policies.kind import BucketPolicyChange, PolicyChange, WrittenPolicy
from s3kms.changes.policies.left import LeftPolicy
from s3kms.changes.policies.needs import BucketNeed, KeyNeed, NeedFold
from s3kms.changes.policies.outlook import Outlook, PreparationFold, judge_with
from s3kms.changes.policies.ownership import owner_of_bucket_policy, owner_of_key_policy
from s3kms.changes.policies.replication import replication_documents
from s3kms.changes.policies.store import read_key_policy
from s3kms.hazards.write_widening import widen_bucket_policy
from s3kms.model.advice import NO_ADVICE, Advice, Option
from s3kms.model.errors import AwsError, CredentialsProblem, Refused
from s3kms.model.plan import PlannedBucket
from s3kms.model.policy_checks import CheckedKind


@dataclass(frozen=True, slots=True)
class PreparedPolicies:
    """What has to be written first, and what somebody else has to."""

    documents: tuple[WrittenPolicy | LeftPolicy, ...]
    """The policy of each key, followed by those of the buckets that are to have it; then what IAM and replications
    lack.
    """
    outlook: Outlook
    """What the plan says once what can be written is written."""
    without_key: int = 0
    """Buckets to prepare whose key is not there yet, or aws/s3: no policy can be written for them."""
    not_judged: int = 0
    """Buckets to prepare that were too many to be judged again."""
    left_out: int = 0
    """Documents of IAM that are not printed, because they are too many."""
    passed_over: tuple[PlannedBucket, ...] = ()
    """The first buckets that nothing was prepared for: somebody has to look at them, or their key cannot be used."""
    passed_over_count: int = 0

    @property
    def changes(self) -> tuple[WrittenPolicy, ...]:
        """What is written."""
        return tuple(one for one in self.documents if not isinstance(one, LeftPolicy))

    @property
    def is_open(self) -> bool:
        """Whether buckets are not ready with what is written, or nobody knows."""
        counts = (self.without_key, self.not_judged, self.left_out, self.passed_over_count)
        return bool(self.outlook.remaining) or any(counts)

    @property
    def left(self) -> tuple[LeftPolicy, ...]:
        """What is not."""
        return tuple(one for one in self.documents if isinstance(one, LeftPolicy))


def prepare_policies(fold: PreparationFold, accounts: PolicyAccounts) -> PreparedPolicies:
    """Each present policy, read and widened, and the buckets judged again with them. Writes nothing.

    Raises CredentialsProblem.
    """
    documents = tuple(_documents(fold.needs, accounts))
    written = {one.subject: one.after for one in documents if not isinstance(one, LeftPolicy)}
    outlook = judge_with(fold.judges, written)
    shown = {one.subject: one.after for one in documents if one.after}
    remaining = outlook.remaining if shown == written else judge_with(fold.judges, shown).remaining
    of_identities, left_out = identity_documents(remaining, fold)
    replicated = replication_documents(remaining, fold, accounts)
    return PreparedPolicies(
        (*documents, *of_identities, *replicated),
        outlook,
        fold.needs.without_key,
        fold.not_kept,
        left_out,
        tuple(fold.passed_over),
        fold.passed_over_count,
    )


def _documents(fold: NeedFold, accounts: PolicyAccounts) -> Iterator[WrittenPolicy | LeftPolicy]:
    for key in dict.fromkeys((*fold.keys, *fold.buckets)):
        if key in fold.keys and (found := _prepare_key(fold.keys[key], accounts)) is not None:
            yield found
        for need in fold.buckets.get(key, ()):
            if (of_bucket := _prepare_bucket(need, accounts)) is not None:
                yield of_bucket


def _prepare_key(need: KeyNeed, accounts: PolicyAccounts) -> PolicyChange | LeftPolicy | None:
    account = need.account
    connection = accounts.of_key(account)

    def left(why: str, advice: Advice, before: str = "", after: str = "") -> LeftPolicy:
        title = f"the policy of {need.key}"
        return LeftPolicy(title, CheckedKind.KEY, need.region, why, advice, before, after, need.key)

    if connection is None:
        options = {"option": Option("key_role", f"arn:…:iam::{account}:role/NAME")}
        why = f"the key is in account {account}, for which there are no credentials"
        return left(why, Advice("add {option}", options))
    try:
        before = read_key_policy(connection, need.key, need.region)
        merged = merge_statements(before, need.statements)
        if not merged.added:
            return None
        if merged.size > MAX_KEY_POLICY_BYTES:
            why = f"it would have {merged.size:,} bytes, but the limit of KMS is {MAX_KEY_POLICY_BYTES:,}"
            return left(why, Advice("use several keys, or allow whole accounts"))
        owner = owner_of_key_policy(connection, need.key, need.region)
    except CredentialsProblem:
        raise
    except (AwsError, Refused) as error:
        return left(str(error), error.advice or NO_ADVICE)
    if owner is not None:
        return left(owner.why, owner.advice, before, merged.text)
    return PolicyChange(need.key, need.region, before, merged.text, tuple(need.users), datetime.now(UTC))


def _prepare_bucket(need: BucketNeed, accounts: PolicyAccounts) -> BucketPolicyChange | LeftPolicy | None:
    connection = accounts.of_bucket(need.account)

    def left(why: str, advice: Advice = NO_ADVICE, before: str = "", after: str = "") -> LeftPolicy:
        subject = f"s3://{need.bucket}"
        title = f"the policy of {subject}"
        return LeftPolicy(title, CheckedKind.BUCKET, need.region, why, advice, before, after, subject)

    if connection is None:
        return left(f"the bucket is in account {need.account}, for which there are no credentials")
    try:
        before = get_bucket_policy(connection, need.bucket, need.region)
        widened = widen_bucket_policy(before, need.key)
        owner = None
        if widened.changed:
            owner = owner_of_bucket_policy(connection, need.bucket, need.region, need.tags)
    except CredentialsProblem:
        raise
    except (AwsError, Refused) as error:
        return left(str(error), error.advice or NO_ADVICE)
    after = widened.text if widened.changed else ""
    if widened.left:
        names = " and ".join(widened.left)
        return left(
            f"{names} denies the new encryption, and no additional statement can change that",
            _EDIT,
            before,
            after,
        )
    if not after:
        return None
    if widened.size > MAX_BUCKET_POLICY_BYTES:
        why = f"it would have {widened.size:,} bytes, but the limit of S3 is {MAX_BUCKET_POLICY_BYTES:,}"
        return left(why, _SHORTEN)
    if owner is not None:
        return left(owner.why, owner.advice, before, after)
    return BucketPolicyChange(need.bucket, need.account, need.region, before, after, need.key)


_EDIT = Advice("edit that statement so that it also permits the new encryption")
_SHORTEN = Advice("shorten the policy first: statements that differ only in their principals can be merged")
