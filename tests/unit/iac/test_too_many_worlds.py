"""Code that leaves more combinations open than are looked at: what may stand beyond them is never passed over."""

from itertools import islice
from pathlib import Path

import pytest

from s3kms.iac.code_source import CodeSource
from s3kms.iac.usage_index import BucketTarget, FoundUsage, UsageIndex, Website
from s3kms.iac.worlds import MAX_WORLDS, ImpossibleWorld, TooManyWorlds, World, explore_worlds
from s3kms.model.advice import NO_ADVICE
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import Encryption
from s3kms.model.stream import Unlisted
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.model.usage import LogDelivery, LogSource

OPEN = "".join(f'variable "v{n}" {{\n  type = string\n}}\n' for n in range(12))
FLAGS = ", ".join(f'var.v{n} == "a" ? "t" : "f"' for n in range(12))
GOOD = (
    'resource "aws_s3_bucket" "good" {\n  bucket = "acme-good"\n}\n'
    'resource "aws_s3_bucket_server_side_encryption_configuration" "good" {\n'
    "  bucket = aws_s3_bucket.good.id\n  rule {\n    apply_server_side_encryption_by_default {\n"
    '      sse_algorithm = "aws:kms"\n    }\n  }\n}\n'
)


def _items(folder: Path, name: str, text: str) -> dict[str, Bucket | Unlisted]:
    (folder / name).write_text(text)
    found = CodeSource((folder,)).buckets(frozenset())
    return {
        str(item.resource if isinstance(item, Bucket) else item.unknown.why): item
        for item in found
        if isinstance(item, Bucket | Unlisted)
    }


def test_the_worlds_beyond_the_limit_are_an_exception_after_those_within_it() -> None:
    worlds = explore_worlds(lambda world: [world.decide(str(n)) for n in range(9)])

    assert len(list(islice(worlds, MAX_WORLDS))) == MAX_WORLDS
    with pytest.raises(TooManyWorlds, match=f"more than {MAX_WORLDS} combinations"):
        next(worlds)


def test_as_many_worlds_as_the_limit_are_all() -> None:
    assert len(list(explore_worlds(lambda world: [world.decide(str(n)) for n in range(8)]))) == MAX_WORLDS


def test_impossible_worlds_count_so_that_a_search_among_them_ends() -> None:
    def reject(world: World) -> None:
        for n in range(20):
            world.decide(str(n))
        raise ImpossibleWorld

    with pytest.raises(TooManyWorlds):
        list(explore_worlds(reject))


def test_a_bucket_of_a_combination_that_is_not_looked_at_is_not_passed_over(tmp_path: Path) -> None:
    hidden = (
        f"{OPEN}locals {{\n  flags = [{FLAGS}]\n}}\n"
        'resource "aws_s3_bucket" "b" {\n'
        '  for_each = { for k in ["x"] : k => k if join("", local.flags) == "tfffffffffff" }\n'
        '  bucket   = "hidden"\n}\n'
    )

    found = _items(tmp_path, "main.tf", hidden + GOOD)

    assert set(found) == {"aws_s3_bucket.b", "aws_s3_bucket.good"}
    encryption = found["aws_s3_bucket.b"].encryption  # type: ignore[union-attr]
    assert isinstance(encryption, Encryption)
    assert (
        encryption.algorithm == "AES256"
    )  # whatever is chosen: the condition decides whether it is there at all


def test_instances_that_were_found_are_named_beside_the_unknown_rest(tmp_path: Path) -> None:
    text = (
        'variable "enabled" {\n  type = list(string)\n}\n'
        'resource "aws_s3_bucket" "b" {\n'
        '  for_each = setsubtract([for n in range(300) : "k${n}" if !contains(var.enabled, "k${n}")], [])\n'
        '  bucket   = "acme-${each.key}"\n  server_side_encryption_configuration {\n    rule {\n'
        "      apply_server_side_encryption_by_default {\n"
        '        sse_algorithm = each.key == "k1" ? "aws:kms" : "AES256"\n      }\n    }\n  }\n}\n'
    )

    found = _items(tmp_path, "main.tf", text)

    rest = found["aws_s3_bucket.b"].encryption  # type: ignore[union-attr]
    assert isinstance(rest, Unknown)
    assert rest.cause is UnknownCause.BUDGET
    assert "may have more instances than were found" in rest.why
    assert len([name for name in found if name.startswith('aws_s3_bucket.b["')]) >= MAX_WORLDS - 1


def test_a_configuration_of_a_combination_that_is_not_looked_at_may_be_the_buckets(tmp_path: Path) -> None:
    text = (
        f"{OPEN}locals {{\n  flags = [{FLAGS}]\n}}\n"
        'resource "aws_s3_bucket" "b" {\n  bucket = "acme-b"\n}\n'
        'resource "aws_s3_bucket_server_side_encryption_configuration" "b" {\n'
        '  for_each = { for k in ["x"] : k => k if join("", local.flags) == "tfffffffffff" }\n'
        "  bucket   = aws_s3_bucket.b.id\n  rule {\n    apply_server_side_encryption_by_default {\n"
        '      sse_algorithm = "aws:kms"\n    }\n  }\n}\n'
    )

    found = _items(tmp_path, "main.tf", text)["aws_s3_bucket.b"]

    assert isinstance(found, Bucket)
    assert isinstance(found.encryption, Unknown)


def _rare(resources: str) -> str:
    """A template whose condition holds in one of 1024 combinations."""
    names = [f"C{n}" for n in range(10)]
    flags = ", ".join(f"!If [{name}, t, f]" for name in names)
    return (
        "Parameters:\n"
        + "".join(f"  P{name}: {{Type: String}}\n" for name in names)
        + "Conditions:\n"
        + "".join(f"  {name}: !Equals [!Ref P{name}, a]\n" for name in names)
        + f"  Rare: !Equals [!Join ['', [{flags}]], tfffffffff]\n"
        + f"Resources:\n{resources}"
    )


def test_a_bucket_of_a_template_whose_condition_is_too_wide_is_not_absent(tmp_path: Path) -> None:
    found = _items(tmp_path, "t.yaml", _rare("  B: {Type: AWS::S3::Bucket, Condition: Rare}\n"))

    assert set(found) == {"B"}


def test_a_module_of_a_template_whose_condition_is_too_wide_is_named(tmp_path: Path) -> None:
    resources = "  Q: {Type: AWS::SQS::Queue}\n  M: {Type: 'My::S3::Bucket::MODULE', Condition: Rare}\n"

    (name,) = _items(tmp_path, "t.yaml", _rare(resources))

    assert "My::S3::Bucket::MODULE" in name


def test_a_delivery_that_was_found_stays_known_beside_facts_that_were_not_read() -> None:
    bucket, unread = (
        BucketTarget(address="aws_s3_bucket.b"),
        Unknown(UnknownCause.BUDGET, "too many", NO_ADVICE),
    )
    index = UsageIndex(unread=unread)
    delivery = LogDelivery(LogSource.LOAD_BALANCER, "access logs of aws_lb.web")

    index.collect([[FoundUsage((bucket,), delivery), FoundUsage((bucket,), Website())]])

    usage = index.usage_of([bucket])
    assert usage.deliveries == (delivery,)
    assert usage.website is True
    assert (usage.policies, usage.replication, usage.grants) == (unread, unread, unread)
