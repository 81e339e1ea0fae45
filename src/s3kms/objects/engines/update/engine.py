"""The engine `update`: each object is looked at, changed in place, and looked at again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

from s3kms.aws.concurrent_map import TASKS_PER_CALL, concurrent_results
from s3kms.aws.s3.endpoints import is_aws_url
from s3kms.aws.s3.object_reads import get_start, head_object, is_customer_key, is_delete_marker
from s3kms.aws.s3.object_writes import update_body, update_object_encryption
from s3kms.model.advice import Advice, Option
from s3kms.model.errors import AwsError, BadAnswer, CredentialsProblem, NotFound, Stopped, Unreachable
from s3kms.model.objects import ObjectHead, ObjectPlace, ObjectVersion
from s3kms.model.plan import PlannedHazard
from s3kms.objects.engines.update.checks import (
    RequestBody,
    UpdateEffect,
    compare_objects,
    lost_properties,
    was_taken_for_a_write,
)
from s3kms.objects.engines.update.hazards import describe_refusal, hazards_of
from s3kms.objects.engines.update.proof import EndpointProof
from s3kms.objects.interface import EngineContext, ObjectResult, Outcome, SelectedCounts
from s3kms.objects.movability import Immovable, why_not_updated
from s3kms.objects.selection import Choice
from s3kms.text.sanitize import printable

OBJECTS_PER_GET = 1000
"""Of so many objects one is read, too."""
_OBJECT_LOCK = "Object Lock"
"""In the sentence of AWS's denial (fact D5); the code alone is AccessDenied."""


class UpdateEngine:
    """Moves the versions of one bucket in place, many at once. Belongs to one event loop."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._wanted = context.wanted
        self._body = RequestBody.of(update_body(self._wanted.key_arn, self._wanted.bucket_key))
        self._first = asyncio.Lock()
        self._is_trusted = False
        """Whether this server was seen to keep an object: until then one is under way at a time."""
        self._changed = 0
        self._harm: Stopped | None = None
        """What stopped the run; whoever waits then sends nothing more."""

    async def hazards(self, counts: SelectedCounts) -> tuple[PlannedHazard, ...]:
        """That it cannot be undone, and what AWS has not confirmed. Raises BadInput for an unusable endpoint."""
        return hazards_of(self._wanted, counts, is_aws=await self._is_aws())

    async def prepare(self) -> None:
        """Prove a server that is not AWS on a throw-away object. Raises Refused, AwsError."""
        if not await self._is_aws():
            await EndpointProof(self._context, self._body).run()

    async def _is_aws(self) -> bool:
        find = self._context.connection.endpoint_of
        endpoint = await asyncio.to_thread(find, self._wanted.region, directory=False)
        return is_aws_url(endpoint.origin)

    async def carry_out(self, versions: AsyncIterator[ObjectVersion]) -> AsyncIterator[ObjectResult]:
        """Move the versions, in any order. Raises Stopped where the server overwrote one, CredentialsProblem."""
        at_once = TASKS_PER_CALL * self._context.connection.settings.concurrency
        async for result in concurrent_results(self._move, versions, at_once):
            yield result

    async def read_back(self, version: ObjectVersion) -> ObjectResult:
        """What a version has come to. Raises AwsError."""
        found = await self._look(version)
        if isinstance(found, ObjectResult):
            return found
        is_another = version.etag != found.etag
        if is_another and self._body.may_be(found):  # under the wanted key it may be, as all that is written
            place = self._place(version, version.version_id)
            if await self._look_inside(place) is UpdateEffect.OVERWRITTEN:
                sentence = "the server overwrote the object with the request body"
                return ObjectResult(version, Outcome.FAILED, UpdateEffect.OVERWRITTEN, sentence)
        if self._context.selection.is_done(found.seen(version)):
            return ObjectResult(version, Outcome.CHANGED)
        if version.etag and is_another:
            return ObjectResult(version, Outcome.OVERTAKEN, "rewritten", "modified by another writer")
        return ObjectResult(version, Outcome.FAILED, "not-changed", "its encryption is unchanged")

    async def _move(self, version: ObjectVersion) -> ObjectResult:
        """Look, change, look again. Raises Stopped where the server overwrote it, CredentialsProblem."""
        if reason := why_not_updated(version):
            return ObjectResult(version, Outcome.IMMOVABLE, reason)
        try:
            found = await self._look(version)
            if isinstance(found, ObjectResult):
                return found
            return self._declined(version, found) or await self._update_in_turn(version, found)
        except CredentialsProblem:
            raise
        except AwsError as error:
            return self._failed(version, error)

    async def _look(self, version: ObjectVersion) -> ObjectHead | ObjectResult:
        """What HEAD shows, or the result where there is nothing to show. Raises AwsError."""
        try:
            return await head_object(self._context.client, self._place(version, version.version_id))
        except NotFound:
            return ObjectResult(version, Outcome.OVERTAKEN, "gone", "deleted by another writer")
        except AwsError as error:
            if is_delete_marker(error):
                return ObjectResult(version, Outcome.IMMOVABLE, Immovable.DELETE_MARKER)
            if is_customer_key(error):
                return ObjectResult(version, Outcome.IMMOVABLE, Immovable.SOURCE, "encrypted with SSE-C")
            raise

    def _declined(self, version: ObjectVersion, head: ObjectHead) -> ObjectResult | None:
        """Why an object is left, now that it was looked at; None where it is to be changed."""
        found = head.seen(version)
        choice = self._context.selection.choose(found)
        if choice is Choice.ALREADY:
            return ObjectResult(version, Outcome.ALREADY)
        if choice is not Choice.TAKEN:
            sentence = f"re-encrypted by another writer: now {_describe(head)}"
            return ObjectResult(version, Outcome.OVERTAKEN, choice, sentence)
        if reason := why_not_updated(found):
            return ObjectResult(version, Outcome.IMMOVABLE, reason, f"encrypted with {_describe(head)}")
        if head.legal_hold or (head.retain_until and head.retain_until > datetime.now(UTC)):
            return ObjectResult(version, Outcome.IMMOVABLE, Immovable.OBJECT_LOCK)
        return None

    async def _update_in_turn(self, version: ObjectVersion, before: ObjectHead) -> ObjectResult:
        """One at a time until the server was seen to keep an object: at most one would be harmed. Raises as below."""
        if not self._is_trusted:
            async with self._first:
                if not self._is_trusted:
                    result = await self._update(version, before)
                    self._is_trusted = result.outcome is Outcome.CHANGED
                    return result
        return await self._update(version, before)

    def _stop(self, place: ObjectPlace) -> Stopped:
        self._harm = _overwritten(place)
        return self._harm

    async def _update(self, version: ObjectVersion, before: ObjectHead) -> ObjectResult:
        """Change it and look at it again. Raises Stopped where it was overwritten, and AwsError."""
        if self._harm:
            raise self._harm
        # Pinned: a writer who comes in between makes a version of his own, and this one is still the one looked at.
        place = self._place(version, before.version_id)
        wanted = self._wanted
        lost: AwsError | None = None
        request_id = None
        try:
            answer = await update_object_encryption(
                self._context.client, place, wanted.key_arn, wanted.bucket_key
            )
        except NotFound:
            return ObjectResult(
                version, Outcome.OVERTAKEN, "gone", "deleted by another writer during the run"
            )
        except (Unreachable, BadAnswer) as error:
            lost = error  # it may have been done: what is there says it
        else:
            request_id = answer.request_id
            if was_taken_for_a_write(answer, before, self._body):
                raise self._stop(place)
        result = await self._checked(version, place, before)
        if lost and result.outcome is Outcome.FAILED:
            raise lost
        return replace(result, request_id=request_id)

    async def _checked(self, version: ObjectVersion, place: ObjectPlace, before: ObjectHead) -> ObjectResult:
        """What became of a version after the call. Raises Stopped, AwsError."""
        try:
            after = await head_object(self._context.client, place)
        except NotFound:
            return ObjectResult(
                version, Outcome.OVERTAKEN, "gone", "deleted by another writer during the run"
            )
        effect = compare_objects(before, after, self._body)
        if effect is UpdateEffect.REWRITTEN and self._body.may_be(after):
            effect = await self._look_inside(place)
        is_done = self._context.selection.is_done(after.seen(version))
        if effect is UpdateEffect.KEPT and is_done:
            await self._compare_with_get(place, after)
            return ObjectResult(version, Outcome.CHANGED)
        if effect is UpdateEffect.KEPT:
            await self._check_current(place, before)
            sentence = f"S3 reported success, but the encryption is {_describe(after)}"
            return ObjectResult(version, Outcome.FAILED, "not-changed", sentence)
        if effect is UpdateEffect.REWRITTEN:
            under = "under the wanted key" if is_done else _describe(after)
            sentence = f"modified by another writer during the run: now {under}"
            return ObjectResult(version, Outcome.OVERTAKEN, "rewritten", sentence)
        if effect is UpdateEffect.NOT_KEPT:
            sentence = f"more than the encryption changed: {', '.join(lost_properties(before, after))}"
            return ObjectResult(version, Outcome.FAILED, UpdateEffect.NOT_KEPT, sentence)
        raise self._stop(place)

    async def _compare_with_get(self, place: ObjectPlace, head: ObjectHead) -> None:
        """Read a byte of the first object, and of one in so many: HEAD may say what is not so. Raises Stopped."""
        self._changed += 1
        if self._changed % OBJECTS_PER_GET != 1:
            return
        try:
            shown, _ = await get_start(self._context.client, place, 1)
        except AwsError:
            return  # archived, empty, or not readable to whoever re-encrypts
        if _encryption(shown) != _encryption(head) and shown.etag == head.etag:
            self._harm = Stopped(
                f"HeadObject returns {_describe(head)} for s3://{place.bucket}/{printable(place.key)}, "
                f"but GetObject returns {_describe(shown)}: the responses of this server cannot be "
                "trusted",
                advice=Advice(
                    "check which server this endpoint is: {endpoint}", {"endpoint": Option("endpoint_url")}
                ),
            )

    async def _look_inside(self, place: ObjectPlace) -> UpdateEffect:
        """Whether an object of the request's size is the request: where ETags are not MD5, nothing else shows it.

        Raises AwsError.
        """
        _, content = await get_start(self._context.client, place, len(self._body.content))
        return UpdateEffect.OVERWRITTEN if content == self._body.content else UpdateEffect.REWRITTEN

    async def _check_current(self, place: ObjectPlace, before: ObjectHead) -> None:
        """Look whether the server wrote a new version instead: the pinned one is then as it was. Raises Stopped."""
        if before.version_id is None:
            return
        current = replace(place, version_id=None)
        try:
            head = await head_object(self._context.client, current)
            if not self._body.may_be(head) or head.version_id == before.version_id:
                return
            if self._body.is_in(head) or await self._look_inside(current) is UpdateEffect.OVERWRITTEN:
                raise self._stop(place)
        except AwsError:
            return  # a delete marker, or it may not be read: the result says already that nothing was changed

    def _failed(self, version: ObjectVersion, error: AwsError) -> ObjectResult:
        """The result of a call that was refused, or had no usable response; a lock is not a failure."""
        if _OBJECT_LOCK in str(error):
            return ObjectResult(
                version, Outcome.IMMOVABLE, Immovable.OBJECT_LOCK, request_id=error.request_id
            )
        sentence = describe_refusal(self._wanted, error)
        reason = error.code or error.cause
        return ObjectResult(version, Outcome.FAILED, reason, sentence, request_id=error.request_id)

    def _place(self, version: ObjectVersion, version_id: str | None) -> ObjectPlace:
        wanted = self._wanted
        return ObjectPlace(wanted.bucket, version.key, version_id, wanted.account, wanted.region)


def _encryption(head: ObjectHead) -> tuple[object, ...]:
    return head.encryption, head.key_arn, head.bucket_key


def _describe(head: ObjectHead) -> str:
    under = f" under {printable(head.key_arn)}" if head.key_arn else ""
    return f"{head.encryption}{under}"


def _overwritten(place: ObjectPlace) -> Stopped:
    older = "delete its newest version, which is the request body; the previous version is unchanged"
    lost = "restore it from a backup"
    return Stopped(
        "the server treated UpdateObjectEncryption as a write: the content of "
        f"s3://{place.bucket}/{printable(place.key)} is now the request body",
        advice=Advice(
            f"{lost if place.version_id in {None, 'null'} else older}; use the engine copy with this server"
        ),
    )
