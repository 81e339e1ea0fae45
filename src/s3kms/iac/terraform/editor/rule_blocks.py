"""The rules and literals that a bucket's algorithm comes from.

Which rule is for which bucket, and which literal a bucket's algorithm comes from, is asked of the reader: it reads
the files with a different marker in each place, and the buckets come out with the markers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from s3kms.iac.editing.target import is_sufficient_algorithm
from s3kms.iac.hcl.module import ResourceDeclaration
from s3kms.iac.hcl.syntax_tree import Attribute, Block, Literal
from s3kms.iac.interface import Splice
from s3kms.iac.terraform.editor.entry_groups import (
    GroupEntry,
    RuleSyntax,
    group_of_body,
    nested_groups,
    rules_in,
)
from s3kms.iac.terraform.editor.entry_splices import add_entries, replace_value
from s3kms.iac.terraform.editor.key_expressions import variable_of
from s3kms.iac.terraform.editor.literal_splices import replace_literal
from s3kms.iac.terraform.editor.module_tree import ModuleNode
from s3kms.iac.terraform.editor.render_hcl import EntryValue, NestedEntries
from s3kms.iac.terraform.editor.root_module_edit import FileSplice, RootModuleEdit, algorithms_of
from s3kms.iac.terraform.editor.value_flow import LiteralSite, ValueFlow
from s3kms.iac.terraform.resource_types import (
    ALGORITHM,
    BUCKET_TYPES,
    DEFAULT_BLOCK,
    ENCRYPTION_CONFIGURATION,
    INLINE_BLOCK,
)

_MARKER = "s3kms-asks-{}-{}"
"""An algorithm that no code names: the kind of the place, and its number."""


@dataclass(frozen=True, slots=True)
class RuleBlock:
    """One rule of an encryption configuration, or in the inline block of a bucket (fact H4)."""

    node: ModuleNode
    resource: ResourceDeclaration
    rule: RuleSyntax

    @property
    def path(self) -> Path:
        """The file in which the rule stands."""
        return self.rule.group.path

    @property
    def key(self) -> tuple[Path, int]:
        """The file and the first byte: the same in every place where its module is called."""
        return self.path, self.rule.group.start

    @property
    def address(self) -> str:
        """The address of its resource, within its module."""
        return self.resource.address

    @property
    def algorithm(self) -> GroupEntry | None:
        """The entry that names the algorithm; None where the rule has none."""
        return self.rule.default.entries.get(ALGORITHM) if self.rule.default else None


@dataclass(slots=True)
class AlgorithmSources:
    """The rules and literals of a root module, and the buckets that get their algorithm from each."""

    rule_blocks: dict[tuple[Path, int], RuleBlock] = field(default_factory=dict)
    sites: dict[tuple[Path, int], LiteralSite] = field(default_factory=dict)
    rule_of: dict[str, RuleBlock] = field(default_factory=dict)
    """By the address of a bucket; of several, which exclude each other, the first that falls short."""
    sites_of: dict[str, list[LiteralSite]] = field(default_factory=dict)
    """By the address of a bucket."""
    buckets_of: dict[tuple[Path, int], set[str]] = field(default_factory=dict)
    """The addresses of the buckets, by the key of a rule or a literal."""


def find_algorithm_sources(edit: RootModuleEdit, values: frozenset[str]) -> AlgorithmSources:
    """The rules of a root module, and those literals that are one of these values."""
    sources, flow = AlgorithmSources(), ValueFlow(edit.tree)
    for node in edit.tree.root.walk():
        for resource in node.module.resources.values():
            if resource.mode == "managed" and resource.type in {ENCRYPTION_CONFIGURATION, *BUCKET_TYPES}:
                _note(sources, flow, node, resource)
    sources.sites = {key: site for key, site in flow.sites.items() if site.literal.value in values}
    _find_buckets_of_rules(edit, sources)
    _find_buckets_of_literals(edit, sources)
    return sources


def _note(
    sources: AlgorithmSources, flow: ValueFlow, node: ModuleNode, resource: ResourceDeclaration
) -> None:
    path, body = resource.declared.path, resource.declared.block.body
    rules = list(_rules_of(node, resource))
    for rule in rules:
        rule_block = RuleBlock(node, resource, rule)
        sources.rule_blocks.setdefault(rule_block.key, rule_block)
    if not rules:
        return
    is_configuration = resource.type == ENCRYPTION_CONFIGURATION
    for block in body.blocks:
        if is_configuration or _makes(block, INLINE_BLOCK):
            only = replace(body, attributes={}, blocks=(block,))
            flow.follow_body(only, node, node.module.path_of(block, path), resource.address)
    attributes = {
        name: attribute
        for name, attribute in body.attributes.items()
        if name in {"for_each", INLINE_BLOCK, "dynamic"} or (is_configuration and name != "bucket")
    }
    flow.follow_body(replace(body, attributes=attributes, blocks=()), node, path, resource.address)


def _makes(block: Block, name: str) -> bool:
    """Whether it is a block of that type, or generates some."""
    return block.type == name or (block.type == "dynamic" and block.labels == (name,))


def _rules_of(node: ModuleNode, resource: ResourceDeclaration) -> Iterator[RuleSyntax]:
    """The rules of a resource, each from the file in which it stands, which may be one that overrides another."""
    body, path = resource.declared.block.body, resource.declared.path
    parts: list[Block | Attribute] = [*body.blocks, *body.attributes.values()]
    for part in parts:
        if isinstance(part, Block):
            only = replace(body, attributes={}, blocks=(part,))
        else:
            only = replace(body, attributes={part.name: part}, blocks=())
        group = group_of_body(only, node.module.path_of(part, path))
        if resource.type == ENCRYPTION_CONFIGURATION:
            yield from rules_in(group)
        else:
            for inline in nested_groups(group, INLINE_BLOCK):
                yield from rules_in(inline)


def set_algorithm(
    edit: RootModuleEdit,
    rule: RuleSyntax,
    algorithm: str,
    more: Mapping[str, EntryValue] = MappingProxyType({}),
) -> list[Splice[bytes]]:
    """What makes a rule name an algorithm, whatever it names now; `more` goes into a part that is new."""
    data = edit.data(rule.group.path)
    if rule.default is None:
        default = NestedEntries({ALGORITHM: algorithm, **more}, is_block=rule.group.is_body)
        return add_entries(data, rule.group, {DEFAULT_BLOCK: default})
    entry = rule.default.entries.get(ALGORITHM)
    if entry is None:
        return add_entries(data, rule.default, {ALGORITHM: algorithm})
    return [replace_value(entry, algorithm, is_json=rule.default.is_json)]


def variable_given_by_option(edit: RootModuleEdit, rule_block: RuleBlock) -> str | None:
    """The variable of the root module that names the algorithm, where the inputs give it a value."""
    entry = rule_block.algorithm
    name = variable_of(entry.expression) if entry and not rule_block.node.call_names else None
    inputs = edit.context.inputs
    return name if name in dict((*inputs.terraform_environment, *inputs.variables)) else None


def _find_buckets_of_rules(edit: RootModuleEdit, sources: AlgorithmSources) -> None:
    """Reads the files with a marker in every rule."""
    marked = {_MARKER.format("rule", number): one for number, one in enumerate(sources.rule_blocks.values())}
    splices = [
        (rule_block.path, splice)
        for marker, rule_block in marked.items()
        for splice in set_algorithm(edit, rule_block.rule, marker)
    ]
    for address, markers in _read_markers(edit, splices):
        mine = [rule_block for marker, rule_block in marked.items() if marker in markers]
        for rule_block in mine:
            sources.buckets_of.setdefault(rule_block.key, set()).add(address)
        if mine:
            short = (one for one in mine if not _names_sufficient_algorithm(edit, one))
            sources.rule_of[address] = next(short, mine[0])


def _find_buckets_of_literals(edit: RootModuleEdit, sources: AlgorithmSources) -> None:
    """Reads the files with a marker in every literal."""
    marked = {_MARKER.format("text", number): site for number, site in enumerate(sources.sites.values())}
    splices = [(site.path, replace_literal(site, marker)) for marker, site in marked.items()]
    for address, markers in _read_markers(edit, splices):
        sources.sites_of[address] = [site for marker, site in marked.items() if marker in markers]
        for site in sources.sites_of[address]:
            sources.buckets_of.setdefault(site.key, set()).add(address)


def _names_sufficient_algorithm(edit: RootModuleEdit, rule_block: RuleBlock) -> bool:
    """Whether a rule names an algorithm as a literal, and one that may stay."""
    found = rule_block.algorithm.expression if rule_block.algorithm else None
    return isinstance(found, Literal) and is_sufficient_algorithm(str(found.value), edit.target)


def _read_markers(edit: RootModuleEdit, splices: Iterable[FileSplice]) -> Iterator[tuple[str, set[str]]]:
    """The address of each bucket, with the markers that it comes out with."""
    marked = list(splices)
    if marked:
        for address, bucket in edit.read_marked(marked).items():
            yield address, set(algorithms_of(bucket))
