"""Fixing a bucket where it is defined: edits of the files that declare it."""

from importlib import import_module

from s3kms.iac.editing.interface import Editor

EDITORS: tuple[str, ...] = ("cloudformation", "terraform")
"""Each is the `EDITOR` of `iac.LANGUAGE.editor`. A new one needs its line here."""


def load_editors() -> tuple[Editor, ...]:
    """The languages whose files are edited. Imports what they need."""
    return tuple(import_module(f"s3kms.iac.{name}.editor").EDITOR for name in EDITORS)
