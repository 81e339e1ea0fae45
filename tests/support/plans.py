"""
What real Terraform plans of code that nothing was made of yet, remembered from one run of the tests to the next.

Such a plan is a function of the code, the arguments, Terraform, its provider and the embedded AWS: these are its name
in a folder of the user's cache. A plan of what exists is never remembered, and what is applied is always applied.
"""

import functools
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from tests.support.terraform import PROVIDER, Terraform

from s3kms import demo

PLAN = "plan.bin"
_OF_THE_USER = {"AWS_ACCESS_KEY_ID", "AWS_REGION", "TF_WORKSPACE"}
"""The variables of the environment that a plan depends on: who asks, where, and the workspace."""


def first_plan(terraform: Terraform, *arguments: str, unlike: Mapping[str, str] | None = None) -> str:
    """
    `terraform show -json` of the plan of a folder without a state, which is in `plan.bin` if it was not remembered.

    `unlike` has what another run of the same test has in its place, by a name for it: the ARN of a key.
    """
    path = _cache() / f"{_name(terraform, arguments, unlike or {})}.json"
    if "S3KMS_NO_TEST_CACHE" not in os.environ and path.is_file():
        return _replaced(path.read_text(), {name: value for value, name in (unlike or {}).items()})
    terraform("plan", f"-out={PLAN}", *arguments)
    document = terraform("show", "-json", PLAN)
    _write(path, _replaced(document, unlike or {}))
    return document


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "s3kms-tests"


def _name(terraform: Terraform, arguments: tuple[str, ...], unlike: Mapping[str, str]) -> str:
    said = [*arguments, *(f"{name}={terraform.env.get(name)}" for name in sorted(_OF_THE_USER))]
    digest = hashlib.sha256("\0".join([*said, _tools()]).encode())
    for path in _sources(terraform.folder):
        text = _replaced(path.read_text(), unlike)
        digest.update(f"\0{path.relative_to(terraform.folder)}\0{text}".encode())
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    """All files but Terraform's own, of which only the list of fetched modules is a source."""
    for path in sorted(folder.rglob("*")):
        own = path.relative_to(folder).parts[0] == ".terraform" and "modules" not in path.parts
        if path.is_file() and not own and path.name not in {PLAN, ".terraform.lock.hcl"}:
            yield path


@functools.cache
def _tools() -> str:
    """Terraform, its provider, and the AWS that it asks who it is."""
    here = Path(demo.__file__).parent
    sources = b"".join(path.read_bytes() for path in sorted(here.rglob("*.py")))
    terraform = Terraform(Path(tempfile.gettempdir()), {})("version", "-json")
    return f"{terraform} {PROVIDER} {version('moto')} {hashlib.sha256(sources).hexdigest()}"


def _replaced(text: str, names: Mapping[str, str]) -> str:
    for value, name in names.items():
        text = text.replace(value, name)
    return text


def _write(path: Path, text: str) -> None:
    """At once or not at all; a home where nothing can be written has no cache."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
            file.write(text)
        Path(file.name).replace(path)
    except OSError:
        pass
