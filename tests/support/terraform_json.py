"""Plans and states in Terraform's JSON, made from a few words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SSE = "aws_s3_bucket_server_side_encryption_configuration"
Json = dict[str, Any]
_ADDRESS = re.compile(
    r"(?P<module>(?:module\.\w+(?:\[[^\]]+\])?\.)*)(?P<type>\w+)\.(?P<name>\w+)(?:\[(?P<key>.+)\])?"
)


@dataclass(frozen=True)
class Entry:
    """An instance of a resource: its values, what is known after apply, and what its code mentions."""

    address: str
    values: Json = field(default_factory=dict)
    unknown: Any = field(default_factory=dict)
    code: Json = field(default_factory=dict)
    for_each: Sequence[str] = ()
    mode: str = "managed"
    actions: Sequence[str] = ("create",)

    @property
    def parts(self) -> tuple[str, str, str, Any]:
        found = _ADDRESS.fullmatch(self.address)
        assert found, self.address
        key = found["key"]
        index = None if key is None else key.strip('"') if key.startswith('"') else int(key)
        return found["module"].rstrip("."), found["type"], found["name"], index


@dataclass(frozen=True)
class Call:
    """A call of a module, and what the module gives back."""

    code: Mapping[str, Sequence[str]] = field(default_factory=dict)
    outputs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    for_each: Sequence[str] = ()


def bucket(address: str = "aws_s3_bucket.b", name: str | None = None, **more: Any) -> Entry:
    """A bucket that is to be made."""
    inline = more.pop("inline", None)
    values: Json = {"bucket": name} if name else {}
    unknown: Json = {"id": True, "arn": True, "tags_all": True, "server_side_encryption_configuration": True}
    code: Json = {}
    if inline is not None:
        values["server_side_encryption_configuration"] = [inline]
        del unknown["server_side_encryption_configuration"]
        code["server_side_encryption_configuration"] = [{"rule": [{}]}]
    if not name:
        unknown["bucket"] = True
    return Entry(address, values, more.pop("unknown", unknown), code | more.pop("code", {}), **more)


def rule(algorithm: str | None = "aws:kms", key: str | None = "", **more: Any) -> Json:
    """The block `rule`, as values."""
    default = [{"sse_algorithm": algorithm, "kms_master_key_id": key}] if algorithm else []
    return {"rule": [{"apply_server_side_encryption_by_default": default, **more}]}


def config(
    address: str = f"{SSE}.b",
    *of: str,
    name: str | None = None,
    rules: Json | None = None,
    unknown_rule: Any = None,
    for_each: Sequence[str] = (),
    code: Json | None = None,
) -> Entry:
    """An encryption configuration, for what its `bucket` mentions."""
    values: Json = {**(rule() if rules is None else rules), **({"bucket": name} if name else {})}
    unknown: Json = {} if name else {"bucket": True}
    if unknown_rule is not None:
        unknown["rule"] = unknown_rule
    mentions: Json = {"bucket": {"references": list(of)}} if of else {}
    return Entry(address, values, unknown, mentions | (code or {}), for_each)


def plan(*entries: Entry, calls: Mapping[str, Call] | None = None, **more: Any) -> Json:
    """`terraform show -json PLAN`."""
    root: Json = {"resources": [], "module_calls": {}}
    for path, call in (calls or {}).items():
        _module(root, path).update(outputs=_outputs(call))
        above, _, name = path.rpartition(".")
        _call(root, above, name).update(_written(call))
    for entry in entries:
        module, kind, name, _ = entry.parts
        resources = _module(root, _plain(module))["resources"]
        if not any((r["type"], r["name"], r["mode"]) == (kind, name, entry.mode) for r in resources):
            each = {"for_each_expression": {"references": list(entry.for_each)}} if entry.for_each else {}
            resources.append(
                {"type": kind, "name": name, "mode": entry.mode, "expressions": entry.code, **each}
            )
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": values(*(e for e in entries if e.actions != ("delete",) and e.mode == "managed")),
        "resource_changes": [_change(entry) for entry in entries],
        "configuration": {"root_module": root},
        **more,
    }


def state(*entries: Entry, **more: Any) -> Json:
    """`terraform show -json`."""
    return {
        "format_version": "1.0",
        "terraform_version": "1.11.4",
        "values": values(*entries),
        **more,
    }


def state_file(*entries: Entry, **more: Any) -> Json:
    """`terraform.tfstate`."""
    resources: list[Json] = []
    for entry in entries:
        module, kind, name, index = entry.parts
        instance: Json = {"attributes": entry.values, "index_key": index, "schema_version": 0}
        where = {"module": module} if module else {}
        resources.append({**where, "mode": entry.mode, "type": kind, "name": name, "instances": [instance]})
    return {"version": 4, "terraform_version": "1.11.4", "lineage": "l", "resources": resources, **more}


def values(*entries: Entry) -> Json:
    """The tree of modules."""
    root: Json = {"resources": []}
    for entry in entries:
        module, kind, name, index = entry.parts
        where, path = root, ""
        for step in re.findall(r"module\.\w+(?:\[[^\]]+\])?", module):
            path = f"{path}.{step}".lstrip(".")
            children = where.setdefault("child_modules", [])
            found = next((child for child in children if child["address"] == path), None)
            if found is None:
                found = {"address": path, "resources": []}
                children.append(found)
            where = found
        each = {} if index is None else {"index": index}
        where.setdefault("resources", []).append(
            {
                "address": entry.address,
                "mode": entry.mode,
                "type": kind,
                "name": name,
                "values": entry.values,
                **each,
            }
        )
    return {"root_module": root}


def _change(entry: Entry) -> Json:
    module, kind, name, index = entry.parts
    before = entry.values if "delete" in entry.actions else None
    change = {"actions": list(entry.actions), "before": before, "after_unknown": entry.unknown}
    return {
        "address": entry.address, "module_address": module, "mode": entry.mode, "type": kind, "name": name,
        "index": index, "change": change,
    }  # fmt: skip


def _plain(module: str) -> str:
    return ".".join(re.findall(r"module\.(\w+)", module))


def _call(root: Json, above: str, name: str) -> Json:
    found: Json = _module(root, above)["module_calls"].setdefault(
        name, {"module": {"resources": [], "module_calls": {}}}
    )
    return found


def _module(root: Json, path: str) -> Json:
    found = root
    for name in filter(None, path.split(".")):
        calls = found["module_calls"]
        found = calls.setdefault(name, {"module": {"resources": [], "module_calls": {}}})["module"]
    return found


def _outputs(call: Call) -> Json:
    return {name: {"expression": {"references": list(refs)}} for name, refs in call.outputs.items()}


def _written(call: Call) -> Json:
    expressions = {name: {"references": list(refs)} for name, refs in call.code.items()}
    each = {"for_each_expression": {"references": list(call.for_each)}} if call.for_each else {}
    return {"expressions": expressions, **each}
