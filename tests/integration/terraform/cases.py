"""The table of Terraform cases as two folders, so that Terraform starts three times and not three hundred."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zlib import crc32

from tests.support.cases.terraform.code import CASES
from tests.support.code import context
from tests.support.plans import PLAN, first_plan
from tests.support.remedies import Stage
from tests.support.terraform import Terraform
from tests.support.terraform_case import AWS, FAIL, OPEN, OURS, ROOT, UNKNOWN, Case, Said

from s3kms.desired.configuration import Configuration
from s3kms.iac.interface import Document
from s3kms.iac.terraform import plan_and_state
from s3kms.model.encryption import SSE_S3
from s3kms.model.findings import Finding
from s3kms.rules import find_rule
from s3kms.rules.evaluate import evaluate_bucket

PROVIDER = 'provider "aws" {\n  s3_use_path_style = true\n}\n'
MODULES = ".terraform/modules/modules.json"
BUCKETS = {"aws_s3_bucket", "aws_s3_directory_bucket"}
PLANNED = [case for case in CASES if not case.unplannable]
MADE = [case for case in PLANNED if not case.unmade]
OTHERS = [case for case in PLANNED if case.unmade]
DEFAULT = "ApplyServerSideEncryptionByDefault"
RULE = find_rule("s3_bucket_kms_encryption")
Rules = Mapping[str, Mapping[str, Any]]
"""What GetBucketEncryption says, by address."""


@dataclass(frozen=True)
class Seen:
    """A plan: the buckets by address, and all of it."""

    document: Mapping[str, Any]
    buckets: Mapping[str, Mapping[str, Any]]


def _name(case: Case) -> str:
    return f"case_{crc32(case.id.encode()):08x}"


def inside(case: Case) -> str:
    """What stands before the addresses of a case."""
    return "" if case.is_root else f"module.{_name(case)}."


def write(folder: Path, cases: Iterable[Case]) -> None:
    """The cases as modules of one root; those that must be a root themselves are put together into it."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    texts["root.tf"].append(PROVIDER)
    for case in cases:
        for name, text in case.files.items():
            texts[_path(case, name)].append(text)
        if not case.is_root:
            texts["root.tf"].append(_call(_name(case), case.settled))
    manifest = _manifest(texts.pop(MODULES, []))
    for name, parts in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_together(name, parts).encode())
    (folder / MODULES).parent.mkdir(parents=True, exist_ok=True)
    (folder / MODULES).write_text(manifest)


def _path(case: Case, name: str) -> str:
    own = _name(case)
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


def _buckets(module: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for resource in module.get("resources", ()):
        if resource["mode"] == "managed" and resource["type"] in BUCKETS:
            yield resource["address"], resource["values"]
    for child in module.get("child_modules", ()):
        yield from _buckets(child)


def started(stage: Stage, name: str, cases: Iterable[Case], workspace: str = "") -> Terraform:
    """A folder of these cases, initialised."""
    folder = stage.shell.folder / name
    folder.mkdir()
    write(folder, cases)
    Terraform(folder, stage.env)("init")
    return Terraform(folder, {**stage.env, "TF_WORKSPACE": workspace} if workspace else stage.env)


def plan_of(terraform: Terraform, cases: Iterable[Case], unlike: Mapping[str, str] | None = None) -> Seen:
    """What Terraform would make of cases of which nothing is there (`first_plan`)."""
    document = json.loads(first_plan(terraform, *arguments(cases), unlike=unlike))
    return Seen(document, dict(_buckets(document["planned_values"]["root_module"])))


def changed_by(terraform: Terraform, cases: Iterable[Case]) -> set[str]:
    """The addresses that Terraform would change now."""
    said = map(json.loads, terraform("plan", "-json", *arguments(cases)).splitlines())
    return {line["change"]["resource"]["addr"] for line in said if line["type"] == "planned_change"}


def judged(plan: Seen) -> Iterable[tuple[str, Finding]]:
    """What our check says of a plan, by address."""
    document = Document(Path("plan.json"), json.dumps(plan.document).encode())
    for bucket in plan_and_state.READER.read(document, context()):
        yield str(bucket.resource), evaluate_bucket(bucket, RULE, Configuration(), date(2026, 11, 23))


def applied(stage: Stage, terraform: Terraform, plan: Seen, cases: Iterable[Case]) -> Rules:
    """Every bucket that the plan has made."""
    saved = (terraform.folder / PLAN).exists()
    terraform("apply", *([PLAN] if saved else ["-auto-approve", *arguments(cases)]))
    names = dict(_names(json.loads(terraform("state", "pull"))))
    assert names.keys() == plan.buckets.keys()
    s3 = stage.client("s3")
    return {address: _rule_of(s3, name) for address, name in names.items()}


def _names(state: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Address and name of every bucket of a state."""
    for resource in state["resources"]:
        if resource["mode"] == "managed" and resource["type"] in BUCKETS:
            module = f"{resource['module']}." if "module" in resource else ""
            for instance in resource["instances"]:
                key = (
                    f"[{json.dumps(instance['index_key'], ensure_ascii=False)}]"
                    if "index_key" in instance
                    else ""
                )
                address = f"{module}{resource['type']}.{resource['name']}{key}"
                yield address, instance["attributes"]["id"]


def _rule_of(s3: Any, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"][
        "Rules"
    ][0]
    return found


def are_as_said(case: Case, live: Rules) -> None:
    """The buckets of a case are there, every one as the case says."""
    for address, said in case.made.items():
        for rule in rules_at(case, address, live):
            _is_as_said(rule, said)


def rules_at(case: Case, address: str, live: Rules) -> list[Mapping[str, Any]]:
    """Of a bucket of a case; of all its instances, where the case has it without them."""
    whole = inside(case) + address
    rules = [rule for found, rule in live.items() if whole in {found, found.rpartition("[")[0]}]
    assert rules
    return rules


def _is_as_said(rule: Mapping[str, Any], said: Said) -> None:
    default = rule.get(DEFAULT, {})
    if said.verdict is UNKNOWN:
        return
    if said.verdict is FAIL:
        assert default["SSEAlgorithm"] == SSE_S3
        return
    assert said.algorithm in {None, default["SSEAlgorithm"]}
    key = default.get("KMSMasterKeyID")
    if said.key_kind is AWS:
        assert key in {None, "", "alias/aws/s3"}
    elif said.key_kind in {OURS, OPEN}:
        assert key
    if not said.bucket_key_verdict:
        assert bool(said.bucket_key) is rule.get("BucketKeyEnabled", False)
