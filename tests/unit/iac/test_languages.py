"""Every language is a folder of iac with one line in its list, and tells what is its own."""

from dataclasses import fields
from pathlib import Path

import pytest

from s3kms.iac import LANGUAGES, load_languages
from s3kms.iac.code_source import CodeSource
from s3kms.iac.interface import Document, Language, ReadContext, Reader, Unit
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.errors import BadInput
from s3kms.model.stream import Unlisted
from s3kms.model.unknown import UnknownCause


def test_every_line_of_the_list_is_a_folder_with_a_language() -> None:
    found = load_languages()

    assert len(found) == len(LANGUAGES)
    assert len({language.name for language in found}) == len(found)


def test_every_value_that_a_user_gives_belongs_to_one_language_or_to_all() -> None:
    theirs = [name for language in load_languages() for name in language.options]
    of_nobody = ["honor_skips", "root", "terraform_environment"]

    assert sorted([*theirs, *of_nobody]) == sorted(field.name for field in fields(CodeInputs))


def toy(unit: Unit, _: ReadContext) -> list[Bucket]:
    assert isinstance(unit, Document)
    return [Bucket(name) for name in unit.data.decode().split()]


TOY = Language("Toy", Reader("a toy file", lambda unit: unit.path.suffix == ".toy", lambda *a: iter(toy(*a))))


def test_a_language_that_is_passed_in_is_read(tmp_path: Path) -> None:
    (tmp_path / "some.toy").write_text("one two")
    source = CodeSource((tmp_path,), languages=(TOY,))

    assert [item.name for item in source.buckets(frozenset()) if isinstance(item, Bucket)] == ["one", "two"]


def test_a_file_that_no_language_claims_names_those_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "some.txt").write_text("one")

    with pytest.raises(BadInput, match="in no language") as caught:
        list(CodeSource((tmp_path / "some.txt",), languages=(TOY,)).buckets(frozenset()))

    assert "a toy file" in str(caught.value.advice)


def test_a_file_that_cannot_be_read_is_unlisted_and_no_bucket(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text("AWSTemplateFormatVersion: '2010-09-09'\nResources: {")

    (item,) = CodeSource((file,)).buckets(frozenset())

    assert isinstance(item, Unlisted)
    assert item.unknown.cause is UnknownCause.FILE_UNREAD
    assert [place.uri for place in item.scope.places] == [str(file)]
