"""One embedded AWS a test process; the sample estate, fresh for every module that asks for it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import settings
from tests.support.cli import Shell
from tests.support.localstack.server import LocalStack, localstack_or_skip
from tests.support.sdk import read_models_once

from s3kms.demo.aws import EmbeddedAws
from s3kms.demo.sample_estate import FRANKFURT, PROFILES, seed_estate

settings.register_profile("untimed", deadline=None)  # budgets are counted: a busy machine fails no test
settings.load_profile("untimed")
read_models_once()


def pytest_configure(config: pytest.Config) -> None:
    """Of two test processes neither is to be left with a long module at the end: the order is ours, below."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with real Terraform come first, then those with other slow tests, then the rest."""
    marks = {item.path: 0 for item in items}
    for item in items:
        weight = 2 if item.get_closest_marker("terraform") else 1 if item.get_closest_marker("slow") else 0
        marks[item.path] = max(marks[item.path], weight)
    items.sort(key=lambda item: -marks[item.path])


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture(scope="session")
def localstack() -> Iterator[LocalStack]:
    yield from localstack_or_skip()


@pytest.fixture
def aws(server: EmbeddedAws) -> EmbeddedAws:
    """Empty."""
    server.reset()
    return server


@pytest.fixture(scope="module")
def estate(server: EmbeddedAws) -> EmbeddedAws:
    """With the sample estate; for tests that only read."""
    server.reset()
    seed_estate(server)
    return server


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A clean shell in an empty folder: no AWS configuration, no credentials."""
    return Shell(tmp_path, {})


def shell_of(server: EmbeddedAws, folder: Path, profile: str = "production") -> Shell:
    keys: Mapping[str, str] = server.credentials(PROFILES[profile])
    return Shell(folder, {"AWS_ENDPOINT_URL": server.url, "AWS_REGION": FRANKFURT, **keys})


@pytest.fixture
def production(estate: EmbeddedAws, tmp_path: Path) -> Shell:
    """A shell with the credentials of the estate's production account."""
    estate.calls.clear()
    return shell_of(estate, tmp_path)
