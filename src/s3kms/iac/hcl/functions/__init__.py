"""Terraform's functions by name. Those that need files are done in `file_functions`."""

from collections.abc import Mapping

from s3kms.iac.hcl.advice import CHECK_PLAN
from s3kms.iac.hcl.functions import (
    conversions,
    documents,
    encodings,
    maps,
    networks,
    numeric,
    sequences,
    strings,
    times,
)
from s3kms.iac.hcl.functions.interface import Function
from s3kms.iac.hcl.scalars import make_unsupported
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import UnknownValue
from s3kms.model.unknown import Unknown, UnknownCause

__all__ = ["FUNCTIONS", "NEEDS_FILES", "TAKES_EXPRESSIONS", "Function", "apply_function", "find_function"]

FUNCTIONS: Mapping[str, Function] = {
    **conversions.TABLE,
    **documents.TABLE,
    **encodings.TABLE,
    **maps.TABLE,
    **networks.TABLE,
    **numeric.TABLE,
    **sequences.TABLE,
    **strings.TABLE,
    **times.TABLE,
}
"""By name; also `list` and `map`, which Terraform had before 0.15, and `urldecode` of OpenTofu."""
TAKES_EXPRESSIONS = frozenset({"can", "templatestring", "try", "type"})
"""Functions that take expressions instead of values."""
NEEDS_FILES = frozenset(
    {
        "file",
        "filebase64",
        "filebase64sha256",
        "filebase64sha512",
        "fileexists",
        "filemd5",
        "fileset",
        "filesha1",
        "filesha256",
        "filesha512",
        "templatefile",
    }
)
"""Functions that read files."""
NOT_EVALUATED = {
    "base64gunzip": "compressed text is not evaluated",
    "rsadecrypt": "nothing is decrypted",
}
"""Functions that the code alone would tell, and why they are not evaluated."""
KNOWN_LATER = {
    "abspath": "only the machine that applies it knows its folders",
    "bcrypt": "every call has another result",
    "pathexpand": "only the machine that applies it knows its folders",
    "plantimestamp": "it is the time of the plan",
    "timestamp": "it is the time of the apply",
    "uuid": "every call has another result",
}
"""Functions that only a plan or an apply tells, and why."""


def find_function(name: str) -> Function | None:
    """The function of that name; None for one that is not evaluated."""
    return FUNCTIONS.get(name.removeprefix("core::"))


def apply_function(name: str, args: tuple[Value, ...]) -> Value:
    """The value of a call; an UnknownValue where an unknown argument decides, and for what is not evaluated.

    Raises Rejected for arguments that Terraform would reject.
    """
    plain = name.removeprefix("core::")
    function = FUNCTIONS.get(plain)
    if function is not None:
        return function.call(args)
    if why := KNOWN_LATER.get(plain):
        return UnknownValue(f"{name}(…)", Unknown(UnknownCause.UNRESOLVED, f"{name}: {why}", CHECK_PLAN))
    return make_unsupported(
        f"{name}(…)", f"{name}: {NOT_EVALUATED.get(plain, 'the function is not supported')}"
    )
