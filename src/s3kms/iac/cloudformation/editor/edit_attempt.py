"""Tries an edit of a template: only the buckets that are to be edited may come out differently."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.cloudformation.editor.syntax import TemplateSource
from s3kms.iac.cloudformation.editor.target import encryption_schema_of, meets_template_target
from s3kms.iac.cloudformation.editor.text_splices import merge_splices
from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.cloudformation.template import INLINE_TEMPLATE, CloudFormationTemplate, TemplateResource
from s3kms.iac.cloudformation.tree import Array, Node, Scalar, Table, TemplateSyntaxError, parse_template
from s3kms.iac.editing.attempt import EditAttempt, compare_buckets, read_with_edit
from s3kms.iac.editing.target import known_encryptions, outcomes_of
from s3kms.iac.interface import Document, EditTarget, ReadContext, Splice
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import DSSE_KMS
from s3kms.model.unknown import known

_FIXED = ("AWSTemplateFormatVersion", "Transform", "Conditions", "Outputs", "Rules", "Hooks")
"""Sections that no edit touches."""


@dataclass(frozen=True, slots=True)
class EditedTemplate:
    """One file of a unit that is edited: its template, or one that it nests."""

    document: Document
    """The unit."""
    context: ReadContext
    path: Path
    data: bytes
    source: TemplateSource
    root: Node
    template: CloudFormationTemplate
    buckets: Mapping[str, Bucket]
    """Of the whole unit, by their addresses."""
    wanted: frozenset[str]
    desired: EditTarget

    def resource(self, address: str) -> TemplateResource | None:
        """The resource that declares a bucket in this file, by the bucket's address; the stacks that lead to the file
        are left out. None where this file does not declare it.
        """
        parts = address.split(".")
        if any(self._holds_text(part) for part in parts[:-1]):
            return None
        tails = (".".join(parts[start:]) for start in range(len(parts)))
        return next((self.template.resources[t] for t in tails if t in self.template.resources), None)

    def _holds_text(self, logical_id: str) -> bool:
        """Whether it is a stack whose template is a text in this file, so that its resources are none of the file."""
        resource = self.template.resources.get(logical_id)
        properties = resource.body.get("Properties") if resource else None
        return isinstance(properties, Table) and INLINE_TEMPLATE in properties.entries


def apply_text_splices(case: EditedTemplate, cuts: tuple[Splice[str], ...]) -> bytes:
    """The bytes of the file with the splices in it."""
    data, at = bytearray(), 0
    for cut in cuts:
        data += case.data[at : case.source.offset(cut.start)] + cut.text.encode()
        at = case.source.offset(cut.end)
    return bytes(data + case.data[at:])


def try_edit(case: EditedTemplate, cuts: Iterable[Splice[str]]) -> EditAttempt:
    """Tries the splices together. Only what is to be edited may come out differently, and no other part of the file
    may mean something else.
    """
    return try_edits([(case, cuts)], lambda _: case)


def try_edits(
    edits: Sequence[tuple[EditedTemplate, Iterable[Splice[str]]]],
    case_of: Callable[[str], EditedTemplate],
) -> EditAttempt:
    """Tries splices of several files of one unit together, as `try_edit` does those of one; `case_of` is the file in
    which the bucket of an address stands.
    """
    contents: dict[Path, bytes] = {}
    for case, cuts in edits:
        ordered = merge_splices(cuts)
        if ordered is None:
            return EditAttempt(impossible="the edits that it needs overlap")
        contents[case.path] = apply_text_splices(case, ordered)
    try:
        roots = [(case, parse_template(contents[case.path])) for case, _ in edits]
    except TemplateSyntaxError:
        return EditAttempt(impossible="the edited template would not be valid YAML or JSON")
    one = edits[0][0]
    own = contents.get(one.document.path)
    unit = one.document if own is None else Document(one.document.path, own)
    after = read_with_edit(READER, unit, one.context, contents)
    if after.keys() != one.buckets.keys():
        return EditAttempt(impossible="the edit would add or remove a bucket")
    attempt = compare_buckets(
        one.buckets,
        after,
        one.wanted,
        lambda before, bucket: _is_right(case_of(before.resource or ""), before, bucket),
    )
    if attempt.strangers:
        why = f"what is written there is used by {', '.join(attempt.strangers)}, too"
        return EditAttempt(impossible=why)
    if not all(_changes_only_encryption(case, root) for case, root in roots):
        return EditAttempt(impossible="what is written there is used for something else, too")
    return attempt


def _changes_only_encryption(case: EditedTemplate, root: Node) -> bool:
    kinds = {resource.kind for resource in case.template.resources.values()}
    names = frozenset(encryption_schema_of(kind).property for kind in kinds)
    return all(_is_expected(path, names, root) for path in find_differences(case.root, root))


def _is_right(case: EditedTemplate, before: Bucket, after: Bucket) -> bool:
    """Whether an edited bucket is as desired in every outcome, and what nobody asked for is kept."""
    if not all(
        meets_template_target(one, after.kind, case.desired, case.template, is_after=True)
        for one in outcomes_of(after)
    ):
        return False
    if (before.name, before.kind, before.tags) != (after.name, after.kind, after.tags):
        return False
    old, new = list(known_encryptions(before)), list(known_encryptions(after))
    if not {e.blocked for e in new} <= {None, *(e.blocked for e in old)}:
        return False
    if any(known(e.blocked) for e in old) and not all(known(e.blocked) for e in new if len(new) == 1):
        return False
    if case.desired.key is None and not {e.key for e in new} <= {None, *(e.key for e in old)}:
        return False
    return not any(e.algorithm == DSSE_KMS and e.bucket_key and e not in old for e in new)  # fact A15


def find_differences(before: Node, after: Node) -> Iterator[tuple[str, ...]]:
    """The paths of keys and indexes at which two templates differ."""
    waiting: list[tuple[Node, Node, tuple[str, ...]]] = [(before, after, ())]
    while waiting:
        old, new, path = waiting.pop()
        if isinstance(old, Scalar) and isinstance(new, Scalar):
            if (old.text, old.kind) != (new.text, new.kind):
                yield path
        elif isinstance(old, Array) and isinstance(new, Array) and len(old.items) == len(new.items):
            pairs = enumerate(zip(old.items, new.items, strict=True))
            waiting += [(a, b, (*path, str(number))) for number, (a, b) in pairs]
        elif isinstance(old, Table) and isinstance(new, Table):
            yield from ((*path, key) for key in sorted(old.entries.keys() ^ new.entries.keys()))
            shared = [key for key in old.entries if key in new.entries]
            waiting += [(old.entries[key].node, new.entries[key].node, (*path, key)) for key in shared]
        else:
            yield path


def _is_expected(path: tuple[str, ...], names: frozenset[str], root: Node) -> bool:
    """Whether an edit may change what is there; `names` are the properties that say how a bucket is encrypted."""
    if not path or path[0] in _FIXED:
        return False
    if path[0] != "Resources":
        return True
    if names & set(path):
        return True
    if "Properties" not in path:
        return False
    below = path[path.index("Properties") + 1 :]
    if all(part in {"Fn::If", "Ref"} or part.isdecimal() for part in below) and below:
        return True
    made = _at(root, path)
    return not below and isinstance(made, Table) and made.entries.keys() <= names


def _at(node: Node, path: tuple[str, ...]) -> Node | None:
    here: Node | None = node
    for part in path:
        if isinstance(here, Table):
            here = here.get(part)
        elif isinstance(here, Array) and part.isdecimal():
            here = here.items[int(part)]
    return here
