"""The engine `copy`: each object is looked at, copied onto itself where it is what it was, and looked at again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from s3kms.aws.concurrent_map import TASKS_PER_CALL, concurrent_results
from s3kms.aws.s3.endpoints import is_aws_url
from s3kms.aws.s3.object_reads import head_object
from s3kms.aws.write_effects import read_write_effects
from s3kms.model.advice import Advice
from s3kms.model.errors import (
    AwsError,
    BadAnswer,
    CredentialsProblem,
    NotFound,
    Refused,
    Stopped,
    Unreachable,
)
from s3kms.model.objects import CopyAnswer, ObjectHead, ObjectPlace, ObjectVersion
from s3kms.model.plan import PlannedHazard
from s3kms.model.write_effects import WriteEffects
from s3kms.objects.engines.copy.hazards import hazards_of
from s3kms.objects.engines.copy.look import Looker, describe, gone, is_same_version, now
from s3kms.objects.engines.copy.options import (
    CUSTOMER_KEYS,
    MAX_SINGLE_BYTES,
    PART_BYTES,
    bytes_of,
    customer_keys,
    why_left,
)
from s3kms.objects.engines.copy.restated import Original, lost_properties
from s3kms.objects.engines.copy.trial import CopyTrial
from s3kms.objects.engines.copy.uploads import Uploads
from s3kms.objects.engines.copy.writes import CHANGED, Writer
from s3kms.objects.interface import EngineContext, ObjectResult, Outcome, SelectedCounts
from s3kms.objects.movability import Immovable
from s3kms.text.sanitize import printable

S3_MAX_SINGLE_BYTES = 5 * 1024**3
"""The most that one CopyObject takes (fact D14)."""
S3_PART_BYTES = 512 * 1024**2
"""A part that is copied in seconds, and sent again in seconds."""
_MAX_CONFLICTS = 3
_CONFLICT = "ConditionalRequestConflict"
_ARCHIVED = {"InvalidObjectState", "ObjectNotInActiveTierError"}


class CopyEngine:
    """Copies the current versions of one bucket, many at once. Belongs to one event loop."""

    def __init__(self, context: EngineContext) -> None:
        """Raises BadInput for a setting that cannot be used."""
        self._context = context
        self._wanted = context.wanted
        settings = context.settings
        self._max_single = bytes_of(settings.get(MAX_SINGLE_BYTES), S3_MAX_SINGLE_BYTES)
        self._uploads = Uploads(context)
        self._writer = Writer(context, self._uploads, bytes_of(settings.get(PART_BYTES), S3_PART_BYTES))
        self._keys = customer_keys(settings.get(CUSTOMER_KEYS))
        self._read: WriteEffects | None = None
        self._first = asyncio.Lock()
        self._stopped: Stopped | None = None
        """Once the server was seen not to encrypt a copy, no other one is made."""
        self._is_trusted = False
        """Whether this server was seen to encrypt a copy: until then one is under way at a time."""

    async def hazards(self, counts: SelectedCounts) -> tuple[PlannedHazard, ...]:
        """What copies do to this bucket besides. Raises Refused where objects would change their owner, AwsError."""
        effects = await self._effects()
        await self._require_owner(effects)
        return hazards_of(effects, counts, is_aws=await self._is_aws())

    async def prepare(self) -> None:
        """Give up what a killed process left; prove a server that is not AWS. Raises Refused, AwsError."""
        await self._uploads.recover()
        await self._require_owner(await self._effects())
        if not await self._is_aws():
            await CopyTrial(self._context).run()

    async def carry_out(self, versions: AsyncIterator[ObjectVersion]) -> AsyncIterator[ObjectResult]:
        """Copy them, in any order. Raises Stopped where the server does not encrypt copies, CredentialsProblem."""
        self._looker = Looker(self._context, await self._effects(), self._keys)
        at_once = TASKS_PER_CALL * self._context.connection.settings.concurrency
        async for result in concurrent_results(self._move, versions, at_once):
            yield result

    async def read_back(self, version: ObjectVersion) -> ObjectResult:
        """What the object has come to: its current version, which is a new one after a copy. Raises AwsError."""
        found = await Looker(self._context, WriteEffects(), self._keys).current(version)
        if isinstance(found, ObjectResult):
            return found
        head, _ = found
        if self._context.selection.is_done(head.seen(version)):
            return ObjectResult(version, Outcome.CHANGED)
        is_untouched = is_same_version(version.version_id, head.version_id)
        if not is_untouched or (version.etag and version.etag != head.etag):
            return ObjectResult(
                version, Outcome.OVERTAKEN, "rewritten", f"modified by another writer: now {describe(head)}"
            )
        return ObjectResult(version, Outcome.FAILED, "not-changed", "its encryption is unchanged")

    async def _effects(self) -> WriteEffects:
        if self._read is None:
            wanted = self._wanted
            self._read = await asyncio.to_thread(
                read_write_effects, self._context.connection, wanted.bucket, wanted.region, wanted.account
            )
        return self._read

    async def _is_aws(self) -> bool:
        find = self._context.connection.endpoint_of
        endpoint = await asyncio.to_thread(find, self._wanted.region, directory=False)
        return is_aws_url(endpoint.origin)

    async def _require_owner(self, effects: WriteEffects) -> None:
        """Raise Refused if copies would have another owner, or the owner is unknown: the writer owns them."""
        if effects.has_acls is False:
            return
        caller = await asyncio.to_thread(lambda: self._context.connection.account)
        if caller != self._wanted.account:
            why = f"the copies would be owned by account {caller}, which creates them"
        elif effects.owner is None:
            why = "the owner of its objects could not be read"
        else:
            return
        raise Refused(
            f"s3://{self._wanted.bucket} has ACLs, and {why}",
            advice=Advice("set its Object Ownership to BucketOwnerEnforced, or use the engine update"),
        )

    async def _move(self, version: ObjectVersion) -> ObjectResult:
        """Look, copy, look again. Raises Stopped, CredentialsProblem."""
        if reason := why_left(version):
            return ObjectResult(version, Outcome.IMMOVABLE, reason)
        for _ in range(_MAX_CONFLICTS):
            try:
                result = await self._move_once(version)
            except CredentialsProblem:
                raise
            except AwsError as error:
                result = _refused(version, error)
            if result.reason != _CONFLICT:
                break
        return result

    async def _move_once(self, version: ObjectVersion) -> ObjectResult:
        found = await self._looker.original(version)
        if isinstance(found, ObjectResult):
            return found
        if not self._is_trusted:
            async with self._first:
                if not self._is_trusted:
                    result = await self._copy(version, found)
                    self._is_trusted = result.outcome is Outcome.CHANGED
                    return result
        return await self._copy(version, found)

    async def _copy(self, version: ObjectVersion, original: Original) -> ObjectResult:
        """Copy and look. Raises Stopped where the copy is not encrypted, AwsError where nothing was written."""
        if self._stopped is not None:
            raise self._stopped
        current = self._looker.place(version)
        lost: AwsError | None = None
        answer: CopyAnswer | Immovable | None = None
        try:
            if original.head.size > self._max_single:
                pinned = self._looker.place(version, original.head.version_id)
                answer = await self._writer.in_parts(
                    current, await self._writer.with_checksum(pinned, original)
                )
            else:
                answer = await self._writer.in_one_piece(current, original)
        except (Unreachable, BadAnswer) as error:
            lost = error  # it may have been made: what is there says it
        if isinstance(answer, Immovable):
            return ObjectResult(version, Outcome.IMMOVABLE, answer)
        result = await self._checked(version, current, original, answer)
        if lost and result.outcome is Outcome.FAILED:
            raise lost
        return replace(result, request_id=answer.request_id if answer else None)

    async def _checked(
        self, version: ObjectVersion, current: ObjectPlace, original: Original, answer: CopyAnswer | None
    ) -> ObjectResult:
        """What became of an object after the copy. Raises Stopped, AwsError."""
        before = original.head
        place = current
        if answer is not None and answer.version_id is not None:
            place = replace(current, version_id=answer.version_id)
        try:
            after = await head_object(self._context.client, place)
        except NotFound:
            return gone(version)
        is_done = self._context.selection.is_done(after.seen(version))
        if answer is not None and after.etag == answer.etag and not is_done:
            self._stopped = _not_encrypted(current, after)
            raise self._stopped
        if _identity(after) == _identity(before):
            sentence = "S3 reported success, but the object is unchanged"
            return ObjectResult(version, Outcome.FAILED, "not-changed", sentence)
        lost = lost_properties(before, after, now())
        is_ours = answer is None or after.etag == answer.etag
        if is_done and is_ours and not lost:
            return ObjectResult(version, Outcome.CHANGED, bytes_moved=after.size)
        if is_done and answer is not None and is_ours:
            sentence = f"the copy does not match the original: {', '.join(lost)}"
            return ObjectResult(version, Outcome.FAILED, "not-kept", sentence, bytes_moved=after.size)
        return ObjectResult(
            version,
            Outcome.OVERTAKEN,
            "rewritten",
            f"modified by another writer during the run: now {describe(after)}",
        )


def _not_encrypted(place: ObjectPlace, after: ObjectHead) -> Stopped:
    return Stopped(
        f"the server reported a successful copy, but s3://{place.bucket}/{printable(place.key)} is "
        f"encrypted with {describe(after)}",
        advice=Advice("its content is unchanged; use another engine, or ask the operator of this server"),
    )


def _identity(head: ObjectHead) -> tuple[object, ...]:
    return head.etag, head.version_id, head.last_modified


def _refused(version: ObjectVersion, error: AwsError) -> ObjectResult:
    """The result of a call that was refused, or had no usable answer. Nothing was written."""
    if error.code == CHANGED or isinstance(error, NotFound):
        sentence = "modified or deleted by another writer during the run; nothing was overwritten"
        return ObjectResult(version, Outcome.OVERTAKEN, "rewritten", sentence, request_id=error.request_id)
    if error.code in _ARCHIVED:
        return ObjectResult(
            version, Outcome.IMMOVABLE, Immovable.ARCHIVED, str(error), request_id=error.request_id
        )
    outcome = Outcome.OVERTAKEN if error.code == _CONFLICT else Outcome.FAILED
    reason = error.code or str(error.cause)
    return ObjectResult(version, outcome, reason, str(error), request_id=error.request_id)
