"""The state bucket that Terragrunt makes where it is not there yet, as `remote_state` describes it.

Terragrunt's S3 backend puts aws:kms on it with the bucket key, unless `bucket_sse_algorithm` says otherwise; without
`bucket_sse_kms_key_id` the key is aws/s3; `skip_bucket_ssencryption` leaves it as S3 makes it. `encrypt` is about the
state object alone. (internal/remotestate/backend/s3 of gruntwork-io/terragrunt)
"""

from collections.abc import Iterator

from s3kms.iac.hcl.syntax_tree import Block
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.endpoints import judge_endpoint
from s3kms.iac.terragrunt.evaluation import FileEvaluator
from s3kms.iac.terragrunt.syntax import TerragruntFile
from s3kms.iac.values import UnknownValue
from s3kms.model.advice import Advice, Command
from s3kms.model.bucket import Bucket
from s3kms.model.encryption import KMS_ALGORITHMS, SSE_KMS, SSE_S3, Encryption
from s3kms.model.keys import KeyFact, KeyForm, KeyReference, UnusedAwsManagedKey
from s3kms.model.place import Place
from s3kms.model.targets import is_bucket_name, is_region
from s3kms.model.unknown import Unknown, UnknownCause

ADDRESS = "remote_state"
_CHECK_LIVE = Advice("check the bucket itself: {check}", {"check": Command("check", ("s3://BUCKET",))})
_AS_MADE = "it is what Terragrunt puts on a bucket that it makes; one that is there already may differ"
_NOT_TOLD = Unknown(UnknownCause.NOT_READ, "Terragrunt says nothing about it", _CHECK_LIVE)


def read_state_bucket(file: TerragruntFile, evaluator: FileEvaluator) -> Iterator[Bucket]:
    """The state bucket of a file; none where another backend holds the state, or Terragrunt never makes it."""
    for block in file.blocks(ADDRESS):
        backend = _attribute(evaluator, block, "backend")
        if backend not in ("s3", None) and not isinstance(backend, UnknownValue):
            continue
        if backend is None or _attribute(evaluator, block, "disable_init") is True:
            continue
        config = _attribute(evaluator, block, "config")
        yield _bucket(config, Place(str(file.path), block.span.line, block.span.column))


def _bucket(config: Value, place: Place) -> Bucket:
    if not isinstance(config, dict):
        unknown = config.unknown if isinstance(config, UnknownValue) else _NOT_TOLD
        return Bucket(None, resource=ADDRESS, places=(place,), encryption=unknown, tags=unknown, key=unknown)
    encryption = _encryption(config)
    name, region, tags = config.get("bucket"), config.get("region"), config.get("s3_bucket_tags", {})
    return Bucket(
        name if isinstance(name, str) and is_bucket_name(name) else None,
        region=region if isinstance(region, str) and is_region(region) else None,
        resource=ADDRESS,
        places=(place,),
        encryption=encryption,
        tags=_tags(tags),
        key=encryption if isinstance(encryption, Unknown) else _key(encryption),
        caveat=_AS_MADE,
    )


def _encryption(config: dict[str, Value]) -> Encryption | Unknown:
    endpoints = config.get("endpoints")
    url = config.get("endpoint") or (endpoints.get("s3") if isinstance(endpoints, dict) else endpoints)
    endpoint = url.unknown if isinstance(url, UnknownValue) else judge_endpoint(url)
    if isinstance(endpoint, Unknown):
        return endpoint
    parts = [config.get(name) for name in ("skip_bucket_ssencryption", "bucket_sse_algorithm")]
    for part in parts:
        if isinstance(part, UnknownValue):
            return part.unknown
    skips, algorithm = parts
    if skips is True or skips == "true":
        return Encryption(SSE_S3, blocked=_NOT_TOLD)
    text = str(algorithm or SSE_KMS)
    key = config.get("bucket_sse_kms_key_id")
    if isinstance(key, UnknownValue):
        key = key.piece or f"${{{key.expression}}}"
    is_kms = text in KMS_ALGORITHMS
    return Encryption(text, str(key) if key and is_kms else None, bucket_key=True, blocked=_NOT_TOLD)


def _key(encryption: Encryption) -> KeyFact | None:
    if not encryption.is_kms:
        return None
    if KeyReference.parse(encryption.key).form is KeyForm.AWS_MANAGED:
        return UnusedAwsManagedKey()
    why = f"the code does not show the state in KMS of {encryption.key}"
    return Unknown(UnknownCause.NOT_READ, why, _CHECK_LIVE)


def _tags(value: Value) -> dict[str, str] | Unknown:
    if isinstance(value, UnknownValue):
        return value.unknown
    pairs = value.items() if isinstance(value, dict) else ()
    return {name: item for name, item in pairs if isinstance(item, str)}


def _attribute(evaluator: FileEvaluator, block: Block, name: str) -> Value:
    found = block.body.attributes.get(name)
    return None if found is None else evaluator.members(found.expression, f"{ADDRESS}.{name}")
