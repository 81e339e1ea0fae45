"""Terraform and OpenTofu, as `iac.LANGUAGES` knows them: folders of code, and plans and states in JSON."""

from collections.abc import Iterator, Sequence

from s3kms.iac.hcl.module import read_module
from s3kms.iac.interface import (
    DeclarationOrigin,
    Document,
    Folder,
    Language,
    ReadContext,
    Reader,
    Unit,
    UnitNote,
)
from s3kms.iac.terraform.code import READER as CODE
from s3kms.iac.terraform.editor import propose
from s3kms.iac.terraform.plan_and_state import READER as PLAN_AND_STATE
from s3kms.iac.terraform.plan_and_state.document_shape import DocumentShape, find_shape
from s3kms.model.bucket import Bucket


def _claims(unit: Unit) -> bool:
    return _reader_of(unit).claims(unit)


def _read(unit: Unit, context: ReadContext) -> Iterator[Bucket]:
    return _reader_of(unit).read(unit, context)


def _read_with_notes(unit: Unit, context: ReadContext) -> Iterator[Bucket | UnitNote]:
    return _reader_of(unit).items(unit, context)


def _reader_of(unit: Unit) -> Reader:
    return CODE if isinstance(unit, Folder) else PLAN_AND_STATE


def _origin(unit: Unit) -> DeclarationOrigin:
    if not isinstance(unit, Document):
        return DeclarationOrigin.CODE
    is_plan = find_shape(unit.data) is DocumentShape.PLAN
    return DeclarationOrigin.PLAN if is_plan else DeclarationOrigin.STATE


def _undeclared_variables(units: Sequence[Unit], context: ReadContext) -> tuple[str, ...]:
    """The names of variables that are given a value and that no root module among the units declares."""
    given = dict.fromkeys(name for name, _ in context.inputs.variables)
    for unit in units if given else ():
        declared = read_module(context.files, unit.path).variables if isinstance(unit, Folder) else {}
        given = {name: None for name in given if name not in declared}
    return tuple(given)


LANGUAGE = Language(
    "Terraform",
    Reader(
        f"{CODE.name}, or {PLAN_AND_STATE.name}",
        _claims,
        _read,
        CODE.included_files,
        origin=_origin,
        read_with_notes=_read_with_notes,
    ),
    propose,
    options=("variables", "variable_files", "workspace"),
    unused_inputs=_undeclared_variables,
)
