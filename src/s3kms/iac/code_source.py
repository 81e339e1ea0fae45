"""Where buckets come from when the targets are files and folders of code."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from s3kms.iac import load_languages
from s3kms.iac.bounded_reading import read_items
from s3kms.iac.command_budget import CommandBudget
from s3kms.iac.document_tree import DiskTree
from s3kms.iac.files import DiskFiles, RecentFiles
from s3kms.iac.included_files import find_included_files, normalize_path
from s3kms.iac.interface import Document, Folder, Language, ReadContext, Reader, Unit, UnitNote, UnreadUnit
from s3kms.iac.units import find_units
from s3kms.model.advice import Advice, Command, Option, Sentence
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.code_inputs import DEFAULT_CODE_INPUTS, CodeInputs
from s3kms.model.errors import BadInput, NothingToCheck
from s3kms.model.facts import Fact
from s3kms.model.operations import Operation
from s3kms.model.place import Place
from s3kms.model.stream import Note, ScanItem, Unlisted, UnlistedScope
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.text.repository import find_repository_root
from s3kms.text.utf_16 import decode_utf_16


class CodeSource:
    """The buckets that files declare. It calls no AWS and uses no network."""

    def __init__(
        self,
        paths: tuple[Path, ...],
        inputs: CodeInputs = DEFAULT_CODE_INPUTS,
        *,
        directory_buckets: bool = True,
        languages: tuple[Language, ...] | None = None,
        given: frozenset[str] | None = None,
    ) -> None:
        """`directory_buckets` is whether those are wanted, too; `languages` replaces those of the product.

        `given` are the inputs that the user named, where the interface knows it better than the values tell.
        """
        self._paths = paths
        self._directory_buckets = directory_buckets
        self._languages = load_languages() if languages is None else languages
        self._given = given
        self._claimed: dict[str, list[Unit]] = {}
        self._claimed_paths = set[Path]()
        self.explains_absence = False
        """Whether a note said of buckets that are declared why they are not made."""
        named = tuple(path if path.is_dir() else path.parent for path in paths)
        disk = DiskFiles(
            (real_path(inputs.root),) if inputs.root else tuple(dict.fromkeys(map(_root_of, named))),
            frozenset(map(real_path, (*inputs.variable_files, *inputs.parameter_files))),
        )
        self.context = ReadContext(
            RecentFiles(disk),
            inputs,
            named,
            DiskTree(paths),
            claimed=self._claimed,
            claimed_paths=self._claimed_paths,
            command=CommandBudget(),
        )

    def operations(self, _: frozenset[Fact]) -> frozenset[Operation]:
        """The calls to AWS that it makes: none, whatever facts are needed."""
        return frozenset()

    def buckets(self, _: frozenset[Fact]) -> Iterator[ScanItem]:
        """Every bucket of every unit that some language claims, in the order of the files.

        Raises BadInput for a path that cannot be read or that no language claims, NothingToCheck where nothing is
        claimed at all.
        """
        for unit, language in self.units():
            for item in read_items(language.reader, unit, self.context):
                if isinstance(item, UnitNote):
                    self.explains_absence |= item.explains_absence
                    yield Note(item.sentence)
                elif self._directory_buckets or item.kind is not BucketKind.DIRECTORY:
                    yield _as_item(item)

    def units(self) -> Iterator[tuple[Unit, Language]]:
        """What there is to read, each unit once, and its language. Raises as `buckets` does.

        All are known before the first is read: an input that none of them takes is a mistake, not a finding.
        """
        found = list(self._find_units())
        self._check_inputs()
        yield from found

    def _find_units(self) -> Iterator[tuple[Unit, Language]]:
        seen = set[tuple[Path, Path | None]]()
        readers = [language.reader for language in self._languages]
        for path in self._paths:
            self._check_root(path)
            included = find_included_files(path, readers, self.context)
            for unit in find_units(path, self.context):
                if normalize_path(unit.path) in included or _is_among(unit, seen):
                    continue
                unit, language = self._claim(unit)  # noqa: PLW2901 - what is not read stands for its file
                if language is not None:
                    self._claimed.setdefault(language.name, []).append(unit)
                    self._claimed_paths.add(unit.path)
                    yield unit, language
                elif not path.is_dir():
                    known = "; ".join(reader.name for reader in readers if reader.name)
                    raise BadInput(f"{path} is in no language that s3kms reads", advice=f"name {known}")
        if not self._claimed:
            named = ", ".join(map(str, self._paths))
            raise NothingToCheck(f"no file in {named} declares buckets", advice=_NAME_CODE)

    def _claim(self, unit: Unit) -> tuple[Unit, Language | None]:
        """A unit and its language; a file that would be claimed if it were UTF-8, as what is not read."""
        language = next((one for one in (*self._languages, _UNREAD) if one.reader.claims(unit)), None)
        if language is None and isinstance(unit, Document) and (text := decode_utf_16(unit.data)) is not None:
            as_utf_8 = replace(unit, data=text.encode("utf-8", "replace"))
            if any(one.reader.claims(as_utf_8) for one in self._languages):
                return UnreadUnit(unit.path, "is UTF-16, and only UTF-8 is read"), _UNREAD
        return unit, language

    def _check_root(self, path: Path) -> None:
        """Raises BadInput for a named path outside of the folder below which files are read."""
        root = self.context.inputs.root
        if root is not None and not real_path(path).is_relative_to(real_path(root)):
            fields = {"path": str(path), "root": Option("root", str(root))}
            raise BadInput(
                Sentence("{path} is outside of the folder of {root}", fields),
                advice=Advice("name a folder that holds it with {root}", {"root": Option("root")}),
            )

    def _check_inputs(self) -> None:
        """Raises BadInput for what the user says beside the code and no unit takes."""
        inputs, named = self.context.inputs, ", ".join(map(str, self._paths))
        for language in self._languages:
            units = self._claimed.get(language.name, [])
            for option in () if units else language.options:
                is_given = self._given is None or option in self._given
                if is_given and getattr(inputs, option) != getattr(DEFAULT_CODE_INPUTS, option):
                    fields = {"option": Option(option), "language": language.name, "paths": named}
                    raise BadInput(
                        Sentence("{option} is about {language}, and there is none in {paths}", fields),
                        advice="leave it out, or name the code it is for",
                    )
            if unused := language.unused_inputs(units, self.context):
                raise BadInput(
                    f"no variable {', '.join(unused)} is declared in {named}",
                    advice="correct the name, or leave it out",
                )


def real_path(path: Path) -> Path:
    """The path with its links resolved."""
    return Path(os.path.realpath(path))


def _root_of(folder: Path) -> Path:
    """The folder outside of which nothing is read: the repository; without one the current folder, if this one lies
    in it; else this one itself.
    """
    folder, here = real_path(folder), real_path(Path())
    return find_repository_root(folder) or (here if folder.is_relative_to(here) else folder)


def _unread(unit: Unit, _: ReadContext) -> Iterator[Bucket]:
    """The buckets that may be declared in what is not read."""
    if isinstance(unit, UnreadUnit):
        unknown = Unknown(UnknownCause.FILE_UNREAD, f"{unit.path} {unit.why}", _MAKE_READABLE)
        yield Bucket(None, places=(Place(str(unit.path)),), encryption=unknown, tags=unknown, key=unknown)


_MAKE_READABLE = Advice(
    "make it readable, or take it away; {root} says below which folder files are read",
    {"root": Option("root", "DIR")},
)
_NAME_CODE = Advice(
    "name a folder with code; of a repository without buckets that is success with {check}",
    {"check": Command("check", options=(Option("allow_empty"),))},
)
_UNREAD = Language("what is not read", Reader("", lambda unit: isinstance(unit, UnreadUnit), _unread))


def _as_item(bucket: Bucket) -> ScanItem:
    """What a reader found; a file that it could not read is no bucket, but buckets that may be there."""
    is_placeholder = bucket.name is None and bucket.resource is None
    if is_placeholder and isinstance(bucket.encryption, Unknown):
        return Unlisted(UnlistedScope(places=bucket.places), bucket.encryption)
    return bucket


def _is_among(unit: Unit, seen: set[tuple[Path, Path | None]]) -> bool:
    """Whether it came up before, alone or as a part of its whole folder; it is noted."""
    path, only = normalize_path(unit.path), unit.only if isinstance(unit, Folder) else None
    if (path, None) in seen or (path, only) in seen:
        return True
    seen.add((path, only))
    return False
