"""What the variables of a root module are given: files of values, and what the user says beside."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from s3kms.sources.code.hcl.convert import Plain, Type
from s3kms.sources.code.hcl.json_syntax import parse_json_values
from s3kms.sources.code.hcl.module import Trouble
from s3kms.sources.code.hcl.nearby import leads_away
from s3kms.sources.code.hcl.parse import parse_native
from s3kms.sources.code.hcl.tree import Attribute, Expression, File
from s3kms.sources.code.interface import Context

_ALWAYS = ("terraform.tfvars", "terraform.tfvars.json")
_VALUES = (".tfvars", ".tfvars.json")
_AUTOMATIC = (".auto.tfvars", ".auto.tfvars.json")


@dataclass(frozen=True, slots=True)
class Given:
    """The value of a variable, as it is written in a file of values or after `--var`."""

    text: str | None = None
    """After `--var`, which may be a text or an expression, as the variable's type says."""
    attribute: Attribute | None = None
    path: Path | None = None
    """The file of values; None for `--var`."""

    def expression(self, type_: Type) -> Expression | str:
        """What to evaluate, or a text that is meant as it is."""
        if self.attribute is not None:
            return self.attribute.expression
        text = self.text or ""
        if isinstance(type_, Plain) and type_ is not Plain.ANY:
            return text
        found = parse_native(f"x = {text}\n".encode()).body.attributes.get("x")
        return found.expression if found else text


@dataclass(frozen=True, slots=True)
class Values:
    """What is given, by the variable's name; and what could not be read on the way."""

    given: dict[str, Given]
    troubles: tuple[Trouble, ...]


def given_values(folder: Path, context: Context) -> Values:
    """By the variable's name, the last that counts: the files that Terraform takes by itself in their order,
    then `--var-file`, then `--var`. The environment (`TF_VAR_…`) is not read: the same code is to come out the same
    on every machine.
    """
    found: dict[str, Given] = {}
    troubles: list[Trouble] = []
    for path in (*_automatic(folder, context), *context.inputs.variable_files):
        data = context.files.read(path)
        if data is None:
            continue
        file = _read(path, data)
        troubles += [Trouble(path, problem.why, problem.span) for problem in file.problems]
        found |= {
            name: Given(attribute=attribute, path=path) for name, attribute in file.body.attributes.items()
        }
    found |= {name: Given(text=text) for name, text in context.inputs.variables}
    return Values(found, tuple(troubles))


def _automatic(folder: Path, context: Context) -> Iterator[Path]:
    names = [name for name in context.files.names(folder) if name.endswith(_VALUES)]
    names = [name for name in names if not leads_away(folder, folder / name)]
    yield from (folder / name for name in _ALWAYS if name in names)
    yield from (folder / name for name in sorted(names) if name.endswith(_AUTOMATIC))


def _read(path: Path, data: bytes) -> File:
    return parse_json_values(data) if path.name.endswith(".json") else parse_native(data)
