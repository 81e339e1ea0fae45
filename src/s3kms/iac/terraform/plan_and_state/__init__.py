"""Terraform and OpenTofu plans and states, as JSON."""

from collections.abc import Iterator

from s3kms.iac.interface import Document, ReadContext, Reader, Unit
from s3kms.iac.terraform.json_document import MalformedError, decode_text, parse_document
from s3kms.iac.terraform.plan_and_state.address_places import AddressPlaces
from s3kms.iac.terraform.plan_and_state.adjacent_code import fill_from_adjacent_code
from s3kms.iac.terraform.plan_and_state.buckets import InstanceBuckets
from s3kms.iac.terraform.plan_and_state.document_shape import DocumentShape, find_shape, is_log, shape_of
from s3kms.iac.terraform.plan_and_state.plan import read_plan
from s3kms.iac.terraform.plan_and_state.state import read_shown_state, read_state_file
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause

_SHOW_ADVICE = Advice(
    "write it with: terraform show -json PLAN > plan.json (of a state: terraform show -json > state.json)"
)
_HEAD_BYTES = 4096
"""Bytes or characters in which a file says what it is."""
_STATE_SUFFIX = ".tfstate"
_ZIP = b"PK\x03\x04"
"""How a plan in Terraform's binary form begins: it is a ZIP archive."""


def claims(document: Unit) -> bool:
    """Whether it is a plan or a state: a state by its name, anything else by its shape. A `.tfstate.backup` is not
    claimed: it is the state before the last.
    """
    if not isinstance(document, Document):
        return False
    data = document.data
    if document.path.suffix == _STATE_SUFFIX:
        return True
    if data.startswith(_ZIP):
        return b"tfplan" in data[:_HEAD_BYTES]
    if document.path.name.endswith(f"{_STATE_SUFFIX}.backup"):
        return False
    return find_shape(data) is not None


def read(document: Unit, context: ReadContext) -> Iterator[Bucket]:
    """The buckets of a plan or a state; or one without a name, its encryption Unknown, where it cannot be read."""
    if not isinstance(document, Document):
        return
    try:
        found = list(_read_buckets(document, context))
    except MalformedError as error:
        why = f"{document.path} cannot be read: {error}"
        yield Bucket(
            None,
            places=(Place(str(document.path), 1, 1),),
            encryption=Unknown(UnknownCause.FILE_UNREAD, why, _SHOW_ADVICE),
        )
    else:
        yield from found


def _read_buckets(document: Document, context: ReadContext) -> Iterator[Bucket]:
    if document.data.startswith(_ZIP):
        raise MalformedError("it is a plan in Terraform's own form")
    text = decode_text(document.data)
    if not text.strip():
        raise MalformedError("it is empty")
    if is_log(text[:_HEAD_BYTES].lstrip().encode()):
        raise MalformedError("it is what terraform plan -json logs, not the plan")
    decoded, places = parse_document(text), AddressPlaces(document.path, text)
    if "planned_values" in decoded or shape_of(decoded) is DocumentShape.PLAN:
        plan = read_plan(decoded)
        found = InstanceBuckets(
            plan.instances,
            places,
            configuration=plan.configuration,
            endpoints=plan.endpoints,
            unprotected=plan.unprotected,
            caveat=plan.caveat,
            budget=context.open_budget(),
        ).buckets()
        return fill_from_adjacent_code(found, decoded, document.path.parent, context)
    if "values" in decoded:
        return InstanceBuckets(read_shown_state(decoded), places, budget=context.open_budget()).buckets()
    return InstanceBuckets(read_state_file(decoded), places, budget=context.open_budget()).buckets()


READER = Reader("a Terraform plan or state in JSON", claims, read)
