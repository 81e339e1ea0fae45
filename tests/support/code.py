"""Files of code that are nowhere on a disk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from s3kms.iac.interface import ReadContext
from s3kms.model.code_inputs import CodeInputs


@dataclass(frozen=True)
class Memory:
    """A folder of files, by path."""

    files: Mapping[Path, bytes] = field(default_factory=dict)

    def read(self, path: Path) -> bytes | None:
        return self.files.get(path)

    def names(self, folder: Path) -> tuple[str, ...]:
        return tuple(sorted(path.name for path in self.files if path.parent == folder))

    def named(self, name: str) -> tuple[Path, ...]:
        return tuple(sorted(path for path in self.files if path.name == name))


def context(files: Mapping[str, str] | None = None, inputs: CodeInputs | None = None) -> ReadContext:
    """What surrounds a unit: these files, and no other."""
    memory = Memory({Path(name): text.encode() for name, text in (files or {}).items()})
    return ReadContext(memory, inputs or CodeInputs(), tree=memory)
