"""The first few objects, changed and looked at before all others; and a reader who reads one of them."""

from collections.abc import Mapping
from dataclasses import replace

from s3kms.aws.connection import Connection
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import open_client
from s3kms.aws.s3.object_reads import get_first_byte
from s3kms.model.advice import Advice
from s3kms.model.errors import AwsError, Stopped
from s3kms.objects.interface import Engine, JobEngine, ObjectResult, Outcome, Wanted
from s3kms.objects.reencrypt.looking import place_of
from s3kms.text.count import count
from s3kms.text.sanitize import printable

_LOOK = Advice("check the object and the key policy; nothing else was changed")


async def check_canary(
    results: Mapping[str, list[ObjectResult]], engines: Mapping[str, Engine | JobEngine]
) -> None:
    """Look at the first objects again, by the engines that changed them.

    Raises Stopped where one of them is not as it should be.
    """
    for name, found in results.items():
        failed = [one for one in found if one.outcome is Outcome.FAILED]
        if failed:
            first = failed[0]
            raise Stopped(
                f"{len(failed)} of {count(len(found), 'canary object')} failed: {_key(first)}: "
                f"{first.sentence or first.reason}",
                advice=_LOOK,
            )
        for one in found:
            if one.outcome is not Outcome.CHANGED:
                continue
            seen = await engines[name].read_back(one.version)
            if seen.outcome is Outcome.FAILED:
                why = seen.sentence or seen.reason
                raise Stopped(
                    f"S3 reported success for {_key(one)}, but it is not under the wanted key: {why}",
                    advice=_LOOK,
                )


def reader_connection(profile: str, connection: Connection) -> Connection:
    """The connection of a reader of the objects. Raises BadInput if there is no such profile."""
    return Connection(replace(connection.settings, profile=profile, session=None)).check_configuration()


async def read_as(
    profile: str, connection: Connection, wanted: Wanted, results: Mapping[str, list[ObjectResult]]
) -> str | None:
    """Read a byte of a changed object as its reader; returns the object key, None if no object was changed.

    Raises Stopped where it cannot be read.
    """
    changed = [one for found in results.values() for one in found if one.outcome is Outcome.CHANGED]
    if not changed:
        return None
    version = max(changed, key=lambda one: one.version.size or 0).version
    place = replace(place_of(version, wanted), version_id=None if version.is_latest else version.version_id)
    reader = reader_connection(profile, connection)
    async with open_client(reader) as context:
        try:
            await get_first_byte(S3Client(reader, context), place)
        except AwsError as error:
            raise Stopped(
                f"the reader {profile} can no longer read s3://{wanted.bucket}/{printable(version.key)}: "
                f"{error}",
                advice=Advice(
                    "let the reader use the key {key}, then resume this run", {"key": wanted.key_arn}
                ),
            ) from error
    return version.key


def _key(result: ObjectResult) -> str:
    return f"s3://{result.version.bucket}/{printable(result.version.key)}"
