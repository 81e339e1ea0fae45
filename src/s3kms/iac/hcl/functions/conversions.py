"""Functions that convert a value to another type."""

from s3kms.iac.hcl.functions.interface import Function, ParameterKind
from s3kms.iac.hcl.scalars import make_unsupported
from s3kms.iac.hcl.type_constraints import ANY_TYPE, CollectionType, PrimitiveType, convert
from s3kms.iac.hcl.values import Value

SENSITIVE = make_unsupported("issensitive(…)", "issensitive is not evaluated")


def _to(type_: PrimitiveType | CollectionType) -> Function:
    return Function(lambda value: convert(value, type_), (ParameterKind.ANYTHING,))


def _same(value: Value) -> Value:
    return value


TABLE = {
    "ephemeralasnull": Function(_same, (ParameterKind.ANYTHING,)),
    "issensitive": Function(lambda _: SENSITIVE, (ParameterKind.ANYTHING,)),
    "nonsensitive": Function(_same, (ParameterKind.ANYTHING,)),
    "sensitive": Function(_same, (ParameterKind.ANYTHING,)),
    "tobool": _to(PrimitiveType.BOOL),
    "tolist": _to(CollectionType("list", ANY_TYPE)),
    "tomap": _to(CollectionType("map", ANY_TYPE)),
    "tonumber": _to(PrimitiveType.NUMBER),
    "toset": _to(CollectionType("set", ANY_TYPE)),
    "tostring": _to(PrimitiveType.TEXT),
}
