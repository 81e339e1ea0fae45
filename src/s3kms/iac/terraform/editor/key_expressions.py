"""Expressions that name a KMS key within a module."""

import re

from s3kms.iac.editing.target import NotExpressible
from s3kms.iac.hcl.syntax_tree import Expression, GetAttribute, RootName, TemplateExpression
from s3kms.iac.interface import DesiredKey
from s3kms.iac.terraform.editor.module_tree import ModuleNode
from s3kms.iac.terraform.editor.render_hcl import RawExpression
from s3kms.iac.terraform.resource_types import KMS_ALIAS
from s3kms.model.advice import Advice
from s3kms.model.keys import KeyForm, KeyReference

_ADDRESS = re.compile(r"(?:data\.)?[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\[(?:\d+|\"[\w./-]*\")\])+")
_INDEX = re.compile(r"\[[^\]]*\]")
_ARN_ATTRIBUTES = {KMS_ALIAS: "target_key_arn"}
"""Which attribute is the ARN of the key, where it is not `arn` (fact A11: an alias may mean another account's)."""


def express_key(key: DesiredKey, node: ModuleNode) -> RawExpression | str | None:
    """The expression or the text that stands for a key in a module; None for aws/s3. Raises NotExpressible."""
    if key.address is None:
        is_aws_managed = KeyReference.parse(key.literal).form is KeyForm.AWS_MANAGED
        return None if is_aws_managed else key.literal
    if not _ADDRESS.fullmatch(key.address):
        raise _not_expressible(key.address, "is not an address", node)
    parts = _INDEX.sub("", key.address).split(".")
    module = node.module
    if parts[0] in {"var", "local"}:
        declared = module.variables if parts[0] == "var" else module.locals
        if parts[1] in declared:
            return RawExpression(key.address)
    elif parts[0] == "module":
        if parts[1] in module.calls and len(parts) > 2:  # noqa: PLR2004 - an output
            return RawExpression(key.address)
    else:
        mode = "data" if parts[0] == "data" else "managed"
        type_, name, *attribute = [*parts[mode == "data" :], ""]
        if (mode, type_, name) in module.resources:
            arn = f"{key.address}.{_ARN_ATTRIBUTES.get(type_, 'arn')}"
            return RawExpression(key.address if any(attribute) else arn)
    raise _not_expressible(key.address, "is not declared", node)


def variable_of(expression: Expression) -> str | None:
    """The name of the variable, where an expression is `var.NAME` or `"${var.NAME}"` and nothing else."""
    if isinstance(expression, TemplateExpression) and len(expression.parts) == 1:
        expression = expression.parts[0]
    if not isinstance(expression, GetAttribute) or not isinstance(expression.of, RootName):
        return None
    return expression.name if expression.of.name == "var" else None


def _not_expressible(address: str, what: str, node: ModuleNode) -> NotExpressible:
    where = f"module.{'.module.'.join(node.call_names)}" if node.call_names else "the root module"
    remedy = Advice("name a key that the module of the bucket declares, or a key by its ARN")
    return NotExpressible(f"{address} {what} in {where}", remedy)
