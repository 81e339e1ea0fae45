"""What the user says beside code."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CodeInputs:
    """What the user says beside the code."""

    variables: tuple[tuple[str, str], ...] = ()
    """Terraform: variables and their values, as written; the last of a name counts."""
    variable_files: tuple[Path, ...] = ()
    """Terraform: files of variables, in their order."""
    workspace: str = "default"
    """Terraform: what `terraform.workspace` is."""
    parameter_files: tuple[Path, ...] = ()
    """CloudFormation: files of parameters, in their order."""
    honor_skips: bool = False
    """Whether what other tools are told to skip beside the code is exempt here, too."""


DEFAULT_CODE_INPUTS = CodeInputs()
