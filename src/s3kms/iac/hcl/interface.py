"""What the parts of an evaluation see of it, and the schema of resource types that is handed in.

HCL knows no provider and no resource type. Whoever reads the resources of one hands in a `Schema`.
"""

from typing import Protocol

from s3kms.iac.hcl.module_loader import ModuleLoader
from s3kms.iac.hcl.scope import ExpressionScope, ResourceInstance
from s3kms.iac.hcl.syntax_tree import Expression
from s3kms.iac.hcl.value_weights import ValueWeights
from s3kms.iac.hcl.values import Value
from s3kms.iac.values import UnknownValue
from s3kms.iac.worlds import World


class Evaluator(Protocol):
    """One evaluation of a root module, for what evaluates variables, attributes, functions and counts in it."""

    loader: ModuleLoader
    schema: "Schema"
    world: World | None
    """What chooses; None in the evaluation in which nothing is chosen."""

    weights: ValueWeights
    """Weighs the values that this evaluation makes, and counts the memory they take."""

    @property
    def is_undecided(self) -> bool:
        """Whether this is the evaluation that chooses nothing."""
        ...

    def without_choices(self) -> "Evaluator":
        """The evaluation of the same root module that chooses nothing."""
        ...

    def value(self, expression: Expression, scope: ExpressionScope) -> Value:
        """What an expression comes to. Raises Rejected and BudgetExhausted."""
        ...

    def attribute(self, resource_instance: ResourceInstance, name: str) -> Value:
        """The value of an attribute of a resource instance. Raises Rejected and BudgetExhausted."""
        ...

    def is_same(self, found: UnknownValue, other: Value) -> bool | None:
        """Whether this world takes an unknown value for that one; None where it cannot say."""
        ...


class Schema(Protocol):
    """What a provider's resource types are like, as far as evaluating needs to know it."""

    def repeated_argument(self, resource_type: str, attribute: str) -> str:
        """The name of the argument that an attribute repeats; its own where it repeats no other."""
        ...

    def is_origin(self, resource_type: str) -> bool:
        """Whether a reference to an argument of such a managed resource is one to this resource, even where the
        argument is a reference to another.
        """
        ...

    def is_never_empty(self, attribute: str) -> bool:
        """Whether an attribute of that name is a text, neither null nor empty, whatever it will be."""
        ...

    def derive_attribute(self, evaluator: Evaluator, instance: ResourceInstance, attribute: str) -> Value:
        """An attribute that follows from the arguments; None where it does not. Raises Rejected."""
        ...
