"""The code beside a plan: it has what the plan leaves unknown (behind a dynamic block even `rule` is), and the
comments that suppress findings, for a plan has none.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from s3kms.iac.hcl.module import list_module_files
from s3kms.iac.interface import Folder, ReadContext
from s3kms.iac.terraform.code import read
from s3kms.iac.terraform.json_document import JsonObject, value_at
from s3kms.model.bucket import Bucket
from s3kms.model.unknown import Unknown

_CAVEAT = "the plan does not show it: this is what the code beside the plan says"


def fill_from_adjacent_code(
    found: Iterable[Bucket], plan: JsonObject, folder: Path, context: ReadContext
) -> Iterator[Bucket]:
    """The buckets of a plan. An encryption that is Unknown is as the code in that folder has it, where it is known
    there; suppressions and usage are the code's, and `code_places` are where the code has them.
    """
    buckets = list(found)
    code: dict[str | None, Bucket] = {}
    if buckets and list_module_files(context.files, folder):
        inputs = replace(context.inputs, variables=(*_variables(plan), *context.inputs.variables))
        code = {one.resource: one for one in read(Folder(folder), replace(context, inputs=inputs))}
    for bucket in buckets:
        yield _filled(bucket, code.get(bucket.resource))


def _filled(bucket: Bucket, code: Bucket | None) -> Bucket:
    if code is None or bucket.resource is None:
        return bucket
    bucket = replace(bucket, code_places=code.places, suppressions=code.suppressions, usage=code.usage)
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
    """The values that the plan was made with, as an input `variables` has them."""
    given = plan.get("variables")
    for name, entry in given.items() if isinstance(given, dict) else ():
        value = value_at(entry, "value")
        if value is not None:
            yield name, value if isinstance(value, str) else json.dumps(value)
