"""The `configuration` of a plan: the code as Terraform read it, where an expression is the references in it."""

from collections.abc import Iterable, Iterator

from s3kms.iac.hcl.scope import ModulePath
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.json_document import value_at
from s3kms.iac.terraform.plan_and_state.instances import INSTANCE_KEY_PATTERN

_MAX_TRAVERSAL_REFERENCES = 4
"""References that one traversal may leave behind it: `module.a["x"].b["y"]` mentions each of its beginnings."""
_MAX_VARIABLE_STEPS = 40
"""Variables of modules in modules that are followed to the origin of a value."""


class PlanConfiguration:
    """The code of a plan, and the instances that it comes to."""

    def __init__(
        self,
        root: object,
        instances: Iterable[InstanceValues],
        relevant: frozenset[str] | None = None,
        providers: object = None,
    ) -> None:
        """`root` is `configuration.root_module`; `relevant` are the resources whose name some change comes from, or
        None where the plan does not say; `providers` is `configuration.provider_config`.
        """
        self._root = root
        self._providers = providers
        self._relevant = relevant
        self._by_resource: dict[tuple[ModulePath, str, str], list[InstanceValues]] = {}
        paths: set[ModulePath] = set()
        for instance in instances:
            self._by_resource.setdefault(instance.resource, []).append(instance)
            paths |= {instance.path[:depth] for depth in range(1, len(instance.path) + 1)}
        self._children: dict[tuple[ModulePath, str], list[ModulePath]] = {}
        for path in sorted(paths, key=str):
            self._children.setdefault((path[:-1], path[-1][0]), []).append(path)
        self._code: dict[tuple[tuple[str, ...], str, str, str], object] = {}
        self._indexed: set[tuple[str, ...]] = set()

    def module(self, path: ModulePath) -> object:
        """The code of a module, as JSON; None where the plan has none."""
        found = self._root
        for name, _ in path:
            found = value_at(found, "module_calls", name, "module")
        return found

    def call(self, path: ModulePath) -> object:
        """The call of a module, in the module above it, as JSON."""
        return value_at(self.module(path[:-1]), "module_calls", path[-1][0])

    def children(self, path: ModulePath, name: str) -> list[ModulePath]:
        """The instances of the module that the call `name` in that module makes."""
        return self._children.get((path, name), [])

    def instances(self, path: ModulePath, type_: str, name: str) -> list[InstanceValues]:
        """The instances of one resource in one instance of its module."""
        return self._by_resource.get((path, type_, name), [])

    def resource(self, path: ModulePath, type_: str, name: str, mode: str = "managed") -> object:
        """The code of a resource, or with mode `data` of a data source, as JSON; None where there is none."""
        names = tuple(step for step, _ in path)
        if names not in self._indexed:
            self._indexed.add(names)
            resources = value_at(self.module(path), "resources")
            for entry in resources if isinstance(resources, list) else ():
                parts = (str(value_at(entry, part)) for part in ("type", "name", "mode"))
                self._code[names, *parts] = entry  # type: ignore[index]
        return self._code.get((names, type_, name, mode))

    def expressions(self, instance: InstanceValues) -> object:
        """What the code of an instance's resource sets, as JSON."""
        return value_at(self.resource(*instance.resource), "expressions")

    def provider(self, instance: InstanceValues) -> object:
        """What the code of the provider of an instance's resource sets, as JSON; None where the plan has none."""
        key = value_at(self.resource(*instance.resource), "provider_config_key")
        return value_at(self._providers, key, "expressions") if isinstance(key, str) else None

    def origin(self, instance: InstanceValues, *steps: str | int) -> str:
        """The expression at a path of a resource, for a person: `var.key, which is aws_kms_key.main.arn`, through
        variables of modules to where its value comes from.
        """
        references, path = references_of(value_at(self.expressions(instance), *steps)), instance.path
        names: list[str] = []
        while references and len(names) < _MAX_VARIABLE_STEPS:
            names.append(", ".join(references))
            words = references[0].split(".")
            if len(references) > 1 or words[0] != "var" or not path:
                break
            passed = value_at(self.call(path), "expressions", "".join(words[1:2]))
            references, path = references_of(passed), path[:-1]
        return ", which is ".join(names) or "an expression that the plan does not show"

    def below(self, path: ModulePath, types: frozenset[str]) -> Iterator[InstanceValues]:
        """The instances of these types in a module and the modules in it from which some change may come. A plan
        lists their resources, and sees through local values there.
        """
        for (where, type_, _), instances in self._by_resource.items():
            if type_ in types and where[: len(path)] == path:
                yield from (found for found in instances if self._is_relevant(found))

    def _is_relevant(self, instance: InstanceValues) -> bool:
        return self._relevant is None or INSTANCE_KEY_PATTERN.sub("", instance.address) in self._relevant


def references_of(expression: object) -> tuple[str, ...]:
    """The references of an expression, without those that are only the beginning of the one before."""
    found = value_at(expression, "references")
    references = [item for item in found if isinstance(item, str)] if isinstance(found, list) else []
    kept: dict[str, None] = {}
    for number, reference in enumerate(references):
        longer = references[max(0, number - _MAX_TRAVERSAL_REFERENCES) : number]
        if not any(other.startswith((f"{reference}.", f"{reference}[")) for other in longer):
            kept[reference] = None
    return tuple(kept)
