"""The files of Terragrunt: HCL with blocks of its own, in both syntaxes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.hcl.json_syntax import parse_json
from s3kms.iac.hcl.native_syntax import parse_native
from s3kms.iac.hcl.syntax_tree import Attribute, Block, HclFile

UNIT_FILES = ("terragrunt.hcl", "terragrunt.hcl.json")
STACK_FILE = "terragrunt.stack.hcl"
_LABELS = {
    **dict.fromkeys(("locals", "terraform", "remote_state"), 0),
    **dict.fromkeys(("include", "dependency", "feature", "generate", "unit", "stack"), 1),
}
"""The block types of the JSON syntax, and how many labels each has."""


@dataclass(frozen=True, slots=True)
class TerragruntFile:
    """One file, parsed."""

    path: Path
    content: HclFile

    def blocks(self, kind: str) -> Iterator[Block]:
        """The blocks of one type."""
        return (block for block in self.content.body.blocks if block.type == kind)

    def attribute(self, name: str) -> Attribute | None:
        """An attribute of the file itself; None where there is none."""
        return self.content.body.attributes.get(name)

    def line_of(self, *kinds: str) -> int:
        """The line of the first of these blocks or attributes, in their order; else the first line."""
        for kind in kinds:
            found = self.attribute(kind) or next(self.blocks(kind), None)
            if found is not None:
                return found.span.line
        return 1


def parse_file(path: Path, data: bytes) -> TerragruntFile:
    """A file of either syntax. Raises nothing."""
    is_json = path.name.endswith(".json")
    return TerragruntFile(path, parse_json(data, _LABELS) if is_json else parse_native(data))
