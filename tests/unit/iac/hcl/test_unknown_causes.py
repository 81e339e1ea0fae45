"""Why a value is not known, for programs: each unknown value has the cause that is true of it, and advice."""

from pathlib import Path

import pytest
from tests.support.code import context

from s3kms.iac.hcl.interface import Evaluator
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scope import ResourceInstance
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.unknown import UnknownCause

HEAD = """
variable "free" {}
variable "names" { type = list(string) }
module "local" { source = "./nowhere" }
module "remote" { source = "terraform-registry/module/x" }
module "computed" { source = var.free }
resource "pet_dog" "rex" { name = "Rex" }
resource "pet_dog" "stray" {}
resource "pet_dog" "many" { count = 20000 }
"""


class PetSchema:
    """A provider of pets: a dog's `id` is its name, and it barks."""

    def repeated_argument(self, resource_type: str, attribute: str) -> str:
        return "name" if attribute == "id" else attribute

    def is_origin(self, resource_type: str) -> bool:
        return resource_type == "pet_dog"

    def is_never_empty(self, attribute: str) -> bool:
        return attribute == "name"

    def derive_attribute(self, evaluator: Evaluator, instance: ResourceInstance, attribute: str) -> Value:
        return "woof" if attribute == "sound" else None


def evaluate(expression: str) -> Value:
    """In the evaluation that chooses nothing."""
    given = context({"i/main.tf": f"{HEAD}\nlocals {{\n  x = {expression}\n}}\n"})
    evaluation = RootModule(Path("i"), given.files, given.inputs, PetSchema()).undecided
    return evaluation.local(evaluation.root, "x")


@pytest.mark.parametrize(
    ("expression", "cause"),
    [
        ("var.free", UnknownCause.UNRESOLVED),
        ("pet_dog.stray.id", UnknownCause.UNRESOLVED),
        ("timestamp()", UnknownCause.UNRESOLVED),
        ("path.cwd", UnknownCause.UNRESOLVED),
        ("local.x", UnknownCause.UNRESOLVED),
        ('file("../../../../../../secret")', UnknownCause.FILE_UNREAD),
        ("module.local.x", UnknownCause.FILE_UNREAD),
        ("module.remote.x", UnknownCause.FILE_UNREAD),
        ("1 +", UnknownCause.FILE_UNREAD),
        ("module.computed.x", UnknownCause.UNSUPPORTED),
        ("rsadecrypt(1, 2)", UnknownCause.UNSUPPORTED),
        ("nobody_knows(1)", UnknownCause.UNSUPPORTED),
        ('regex("\\\\pL", "a")', UnknownCause.UNSUPPORTED),
        ('fileset(".", "**")', UnknownCause.UNSUPPORTED),
        ("issensitive(1)", UnknownCause.UNSUPPORTED),
        ('format("%999999s", "a")', UnknownCause.BUDGET),
        ('regex("(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")', UnknownCause.BUDGET),
    ],
)
def test_an_unknown_value_has_its_cause_and_advice(expression: str, cause: UnknownCause) -> None:
    found = evaluate(expression)

    assert isinstance(found, UnknownValue)
    assert (found.unknown.cause, bool(found.unknown.advice)) == (cause, True)


def test_more_instances_than_are_evaluated_are_a_budget() -> None:
    given = context({"i/main.tf": HEAD})
    root = RootModule(Path("i"), given.files, given.inputs, PetSchema())
    (many,) = [resource for _, resource in root.resources({"pet_dog"}) if resource.name == "many"]
    (instance,) = root.instances(root.undecided, (), many)

    assert instance.expansion.rejection
    assert instance.expansion.rejection.cause is UnknownCause.BUDGET


def test_an_attribute_may_repeat_an_argument_of_another_name() -> None:
    assert evaluate("pet_dog.rex.id") == "Rex"


def test_an_attribute_may_follow_from_what_the_schema_knows() -> None:
    assert evaluate("pet_dog.stray.sound") == "woof"


@pytest.mark.parametrize(("attribute", "is_known"), [("name", True), ("owner", False)])
def test_only_what_the_schema_says_is_never_empty_is_so(attribute: str, is_known: bool) -> None:
    assert isinstance(evaluate(f'pet_dog.stray.{attribute} == ""'), bool) is is_known


def test_rejected_code_says_why_without_naming_who_rejects_it() -> None:
    with pytest.raises(Rejected, match=r"^the index is out of range$"):
        evaluate("[1][3]")
