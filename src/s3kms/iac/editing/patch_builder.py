"""Merges proposals into patches, file by file; what does not fit is refused with a reason. Pure."""

from collections.abc import Callable
from pathlib import Path

from s3kms.iac.editing.patch import Patch, make_patch, require_text
from s3kms.iac.editing.snapshot import real_path
from s3kms.iac.editing.splices import SpliceError, insert_splice
from s3kms.iac.files import Files
from s3kms.iac.interface import Proposal, Splice


class PatchBuilder:
    """Collects the splices of several proposals. A splice that two proposals share is applied once: two units may
    call one module.
    """

    def __init__(self, files: Files, refusal: Callable[[Path], str | None]) -> None:
        """`refusal` says why a file may not be written."""
        self._files = files
        self._refusal = refusal
        self._splices: dict[Path, list[Splice[bytes]]] = {}
        """By file, sorted by place."""
        self._buckets: dict[Path, list[str]] = {}
        self._before: dict[Path, bytes] = {}
        """The bytes of the files that are edited, which are UTF-8."""

    def add(self, proposal: Proposal) -> str | None:
        """Takes a proposal in and returns None; or returns why it cannot be, and takes nothing."""
        touched: dict[Path, list[Splice[bytes]]] = {}
        for path, splice in proposal.splices:
            if why := self._refusal(path):
                return why
            touched.setdefault(real_path(path), []).append(splice)
        if not touched:
            return "the edit is empty"
        taken: dict[Path, list[Splice[bytes]]] = {}
        for file, splices in touched.items():
            found = self._with(file, splices)
            if isinstance(found, str):
                return found
            taken[file] = found
        for file, ordered in taken.items():
            self._splices[file] = ordered
            self._buckets.setdefault(file, []).extend(proposal.buckets)
        return None

    def _with(self, path: Path, splices: list[Splice[bytes]]) -> list[Splice[bytes]] | str:
        """The splices of a file with further ones among them; or why they cannot be."""
        before = self._before.get(path) or self._files.read(path)
        if not isinstance(before, bytes):
            return f"{path} {before.why}" if before else f"{path} is not there"
        ordered = list(self._splices.get(path, ()))
        try:
            if path not in self._before:
                require_text(before, "is not")
            for splice in splices:
                require_text(splice.text, "would not be")
                insert_splice(before, ordered, splice)
        except SpliceError as misfit:
            return f"{path} cannot be edited that way: {misfit}"
        self._before[path] = before
        return ordered

    def patches(self) -> tuple[Patch, ...]:
        """One patch a file, in the order of their paths; files that do not change are left out."""
        made = (
            make_patch(path, self._before[path], self._splices[path], self._buckets[path])
            for path in sorted(self._splices)
        )
        return tuple(patch for patch in made if patch.before != patch.after)
