"""What an installation brings."""

import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


def test_the_demo_brings_what_its_scenes_of_objects_take() -> None:
    extras = PROJECT["optional-dependencies"]

    assert set(extras["objects"]) <= set(extras["demo"])
