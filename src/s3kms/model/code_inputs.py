"""What the user says beside code."""

from collections.abc import Mapping
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
    terraform_environment: tuple[tuple[str, str], ...] = ()
    """Terraform: what the environment has under `TF_VAR_NAME`, by NAME; every other value goes before."""
    root: Path | None = None
    """The folder below which alone files are read; None is the repository or, without one, the current folder."""


_OF_ENVIRONMENT = "TF_VAR_"


def read_terraform_environment(environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The values of Terraform's variables in an environment, by the names of the variables."""
    return tuple(
        (name.removeprefix(_OF_ENVIRONMENT), value)
        for name, value in sorted(environment.items())
        if name.startswith(_OF_ENVIRONMENT)
    )


DEFAULT_CODE_INPUTS = CodeInputs()
