"""The work of an edit grows as the file does: counted as calls of functions, for a machine may be busy."""

import cProfile
import pstats
from collections.abc import Callable
from pathlib import Path

import pytest

import s3kms

MAX_GROWTH = 4.6
"""Of the work, for four times the buckets."""


def terraform(number: int) -> str:
    return f'resource "aws_s3_bucket" "b{number}" {{\n  bucket = "acme-{number}"\n}}\n\n'


def yaml(number: int) -> str:
    return f"  B{number}:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: acme-{number}\n"


def calls_of(folder: Path, name: str, head: str, declare: Callable[[int], str], buckets: int) -> int:
    path = folder / str(buckets) / name
    path.parent.mkdir()
    path.write_text(head + "".join(map(declare, range(buckets))))
    profile = cProfile.Profile()
    profile.enable()
    plan = s3kms.plan_code(path, max_changes=buckets)
    profile.disable()
    assert len(plan.patches[0].buckets) == buckets
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "head", "declare"), [("main.tf", "", terraform), ("t.yaml", "Resources:\n", yaml)]
)
def test_four_times_the_buckets_are_four_times_the_work(
    name: str, head: str, declare: Callable[[int], str], tmp_path: Path
) -> None:
    calls_of(tmp_path, name, head, declare, 2)  # what is imported and compiled once
    few, many = (calls_of(tmp_path, name, head, declare, buckets) for buckets in (50, 200))

    assert many / few < MAX_GROWTH
