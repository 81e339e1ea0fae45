"""Functions that make one type of another."""

from s3kms.estate.advice import Advice
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.hcl.convert import ANY, CollectionOf, Plain, convert
from s3kms.sources.code.hcl.functions.interface import Function, Kind
from s3kms.sources.code.hcl.values import Open, Value

SENSITIVE = Open(
    "issensitive(…)",
    Unknown(
        UnknownCause.UNRESOLVED,
        "which values are sensitive is not followed here",
        Advice("check a plan instead"),
    ),
)


def _to(type_: Plain | CollectionOf) -> Function:
    return Function(lambda value: convert(value, type_), (Kind.ANYTHING,))


def _same(value: Value) -> Value:
    return value


TABLE = {
    "ephemeralasnull": Function(_same, (Kind.ANYTHING,)),
    "issensitive": Function(lambda _: SENSITIVE, (Kind.ANYTHING,)),
    "nonsensitive": Function(_same, (Kind.ANYTHING,)),
    "sensitive": Function(_same, (Kind.ANYTHING,)),
    "tobool": _to(Plain.BOOL),
    "tolist": _to(CollectionOf("list", ANY)),
    "tomap": _to(CollectionOf("map", ANY)),
    "tonumber": _to(Plain.NUMBER),
    "toset": _to(CollectionOf("set", ANY)),
    "tostring": _to(Plain.TEXT),
}
