"""How a key is named in a module."""

import re

from s3kms.iac.editing.target import NotExpressible
from s3kms.iac.hcl.syntax_tree import Expression, GetAttribute, RootName, TemplateExpression
from s3kms.iac.interface import DesiredKey
from s3kms.iac.terraform.editor.module_tree import ModuleNode
from s3kms.iac.terraform.editor.render_hcl import RawExpression
from s3kms.model.advice import Advice
from s3kms.model.keys import KeyForm, KeyReference

_ADDRESS = re.compile(r"(?:data\.)?[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\[(?:\d+|\"[\w./-]*\")\])+")
_INDEX = re.compile(r"\[[^\]]*\]")
_ARN = {"aws_kms_alias": "target_key_arn"}
"""Which attribute is the ARN of the key, where it is not `arn` (fact A11: an alias may mean another account's)."""


def express_key(key: DesiredKey, frame: ModuleNode) -> RawExpression | str | None:
    """What stands for the key in a module; None for aws/s3. Raises NotExpressible."""
    if key.address is None:
        is_aws = KeyReference.parse(key.literal).form is KeyForm.AWS_MANAGED
        return None if is_aws else key.literal
    if not _ADDRESS.fullmatch(key.address):
        raise _refused(key.address, "is no address", frame)
    parts = _INDEX.sub("", key.address).split(".")
    module = frame.module
    if parts[0] in {"var", "local"}:
        known = module.variables if parts[0] == "var" else module.locals
        if parts[1] in known:
            return RawExpression(key.address)
    elif parts[0] == "module":
        if parts[1] in module.calls and len(parts) > 2:  # noqa: PLR2004 - an output
            return RawExpression(key.address)
    else:
        mode = "data" if parts[0] == "data" else "managed"
        kind, name, *rest = [*parts[mode == "data" :], ""]
        if (mode, kind, name) in module.resources:
            return RawExpression(key.address if any(rest) else f"{key.address}.{_ARN.get(kind, 'arn')}")
    raise _refused(key.address, "is not declared", frame)


def variable_of(expression: Expression) -> str | None:
    """The variable that an expression is, and nothing but that."""
    if isinstance(expression, TemplateExpression) and len(expression.parts) == 1:
        expression = expression.parts[0]
    if (
        isinstance(expression, GetAttribute)
        and isinstance(expression.of, RootName)
        and expression.of.name == "var"
    ):
        return expression.name
    return None


def _refused(address: str, what: str, frame: ModuleNode) -> NotExpressible:
    where = f"module.{'.module.'.join(frame.way)}" if frame.way else "the root module"
    remedy = Advice("name a key that the module of the bucket declares, or a key by its ARN")
    return NotExpressible(f"{address} {what} in {where}", remedy)
