"""States: `terraform show -json` of one, and the file itself (version 4)."""

from collections.abc import Iterator

from s3kms.iac.terraform.instances import (
    InstanceValues,
    format_address,
    parse_module_path,
    read_managed_instances,
    require_instance_key,
)
from s3kms.iac.terraform.json_document import JsonObject, MalformedError, array, table, text

_VERSION = 4


def read_shown_state(document: JsonObject) -> list[InstanceValues]:
    """Of `terraform show -json`. Raises MalformedError."""
    return list(read_managed_instances(document.get("values"), "values"))


def read_state_file(document: JsonObject) -> list[InstanceValues]:
    """Of the file. Raises MalformedError."""
    if "encrypted_data" in document:
        raise MalformedError("the state is encrypted; check what tofu show -json says of it")
    if document.get("version") != _VERSION:
        raise MalformedError(
            "it is a state of another version than 4; check what terraform show -json says of it"
        )
    entries = array(document.get("resources"), "resources")
    return [found for entry in entries for found in _instances(table(entry, "a resource"))]


def _instances(entry: JsonObject) -> Iterator[InstanceValues]:
    if entry.get("mode") != "managed":
        return
    path = parse_module_path(entry.get("module"), "the module of a resource")
    kind, name = (
        text(entry.get("type"), "the type of a resource"),
        text(entry.get("name"), "the name of a resource"),
    )
    for found in array(entry.get("instances"), "the instances of a resource"):
        instance = table(found, "an instance of a resource")
        if instance.get("deposed"):
            continue  # it is replaced already, and waits for its end
        key = require_instance_key(instance.get("index_key"), "the index_key of an instance")
        values = table(instance.get("attributes"), "the attributes of an instance")
        yield InstanceValues(
            format_address(entry.get("module") or "", kind, name, key), path, kind, name, key, values
        )
