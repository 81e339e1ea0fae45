"""What AWS takes in BatchImportFindings, by botocore's model: its shapes and enums, and the lengths, which stand in
the model's text alone: botocore itself checks neither enums nor those.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)")
_MAX_LENGTH = re.compile(r"Maximum (?:length )?of (\d+)(?: length)?\.")
_MAX_ITEMS = re.compile(r"Maximum number of (\d+) items?")
_MAX_PAIRS = re.compile(
    r"up to (\d+) key-value pairs.*key can contain up to (\d+) characters.*value can contain up to (\d+)",
    re.DOTALL,
)
MAX_BYTES = 240 * 1024
PRODUCT = re.compile(r"arn:aws[\w-]*:securityhub:[\w-]+:(\d{12}):product/(\d{12})/default")


@cache
def _description() -> dict[str, Any]:
    found: dict[str, Any] = Loader().load_service_model("securityhub", "service-2")
    return found


@cache
def _model() -> ServiceModel:
    return ServiceModel(_description())


def mistakes(record: dict[str, Any]) -> list[str]:
    """What AWS would refuse of a finding; empty where nothing."""
    shape = _model().shape_for("AwsSecurityFinding")
    report = ParamValidator().validate(record, shape).generate_report()
    found = [report] if report else []
    return found + list(_walk(record, shape, "", "")) + list(_own(record))


def _walk(value: Any, shape: Shape, text: str, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _structure(value, shape, path)
    elif isinstance(shape, ListShape):
        if (most := _MAX_ITEMS.search(text)) and len(value) > int(most[1]):
            yield f"{path} has {len(value)} items"
        for number, item in enumerate(value):
            yield from _walk(item, shape.member, "", f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        yield from _map(value, text, path)
    elif isinstance(value, str):
        yield from _string(value, shape, text, path)


def _structure(value: Any, shape: StructureShape, path: str) -> Iterator[str]:
    members = _description()["shapes"][shape.name]["members"]
    for name, inner in value.items():
        if name not in members:
            yield f"{path}.{name} is not a field"
            continue
        text = re.sub(r"<[^>]+>", "", members[name].get("documentation", ""))
        yield from _walk(inner, shape.members[name], text, f"{path}.{name}")


def _map(value: Any, text: str, path: str) -> Iterator[str]:
    limits = _MAX_PAIRS.search(text)
    pairs, key_length, value_length = map(int, limits.groups()) if limits else (50, 128, 2048)
    if len(value) > pairs:
        yield f"{path} has {len(value)} pairs"
    for key, inner in value.items():
        if not (0 < len(key) <= key_length and inner.strip() and len(inner) <= value_length):
            yield f"{path}.{key} is too long, or empty"


def _string(value: str, shape: Shape, text: str, path: str) -> Iterator[str]:
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield f"{path}: {value!r} is none of {allowed}"
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        yield f"{path}: {value!r} does not match {pattern}"
    if (most := _MAX_LENGTH.search(text)) and len(value) > int(most[1]):
        yield f"{path} has {len(value)} characters"
    if path.endswith("At") and not _is_time(value):
        yield f"{path}: {value!r} is no timestamp"


def _is_time(value: str) -> bool:
    if not _TIMESTAMP.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _own(record: dict[str, Any]) -> Iterator[str]:
    """What no shape says."""
    if record.get("SchemaVersion") != "2018-10-08":
        yield "SchemaVersion"
    account = record.get("AwsAccountId", "")
    product = PRODUCT.fullmatch(record.get("ProductArn", ""))
    if not product or set(product.groups()) != {account}:
        yield "ProductArn is not the default product of the account of the finding"
    if "Severity" in record or "Types" in record:
        yield "a provider's severity and types stand in FindingProviderFields"
    if {"Workflow", "Note", "VerificationState", "UserDefinedFields"} & record.keys():
        yield "that is the customer's"
    if len(str(record).encode("utf-8", "replace")) > MAX_BYTES:
        yield "more than 240 KB"
