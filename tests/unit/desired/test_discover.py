"""Which configuration file counts: the nearest one, up to the repository's root."""

from pathlib import Path

import pytest

from s3kms.desired.discover import find_configuration
from s3kms.model.errors import BadInput

TABLE = "[tool.s3kms]\nrules = []\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a repository, with two folders of code, and the current folder."""
    for folder in ("repository/.git", "repository/one/deep", "repository/two", "elsewhere"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "s3kms.toml").write_text("")  # above the repository: nobody's
    monkeypatch.chdir(tmp_path / "repository")
    return tmp_path / "repository"


def put(path: Path, text: str = "") -> Path:
    path.write_text(text)
    return path


def test_without_any_file_there_is_none(here: Path) -> None:
    assert find_configuration([here / "one"]) is None
    assert find_configuration() is None


@pytest.mark.parametrize(("name", "text"), [("s3kms.toml", ""), ("pyproject.toml", TABLE)])
def test_the_file_of_the_targets_folder_counts(here: Path, name: str, text: str) -> None:
    own = put(here / "one" / name, text)
    put(here / "s3kms.toml")

    assert find_configuration([here / "one"]) == own


@pytest.mark.parametrize(("name", "text"), [("s3kms.toml", ""), ("pyproject.toml", TABLE)])
def test_the_nearest_parent_counts_up_to_the_repositorys_root(here: Path, name: str, text: str) -> None:
    root = put(here / name, text)
    assert find_configuration([here / "one/deep"]) == root

    nearer = put(here / "one" / name, text)
    assert find_configuration([here / "one/deep"]) == nearer


def test_the_folder_of_a_file_of_code_counts(here: Path) -> None:
    own = put(here / "one/s3kms.toml")

    assert find_configuration([put(here / "one/main.tf")]) == own


def test_what_is_above_the_repository_does_not_count(here: Path) -> None:
    assert (here.parent / "s3kms.toml").is_file()

    assert find_configuration([here / "one/deep"]) is None


def test_s3kms_toml_comes_before_pyproject_toml_in_one_folder(here: Path) -> None:
    put(here / "one/pyproject.toml", TABLE)
    own = put(here / "one/s3kms.toml")

    assert find_configuration([here / "one"]) == own


@pytest.mark.parametrize("text", ["", "[tool.ruff]\n", "tool = 1\n", "[tool\n", "[" * 10_000])
def test_a_pyproject_toml_without_our_table_is_passed_over(here: Path, text: str) -> None:
    put(here / "one/pyproject.toml", text)
    root = put(here / "s3kms.toml")

    assert find_configuration([here / "one"]) == root


def test_outside_a_repository_no_parent_counts(here: Path) -> None:
    deep = here.parent / "elsewhere/deep"
    deep.mkdir()
    put(here.parent / "elsewhere/s3kms.toml")

    assert find_configuration([deep]) is None
    assert find_configuration([deep.parent]) == deep.parent / "s3kms.toml"


def test_code_that_has_none_takes_that_of_the_current_folder(here: Path) -> None:
    own = put(here / "s3kms.toml")

    assert find_configuration([here.parent / "elsewhere/main.tf"]) == own


def test_live_buckets_take_that_of_the_current_folder_or_its_parents(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = put(here / "s3kms.toml")
    monkeypatch.chdir(here / "one/deep")
    assert find_configuration() == root

    nearer = put(here / "one/s3kms.toml")
    assert find_configuration() == nearer


def test_several_targets_may_lead_to_one_file(here: Path) -> None:
    root = put(here / "s3kms.toml")

    assert find_configuration([here / "one/deep", here / "two"]) == root


def test_targets_that_lead_to_different_files_are_a_mistake_that_names_both(here: Path) -> None:
    first, second = put(here / "one/s3kms.toml"), put(here / "two/pyproject.toml", TABLE)

    with pytest.raises(BadInput) as caught:
        find_configuration([here / "one", here / "two"])

    assert str(first) in str(caught.value)
    assert str(second) in str(caught.value)
    assert "config" in str(caught.value.advice)


def test_a_target_with_a_file_and_one_without_are_a_mistake_too(here: Path) -> None:
    put(here / "one/s3kms.toml")

    with pytest.raises(BadInput, match=r"one/s3kms\.toml and .*two by no file"):
        find_configuration([here / "one", here / "two"])


def test_a_mistake_names_the_targets_that_differ(here: Path) -> None:
    """Not the first two."""
    put(here / "two/s3kms.toml")

    with pytest.raises(BadInput, match=r"two/s3kms\.toml"):
        find_configuration([here / "one", here / "one/deep", here / "two"])
