"""Code to paste where nothing is edited: an edit that is proven in a copy, as the lines that it comes to."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

from s3kms.iac.editing.splices import apply_splices
from s3kms.iac.editing.target import NotExpressible
from s3kms.iac.hcl.module import parse_module_file
from s3kms.iac.hcl.syntax_tree import Block
from s3kms.iac.interface import Splice
from s3kms.iac.terraform.editor.candidates import CandidateEdits
from s3kms.iac.terraform.editor.root_module_edit import FileSplice, RootModuleEdit, splices_by_file
from s3kms.iac.terraform.editor.rule_blocks import AlgorithmSources

_ANYWHERE = (Path("/"),)
_MAX_SHOWN_LINES = 30


def render_proven_snippet(edit: RootModuleEdit, sources: AlgorithmSources, address: str) -> str:
    """The blocks that the first proven edit of a bucket comes to, if files outside what was named might be edited,
    too; empty where no edit is proven.
    """
    anywhere = replace(edit, tree=replace(edit.tree, named=_ANYWHERE))
    try:
        for candidate in CandidateEdits(anywhere, sources).of(address):
            attempt = anywhere.attempt(candidate.splices)
            if attempt.is_harmless and address in attempt.passed and not attempt.unfinished:
                return _render(anywhere, candidate.splices)
    except NotExpressible:
        return ""
    return ""


def _render(edit: RootModuleEdit, splices: tuple[FileSplice, ...]) -> str:
    parts: list[str] = []
    for path, mine in splices_by_file(splices).items():
        if path.name.endswith(".json"):
            return ""
        after = apply_splices(edit.data(path), mine)
        blocks = {block.span.start: block for block in _blocks_at(path, after, mine)}
        parts += [_text_of(after, block) for block in blocks.values()]
    text = "\n".join(dict.fromkeys(parts))
    return text if text.count("\n") <= _MAX_SHOWN_LINES else ""


def _blocks_at(path: Path, after: bytes, splices: list[Splice[bytes]]) -> Iterator[Block]:
    """The blocks in a resource, else the whole blocks, that hold what was spliced."""
    outer = parse_module_file(path.name, after).body.blocks
    shift = 0
    for splice in sorted(splices, key=lambda one: one.start):
        first = splice.start + shift
        shift += len(splice.text) - (splice.end - splice.start)
        new = splice.text.strip()
        at = after.find(new, first) + len(new) // 2 if new else first
        for block in outer:
            if block.span.start <= at < block.span.end:
                inner = (one for one in block.body.blocks if one.span.start <= at < one.span.end)
                is_new = splice.start == splice.end and block.span.start >= first
                yield block if is_new else next(inner, block)


def _text_of(data: bytes, block: Block) -> str:
    start = data.rfind(b"\n", 0, block.span.start) + 1
    return dedent(data[start : block.span.end].decode("utf-8", "replace")) + "\n"
