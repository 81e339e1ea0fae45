"""Calls about objects over the wire: keys reach S3 exactly, and each call does what it says."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.support.aws_calls import put, rule
from tests.support.object_world import REGION, ObjectWorld

from s3kms.aws.s3 import object_reads as reads
from s3kms.aws.s3 import object_writes as writes
from s3kms.aws.s3.client import S3Client
from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.model.errors import AccessDenied, AwsError, NotFound
from s3kms.model.objects import ObjectEncryption, ObjectPlace

KEYS = (
    "plain/key.txt",
    "a+b c",
    "100%",
    "%2B",
    "what?versionId=1&x=/",
    "line\nbreak\tand tab",
    "\N{PILE OF POO}/ü",
    "a#b;c=d,e@f:g!h$i'(j)*k~",
    "/leading",
    "//two",
    "a//b/",
    "../up",
    "./here/./..",
    "..",
    " ",
    "<&>\"'",
)


class World(ObjectWorld):
    """An empty bucket, and what our client lists of it."""

    def listed(self, **how: Any) -> list[tuple[str, str | None, bool]]:
        async def work(client: S3Client) -> list[tuple[str, str | None, bool]]:
            found = reads.list_versions(client, "data", PRODUCTION, REGION, **how)
            return [(one.key, one.version_id, one.is_delete_marker) async for one in found]

        return self.run(work)


@pytest.fixture
def world(aws: EmbeddedAws) -> World:
    return World(aws)


def place(key: str = "k", version: str | None = None, account: str = PRODUCTION) -> ObjectPlace:
    return ObjectPlace("data", key, version, account, REGION)


@pytest.mark.parametrize("key", KEYS)
def test_a_key_reaches_s3_exactly(world: World, key: str) -> None:
    async def work(client: S3Client) -> bytes:
        await writes.put_object(client, place(key), key.encode(), {})
        head = await reads.head_object(client, place(key))
        await writes.update_object_encryption(client, place(key), world.key_arn, True)
        assert head.size == len(key.encode())
        return await reads.get_first_byte(client, place(key))

    first = world.run(work)

    assert [row["Key"] for row in world.boto.list_objects_v2(Bucket="data")["Contents"]] == [key]
    assert first == key.encode()[:1]
    found = world.boto.get_object(Bucket="data", Key=key)
    assert (found["Body"].read(), found["SSEKMSKeyId"]) == (key.encode(), world.key_arn)
    assert found["BucketKeyEnabled"]
    world.run(lambda client: writes.delete_version(client, place(key)))
    assert "Contents" not in world.boto.list_objects_v2(Bucket="data")


@pytest.mark.parametrize("page_size", [1, 3, 1000])
def test_every_version_is_listed_once_however_small_the_pages(world: World, page_size: int) -> None:
    world.enable_versions()
    for key in KEYS:
        for body in (b"1", b"2"):
            world.boto.put_object(Bucket="data", Key=key, Body=body)
    world.boto.delete_object(Bucket="data", Key="%2B")
    answer = world.boto.list_object_versions(Bucket="data")
    expected = [(row["Key"], row["VersionId"], False) for row in answer["Versions"]]
    expected += [(row["Key"], row["VersionId"], True) for row in answer["DeleteMarkers"]]

    found = world.listed(page_size=page_size)

    assert sorted(map(str, found)) == sorted(map(str, expected))
    assert len(found) == 2 * len(KEYS) + 1


def test_a_listing_goes_on_after_any_version_of_it(world: World) -> None:
    world.enable_versions()
    for key in ("a", "b+ c", "d"):
        for body in (b"1", b"2"):
            world.boto.put_object(Bucket="data", Key=key, Body=body)
    whole = world.listed()

    assert [len(world.listed(after=(key, version or ""))) for key, version, _ in whole] == [5, 4, 3, 2, 1, 0]
    assert world.listed(after=(whole[2][0], whole[2][1] or ""), page_size=2) == whole[3:]


@pytest.mark.parametrize("page_size", [1, 3, 1000])
def test_current_objects_are_listed_once_however_small_the_pages(world: World, page_size: int) -> None:
    world.enable_versions()
    for key in KEYS:
        for body in (b"1", b"2"):
            world.boto.put_object(Bucket="data", Key=key, Body=body)
    world.boto.delete_object(Bucket="data", Key="%2B")
    expected = sorted({*KEYS} - {"%2B"}, key=str.encode)

    async def current(client: S3Client, after: str) -> list[str]:
        found = reads.list_current(client, "data", PRODUCTION, REGION, after=after, page_size=page_size)
        return [one.key async for one in found]

    assert world.run(lambda client: current(client, "")) == expected
    assert world.run(lambda client: current(client, expected[4])) == expected[5:]


def test_a_listing_holds_to_its_prefix(world: World) -> None:
    for key in ("a+b c/1", "a b c/1", "a+b c"):
        world.boto.put_object(Bucket="data", Key=key, Body=b"")

    assert [key for key, _, _ in world.listed(prefix="a+b c/")] == ["a+b c/1"]


def test_a_bucket_without_versioning_has_versions_of_the_name_null(world: World) -> None:
    world.boto.put_object(Bucket="data", Key="k", Body=b"")

    assert world.listed() == [("k", "null", False)]


def test_that_very_version_is_read_re_encrypted_and_deleted(world: World) -> None:
    world.enable_versions()
    old = world.boto.put_object(Bucket="data", Key="k", Body=b"old")["VersionId"]
    new = world.boto.put_object(Bucket="data", Key="k", Body=b"new one")["VersionId"]

    async def work(client: S3Client) -> list[ObjectEncryption]:
        await writes.update_object_encryption(client, place(version=old), world.key_arn, False)
        heads = [await reads.head_object(client, place(version=one)) for one in (old, new)]
        assert [head.size for head in heads] == [3, 7]
        await writes.delete_version(client, place(version=old))
        return [head.encryption for head in heads]

    assert world.run(work) == [ObjectEncryption.SSE_KMS, ObjectEncryption.SSE_S3]
    assert world.listed() == [("k", new, False)]


def test_an_empty_object_has_an_empty_first_byte(world: World) -> None:
    world.boto.put_object(Bucket="data", Key="k", Body=b"")

    assert world.run(lambda client: reads.get_first_byte(client, place())) == b""


def test_a_copy_says_what_it_made_and_of_what(world: World) -> None:
    world.enable_versions()
    source = world.boto.put_object(Bucket="data", Key="a+b", Body=b"x")["VersionId"]
    headers = {
        "x-amz-copy-source": f"data/a%2Bb?versionId={source}",
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": world.key_arn,
    }

    made = world.run(lambda client: writes.copy_object(client, place("a+b"), headers))

    head = world.boto.head_object(Bucket="data", Key="a+b")
    assert (made.version_id, made.etag) == (head["VersionId"], head["ETag"].strip('"'))
    assert (made.encryption, made.key_arn) == (ObjectEncryption.SSE_KMS, world.key_arn)
    assert made.version_id != source


def failing(world: World, work: Callable[[S3Client], Awaitable[object]]) -> AwsError:
    with pytest.raises(AwsError) as caught:
        world.run(work)
    return caught.value


def test_no_object_is_not_found(world: World) -> None:
    assert isinstance(failing(world, lambda client: reads.head_object(client, place())), NotFound)
    assert isinstance(failing(world, lambda client: reads.get_first_byte(client, place())), NotFound)


def test_an_object_under_the_key_of_a_customer_says_so_by_its_code(world: World) -> None:
    put(world.boto, "data", rule("AES256", BlockedEncryptionTypes={"EncryptionType": ["NONE"]}))
    world.boto.put_object(
        Bucket="data", Key="k", Body=b"x", SSECustomerKey="k" * 32, SSECustomerAlgorithm="AES256"
    )

    error = failing(world, lambda client: reads.head_object(client, place()))

    assert error.code == "InvalidRequest"
    assert "form of Server Side Encryption" in str(error)


def test_the_bucket_of_a_stranger_is_neither_read_nor_written(world: World) -> None:
    world.boto.put_object(Bucket="data", Key="k", Body=b"x")
    elsewhere = place(account="999999999999")

    async def listing(client: S3Client) -> list[object]:
        return [one async for one in reads.list_versions(client, "data", elsewhere.account, REGION)]

    calls: list[Callable[[S3Client], Awaitable[object]]] = [
        listing,
        lambda client: reads.head_object(client, elsewhere),
        lambda client: reads.get_first_byte(client, elsewhere),
        lambda client: writes.put_object(client, elsewhere, b"", {}),
        lambda client: writes.delete_version(client, elsewhere),
        lambda client: writes.update_object_encryption(client, elsewhere, world.key_arn, True),
        lambda client: writes.copy_object(client, elsewhere, {"x-amz-copy-source": "data/k"}),
    ]
    for call in calls:
        assert isinstance(failing(world, call), AccessDenied)
