"""A command of the AWS CLI held against AWS's own models, without running it: they take a second each."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import yaml
from botocore import xform_name
from botocore.model import Shape, StructureShape
from botocore.validate import ParamValidator

_GLOBAL = {"--region", "--query", "--output", "--profile"}


def problems_of(words: list[str], folder: Path) -> list[str]:
    """What AWS's CLI would not take of a command; files are looked for in the folder."""
    service, command, *rest = words
    options = _options(rest)
    if (service, command) == ("cloudformation", "deploy"):
        return _problems_of_deploy(options, folder)
    model = _session().get_service_model(service if service != "s3api" else "s3")
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    if command not in operations:
        return [f"{service} has no {command}"]
    shape = model.operation_model(operations[command]).input_shape
    members = {
        f"--{xform_name(name, '-')}": (name, one) for name, one in (shape.members if shape else {}).items()
    }
    unknown = [
        f"{command} has no {option}" for option in options if option not in members and option not in _GLOBAL
    ]
    given = {
        members[option][0]: _value(" ".join(values), members[option][1], folder)
        for option, values in options.items()
        if option in members
    }
    if shape is None or unknown:
        return unknown
    report = ParamValidator().validate(given, shape)
    return [report.generate_report()] if report.has_errors() else []


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


def _options(words: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            found[word] = []
        elif found:
            found[list(found)[-1]].append(word)
    return found


def _value(text: str, shape: Shape, folder: Path) -> Any:
    if text.startswith("file://"):
        text = (folder / text.removeprefix("file://")).read_text()
    if not isinstance(shape, StructureShape):
        return text
    if text.startswith("{"):
        return json.loads(text)
    return dict(pair.split("=", 1) for pair in text.split(","))


def _problems_of_deploy(options: dict[str, list[str]], folder: Path) -> list[str]:
    """`deploy` is the CLI's own: its file has to be there, and have the parameters."""
    (file,) = options["--template-file"]
    template = yaml.load((folder / file).read_text(), _AnyTag)
    given = [one.split("=")[0] for one in options["--parameter-overrides"]]
    return [f"the template has no parameter {name}" for name in given if name not in template["Parameters"]]


class _AnyTag(yaml.SafeLoader):
    """Takes `!Ref` and the like for what follows them."""


_AnyTag.add_multi_constructor("!", lambda *_: None)
