"""An edit, tried: the reader reads the edited file, and nothing but what is wanted may have changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from s3kms.iac.cloudformation.editor.syntax import TemplateSource
from s3kms.iac.cloudformation.editor.target import encryption_schema_of, meets_target, outcomes_of
from s3kms.iac.cloudformation.editor.text_splices import TextSplice, merge_splices
from s3kms.iac.cloudformation.reader import READER
from s3kms.iac.cloudformation.template import CloudFormationTemplate, TemplateResource
from s3kms.iac.cloudformation.tree import Array, Node, Scalar, Table, TemplateSyntaxError, parse_template
from s3kms.iac.files import OverlayFiles
from s3kms.iac.interface import Document, EditTarget, ReadContext
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import DSSE_KMS, Encryption
from s3kms.model.unknown import Unknown

_FIXED = ("AWSTemplateFormatVersion", "Transform", "Conditions", "Outputs", "Rules", "Hooks")
"""Sections that no edit touches."""


@dataclass(frozen=True, slots=True)
class EditedTemplate:
    """One file that is edited: the template of a unit, or one that it nests."""

    document: Document
    """The unit."""
    context: ReadContext
    path: Path
    data: bytes
    source: TemplateSource
    root: Node
    template: CloudFormationTemplate
    buckets: dict[str, Bucket]
    """Of the whole unit, by their addresses."""
    wanted: frozenset[str]
    desired: EditTarget

    def resource(self, address: str) -> TemplateResource | None:
        """What declares a bucket in this file; the stacks that lead to it are left out of its address."""
        parts = address.split(".")
        tails = (".".join(parts[start:]) for start in range(len(parts)))
        return next((self.template.resources[t] for t in tails if t in self.template.resources), None)


@dataclass(frozen=True, slots=True)
class TemplateAttempt:
    """What came of it."""

    reached: frozenset[str]
    """The buckets that come out differently."""
    unfinished: frozenset[str]
    """Those of them that are not as desired yet."""
    why_not: str = ""
    """Why it cannot be."""
    still_open: str = ""
    """What the reader cannot tell of them even then."""


def buckets_by_address(document: Document, context: ReadContext) -> dict[str, Bucket]:
    """The buckets of a unit, by their addresses."""
    return {bucket.resource: bucket for bucket in READER.read(document, context) if bucket.resource}


def apply_text_splices(case: EditedTemplate, cuts: tuple[TextSplice, ...]) -> bytes:
    """The file with the edits in it."""
    data, at = bytearray(), 0
    for cut in cuts:
        data += case.data[at : case.source.offset(cut.start)] + cut.text.encode()
        at = case.source.offset(cut.end)
    return bytes(data + case.data[at:])


def try_edit(case: EditedTemplate, cuts: Iterable[TextSplice]) -> TemplateAttempt:
    """The edits together, tried."""
    ordered = merge_splices(cuts)
    if ordered is None:
        return _impossible("the edits that it needs overlap")
    data = apply_text_splices(case, ordered)
    try:
        root = parse_template(data)
    except TemplateSyntaxError:
        return _impossible("the edited template would be no YAML or JSON")
    overlay = OverlayFiles(case.context.files, {case.path: data})
    unit = Document(case.path, data) if case.path == case.document.path else case.document
    after = buckets_by_address(unit, ReadContext(overlay, case.context.inputs))
    if after.keys() != case.buckets.keys():
        return _impossible("the edit would add or remove a bucket")
    reached = frozenset(name for name in after if _facts(after[name]) != _facts(case.buckets[name]))
    if strangers := sorted(reached - case.wanted):
        return _impossible(f"what is written there is used by {', '.join(strangers)}, too")
    if not all(_is_expected(path, case, root) for path in find_differences(case.root, root)):
        return _impossible("what is written there is used for something else, too")
    unfinished = frozenset(n for n in reached if not _is_right(case, case.buckets[n], after[n]))
    still_open = next((why for name in sorted(unfinished) for why in describe_unknowns(after[name])), "")
    return TemplateAttempt(reached, unfinished, still_open=still_open)


def _impossible(why: str) -> TemplateAttempt:
    return TemplateAttempt(frozenset(), frozenset(), why)


def _facts(bucket: Bucket) -> tuple[object, ...]:
    """All of a bucket but its places."""
    ways = tuple((o.when, o.encryption, o.key) for o in outcomes_of(bucket))
    return (bucket.name, bucket.kind, bucket.tags, bucket.caveat, ways)


def _is_right(case: EditedTemplate, before: Bucket, after: Bucket) -> bool:
    """Whether it is as desired in every way it may come out, and what nobody asked for is kept."""
    if not all(
        meets_target(o, after.kind, case.desired, case.template, is_after=True) for o in outcomes_of(after)
    ):
        return False
    if (before.name, before.kind, before.tags) != (after.name, after.kind, after.tags):
        return False
    old, new = list(_told(before)), list(_told(after))
    if not {e.blocked for e in new} <= {None, *(e.blocked for e in old)}:
        return False
    if any(e.blocked for e in old) and not all(e.blocked for e in new if len(new) == 1):
        return False
    if case.desired.key is None and not {e.key for e in new} <= {None, *(e.key for e in old)}:
        return False
    return not any(e.algorithm == DSSE_KMS and e.bucket_key and e not in old for e in new)  # fact A15


def describe_unknowns(bucket: Bucket) -> Iterator[str]:
    """What the reader cannot tell of a bucket."""
    for outcome in outcomes_of(bucket):
        if isinstance(outcome.encryption, Unknown):
            when = f"when {outcome.when}: " if outcome.when else ""
            yield f"{when}{outcome.encryption.why}"


def _told(bucket: Bucket) -> Iterator[Encryption]:
    return (o.encryption for o in outcomes_of(bucket) if isinstance(o.encryption, Encryption))


def find_differences(before: Node, after: Node) -> Iterator[tuple[str, ...]]:
    """Where two templates differ, by the way there."""
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


def _is_expected(path: tuple[str, ...], case: EditedTemplate, root: Node) -> bool:
    """Whether an edit may change what is there."""
    if not path or path[0] in _FIXED:
        return False
    if path[0] != "Resources":
        return True
    names = {encryption_schema_of(resource.kind).property for resource in case.template.resources.values()}
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
