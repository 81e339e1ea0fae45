"""The table of Terraform cases as two folders, so that Terraform starts three times and not three hundred."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.pure.hcl_cases import CASES
from tests.support.hcl import ROOT, Case
from tests.support.terraform import Terraform

PROVIDER = 'provider "aws" {\n  s3_use_path_style = true\n}\n'
MODULES = ".terraform/modules/modules.json"
BUCKETS = {"aws_s3_bucket", "aws_s3_directory_bucket"}
PLANNED = [case for case in CASES if not case.unplannable]
MADE = [case for case in PLANNED if not case.unmade]
OTHERS = [case for case in PLANNED if case.unmade]
_NAMES = {case.id: f"case_{number:03}" for number, case in enumerate(CASES)}


@dataclass(frozen=True)
class Seen:
    """A plan or a state: the buckets by address, and all of it."""

    document: Mapping[str, Any]
    buckets: Mapping[str, Mapping[str, Any]]


def inside(case: Case) -> str:
    """What stands before the addresses of a case."""
    return "" if case.is_root else f"module.{_NAMES[case.id]}."


def write(folder: Path, cases: Iterable[Case]) -> None:
    """The cases as modules of one root; those that must be a root themselves are put together into it."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    texts["root.tf"].append(PROVIDER)
    for case in cases:
        for name, text in case.files.items():
            texts[_path(case, name)].append(text)
        if not case.is_root:
            texts["root.tf"].append(_call(_NAMES[case.id], case.settled))
    manifest = _manifest(texts.pop(MODULES, []))
    for name, parts in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_together(name, parts).encode())
    (folder / MODULES).parent.mkdir(parents=True, exist_ok=True)
    (folder / MODULES).write_text(manifest)


def _path(case: Case, name: str) -> str:
    own = _NAMES[case.id]
    if not case.is_root:
        return f"{own}/{name}"
    return f"{own}.tf" if name == "main.tf" else name


def _call(name: str, arguments: Mapping[str, str]) -> str:
    lines = "".join(f"  {key} = {value}\n" for key, value in arguments.items())
    return f'module "{name}" {{\n  source = "./{name}"\n{lines}}}\n'


def _together(name: str, parts: list[str]) -> str:
    if name.endswith(".tfvars.json"):
        return json.dumps({key: value for part in parts for key, value in json.loads(part).items()})
    return "\n".join(parts) if len(parts) > 1 else parts[0]


def _manifest(texts: list[str]) -> str:
    """Of the modules that are said to be fetched: `terraform init` adds the local ones."""
    modules = [module for text in texts for module in json.loads(text)["Modules"]]
    return json.dumps({"Modules": modules or [{"Key": "", "Source": "", "Dir": "."}]})


def arguments(cases: Iterable[Case]) -> list[str]:
    """What the user says beside the code, for all at once."""
    said: list[str] = []
    for case in cases:
        files = (path.relative_to(ROOT) for path in case.inputs.variable_files)
        said += [f"-var-file={path}" for path in files]
        said += [f"-var={name}={value}" for name, value in case.inputs.variables]
    return said


def shown(terraform: Terraform, *plan: str) -> Seen:
    """What Terraform says of a plan, or of the state."""
    document = json.loads(terraform("show", "-json", *plan))
    values = document.get("planned_values") or document.get("values") or {}
    return Seen(document, dict(_buckets(values.get("root_module", {}))))


def _buckets(module: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for resource in module.get("resources", ()):
        if resource["mode"] == "managed" and resource["type"] in BUCKETS:
            yield resource["address"], resource["values"]
    for child in module.get("child_modules", ()):
        yield from _buckets(child)
