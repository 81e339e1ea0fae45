"""A module that several root modules call: each of its buckets says through which calls it comes to be."""

from pathlib import Path

from tests.support.code import context

from s3kms.iac.interface import Folder
from s3kms.iac.terraform.code import READER
from s3kms.model.bucket import Bucket

FILES = {
    "dev/main.tf": '# dev\nmodule "m" {\n  source = "../m"\n}\n',
    "prod/main.tf": 'module "outer" {\n  source = "../outer"\n}\n',
    "outer/main.tf": '\n\nmodule "m" {\n  source = "../m"\n}\n',
    "m/main.tf": 'resource "aws_s3_bucket" "b" {}\n',
}


def found_in(root: str) -> Bucket:
    (found,) = READER.read(Folder(Path(root)), context(FILES))
    return found


def test_the_calls_stand_behind_the_place_that_decides_that_of_the_root_last() -> None:
    dev, prod = found_in("dev"), found_in("prod")

    assert [(one.uri, one.line) for one in dev.places][1:] == [("dev/main.tf", 2)]
    assert [(one.uri, one.line) for one in prod.places][1:] == [("outer/main.tf", 3), ("prod/main.tf", 1)]
    assert Path(dev.places[0].uri).name == Path(prod.places[0].uri).name == "main.tf"


def test_a_bucket_of_the_root_module_has_one_place() -> None:
    (found,) = READER.read(Folder(Path("m")), context(FILES))

    assert len(found.places) == 1
