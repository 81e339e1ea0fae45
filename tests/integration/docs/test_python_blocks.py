"""Every Python block of every page runs as written; what is data on a page can be read."""

import doctest
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from tests.support.doc_blocks import ROOT, blocks, name_of, pages_with

from s3kms.demo.environment import open_demo_environment


@pytest.mark.slow
@pytest.mark.parametrize("page", pages_with("python"), ids=name_of)
def test_the_python_of_a_page_runs_as_written_in_order(page: Path) -> None:
    with open_demo_environment() as environment:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", "\n".join(blocks(page, "python"))],
            cwd=environment.folder,
            env={**os.environ, **environment.exports},
            capture_output=True,
            text=True,
            check=False,
        )

    assert (done.returncode, done.stderr) == (0, "")
    assert "fail" in done.stdout


@pytest.mark.slow
def test_the_python_of_all_pages_is_typed_as_a_strict_checker_wants_it(tmp_path: Path) -> None:
    for page in pages_with("python"):
        (tmp_path / f"{page.stem}.py").write_text("\n".join(blocks(page, "python")))

    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *map(str, sorted(tmp_path.glob("*.py")))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout.splitlines()[-1][:7]) == (0, "Success"), done.stdout


@pytest.mark.parametrize("page", pages_with("pycon"), ids=name_of)
def test_the_sessions_of_a_page_print_what_they_show(page: Path) -> None:
    for block in blocks(page, "pycon"):
        test = doctest.DocTestParser().get_doctest(block, {}, name_of(page), None, None)
        assert test.examples
        assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.parametrize("page", pages_with("json", "toml", "yaml"), ids=name_of)
def test_data_on_a_page_can_be_read(page: Path) -> None:
    for block in blocks(page, "json"):
        json.loads(block)
    for block in blocks(page, "toml"):
        tomllib.loads(block)
    for block in blocks(page, "yaml"):
        yaml.compose(block)
