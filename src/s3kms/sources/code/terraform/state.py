"""States: `terraform show -json` of one, and the file itself (version 4)."""

from collections.abc import Iterator

from s3kms.sources.code.terraform.decode import MalformedError, Table, array, table, text
from s3kms.sources.code.terraform.instances import Instance, as_key, managed_in, read_path, write_address

_VERSION = 4


def instances_in_values(document: Table) -> list[Instance]:
    """Of `terraform show -json`. Raises MalformedError."""
    return list(managed_in(document.get("values"), "values"))


def instances_in_file(document: Table) -> list[Instance]:
    """Of the file. Raises MalformedError."""
    if "encrypted_data" in document:
        raise MalformedError("the state is encrypted; check what tofu show -json says of it")
    if document.get("version") != _VERSION:
        raise MalformedError(
            "it is a state of another version than 4; check what terraform show -json says of it"
        )
    entries = array(document.get("resources"), "resources")
    return [found for entry in entries for found in _instances(table(entry, "a resource"))]


def _instances(entry: Table) -> Iterator[Instance]:
    if entry.get("mode") != "managed":
        return
    path = read_path(entry.get("module"), "the module of a resource")
    kind, name = (
        text(entry.get("type"), "the type of a resource"),
        text(entry.get("name"), "the name of a resource"),
    )
    for found in array(entry.get("instances"), "the instances of a resource"):
        instance = table(found, "an instance of a resource")
        if instance.get("deposed"):
            continue  # it is replaced already, and waits for its end
        key = as_key(instance.get("index_key"), "the index_key of an instance")
        values = table(instance.get("attributes"), "the attributes of an instance")
        yield Instance(
            write_address(entry.get("module") or "", kind, name, key), path, kind, name, key, values
        )
