"""Whether what is declared in a module may be there at all: its calls may have no instance."""

from s3kms.iac.budget import BudgetExhausted, within_bounds
from s3kms.iac.hcl.module_loader import CallNames
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scope import ModuleInstance
from s3kms.iac.values import Rejected, UnknownValue


def may_be_called(root: RootModule, path: CallNames) -> bool:
    """Whether some instance of the last call may be there: neither its count nor its for_each is certain to be empty,
    and neither is that of a call around it.
    """
    try:
        with within_bounds():
            for depth, step in enumerate(path):
                callers = list(root.module_instances(root.undecided, path[:depth]))
                if not callers:
                    return True  # their number is not known
                if not any(_may_have_instances(root, caller, step) for caller in callers):
                    return False
    except BudgetExhausted:
        pass
    return True


def _may_have_instances(root: RootModule, caller: ModuleInstance, name: str) -> bool:
    try:
        expansion = root.undecided.expand_call(caller, name)
    except Rejected:
        return True
    return isinstance(expansion, UnknownValue) or bool(expansion.instances)
