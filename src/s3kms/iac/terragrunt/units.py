"""The buckets of a unit: its module is a root module, evaluated with the inputs that the unit gives it."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from s3kms.iac.files import OverlayFiles
from s3kms.iac.hcl.module import list_module_files, read_module
from s3kms.iac.hcl.module_loader import is_local_source
from s3kms.iac.hcl.module_sources import parse_module_source
from s3kms.iac.hcl.module_surroundings import ModuleSurroundings, find_folder_of_repository
from s3kms.iac.hcl.values import Value
from s3kms.iac.interface import Folder, ReadContext, UnitNote
from s3kms.iac.terraform.code import READER as TERRAFORM
from s3kms.iac.terragrunt.configuration import UnitConfiguration
from s3kms.iac.terragrunt.evaluation import CHECK_PLAN, shown_path
from s3kms.iac.values import UnknownValue
from s3kms.model.bucket import Bucket
from s3kms.model.code_inputs import CodeInputs
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.text.quoting import quote_hcl

_NAME = re.compile(r"[A-Za-z_][\w-]*")
_WORDS_OF_BUCKETS = ("aws_s3", "awscc_s3", "module", "_cloudformation_stack")
_CALLER = "terragrunt_source.tf"
"""The file that stands for a unit whose module is elsewhere: one call of it."""


@dataclass(frozen=True, slots=True)
class UnitModule:
    """The module of a unit, and what surrounds it: the folder, to be read as a root module with this context."""

    folder: Folder
    context: ReadContext
    is_elsewhere: bool = False
    """Whether it is no folder of the tree, and the root module is a call of it."""
    caveat: str = ""
    """What weakens the facts: the address may pin another version of this repository."""


def find_module(
    configuration: UnitConfiguration, folder: Path, context: ReadContext
) -> UnitModule | Unknown | None:
    """The module of the unit in a folder; None for a configuration that has none and is only included by others."""
    written = configuration.source
    source = known_address(written) if isinstance(written, UnknownValue) else written
    if isinstance(written, UnknownValue) and source is None:
        return written.unknown
    if source is not None and not isinstance(source, str):
        return _unresolved(f"the source of {configuration.path} is not a text")
    if not source:
        return _surrounded(configuration, folder, context)
    own = find_own_folder(source, folder, context)
    if own and list_module_files(context.files, own):
        found = _surrounded(configuration, own, context)
        return found and replace(found, caveat=f"{source} is read from {own} in this repository")
    if not _is_path(source):
        return _elsewhere(source, _inputs_of(configuration), folder, context)
    module = _local_folder(source, folder)
    if module is None:
        return _unresolved(f"the source {source} of {configuration.path} is not read")
    why = f"{configuration.path} takes its module from {source}, and {module} has no Terraform files"
    return _surrounded(configuration, module, context) or Unknown(UnknownCause.FILE_UNREAD, why, CHECK_PLAN)


def _inputs_of(configuration: UnitConfiguration) -> dict[str, Value]:
    return {**configuration.extra.environment, **configuration.inputs}


def _surrounded(configuration: UnitConfiguration, module: Path, context: ReadContext) -> UnitModule | None:
    """A folder as the module of a unit, with the files that Terragrunt generates and the values that it gives; None
    where no file is in it.
    """
    files = OverlayFiles(context.files, dict(_generated_files(configuration, module)))
    if not list_module_files(files, module):
        return None
    values = _inputs_of(configuration)
    names = read_module(files, module).variables
    if (other := configuration.other_inputs) is not None:
        values = {**{name: replace(other, symbol=f"var.{name}") for name in names}, **values}
    if (other := configuration.extra.unknown) is not None:
        values = {name: replace(other, symbol=f"var.{name}") for name in names}
    inputs = _with_extra(configuration, module, context.inputs)
    return UnitModule(Folder(module), replace(context, files=files, values=values, inputs=inputs))


def read_module_of(
    module: UnitModule, configuration: UnitConfiguration, where: tuple[Place, ...] = ()
) -> Iterator[Bucket | UnitNote]:
    """The buckets of a unit's module, each with the places of the unit behind its own: `where`, or the line of its
    inputs.
    """
    file = configuration.file
    where = where or (Place(str(file.path), file.line_of("inputs", "terraform"), 1),)
    stand_in = str(module.folder.path / _CALLER)
    for item in TERRAFORM.items(module.folder, module.context):
        if not isinstance(item, Bucket):
            yield item
        elif item.resource is None and [one.uri for one in item.places] == [stand_in]:
            why = f"a unit takes its module from {_shown(configuration.source)}, which is not read"
            unknown = Unknown(UnknownCause.FILE_UNREAD, why, CHECK_PLAN)
            yield Bucket(None, places=where, encryption=unknown, tags=unknown, key=unknown)
        else:
            yield _of_unit(item, stand_in, where, module.caveat)


def _of_unit(bucket: Bucket, stand_in: str, where: tuple[Place, ...], said: str) -> Bucket:
    def places(found: tuple[Place, ...]) -> tuple[Place, ...]:
        return (*(one for one in found if one.uri != stand_in), *where)

    outcomes = tuple(replace(one, places=places(one.places)) for one in bucket.outcomes)
    caveat = f"its module has its inputs from {where[-1].uri}"
    caveats = filter(None, (bucket.caveat, said, caveat if bucket.resource else None))
    return replace(bucket, places=places(bucket.places), outcomes=outcomes, caveat="; ".join(caveats) or None)


def _with_extra(configuration: UnitConfiguration, module: Path, inputs: CodeInputs) -> CodeInputs:
    """What the user says beside the code, after what `extra_arguments` says."""
    extra = configuration.extra
    files = (shown_path(module, text) for text in extra.files)
    return replace(
        inputs,
        variable_files=(*(path for path in files if path), *inputs.variable_files),
        variables=(*extra.variables, *inputs.variables),
    )


def find_unknown_generated(configuration: UnitConfiguration) -> UnknownValue | None:
    """The contents of a generated file that may declare buckets and is not known; None where there is none."""
    for one in configuration.generated.values():
        found = one.contents
        may_declare = not one.written or any(word in one.written for word in _WORDS_OF_BUCKETS)
        if isinstance(found, UnknownValue) and may_declare:
            return found
    return None


def find_own_folder(source: str, folder: Path, context: ReadContext) -> Path | None:
    """The folder of an address of this repository itself; None for any other address."""
    remote = None if _is_path(source) else parse_module_source(source)
    surroundings = ModuleSurroundings(context.named)
    return find_folder_of_repository(remote, folder, surroundings, context.files) if remote else None


def _shown(source: Value) -> str:
    return (known_address(source) or source.expression) if isinstance(source, UnknownValue) else str(source)


def known_address(source: UnknownValue) -> str | None:
    """The address of a source of which only the version is not known; None for any other."""
    known = ""
    for part in source.parts:
        if isinstance(part, UnknownValue):
            break
        known += part
    return known.partition("?")[0] if "?" in known else None


def _is_path(source: str) -> bool:
    return is_local_source(source) or source.startswith("file://")


def _local_folder(source: str, folder: Path) -> Path | None:
    """The folder of a source that is a path: what stands behind `//` is a folder in it."""
    text = source.removeprefix("file://").partition("?")[0]
    return shown_path(folder, os.path.normpath(text))


def _elsewhere(source: str, inputs: Mapping[str, Value], folder: Path, context: ReadContext) -> UnitModule:
    """A root module that calls what a unit takes from elsewhere, so that what is known of it is found."""
    address = (
        source.removeprefix("tfr://").partition("?")[0].strip("/") if source.startswith("tfr:") else source
    )
    names = [name for name in inputs if _NAME.fullmatch(name)]
    arguments = "".join(f"  {name} = var.{name}\n" for name in names)
    variables = "".join(f"variable {quote_hcl(name)} {{}}\n" for name in names)
    name = _NAME.fullmatch(folder.name)
    label = name[0] if name else "unit"
    text = f"module {quote_hcl(label)} {{\n  source = {quote_hcl(address)}\n{arguments}}}\n{variables}"
    files = OverlayFiles(context.files, {folder / _CALLER: text.encode()})
    inner = replace(context, files=files, values=inputs)
    return UnitModule(Folder(folder), inner, is_elsewhere=True)


def _generated_files(configuration: UnitConfiguration, module: Path) -> Iterator[tuple[Path, bytes]]:
    """The files that Terragrunt writes into the module, as far as their contents are known."""
    for one in configuration.generated.values():
        if isinstance(one.name, str) and isinstance(one.contents, str) and "/" not in one.name:
            yield module / one.name, one.contents.encode()


def _unresolved(why: str) -> Unknown:
    return Unknown(UnknownCause.UNRESOLVED, why, CHECK_PLAN)
