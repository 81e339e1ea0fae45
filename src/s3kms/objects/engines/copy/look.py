"""Reads an object before it is copied: whether it is still selected, and what the copy must restate."""

from datetime import UTC, datetime

from s3kms.aws.s3.object_details import get_object_acl, get_object_lock
from s3kms.aws.s3.object_reads import head_object, is_customer_key, is_delete_marker
from s3kms.model.errors import AwsError, CredentialsProblem, NotFound, Throttled, Unreachable
from s3kms.model.objects import ObjectAcl, ObjectHead, ObjectLockState, ObjectPlace, ObjectVersion
from s3kms.model.write_effects import WriteEffects
from s3kms.objects.engines.copy.restated import CustomerKey, Original, has_strange_grants
from s3kms.objects.interface import EngineContext, ObjectResult, Outcome
from s3kms.objects.movability import Immovable
from s3kms.objects.prices import OBJECT_PRICES
from s3kms.objects.selection import Choice
from s3kms.text.sanitize import printable

_NULL = "null"
_HOLD = "x-amz-object-lock-legal-hold"


class Looker:
    """Reads, and writes nothing. Belongs to one bucket in one run."""

    def __init__(self, context: EngineContext, effects: WriteEffects, keys: tuple[CustomerKey, ...]) -> None:
        self._context, self._effects, self._keys = context, effects, keys

    def place(self, version: ObjectVersion, version_id: str | None = None) -> ObjectPlace:
        """The object, or a version of it, whoever is current."""
        wanted = self._context.wanted
        return ObjectPlace(wanted.bucket, version.key, version_id, wanted.account, wanted.region)

    async def current(self, version: ObjectVersion) -> tuple[ObjectHead, CustomerKey | None] | ObjectResult:
        """What HEAD shows of the current version; the result where it shows nothing. Raises AwsError."""
        place = self.place(version)
        try:
            return await head_object(self._context.client, place), None
        except NotFound:
            return gone(version)
        except AwsError as error:
            if not is_customer_key(error):
                raise
        for key in self._keys:
            try:
                return await head_object(self._context.client, place, tuple(key.headers().items())), key
            except NotFound:
                return gone(version)
            except (CredentialsProblem, Throttled, Unreachable):
                raise
            except AwsError:
                continue  # another key than this
        sentence = "encrypted with SSE-C, and none of the given keys is its key"
        return ObjectResult(version, Outcome.IMMOVABLE, Immovable.CUSTOMER_KEY, sentence)

    async def original(self, version: ObjectVersion) -> Original | ObjectResult:
        """The object as it is to be copied; the result where it is not to be. Raises AwsError."""
        found = await self.current(version)
        if isinstance(found, ObjectResult):
            return found
        head, key = found
        if declined := self._declined(version, head):
            return declined
        if await self._replaces_null(version, head):
            sentence = "versioning is suspended: the copy would replace its older null version"
            return ObjectResult(version, Outcome.IMMOVABLE, Immovable.NULL_VERSION, sentence)
        acl = await self._acl(version, head)
        if isinstance(acl, ObjectResult):
            return acl
        return Original(version.key, head, acl, await self._lock(version, head), key)

    def _declined(self, version: ObjectVersion, head: ObjectHead) -> ObjectResult | None:
        """Why an object is left, now that it was looked at; None where it is to be copied."""
        if not is_same_version(version.version_id, head.version_id):
            sentence = "another writer created a newer version"
            return ObjectResult(version, Outcome.OVERTAKEN, Immovable.NONCURRENT, sentence)
        choice = self._context.selection.choose(head.seen(version))
        if choice is Choice.ALREADY:
            return ObjectResult(version, Outcome.ALREADY)
        if choice is not Choice.TAKEN:
            sentence = f"re-encrypted by another writer: now {describe(head)}"
            return ObjectResult(version, Outcome.OVERTAKEN, choice, sentence)
        if _is_archived(head):
            return ObjectResult(
                version, Outcome.IMMOVABLE, Immovable.ARCHIVED, "archived: must be restored first"
            )
        return None

    async def _replaces_null(self, version: ObjectVersion, head: ObjectHead) -> bool:
        """Whether a copy, which is the version `null` where versioning is suspended, replaces an older one.

        Not read if every write is known to create a new version. Raises AwsError.
        """
        if head.version_id in {None, _NULL} or self._effects.versioning == "Enabled":
            return False
        try:
            await head_object(self._context.client, self.place(version, _NULL))
        except NotFound:
            return False
        except AwsError as error:
            # A delete marker, or an object under a customer's key: it is there.
            if is_delete_marker(error) or is_customer_key(error):
                return True
            raise
        return True

    async def _acl(self, version: ObjectVersion, head: ObjectHead) -> ObjectAcl | ObjectResult | None:
        """The ACL that a copy has to be given; None where objects have none. Raises AwsError."""
        if self._effects.has_acls is False:
            return None
        acl = await get_object_acl(self._context.client, self.place(version, head.version_id))
        if acl.owner != self._effects.owner:
            sentence = "owned by another account than the bucket's"
            return ObjectResult(version, Outcome.IMMOVABLE, Immovable.FOREIGN_OWNER, sentence)
        if has_strange_grants(acl):
            return ObjectResult(version, Outcome.IMMOVABLE, Immovable.STRANGE_GRANT)
        return acl

    async def _lock(self, version: ObjectVersion, head: ObjectHead) -> ObjectLockState:
        """Its Object Lock. HEAD omits what the caller may not see; then it is read separately. Raises AwsError."""
        shown = ObjectLockState(head.lock_mode, head.retain_until, head.legal_hold)
        if self._effects.has_object_lock is False or (head.lock_mode and _HOLD in head.headers):
            return shown
        return await get_object_lock(self._context.client, self.place(version, head.version_id))


def is_same_version(evidence: str | None, found: str | None) -> bool:
    """Whether the evidence's version is the one found; without versioning a listing says `null`, and HEAD nothing."""
    return evidence is None or evidence == (found or _NULL)


def describe(head: ObjectHead) -> str:
    """How an object is encrypted, for a sentence."""
    return f"{head.encryption}{f' under {printable(head.key_arn)}' if head.key_arn else ''}"


def gone(version: ObjectVersion) -> ObjectResult:
    """The result where there is no current version any more."""
    return ObjectResult(version, Outcome.OVERTAKEN, "gone", "deleted by another writer")


def _is_archived(head: ObjectHead) -> bool:
    """Whether it cannot be read before it is restored (fact D16)."""
    prices = OBJECT_PRICES.of_class(head.storage_class)
    is_archive = (prices is not None and prices.is_archive) or "x-amz-archive-status" in head.headers
    return is_archive and 'ongoing-request="false"' not in (head.restore or "")


def now() -> datetime:
    """The moment, by which a retention has ended or not."""
    return datetime.now(UTC)
