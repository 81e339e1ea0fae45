"""One embedded AWS a test process; the sample estate, fresh for every module that asks for it."""

import gc
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import moto.settings
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
moto.settings.ec2_load_default_amis = lambda: False  # a thousand images a region, which no test asks for
gc.set_threshold(
    1000, 20, 200
)  # a full collection looks through all objects: at most one for four million new ones


def pytest_configure(config: pytest.Config) -> None:
    """
    Of two test processes neither is to be left with a long module at the end: the order is ours, below.

    Journals stay out of the home of who runs the tests, whatever calls the library.
    """
    state = tempfile.TemporaryDirectory(prefix="s3kms-tests-")
    os.environ["XDG_STATE_HOME"] = state.name
    config.add_cleanup(state.cleanup)
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with real Terraform come first, then those with other slow tests, then the rest."""
    marks = {item.path: 0 for item in items}
    for item in items:
        weight = 2 if item.get_closest_marker("terraform") else 1 if item.get_closest_marker("slow") else 0
        marks[item.path] = max(marks[item.path], weight)
    items.sort(key=lambda item: -marks[item.path])


def keep_from_garbage_collection() -> None:
    """
    Collect, and never look at the rest again: tests, moto and the models of AWS's services are a million objects.

    Up to half of the processor time of a test with many answers went into looking through them.
    """
    gc.collect()
    gc.freeze()


def pytest_collection_finish() -> None:
    keep_from_garbage_collection()


@pytest.fixture(scope="module", autouse=True)
def _small_heap() -> Iterator[None]:
    """What a module leaves loaded is looked through once, at its end, and never by those that come after."""
    yield
    keep_from_garbage_collection()


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


@pytest.fixture
def few_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    """EC2 tells of three regions, not of forty: each is asked for the settings of ten services."""
    from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

    few = [one for one in RegionsAndZonesBackend.regions if one.name in {FRANKFURT, "us-east-1", "eu-west-1"}]
    monkeypatch.setattr(RegionsAndZonesBackend, "regions", few)


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
