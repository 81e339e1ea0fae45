"""The settings beside an algorithm: the key in the part that names it, and the S3 Bucket Key in the rule."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from s3kms.iac.hcl.syntax_tree import Expression, Literal
from s3kms.iac.terraform.editor.entry_groups import EntryGroup, GroupEntry, group_of_body
from s3kms.iac.terraform.editor.entry_splices import add_entries, replace_value
from s3kms.iac.terraform.editor.key_expressions import express_key, variable_of
from s3kms.iac.terraform.editor.module_tree import ModuleNode
from s3kms.iac.terraform.editor.render_hcl import EntryValue
from s3kms.iac.terraform.editor.root_module_edit import FileSplice, RootModuleEdit, is_kms
from s3kms.iac.terraform.editor.rule_blocks import AlgorithmSources
from s3kms.iac.terraform.editor.value_flow import LiteralSite
from s3kms.iac.terraform.resource_types import ALGORITHM, BUCKET_KEY_ENABLED, DEFAULT_BLOCK, KMS_KEY_ID
from s3kms.model.encryption import DSSE_KMS
from s3kms.model.keys import AWS_S3_ALIAS

_PRECEDING_ENTRIES = {KMS_KEY_ID: ALGORITHM, BUCKET_KEY_ENABLED: DEFAULT_BLOCK}
"""After which entry a new one is put."""


@dataclass(frozen=True, slots=True)
class _RulePlace:
    """A rule, as the module sees it in which its settings are written."""

    default: EntryGroup | None
    """The part that names the algorithm."""
    rule: EntryGroup | None
    node: ModuleNode


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """Edits of the key and of the S3 Bucket Key of rules."""

    edit: RootModuleEdit
    sources: AlgorithmSources

    def edit_beside(self, group: frozenset[str], sites: list[LiteralSite]) -> list[FileSplice]:
        """What gives the rules of these buckets the key and the bucket key that are asked for; `sites` are the
        literals that the buckets' algorithms come from. Raises NotExpressible.
        """
        places = [_RulePlace(site.default, site.rule, site.node) for site in sites if site.default]
        if len(places) < len(sites) or not sites:
            places += [self._place_of(address) for address in sorted(group & self.sources.rule_of.keys())]
        is_new = not self.edit.have_sufficient_algorithm(group & self.edit.to_edit)
        was_sse_s3 = is_new and not any(is_kms(self.edit.before[address]) for address in group)
        return [
            splice
            for place in places
            for splice in self._edit_rule(place, is_new=is_new, was_sse_s3=was_sse_s3)
        ]

    def new_key_of(self, address: str) -> dict[str, EntryValue]:
        """The entry for the key in a part that is new in a bucket's rule; none for aws/s3. Raises NotExpressible."""
        key = self.edit.target.key
        value = express_key(key, self._place_of(address).node) if key else None
        return {} if value is None else {KMS_KEY_ID: value}

    def _place_of(self, address: str) -> _RulePlace:
        """The rule of a bucket, seen from where its module is called."""
        rule_block = self.sources.rule_of[address]
        node = self.edit.tree.node_of(address)
        is_same_module = node is not None and node.module.folder == rule_block.node.module.folder
        seen_from = node if node and is_same_module else rule_block.node
        return _RulePlace(rule_block.rule.default, rule_block.rule.group, seen_from)

    def _edit_rule(self, place: _RulePlace, *, is_new: bool, was_sse_s3: bool) -> Iterator[FileSplice]:
        """`is_new` is whether the rule gets SSE-KMS now: then, where nothing is stated, the bucket key is on;
        `was_sse_s3` whether all its buckets come from SSE-S3, where a bucket key that is off had no bearing.
        """
        target, rule, node = self.edit.target, place.rule, place.node
        key, bucket_key = target.key, target.bucket_key
        if place.default and key is not None:
            yield from self._set(
                place.default, KMS_KEY_ID, node, lambda where: express_key(key, where) or AWS_S3_ALIAS
            )
        if rule is None:
            return
        entry = rule.entries.get(BUCKET_KEY_ENABLED)
        if self.edit.algorithm == DSSE_KMS:
            if entry and not is_literally(entry.expression, value=False):  # fact A15
                yield from self._set(rule, BUCKET_KEY_ENABLED, node, lambda _: False)
        elif (
            (entry is None and (bucket_key or (bucket_key is None and is_new)))
            or (entry and bucket_key is not None)
            or (entry and was_sse_s3 and _is_plain(entry.expression))
        ):
            yield from self._set(rule, BUCKET_KEY_ENABLED, node, lambda _: bucket_key is not False)

    def _set(
        self, group: EntryGroup, name: str, node: ModuleNode, value_in: Callable[[ModuleNode], EntryValue]
    ) -> Iterator[FileSplice]:
        """Gives an argument a value; where it is a variable of the module, in the call of the module."""
        entry = group.entries.get(name)
        variable = variable_of(entry.expression) if entry else None
        if variable and node.call and node.caller:
            call = group_of_body(node.call.block.body, node.call.path)
            yield from self._set(call, variable, node.caller, value_in)
        elif variable and isinstance(value := value_in(node), bool):
            yield from self._set_variable(node, variable, value)
        elif self.edit.tree.is_editable(group.path):
            yield from self._write(group, name, entry, value_in(node))

    def _set_variable(self, node: ModuleNode, name: str, value: bool) -> Iterator[FileSplice]:
        """Gives a variable of the root module a value where it gets it: in a file of values, else as its default."""
        given, declared = self.edit.tree.values.get(name), node.module.variables.get(name)
        if name in dict(self.edit.context.inputs.variables):
            return
        if given is not None:
            attribute, path = given
        elif declared and (default := declared.block.body.attributes.get("default")):
            attribute, path = default, node.module.path_of(default, declared.path)
        else:
            return
        is_plain = isinstance(attribute.expression, Literal) and attribute.expression.value is not value
        if is_plain and self.edit.tree.is_editable(path):
            entry = GroupEntry(attribute.expression, attribute.span)
            yield path, replace_value(entry, value, is_json=path.name.endswith(".json"))

    def _write(
        self, group: EntryGroup, name: str, entry: GroupEntry | None, value: EntryValue
    ) -> Iterator[FileSplice]:
        if entry is None:
            if value != AWS_S3_ALIAS:  # no key is aws/s3 (fact A12)
                data = self.edit.data(group.path)
                for splice in add_entries(data, group, {name: value}, after=_PRECEDING_ENTRIES.get(name)):
                    yield group.path, splice
            return
        is_no_key = value == AWS_S3_ALIAS and is_literally(entry.expression, None)
        if not is_no_key and not is_literally(entry.expression, value):
            yield group.path, replace_value(entry, value, is_json=group.is_json)


def _is_plain(expression: Expression) -> bool:
    """Whether an argument is set to a literal or to a variable: what is computed is not overwritten unasked."""
    return isinstance(expression, Literal) or variable_of(expression) is not None


def is_literally(expression: Expression, value: EntryValue | None) -> bool:
    """Whether an expression is that literal, and not something that comes to it."""
    return (
        isinstance(expression, Literal)
        and type(expression.value) is type(value)
        and expression.value == value
    )
