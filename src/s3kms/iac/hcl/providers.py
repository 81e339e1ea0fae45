"""Which provider configuration applies to a resource."""

from s3kms.iac.hcl.module import Declaration
from s3kms.iac.hcl.scope import ModuleInstance, ResourceInstance
from s3kms.iac.hcl.syntax_tree import Expression, GetAttribute, GetIndex, Literal, ObjectConstructor, RootName


def find_provider_configuration(instance: ResourceInstance) -> tuple[ModuleInstance, Declaration] | None:
    """The `provider` block that configures a resource, with the module instance in which it stands.

    None where no module around the resource has one.
    """
    written = instance.block.body.attributes.get("provider")
    name = (_dotted_name(written.expression) if written else None) or default_provider(instance.resource.type)
    module_instance: ModuleInstance | None = instance.module_instance
    while module_instance is not None:
        if found := module_instance.module.providers.get(name):
            return module_instance, found
        name = _passed_provider(module_instance, name)
        module_instance = module_instance.caller
    return None


def default_provider(resource_type: str) -> str:
    """The local name of a resource type's provider where the block names none: the first word of the type."""
    return resource_type.partition("_")[0]


def _passed_provider(module_instance: ModuleInstance, name: str) -> str:
    """What the call of a module passes for a provider; a default one is inherited under its own name."""
    given = module_instance.call.block.body.attributes.get("providers") if module_instance.call else None
    if given is not None and isinstance(given.expression, ObjectConstructor):
        for key, value in given.expression.items:
            if _dotted_name(key) == name:
                return _dotted_name(value) or name
    return name


def _dotted_name(expression: Expression) -> str | None:
    match expression:
        case RootName(name=name) | Literal(value=str(name)):
            return name
        case GetAttribute(of=RootName(name=first), name=name):
            return f"{first}.{name}"
        case GetIndex(of=of):
            return _dotted_name(of)
    return None
