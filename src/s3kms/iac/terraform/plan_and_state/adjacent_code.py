"""What a plan leaves unknown, taken from the code that lies beside it (behind a dynamic block even `rule` is); and
what comments there say of a bucket, for a plan has none.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from s3kms.iac.hcl.module import list_module_files
from s3kms.iac.interface import Folder, ReadContext
from s3kms.iac.terraform.code import read
from s3kms.iac.terraform.json_document import JsonObject, at
from s3kms.model.bucket import Bucket
from s3kms.model.unknown import Unknown

_CAVEAT = "the plan does not tell it: this is what the code beside the plan says"


def fill_from_adjacent_code(
    found: Iterable[Bucket], plan: JsonObject, folder: Path, context: ReadContext
) -> Iterator[Bucket]:
    """The buckets of a plan; what is Unknown as the code in that folder has it, where it is known there. The
    exemptions are the code's.
    """
    buckets = list(found)
    code: dict[str | None, Bucket] = {}
    if buckets and list_module_files(context.files, folder):
        inputs = replace(context.inputs, variables=(*_variables(plan), *context.inputs.variables))
        code = {one.resource: one for one in read(Folder(folder), ReadContext(context.files, inputs))}
    for bucket in buckets:
        yield _told(bucket, code.get(bucket.resource))


def _told(bucket: Bucket, code: Bucket | None) -> Bucket:
    if code is None or bucket.resource is None:
        return bucket
    bucket = replace(bucket, suppressions=code.suppressions, log_deliveries=code.log_deliveries)
    if not isinstance(bucket.encryption, Unknown):
        return bucket
    if isinstance(code.encryption, Unknown) or code.outcomes:
        return bucket
    return replace(
        bucket,
        encryption=code.encryption,
        key=code.key,
        caveat="; ".join(filter(None, (bucket.caveat, code.caveat, _CAVEAT))),
    )


def _variables(plan: JsonObject) -> Iterator[tuple[str, str]]:
    """The values that the plan was made with, as `--var` takes them."""
    given = plan.get("variables")
    for name, entry in given.items() if isinstance(given, dict) else ():
        value = at(entry, "value")
        if value is not None:
            yield name, value if isinstance(value, str) else json.dumps(value)
