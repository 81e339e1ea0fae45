"""Values of variables that nobody sees in the code: those of the environment, and files beside it that are unread."""

from collections.abc import Iterator
from pathlib import Path

from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.variable_values import list_unread_value_files, read_value_names
from s3kms.iac.interface import ReadContext
from s3kms.iac.terraform.resource_types import BUCKET_TYPES, ENCRYPTION_CONFIGURATION, SELF_ENCRYPTED_BUCKETS
from s3kms.model.advice import Option, Sentence

_MAX_LISTED = 5
_FOLDERS_OF_VALUES = ("config", "configs", "env", "environments", "envs", "tfvars", "variables", "vars")
"""Folders in a root module in which people keep the files of their environments."""
_NAME_IN_FOLDERS = "terraform.tfvars"
_DECLARING = BUCKET_TYPES | SELF_ENCRYPTED_BUCKETS | {ENCRYPTION_CONFIGURATION}


def describe_variable_sources(root: RootModule, context: ReadContext) -> Iterator[Sentence]:
    """What of the variables came from the environment, and which files of values were not read, as Terraform does not
    read them by itself. Nothing where the code declares no bucket.
    """
    if not any(True for _ in root.resources(_DECLARING)):
        return
    declared = root.modules[0][1].variables
    given = root.loader.given
    names = [name for name in declared if name in given and given[name].is_of_environment]
    if names:
        listed = _listed([f"TF_VAR_{name}" for name in names])
        yield Sentence(f"{root.loader.folder} is checked with {listed} of the environment")
    if context.inputs.variable_files or not declared:
        return
    files = [path for path in _unread(root.loader.folder, context) if declared.keys() & _names(path, context)]
    if files:
        verb = "was" if len(files) == 1 else "were"
        fields = {"files": _listed(list(map(str, files))), "option": Option("variable_files", str(files[0]))}
        yield Sentence(
            f"{{files}} {verb} not read, because Terraform does not by itself; to check with it: {{option}}",
            fields,
        )


def _unread(folder: Path, context: ReadContext) -> Iterator[Path]:
    for name in (".", *_FOLDERS_OF_VALUES):
        inner = folder if name == "." else folder / name
        yield from list_unread_value_files(inner, context.files, are_loaded_here=inner == folder)
    seen = {folder / name for name in _FOLDERS_OF_VALUES}
    for path in context.tree.named(_NAME_IN_FOLDERS):
        is_own = any(name.endswith((".tf", ".tofu", ".tf.json")) for name in context.files.names(path.parent))
        if path.parent != folder and path.is_relative_to(folder) and path.parent not in seen and not is_own:
            yield path


def _names(path: Path, context: ReadContext) -> frozenset[str]:
    return read_value_names(path, context.files)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return ", ".join(names[:_MAX_LISTED]) + more
