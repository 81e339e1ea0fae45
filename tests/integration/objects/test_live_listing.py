"""A live listing over the wire: every version with its encryption, whole or sampled, and what could not be asked."""

from collections import Counter
from typing import Any

import pytest
from tests.support.aws_calls import put, rule
from tests.support.object_world import REGION, ObjectWorld

from s3kms.aws.s3.client import S3Client
from s3kms.demo.aws import PRODUCTION, EmbeddedAws
from s3kms.model.errors import AccessDenied, BadInput
from s3kms.model.objects import ObjectEncryption, ObjectVersion
from s3kms.objects.evidence.listing import ListingScope, LiveListing, ObjectLooks
from s3kms.objects.evidence.sampled_listing import ListingSample, draw_sample
from s3kms.objects.evidence.spooled_rows import open_spooled
from s3kms.objects.queries.question import CLASSES


class World(ObjectWorld):
    """A bucket with versions of every encryption."""

    def __init__(self, aws: EmbeddedAws) -> None:
        super().__init__(aws)
        put(self.boto, "data", rule("AES256", BlockedEncryptionTypes={"EncryptionType": ["NONE"]}))
        self.enable_versions()

    def fill(self) -> None:
        for number in range(3):
            self.boto.put_object(Bucket="data", Key=f"plain/{number} +", Body=b"x" * number)
        self.boto.put_object(
            Bucket="data",
            Key="kms",
            Body=b"12345",
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=self.key_arn,
            BucketKeyEnabled=True,
        )
        self.boto.put_object(
            Bucket="data", Key="ssec", Body=b"", SSECustomerKey="k" * 32, SSECustomerAlgorithm="AES256"
        )
        self.boto.put_object(Bucket="data", Key="gone", Body=b"old")
        self.boto.delete_object(Bucket="data", Key="gone")

    def read(self, after: str = "", **how: Any) -> tuple[list[ObjectVersion], list[str], ObjectLooks]:
        async def work(client: S3Client) -> tuple[list[ObjectVersion], list[str], ObjectLooks]:
            looks = ObjectLooks(client, scope(**how))
            reader = LiveListing(looks.listed, looks, at_once=3).read(after)
            found = [(version, reader.bookmark) async for version in reader]
            return [version for version, _ in found], [mark for _, mark in found], looks

        return self.run(work)

    def sample(self, **how: Any) -> tuple[ListingSample, ObjectLooks]:
        async def work(client: S3Client) -> tuple[ListingSample, ObjectLooks]:
            looks = ObjectLooks(client, scope())
            return await draw_sample(looks, looks.listed, **how), looks

        return self.run(work)


def scope(**how: Any) -> ListingScope:
    return ListingScope(bucket="data", account=PRODUCTION, region=REGION, **how)


@pytest.fixture
def world(aws: EmbeddedAws) -> World:
    world = World(aws)
    world.fill()
    aws.calls.clear()
    return world


def test_every_version_tells_its_encryption_key_and_bucket_key(world: World) -> None:
    found, _, looks = world.read()

    told = {
        (one.key, one.is_delete_marker): (one.encryption, one.key_arn, one.bucket_key, one.size)
        for one in found
    }
    assert told == {
        ("gone", True): (None, None, None, None),
        ("gone", False): (ObjectEncryption.SSE_S3, None, None, 3),
        ("kms", False): (ObjectEncryption.SSE_KMS, world.key_arn, True, 5),
        ("plain/0 +", False): (ObjectEncryption.SSE_S3, None, None, 0),
        ("plain/1 +", False): (ObjectEncryption.SSE_S3, None, None, 1),
        ("plain/2 +", False): (ObjectEncryption.SSE_S3, None, None, 2),
        ("ssec", False): (ObjectEncryption.SSE_C, None, None, 0),
    }
    assert looks.notes() == ()


def test_a_version_costs_one_call_and_a_delete_marker_none(world: World) -> None:
    world.read()

    calls = Counter(call.operation for call in world.aws.calls)
    # The GET is of the object under SSE-C: its HEAD is refused without a word.
    assert calls == {"ListObjectVersions": 1, "HeadObject": 6, "GetObject": 1}


def test_the_current_objects_alone_are_read_with_the_versions_that_they_have(world: World) -> None:
    found, _, _ = world.read(all_versions=False)

    current = {
        row["Key"]: row["VersionId"]
        for row in world.boto.list_object_versions(Bucket="data")["Versions"]
        if row["IsLatest"]
    }
    del current["ssec"]
    assert {one.key: one.version_id for one in found if one.key != "ssec"} == current
    assert all(one.is_latest for one in found)


@pytest.mark.parametrize("all_versions", [True, False])
def test_a_listing_goes_on_after_each_of_its_bookmarks(world: World, all_versions: bool) -> None:
    whole, marks, _ = world.read(all_versions=all_versions)

    for number, mark in enumerate(marks, start=1):
        found, _, _ = world.read(mark, all_versions=all_versions)
        assert found == whole[number:]


@pytest.mark.parametrize("text", ["{", "[]", "3", '"a"'])
def test_a_bookmark_that_is_none_is_bad_input(world: World, text: str) -> None:
    with pytest.raises(BadInput, match="not a position in a list of objects"):
        world.read(text)


def test_a_version_that_cannot_be_asked_is_unknown_and_told_with_its_reason(world: World) -> None:
    for operation in ("HeadObject", "GetObject"):
        world.aws.faults.fail(operation, 403, "AccessDenied")

    found, _, looks = world.read()

    assert {one.encryption for one in found} == {None}
    assert looks.unread == {"AccessDenied": 6}
    (note,) = looks.notes()
    assert str(note).startswith(
        "6 versions could not be read, such as: AccessDenied from HeadObject for s3://data/"
    )


def test_a_listing_that_is_denied_is_an_error_and_not_an_empty_bucket(world: World) -> None:
    world.aws.faults.fail("ListObjectVersions", 403, "AccessDenied")

    with pytest.raises(AccessDenied):
        world.read()


def test_a_sample_counts_the_whole_listing_and_asks_only_those_drawn(world: World) -> None:
    sample, looks = world.sample(size=2, seed=1)

    calls = Counter(call.operation for call in world.aws.calls)
    assert calls["HeadObject"] == 2
    assert (sample.frame.listed.objects, sample.frame.listed.bytes) == (6, 11)
    assert (sample.frame.looked, sample.frame.delete_markers, sample.frame.is_whole) == (2, 1, True)
    assert len(sample.rows) == 2
    assert looks.looked == 2


def test_one_seed_draws_one_sample(world: World) -> None:
    samples = [{row.key for row in world.sample(size=3, seed=seed)[0].rows} for seed in (5, 5, 6, 7, 8)]

    assert samples[0] == samples[1]
    assert len({frozenset(keys) for keys in samples}) > 1


def test_a_sample_as_large_as_the_bucket_is_the_bucket(world: World) -> None:
    sample, _ = world.sample(size=100, seed=0)

    whole, _, _ = world.read()
    assert list(sample.rows) == [row for row in whole if not row.is_delete_marker]


def test_a_listing_that_was_ended_early_says_so(world: World) -> None:
    sample, _ = world.sample(size=100, seed=0, limit=3)

    assert not sample.frame.is_whole
    assert sample.frame.listed.objects == 2  # one of the three is a delete marker


def test_rows_read_one_by_one_are_asked_as_an_inventory_is(world: World) -> None:
    whole, _, looks = world.read()

    with open_spooled(whole, lambda: LiveListing(looks.listed, looks).coverage, memory=1 << 28) as evidence:
        values = dict.fromkeys(CLASSES.parameters)
        counted = Counter[str]()
        for row in evidence.table.ask(CLASSES, values):
            counted[row[2]] += row[-2]
    assert counted == {"SSE-S3": 4, "SSE-KMS": 1, "SSE-C": 1, None: 1}
