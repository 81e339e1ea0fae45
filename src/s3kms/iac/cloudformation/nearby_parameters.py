"""Finds files of parameter values that lie beside a template, are not read, and would change what is said of it.

`sam deploy` reads samconfig.toml by itself, and pipelines pass the others: who reads the template alone judges its
defaults.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from pathlib import Path

from s3kms.iac.cloudformation.parameter_files import parse_environments
from s3kms.iac.cloudformation.template import ParameterValues
from s3kms.iac.interface import ReadContext
from s3kms.model.advice import Option, Sentence

_SAM_FILES = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
_SUFFIXES = (".json", ".yaml", ".yml", ".toml", ".params", ".parameters")
_FOLDERS = (".", "params", "parameters", "param", "config", "configs", "environments", "env", "envs")
"""Where people keep them, beside the template."""
_SIBLINGS = ("params", "parameters", "config")
"""Where people keep them, beside the folder of templates."""
MAX_FILES = 200
"""Files that are looked at for one template."""
MAX_FILE_BYTES = 256 * 1024
"""Bytes; what is larger holds no 200 parameters."""

Evaluation = Callable[[ParameterValues], Hashable]
"""What comes of a template with these values of parameters."""


def describe_nearby_parameters(
    uri: str, declared: frozenset[str], context: ReadContext, evaluate: Evaluation
) -> Iterator[Sentence]:
    """A sentence for each file that gives values to `declared` parameters with which other encryption comes out."""
    if not declared:
        return
    without: Hashable = None
    for path in _candidates(Path(uri), context):
        environments = _values(path, declared, context)
        without = without or (evaluate({}) if environments else None)
        changed = [name for name, values in environments.items() if evaluate(values) != without]
        if changed:
            yield _sentence(uri, path, changed, is_only=len(environments) == 1)


def _candidates(template: Path, context: ReadContext) -> Iterator[Path]:
    known = {template, *context.inputs.parameter_files}
    units = context.claimed_paths  # templates beside it: a thousand would be parsed a thousand times
    folders = [template.parent / name for name in _FOLDERS]
    if template.parent.name and template.parent.name != "..":
        folders += [template.parent.parent / name for name in _SIBLINGS]
    number = 0
    for folder in dict.fromkeys(folders):
        for name in context.files.names(folder):
            path = folder / name
            if not name.lower().endswith(_SUFFIXES) or path in known or path in units:
                continue
            number += 1
            if number > MAX_FILES:
                return
            yield path


def _values(path: Path, declared: frozenset[str], context: ReadContext) -> Mapping[str, ParameterValues]:
    """The values of declared parameters that a file gives, by environment; one called "" where it has none."""
    data = context.files.read(path)
    if not isinstance(data, bytes) or len(data) > MAX_FILE_BYTES:
        return {}
    if not any(name.encode() in data for name in declared):
        return {}
    found: dict[str, ParameterValues] = {}
    for environment, pairs in parse_environments(path, data).items():
        values = {name: value for name, value in pairs if name in declared and value is not None}
        if values:
            found[environment] = values
    return found


def _sentence(uri: str, path: Path, environments: list[str], *, is_only: bool) -> Sentence:
    text = "{path}{by_itself} gives parameters of {template} other values{of}, and was not read: {how}"
    is_read = is_only or "default" in environments
    how = "give it with {parameters}" if is_read else "give those values with {parameters}"
    named = [environment for environment in environments if environment]
    fields = {
        "path": path,
        "by_itself": ", which sam deploy reads by itself," if path.name in _SAM_FILES else "",
        "template": uri,
        "of": f" (environment {', '.join(named)})" if named else "",
        "how": Sentence(how, {"parameters": Option("parameter_files", str(path) if is_read else "FILE")}),
    }
    return Sentence(text, fields)
