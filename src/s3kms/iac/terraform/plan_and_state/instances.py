"""Resource instances in the JSON of plans and states: `planned_values`, `values`, and the addresses there."""

import json
import re
from collections.abc import Iterator

from s3kms.iac.hcl.scope import InstanceKey, ModulePath, format_instance_key
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.json_document import (
    JsonObject,
    MalformedError,
    require_list,
    require_object,
    require_text,
)

_MODULE_STEP = re.compile(r'module\.(?P<name>[^.\[\]"]+)(?:\[(?P<key>"(?:[^"\\]|\\.)*"|\d{1,9})\])?(?:\.|$)')
INSTANCE_KEY_PATTERN = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')
"""The key of an instance in an address, with its brackets."""
_MAX_MODULE_DEPTH = 100
"""Modules within modules; a file that has more was not written by Terraform."""


def parse_module_path(address: object, where: str) -> ModulePath:
    """The steps of `module.a["x"].module.b`, from the root; empty for None. Raises MalformedError, naming `where`."""
    rest, steps = "" if address is None else require_text(address, where), []
    while rest:
        found = _MODULE_STEP.match(rest)
        if not found:
            raise MalformedError(f"{where} is not an address of a module")
        steps.append((found["name"], parse_instance_key(found["key"])))
        rest = rest[found.end() :]
    return tuple(steps)


def parse_instance_key(written: str | None) -> InstanceKey:
    """The key that stands in the brackets of an address: `"a"` is a text, `0` a number, None is no key."""
    if written is None or not written.startswith('"'):
        return None if written is None else int(written)
    try:
        found = json.loads(written)
    except ValueError:
        return written[1:-1]
    return str(found)


def format_address(module: str, type_: str, name: str, key: InstanceKey) -> str:
    """The address of an instance, as Terraform writes it; `module` is the address of its module, or empty."""
    address = f"{type_}.{name}{format_instance_key(key)}"
    return f"{module}.{address}" if module else address


def require_instance_key(value: object, where: str) -> InstanceKey:
    """The key of an instance, as JSON has it: a text, a number or null. Raises MalformedError, naming `where`."""
    if value is None or (isinstance(value, str | int) and not isinstance(value, bool)):
        return value
    raise MalformedError(f"{where} is neither a text nor a number")


def read_managed_instances(values: object, where: str) -> Iterator[InstanceValues]:
    """The managed instances in `planned_values` of a plan, or in `values` of a state, modules included.

    Raises MalformedError, naming `where`.
    """
    root = require_object(values, where).get("root_module")
    yield from _in_module(require_object(root, f"{where}.root_module"), where, 0)


def read_changed_instances(changes: object) -> Iterator[InstanceValues]:
    """The managed instances that there are after the `resource_changes` of a plan: with what does not change, those
    are all. Raises MalformedError.
    """
    where = "a resource change"
    for found in require_list(changes, "resource_changes"):
        entry = require_object(found, where)
        change = require_object(entry.get("change"), f"the change of {where}")
        after = change.get("after")
        if entry.get("mode") != "managed" or entry.get("deposed") is not None or after is None:
            continue
        yield InstanceValues(
            require_text(entry.get("address"), f"the address of {where}"),
            parse_module_path(entry.get("module_address"), f"the module of {where}"),
            require_text(entry.get("type"), f"the type of {where}"),
            require_text(entry.get("name"), f"the name of {where}"),
            require_instance_key(entry.get("index"), f"the index of {where}"),
            require_object(after, f"what {where} leads to"),
            sensitive=change.get("after_sensitive"),
        )


def _in_module(module: JsonObject, where: str, depth: int) -> Iterator[InstanceValues]:
    if depth > _MAX_MODULE_DEPTH:
        raise MalformedError(f"the modules in {where} are nested too deeply")
    path = parse_module_path(module.get("address"), f"the address of a module in {where}")
    for found in require_list(module.get("resources"), f"resources in {where}"):
        entry = require_object(found, f"a resource in {where}")
        if entry.get("mode") == "managed":
            yield _instance(entry, path, f"a resource in {where}")
    for child in require_list(module.get("child_modules"), f"child_modules in {where}"):
        yield from _in_module(require_object(child, f"a module in {where}"), where, depth + 1)


def _instance(entry: JsonObject, path: ModulePath, where: str) -> InstanceValues:
    return InstanceValues(
        require_text(entry.get("address"), f"the address of {where}"),
        path,
        require_text(entry.get("type"), f"the type of {where}"),
        require_text(entry.get("name"), f"the name of {where}"),
        require_instance_key(entry.get("index"), f"the index of {where}"),
        require_object(entry.get("values"), f"the values of {where}"),
        sensitive=entry.get("sensitive_values"),
    )
