"""What the AWS provider accepts in the blocks that set a default encryption, and since which version: nothing else
there can be planned (facts H3, H4; `terraform providers schema` of 5.100 agrees).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from s3kms.iac.terraform.provider_versions import Version
from s3kms.iac.terraform.resource_types import (
    ALGORITHM,
    BLOCKED_TYPES,
    BUCKET_KEY_ENABLED,
    DEFAULT_BLOCK,
    INLINE_BLOCK,
    KMS_KEY_ID,
    RULE,
)

ALWAYS = Version(0, 0, 0)
BLOCKED_TYPES_SINCE = Version(6, 22, 0)
"""The first version that knows `blocked_encryption_types` (fact H3)."""
BLOCKED_TYPES_KEPT_SINCE = Version(6, 40, 0)
"""From here on leaving the argument out keeps what the bucket has; before, it removed AWS's own block (fact H3)."""
META_ARGUMENTS = frozenset(
    {"count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection", "dynamic", "//"}
)
"""What Terraform itself understands in every resource; `//` is the comment of its JSON syntax."""


@dataclass(frozen=True, slots=True)
class BlockSchema:
    """The arguments of a block, each with the provider's version that brought it, and the blocks within."""

    arguments: Mapping[str, Version] = field(default_factory=dict)
    blocks: "Mapping[str, BlockSchema]" = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """Everything that may stand in it."""
        return frozenset({*self.arguments, *self.blocks})


_DEFAULT = BlockSchema({ALGORITHM: ALWAYS, KMS_KEY_ID: ALWAYS})
_RULE = BlockSchema(
    {BUCKET_KEY_ENABLED: ALWAYS, BLOCKED_TYPES: BLOCKED_TYPES_SINCE}, {DEFAULT_BLOCK: _DEFAULT}
)
CONFIGURATION_SCHEMA = BlockSchema(
    {"bucket": ALWAYS, "expected_bucket_owner": ALWAYS, "id": ALWAYS, "region": Version(6, 0, 0)},
    {RULE: _RULE},
)
"""Of aws_s3_bucket_server_side_encryption_configuration."""
INLINE_SCHEMA = BlockSchema(blocks={RULE: _RULE})
"""Of the block in aws_s3_bucket."""
_OTHER_NAMES = {
    KMS_KEY_ID: ("kms_key_id", "kms_key_arn", "kms_master_key_arn", "kms_key", "key_id", "kms_id", "key_arn"),
    ALGORITHM: ("algorithm", "encryption", "encryption_type", "type", "sse_type", "sse"),
    BUCKET_KEY_ENABLED: ("bucket_key", "enable_bucket_key", "s3_bucket_key_enabled"),
    DEFAULT_BLOCK: ("default", "apply_default", "server_side_encryption_by_default", "default_encryption"),
    INLINE_BLOCK: ("server_side_encryption", "encryption", "encryption_configuration", "bucket_encryption"),
}
"""What people write, from other resources or CloudFormation, for what this provider calls differently."""


def meant_name(name: str, here: BlockSchema, whole: BlockSchema) -> str | None:
    """Which name was meant by one that a block does not know: one of the block's own, else `NAME in rule` for one
    that belongs elsewhere in the whole. None where nothing comes near.
    """
    plain = name.replace("-", "_").lower()
    places = dict(_places_of(whole, ""))
    if plain in places and plain not in here.names:
        return f"{plain} in {places[plain]}" if places[plain] else plain
    by_alias = next((right for right, others in _OTHER_NAMES.items() if plain in others), None)
    if by_alias in here.names:
        return by_alias
    near = get_close_matches(plain, sorted(here.names), 1, 0.6) or get_close_matches(plain, places, 1, 0.75)
    found = near[0] if near else by_alias
    if found is None or found in here.names:
        return found
    return f"{found} in {places[found]}" if places.get(found) else found


def _places_of(schema: BlockSchema, where: str) -> "list[tuple[str, str]]":
    """Every name below a schema, with the path of the block in which it belongs."""
    found = [(name, where) for name in schema.names]
    for name, inner in schema.blocks.items():
        found += _places_of(inner, f"{where}.{name}" if where else name)
    return found
