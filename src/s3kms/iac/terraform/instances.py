"""Resource instances: the values that a plan or a state has of them, and where they stand in the code."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from s3kms.iac.terraform.json_document import JsonObject, MalformedError, array, table, text

BUCKET = "aws_s3_bucket"
DIRECTORY_BUCKET = "aws_s3_directory_bucket"
TABLE_BUCKET = "aws_s3tables_table_bucket"
BUCKETS = frozenset({BUCKET, DIRECTORY_BUCKET})
ENCRYPTION = "aws_s3_bucket_server_side_encryption_configuration"
ALIAS = "aws_kms_alias"
KEYS = frozenset(
    {"aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key"}
)

InstanceKey = str | int | None
"""Of an instance: from for_each, from count, or there is but one."""
ModulePath = tuple[tuple[str, InstanceKey], ...]
"""The modules that one stands in, from the root."""

_STEP = re.compile(r'module\.(?P<name>[^.\[\]"]+)(?:\[(?P<key>"(?:[^"\\]|\\.)*"|\d{1,9})\])?(?:\.|$)')
INSTANCE_KEY_PATTERN = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')
"""In an address, with its brackets."""
_DEEPEST = 100
"""Modules within modules; a file that has more was not written by Terraform."""


@dataclass(frozen=True, slots=True)
class InstanceValues:
    """One instance of a managed resource."""

    address: str
    path: ModulePath
    type: str
    name: str
    key: InstanceKey
    values: JsonObject
    unknown: object = None
    """Terraform's marks of what is known only after apply."""
    sensitive: object = None

    @property
    def resource(self) -> tuple[ModulePath, str, str]:
        """What it is an instance of, within one instance of its module."""
        return self.path, self.type, self.name


def parse_module_path(address: object, where: str) -> ModulePath:
    """`module.a["x"].module.b`. Raises MalformedError."""
    rest, steps = "" if address is None else text(address, where), []
    while rest:
        found = _STEP.match(rest)
        if not found:
            raise MalformedError(f"{where} is no address of a module")
        steps.append((found["name"], parse_instance_key(found["key"])))
        rest = rest[found.end() :]
    return tuple(steps)


def parse_instance_key(written: str | None) -> InstanceKey:
    """What stands in the brackets of an address."""
    if written is None or not written.startswith('"'):
        return None if written is None else int(written)
    try:
        found = json.loads(written)
    except ValueError:
        return written[1:-1]
    return str(found)


def format_address(module: str, type_: str, name: str, key: InstanceKey) -> str:
    """As Terraform writes it."""
    index = (
        ""
        if key is None
        else f"[{key}]"
        if isinstance(key, int)
        else f"[{json.dumps(key, ensure_ascii=False)}]"
    )
    return f"{module}.{type_}.{name}{index}" if module else f"{type_}.{name}{index}"


def require_instance_key(value: object, where: str) -> InstanceKey:
    """An index as JSON has it. Raises MalformedError."""
    if value is None or (isinstance(value, str | int) and not isinstance(value, bool)):
        return value
    raise MalformedError(f"{where} is neither a text nor a number")


def read_managed_instances(values: object, where: str) -> Iterator[InstanceValues]:
    """The managed instances in `planned_values`, or in the `values` of a state. Raises MalformedError."""
    yield from _in_module(table(table(values, where).get("root_module"), f"{where}.root_module"), where, 0)


def _in_module(module: JsonObject, where: str, depth: int) -> Iterator[InstanceValues]:
    if depth > _DEEPEST:
        raise MalformedError(f"the modules in {where} are nested too deeply")
    path = parse_module_path(module.get("address"), f"the address of a module in {where}")
    for found in array(module.get("resources"), f"resources in {where}"):
        entry = table(found, f"a resource in {where}")
        if entry.get("mode") == "managed":
            yield _instance(entry, path, f"a resource in {where}")
    for child in array(module.get("child_modules"), f"child_modules in {where}"):
        yield from _in_module(table(child, f"a module in {where}"), where, depth + 1)


def _instance(entry: JsonObject, path: ModulePath, where: str) -> InstanceValues:
    address = text(entry.get("address"), f"the address of {where}")
    return InstanceValues(
        address,
        path,
        text(entry.get("type"), f"the type of {where}"),
        text(entry.get("name"), f"the name of {where}"),
        require_instance_key(entry.get("index"), f"the index of {where}"),
        table(entry.get("values"), f"the values of {where}"),
        sensitive=entry.get("sensitive_values"),
    )
