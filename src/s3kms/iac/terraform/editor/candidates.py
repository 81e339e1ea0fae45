"""Candidate edits for a bucket: the one at the literal itself first, the one that adds a configuration last."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from s3kms.iac.editing.target import is_sufficient_algorithm
from s3kms.iac.hcl.module import Declaration, ResourceDeclaration
from s3kms.iac.hcl.syntax_tree import Block, Expression, Literal, ObjectConstructor
from s3kms.iac.terraform.editor.entry_groups import EntryGroup, group_of_body
from s3kms.iac.terraform.editor.entry_splices import add_entries, replace_value
from s3kms.iac.terraform.editor.literal_splices import replace_literals
from s3kms.iac.terraform.editor.module_tree import ModuleNode, is_before_provider_4
from s3kms.iac.terraform.editor.new_configuration import (
    add_configuration,
    add_inline_block,
    configured_instances,
    find_unused_configuration,
    instances_of_same_resource,
)
from s3kms.iac.terraform.editor.new_rule import as_objects, removes_sse_c_block, rule_entries
from s3kms.iac.terraform.editor.root_module_edit import FileSplice, RootModuleEdit
from s3kms.iac.terraform.editor.rule_blocks import (
    AlgorithmSources,
    set_algorithm,
    variable_given_by_option,
)
from s3kms.iac.terraform.editor.rule_settings import RuleSettings
from s3kms.iac.terraform.editor.value_flow import LiteralSite
from s3kms.iac.terraform.resource_types import ENCRYPTION_CONFIGURATION, INLINE_BLOCK

_TYPES_WITH_SAME_NAMES = ("aws_s3_", "aws_iam_")
"""How the types of resources begin in which an algorithm is called what it is called in a default encryption."""
_ALGORITHM_ARGUMENT = re.compile(r"alg|sse|encr", re.IGNORECASE)
"""In the name of an argument that may hand an algorithm on."""


@dataclass(frozen=True, slots=True)
class CandidateEdit:
    """An edit that may be tried."""

    splices: tuple[FileSplice, ...]
    why: str
    """Where the value that it changes is written, and why there."""
    group: frozenset[str]
    """The addresses of the buckets that it is for."""


@dataclass(frozen=True, slots=True)
class CandidateEdits:
    """The candidate edits of one root module."""

    edit: RootModuleEdit
    sources: AlgorithmSources
    other_readers: dict[str, str] = field(default_factory=dict)
    """Why the value of a bucket is not changed where it is written, because something else reads it: by address."""

    def of(self, address: str) -> Iterator[CandidateEdit]:
        """The candidates for one bucket, the best first. Raises NotExpressible."""
        yield from self._replace_literals(address, are_shared=False)
        yield from self._add_argument_of_call(address)
        yield from self._replace_literals(address, are_shared=True)
        yield from self._edit_rule(address)
        yield from self._replace_argument_of_call(address)
        if address not in self.sources.rule_of:
            yield from self._add_encryption(address)

    def _replace_literals(self, address: str, *, are_shared: bool) -> Iterator[CandidateEdit]:
        """Replaces the literals that the algorithm comes from; with `are_shared`, where some of them stand outside
        the root module.
        """
        sites, group = self._shared_sites(address)
        if not sites or not all(self.edit.tree.is_editable(site.path) for site in sites):
            return
        if any(self.edit.tree.is_shared(site.path) for site in sites) is not are_shared:
            return
        if self._note_other_reader(address, sites):
            return
        short = [
            site for site in sites if not is_sufficient_algorithm(str(site.literal.value), self.edit.target)
        ]
        splices = replace_literals(short, self.edit.algorithm)
        yield from self._with_settings(splices, _describe_sites(sites, len(group)), group, sites)

    def _note_other_reader(self, address: str, sites: list[LiteralSite]) -> bool:
        """Whether something else reads the value of these literals; it is noted, to be told."""
        for site in sites:
            for node, name in site.names:
                if reader := self._other_reader(node, name):
                    why = f"{site.where} has the value, and {reader} reads it as {name}, too"
                    self.other_readers[address] = why
                    return True
        return False

    def _other_reader(self, node: ModuleNode, name: str) -> str | None:
        """The address of a resource that is neither of S3 nor a policy and has a variable or a local: there it means
        another thing, and `aws:kms` may be none of the values that are accepted.
        """
        word = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])".encode())
        for resource in node.module.resources.values():
            if resource.mode == "managed" and not resource.type.startswith(_TYPES_WITH_SAME_NAMES):
                data = self.edit.data(resource.declared.path)
                if any(word.search(data, *part) for part in _parts_with_values(resource.declared.block)):
                    return ".".join([*(f"module.{call}" for call in node.call_names), resource.address])
        return None

    def _shared_sites(self, address: str) -> tuple[list[LiteralSite], frozenset[str]]:
        """Every literal from which the bucket's algorithm comes, and those of the buckets that share one of them; and
        these buckets.
        """
        sites: dict[tuple[Path, int], LiteralSite] = {}
        group, waiting = {address}, [address]
        while waiting:
            for site in self.sources.sites_of.get(waiting.pop(), ()):
                if site.key not in sites:
                    sites[site.key] = site
                    more = self.sources.buckets_of[site.key] - group
                    group |= more
                    waiting += sorted(more)
        return list(sites.values()), frozenset(group)

    def _add_argument_of_call(self, address: str) -> Iterator[CandidateEdit]:
        """Adds the argument to a call, where the module has the algorithm as the default of a variable."""
        sites = self.sources.sites_of.get(address, [])
        node = self.edit.tree.node_of(address)
        if len(sites) != 1 or not sites[0].variable or node is None:
            return
        site, variable = sites[0], sites[0].variable
        while node.caller and node.module.folder != site.path.parent:
            node = node.caller
        call = node.call
        if call is None or not isinstance(default_of(node, variable), Literal):
            return
        if self._note_other_reader(address, [site]):
            return
        body = group_of_body(call.block.body, call.path)
        if variable in body.entries or not self.edit.tree.is_editable(call.path):
            return
        added = add_entries(self.edit.data(call.path), body, {variable: self.edit.algorithm})
        is_own = self.edit.tree.is_editable(site.path) and not self.edit.tree.is_shared(site.path)
        reason = "reaches other buckets, too" if is_own else "is not below the root module"
        why = f'module "{node.call_names[-1]}" gets {variable}, whose default {reason}'
        splices = [(call.path, splice) for splice in added]
        yield from self._with_settings(splices, why, frozenset({address}), [])

    def _replace_argument_of_call(self, address: str) -> Iterator[CandidateEdit]:
        """Replaces the argument of a call that hands the algorithm on."""
        node = self.edit.tree.node_of(address)
        while node and node.call:
            path = node.call.path
            call = group_of_body(node.call.block.body, path)
            for name, entry in call.entries.items() if self.edit.tree.is_editable(path) else ():
                is_written_out = isinstance(entry.expression, Literal | ObjectConstructor)
                if _ALGORITHM_ARGUMENT.search(name) and not is_written_out:
                    splice = replace_value(entry, self.edit.algorithm, is_json=call.is_json)
                    why = f'module "{node.call_names[-1]}" gets {name}'
                    yield from self._with_settings([(path, splice)], why, frozenset({address}), [])
            node = node.caller

    def _edit_rule(self, address: str) -> Iterator[CandidateEdit]:
        """Edits the rule itself."""
        rule_block = self.sources.rule_of.get(address)
        if rule_block is None or not self.edit.tree.is_editable(rule_block.path):
            return
        if variable_given_by_option(self.edit, rule_block):
            return
        group = frozenset(self.sources.buckets_of[rule_block.key])
        splices: list[FileSplice] = []
        if not self.edit.have_sufficient_algorithm(group):
            settings = RuleSettings(self.edit, self.sources)
            more = settings.new_key_of(address) if rule_block.rule.default is None else {}
            found = set_algorithm(self.edit, rule_block.rule, self.edit.algorithm, more)
            splices = [(rule_block.path, splice) for splice in found]
        reader = self.other_readers.get(address)
        why = f"{rule_block.address} sets it" + (f", because {reader}" if reader else "")
        yield from self._with_settings(splices, why, group, [])

    def _with_settings(
        self, splices: list[FileSplice], why: str, group: frozenset[str], sites: list[LiteralSite]
    ) -> Iterator[CandidateEdit]:
        """The edit with the key and the bucket key beside the algorithm; then without them, unless they are asked
        for.
        """
        are_asked_for = self.edit.target.key is not None or self.edit.target.bucket_key is not None
        settings = RuleSettings(self.edit, self.sources).edit_beside(group, sites)
        combined = tuple(dict.fromkeys([*splices, *settings]))
        if not splices and self.edit.target.key is not None:
            why = "the key or the bucket key is not as desired"
        if combined:
            yield CandidateEdit(combined, why, group)
        if settings and not are_asked_for and splices:
            yield CandidateEdit(tuple(splices), why, group)

    def _add_encryption(self, address: str) -> Iterator[CandidateEdit]:
        """Adds a configuration for a bucket that has none."""
        node = self.edit.tree.node_of(address)
        bucket = node.resource_at(address) if node else None
        if node is None or bucket is None:
            return
        if node.takes_rule:
            yield from self._add_rule_to_call(address, node)
        if node.is_s3_bucket_module:
            return
        if not self.edit.tree.is_editable(bucket.declared.path) or find_unused_configuration(node, address):
            return
        if configured_instances(self.edit, self.sources, address):
            return
        yield self._add_beside(address, bucket, node)

    def _add_beside(self, address: str, bucket: ResourceDeclaration, node: ModuleNode) -> CandidateEdit:
        group = frozenset(instances_of_same_resource(self.edit, address, self.edit.to_edit))
        if is_before_provider_4(node) or node.is_configured_inline:
            splices, what = add_inline_block(self.edit, bucket, node), "encryption of its own"
        else:
            splices, what = add_configuration(self.edit, bucket, node), ENCRYPTION_CONFIGURATION
        path = bucket.declared.path
        why = f"{bucket.address} has no {what}"
        if what == ENCRYPTION_CONFIGURATION and removes_sse_c_block(self.edit):
            why += f"; AWS provider {self.edit.versions.first} would remove AWS's block of SSE-C, so it is written"
        return CandidateEdit(tuple((path, splice) for splice in splices), why, group)

    def _add_rule_to_call(self, address: str, node: ModuleNode) -> Iterator[CandidateEdit]:
        """Gives a module the whole rule, as terraform-aws-modules/s3-bucket and its copies take it."""
        call = node.call
        if call is None or not self.edit.tree.is_editable(call.path):
            return
        splices = self._rule_in_call(call, node)
        if splices is None:
            return
        others = (other for other in self.edit.to_edit if self.edit.tree.node_of(other) is node)
        why = f'module "{node.call_names[-1]}" has no {INLINE_BLOCK}'
        yield CandidateEdit(tuple(splices), why, frozenset({address, *others}))

    def _rule_in_call(self, call: Declaration, node: ModuleNode) -> list[FileSplice] | None:
        """What adds the rule to a call; None where the call has one already."""
        body, data = group_of_body(call.block.body, call.path), self.edit.data(call.path)
        rule = as_objects(rule_entries(self.edit, node.caller or node))
        entry = body.entries.get(INLINE_BLOCK)
        if entry is None:
            added = add_entries(data, body, {INLINE_BLOCK: rule})
        elif isinstance(entry.expression, ObjectConstructor) and not entry.expression.items:
            span = entry.expression.span
            empty = EntryGroup(call.path, span.start + 1, span.end - 1, {}, is_json=body.is_json)
            added = add_entries(data, empty, rule.entries)
        else:
            return None
        return [(call.path, splice) for splice in added]


def _parts_with_values(block: Block) -> Iterator[tuple[int, int]]:
    """The bytes of a block from which something is made: not `lifecycle`, whose conditions are evaluated."""
    start = block.span.start
    for inner in block.body.blocks:
        if inner.type == "lifecycle":
            yield start, inner.span.start
            start = inner.span.end
    yield start, block.span.end


def default_of(node: ModuleNode, variable: str) -> Expression | None:
    """The default of a variable of a module; None where it has none."""
    declared = node.module.variables.get(variable)
    found = declared.block.body.attributes.get("default") if declared else None
    return found.expression if found else None


def _describe_sites(sites: list[LiteralSite], count: int) -> str:
    """`variable "algorithm" has the value; 3 buckets get it from there`."""
    places = list(dict.fromkeys(site.where for site in sites))
    who = "the bucket gets" if count == 1 else f"{count} buckets get"
    verb = "has" if len(places) == 1 else "have"
    return f"{' and '.join(places)} {verb} the value; {who} it from there"
