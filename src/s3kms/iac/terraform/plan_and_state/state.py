"""States: `terraform show -json` of one, and the file itself (version 4)."""

from collections.abc import Iterator

from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.json_document import (
    JsonObject,
    MalformedError,
    require_list,
    require_object,
    require_text,
)
from s3kms.iac.terraform.plan_and_state.instances import (
    format_address,
    parse_module_path,
    read_managed_instances,
    require_instance_key,
)

_STATE_VERSION = 4


def read_shown_state(document: JsonObject) -> list[InstanceValues]:
    """The managed instances in the output of `terraform show -json` for a state. Raises MalformedError."""
    return list(read_managed_instances(document.get("values"), "values"))


def read_state_file(document: JsonObject) -> list[InstanceValues]:
    """The managed instances in a `terraform.tfstate`. Raises MalformedError, also for an encrypted one of OpenTofu
    and for one of a version other than 4.
    """
    if "encrypted_data" in document:
        raise MalformedError("the state is encrypted; check the output of tofu show -json")
    if document.get("version") != _STATE_VERSION:
        raise MalformedError(
            f"it is a state of a version other than {_STATE_VERSION}; check the output of terraform show -json"
        )
    entries = require_list(document.get("resources"), "resources")
    return [found for entry in entries for found in _instances(require_object(entry, "a resource"))]


def _instances(entry: JsonObject) -> Iterator[InstanceValues]:
    if entry.get("mode") != "managed":
        return
    path = parse_module_path(entry.get("module"), "the module of a resource")
    type_ = require_text(entry.get("type"), "the type of a resource")
    name = require_text(entry.get("name"), "the name of a resource")
    for found in require_list(entry.get("instances"), "the instances of a resource"):
        instance = require_object(found, "an instance of a resource")
        if instance.get("deposed"):
            continue  # it is replaced already, and about to be destroyed
        key = require_instance_key(instance.get("index_key"), "the index_key of an instance")
        values = require_object(instance.get("attributes"), "the attributes of an instance")
        address = format_address(entry.get("module") or "", type_, name, key)
        yield InstanceValues(address, path, type_, name, key, values)
