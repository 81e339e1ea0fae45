"""`data.aws_iam_policy_document`: the JSON that the provider makes of its blocks, without asking AWS."""

import json
from collections.abc import Iterator

from s3kms.iac.hcl.functions.documents import write_json
from s3kms.iac.hcl.interface import Evaluator
from s3kms.iac.hcl.scalars import list_elements
from s3kms.iac.hcl.scope import ResourceInstance
from s3kms.iac.hcl.symbols import find_unknown
from s3kms.iac.hcl.values import SetValue, Value
from s3kms.iac.terraform.code.resource_blocks import ResourceBlock
from s3kms.iac.values import Reference, UnknownValue

POLICY_DOCUMENT = "aws_iam_policy_document"
_LISTS = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}


def evaluate_policy_document(evaluator: Evaluator, instance: ResourceInstance, attribute: str) -> Value:
    """The document as text; where something in it is unknown, an UnknownValue with the document."""
    block = ResourceBlock.of(evaluator, instance)
    statements: list[Value] = [
        *_given(block.value("source_policy_documents")),
        *map(_statement, block.blocks("statement")),
        *_given(block.value("override_policy_documents")),
    ]
    document: dict[str, Value] = {"Statement": statements, "Version": "2012-10-17"}
    unknown = find_unknown([document])
    if unknown is None:
        return write_json(document)
    reference = Reference(instance.address, POLICY_DOCUMENT, attribute, is_never_empty=True)
    symbol = f"{instance.address}.{attribute}"
    return UnknownValue(unknown.expression, unknown.unknown, reference, symbol=symbol, document=document)


def _given(documents: Value) -> Iterator[Value]:
    """The statements of documents that are given as text."""
    if isinstance(documents, UnknownValue):
        yield documents
    for text in list_elements(documents) if isinstance(documents, list | SetValue) else ():
        found: object = text
        if isinstance(text, UnknownValue):
            found = text.document or text
        elif isinstance(text, str):
            try:
                found = json.loads(text)
            except (ValueError, RecursionError):
                found = None
        if isinstance(found, dict):
            listed = found.get("Statement", [])
            yield from listed if isinstance(listed, list) else [listed]
        elif isinstance(found, UnknownValue):
            yield found


def _statement(block: ResourceBlock) -> Value:
    made: dict[str, Value] = {"Effect": block.value("effect") or "Allow"}
    for argument, element in _LISTS.items():
        if (found := block.value(argument)) is not None:
            made[element] = found
    for argument, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        if principals := list(block.blocks(argument)):
            made[element] = _principals(principals)
    if conditions := list(block.blocks("condition")):
        made["Condition"] = _conditions(conditions)
    return made


def _principals(blocks: list[ResourceBlock]) -> Value:
    found: dict[str, Value] = {}
    for block in blocks:
        kind, identifiers = block.value("type"), block.value("identifiers")
        if isinstance(kind, UnknownValue) or isinstance(identifiers, UnknownValue):
            return kind if isinstance(kind, UnknownValue) else identifiers
        if kind == "*":
            return "*"
        before = found.get(str(kind), [])
        found[str(kind)] = [*(before if isinstance(before, list) else []), *_elements(identifiers)]
    return {kind: found[kind] for kind in sorted(found)}


def _conditions(blocks: list[ResourceBlock]) -> Value:
    found: dict[str, Value] = {}
    for block in blocks:
        test, variable = block.value("test"), block.value("variable")
        if not isinstance(test, str) or not isinstance(variable, str):
            return next((one for one in (test, variable) if isinstance(one, UnknownValue)), None)
        tests = found.setdefault(test, {})
        if isinstance(tests, dict):
            tests[variable] = block.value("values")
    return found


def _elements(value: Value) -> list[Value]:
    if isinstance(value, SetValue):
        return list(value.items)
    return value if isinstance(value, list) else [value]
