"""What the variables of a root module are given: variable definitions files, and the user's own values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.files import Files, UnreadFile
from s3kms.iac.hcl.file_access import is_outside
from s3kms.iac.hcl.json_syntax import parse_json_values
from s3kms.iac.hcl.module import NOWHERE, FileDiagnostic
from s3kms.iac.hcl.native_syntax import parse_native
from s3kms.iac.hcl.syntax_tree import Attribute, Expression, HclFile
from s3kms.iac.hcl.type_constraints import PrimitiveType, TypeConstraint
from s3kms.iac.hcl.values import Value
from s3kms.model.code_inputs import CodeInputs

_ALWAYS = ("terraform.tfvars", "terraform.tfvars.json")
_VALUES = (".tfvars", ".tfvars.json")
_LINK_TO_ELSEWHERE = UnreadFile(
    "is a link to a file that is hidden or too far outside the code, and is not read"
)
_AUTOMATIC = (".auto.tfvars", ".auto.tfvars.json")


@dataclass(frozen=True, slots=True)
class AssignedValue:
    """The value that a variable is given, as it is written in a file, after `--var` or in the environment."""

    text: str | None = None
    """The text after `--var`, or in the environment: a string or an expression, depending on the variable's type."""
    attribute: Attribute | None = None
    path: Path | None = None
    """The variable definitions file; None for `--var` and the environment."""
    is_of_environment: bool = False
    is_evaluated: bool = False
    """Whether it is `value`, which another language's code came to."""
    value: Value = None

    def expression(self, type_: TypeConstraint) -> Expression | str:
        """What to evaluate, or a string that is taken literally."""
        if self.attribute is not None:
            return self.attribute.expression
        text = self.text or ""
        if isinstance(type_, PrimitiveType) and type_ is not PrimitiveType.ANY:
            return text
        found = parse_native(f"x = {text}\n".encode()).body.attributes.get("x")
        return found.expression if found else text


@dataclass(frozen=True, slots=True)
class AssignedValues:
    """What is given, by the variable's name, and what could not be read of the files."""

    given: dict[str, AssignedValue]
    diagnostics: tuple[FileDiagnostic, ...]


def read_assigned_values(
    folder: Path, files: Files, inputs: CodeInputs, values: Mapping[str, Value] | None = None
) -> AssignedValues:
    """What the variables of a root module are given, the last one that counts for each.

    In Terraform's order: the environment as it was handed in, the files that it loads by itself, those of
    `--var-file`, and `--var`. `values` are those that a tool around Terraform sets in its environment.
    """
    found = {
        name: AssignedValue(text=text, is_of_environment=True) for name, text in inputs.terraform_environment
    }
    found |= {name: AssignedValue(is_evaluated=True, value=value) for name, value in (values or {}).items()}
    diagnostics: list[FileDiagnostic] = []
    for path in (*_automatic(folder, files), *inputs.variable_files):
        data = _LINK_TO_ELSEWHERE if is_outside(folder, path) and path.parent == folder else files.read(path)
        if isinstance(data, UnreadFile):
            diagnostics.append(FileDiagnostic(path, data.why, NOWHERE, is_unread=True))
        if not isinstance(data, bytes):
            continue
        file = _read(path, data)
        diagnostics += [FileDiagnostic(path, problem.why, problem.span) for problem in file.diagnostics]
        found |= {
            name: AssignedValue(attribute=attribute, path=path)
            for name, attribute in file.body.attributes.items()
        }
    found |= {name: AssignedValue(text=text) for name, text in inputs.variables}
    return AssignedValues(found, tuple(diagnostics))


def _automatic(folder: Path, files: Files) -> Iterator[Path]:
    names = [name for name in files.names(folder) if name.endswith(_VALUES)]
    yield from (folder / name for name in _ALWAYS if name in names)
    yield from (folder / name for name in sorted(names) if name.endswith(_AUTOMATIC))


def _read(path: Path, data: bytes) -> HclFile:
    return parse_json_values(data) if path.name.endswith(".json") else parse_native(data)


def list_unread_value_files(folder: Path, files: Files, *, are_loaded_here: bool) -> Iterator[Path]:
    """The variable definitions files in a folder that Terraform does not load by itself; `are_loaded_here` is whether
    it loads the others, as it does in the folder of the root module.
    """
    for name in files.names(folder):
        is_loaded = are_loaded_here and (name in _ALWAYS or name.endswith(_AUTOMATIC))
        if name.endswith(_VALUES) and not is_loaded and not name.startswith("."):
            yield folder / name


def read_value_names(path: Path, files: Files) -> frozenset[str]:
    """The names of the variables to which a variable definitions file gives values; none where it is not read."""
    data = files.read(path)
    return frozenset(_read(path, data).body.attributes) if isinstance(data, bytes) else frozenset()
