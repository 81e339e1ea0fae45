"""Fixing a bucket where it is defined: edits of the files that declare it."""

from importlib import import_module

from s3kms.iac.editing.interface import Editor

EDITORS: tuple[str, ...] = ("cloudformation", "terraform")
"""Each is the `EDITOR` of the module of that name. A new one needs its line here."""


def load_editors() -> tuple[Editor, ...]:
    """The languages whose files are edited. Imports what they need."""
    return tuple(import_module(f"{__name__}.{name}").EDITOR for name in EDITORS)
