"""What `import s3kms` offers."""

import dataclasses
import subprocess
import sys

import s3kms
from s3kms import api


def test_every_public_name_is_there() -> None:
    missing = [name for name in s3kms.__all__ if not hasattr(s3kms, name)]

    assert missing == []


def test_the_package_offers_what_its_api_says() -> None:
    assert sorted(set(s3kms.__all__) - {"__version__"}) == sorted(api.__all__)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    assert not hasattr(s3kms, "no_such_name")


def test_importing_the_package_imports_little() -> None:
    code = "import sys; before = set(sys.modules); import s3kms; print(len(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert int(done.stdout) <= 6


def test_the_client_is_made_without_the_aws_sdk() -> None:
    code = "import sys, s3kms; s3kms.Client(); print('boto3' in sys.modules, 'botocore' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "False"]


def test_the_options_of_a_check_are_the_fields_of_its_request() -> None:
    fields = {field.name for field in dataclasses.fields(s3kms.ScanRequest)}

    assert set(s3kms.CheckOptions.__annotations__) == fields - {"targets"}


def test_the_options_of_a_fix_are_fields_of_its_request() -> None:
    fields = {field.name for field in dataclasses.fields(s3kms.FixRequest)}
    printed = {"form", "folder", "new", "config"}  # of the command line alone

    assert set(s3kms.FixOptions.__annotations__) == fields - {"targets"} - printed
