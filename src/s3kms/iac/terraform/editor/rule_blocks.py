"""The blocks that say how a bucket is encrypted, and which bucket and which literal goes where.

Which configuration is for which bucket, and which literal a bucket's algorithm comes from, is asked of the reader: it
reads the files with a different word in each place, and the buckets tell the words.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from s3kms.iac.editing.target import is_sufficient_algorithm
from s3kms.iac.hcl.module import ResourceDeclaration
from s3kms.iac.hcl.syntax_tree import Block, Literal
from s3kms.iac.interface import Splice
from s3kms.iac.terraform.editor.entry_groups import (
    ALGORITHM,
    APPLY,
    INLINE,
    RuleSyntax,
    group_of_body,
    nested_groups,
    rules_of,
)
from s3kms.iac.terraform.editor.key_expressions import variable_of
from s3kms.iac.terraform.editor.module_tree import ModuleNode
from s3kms.iac.terraform.editor.render_hcl import (
    EntryValue,
    NestedEntries,
    add_entries,
    render_inline,
    replace_value,
)
from s3kms.iac.terraform.editor.root_module_edit import RootModuleEdit, algorithms_of
from s3kms.iac.terraform.editor.value_flow import LiteralSite, ValueFlow

ENCRYPTION = "aws_s3_bucket_server_side_encryption_configuration"
BUCKETS = ("aws_s3_bucket", "aws_s3_directory_bucket")
_WORD = "s3kms-asks-{}-{}"


@dataclass(frozen=True, slots=True)
class RuleBlock:
    """A resource with rules, or a bucket with a block of them (fact H4)."""

    frame: ModuleNode
    resource: ResourceDeclaration
    rule: RuleSyntax

    @property
    def path(self) -> Path:
        """Where the rule stands."""
        return self.rule.group.path

    @property
    def key(self) -> tuple[Path, int]:
        """What tells it from others; the same in every place where its module is called."""
        return self.path, self.rule.group.start

    @property
    def address(self) -> str:
        """Within its module."""
        return self.resource.address


@dataclass(slots=True)
class AlgorithmSources:
    """What a unit has of both, and whose they are."""

    holders: dict[tuple[Path, int], RuleBlock] = field(default_factory=dict)
    sites: dict[tuple[Path, int], LiteralSite] = field(default_factory=dict)
    holder_of: dict[str, RuleBlock] = field(default_factory=dict)
    """By the address of a bucket; of several, which exclude each other, the first that falls short."""
    sites_of: dict[str, list[LiteralSite]] = field(default_factory=dict)
    reached: dict[tuple[Path, int], set[str]] = field(default_factory=dict)
    """The buckets that a holder or a site is for."""


def find_algorithm_sources(case: RootModuleEdit, values: frozenset[str]) -> AlgorithmSources:
    """Everything that matters; of the literals, those that are one of these values."""
    ground, flow = AlgorithmSources(), ValueFlow(case.layout)
    for frame in case.layout.root.all():
        for resource in frame.module.resources.values():
            if resource.mode == "managed" and resource.type in {ENCRYPTION, *BUCKETS}:
                _note(ground, flow, frame, resource)
    ground.sites = {key: site for key, site in flow.sites.items() if site.literal.value in values}
    _ask(case, ground)
    return ground


def _note(
    ground: AlgorithmSources, flow: ValueFlow, frame: ModuleNode, resource: ResourceDeclaration
) -> None:
    path = resource.declared.path
    found = list(_rules(frame, resource))
    for rule in found:
        holder = RuleBlock(frame, resource, rule)
        ground.holders.setdefault(holder.key, holder)
    if not found:
        return
    for block in resource.declared.block.body.blocks:
        if resource.type == ENCRYPTION or _is(block, INLINE):
            only = replace(resource.declared.block.body, attributes={}, blocks=(block,))
            flow.body(only, frame, frame.module.path_of(block, path), resource.address)
    attributes = {
        name: attribute
        for name, attribute in resource.declared.block.body.attributes.items()
        if name == "for_each"
        or (resource.type == ENCRYPTION and name != "bucket")
        or name in {INLINE, "dynamic"}
    }
    flow.body(
        replace(resource.declared.block.body, attributes=attributes, blocks=()), frame, path, resource.address
    )


def _is(block: Block, name: str) -> bool:
    return block.type == name or (block.type == "dynamic" and block.labels == (name,))


def _rules(frame: ModuleNode, resource: ResourceDeclaration) -> Iterator[RuleSyntax]:
    """Each from the file in which it stands, which may be one that overrides another."""
    body, path = resource.declared.block.body, resource.declared.path
    parts = [replace(body, attributes={}, blocks=(block,)) for block in body.blocks]
    paths = [frame.module.path_of(block, path) for block in body.blocks]
    for name, attribute in body.attributes.items():
        parts.append(replace(body, attributes={name: attribute}, blocks=()))
        paths.append(frame.module.path_of(attribute, path))
    for part, where in zip(parts, paths, strict=True):
        group = group_of_body(part, where)
        if resource.type == ENCRYPTION:
            yield from rules_of(group)
        else:
            for inner, _ in nested_groups(group, INLINE):
                yield from rules_of(inner)


def set_algorithm(
    case: RootModuleEdit,
    rule: RuleSyntax,
    algorithm: str,
    more: Mapping[str, EntryValue] = MappingProxyType({}),
) -> list[Splice[bytes]]:
    """The changes that make a rule say an algorithm, whatever it says now."""
    data = case.data(rule.group.path)
    if rule.apply is None:
        return add_entries(
            data,
            rule.group,
            {APPLY: NestedEntries({ALGORITHM: algorithm, **more}, is_block=rule.group.is_body)},
        )
    entry = rule.apply.entries.get(ALGORITHM)
    if entry is None:
        return add_entries(data, rule.apply, {ALGORITHM: algorithm})
    return [replace_value(entry, algorithm, is_json=rule.apply.is_json)]


def variable_given_by_option(case: RootModuleEdit, holder: RuleBlock) -> str | None:
    """The variable that `--var` gives the algorithm, where it is one."""
    entry = holder.rule.apply.entries.get(ALGORITHM) if holder.rule.apply else None
    name = variable_of(entry.expression) if entry and not holder.frame.way else None
    return name if name in dict(case.context.inputs.variables) else None


def replace_literal(site: LiteralSite, algorithm: str) -> Splice[bytes]:
    """The change of the literal alone."""
    span = site.literal.span
    return Splice(
        span.start, span.end, render_inline(algorithm, is_json=site.path.name.endswith(".json")).encode()
    )


def _ask(case: RootModuleEdit, ground: AlgorithmSources) -> None:
    """Two readings: a word in every rule, and a word in every literal."""
    holders = {_WORD.format("rule", number): holder for number, holder in enumerate(ground.holders.values())}
    changes = [
        (holder.path, change)
        for word, holder in holders.items()
        for change in set_algorithm(case, holder.rule, word)
    ]
    for address, words in _answers(case, changes):
        mine = [holder for word, holder in holders.items() if word in words]
        for holder in mine:
            ground.reached.setdefault(holder.key, set()).add(address)
        if mine:
            ground.holder_of[address] = next((one for one in mine if not _says_enough(case, one)), mine[0])
    sites = {_WORD.format("text", number): site for number, site in enumerate(ground.sites.values())}
    changes = [(site.path, replace_literal(site, word)) for word, site in sites.items()]
    for address, words in _answers(case, changes):
        ground.sites_of[address] = [site for word, site in sites.items() if word in words]
        for site in ground.sites_of[address]:
            ground.reached.setdefault(site.key, set()).add(address)


def _says_enough(case: RootModuleEdit, holder: RuleBlock) -> bool:
    """Whether a rule names an algorithm itself, and one that may stay."""
    entry = holder.rule.apply.entries.get(ALGORITHM) if holder.rule.apply else None
    found = entry.expression if entry else None
    return isinstance(found, Literal) and is_sufficient_algorithm(str(found.value), case.desired)


def _answers(
    case: RootModuleEdit, changes: Iterable[tuple[Path, Splice[bytes]]]
) -> Iterator[tuple[str, set[str]]]:
    """Of each bucket the words that it came out with."""
    asked = list(changes)
    if asked:
        for address, bucket in case.after(asked).items():
            yield address, set(algorithms_of(bucket))
