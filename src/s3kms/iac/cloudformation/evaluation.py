"""Starts the evaluation of a template: the resolver, with the functions and parameters of CloudFormation."""

from s3kms.iac.cloudformation.functions import FUNCTIONS
from s3kms.iac.cloudformation.parameters import read_parameter
from s3kms.iac.cloudformation.resolver import Builtins, ParentStack, Resolver
from s3kms.iac.cloudformation.template import CloudFormationTemplate
from s3kms.iac.worlds import World

_BUILTINS = Builtins(FUNCTIONS, read_parameter)


def start_resolver(
    template: CloudFormationTemplate, world: World, outer: ParentStack | None = None
) -> Resolver:
    """A resolver of a template in a world; `outer` is the stack that it is nested in."""
    return Resolver(template, world, _BUILTINS, outer)
