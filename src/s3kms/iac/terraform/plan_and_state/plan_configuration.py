"""The `configuration` of a plan: the code as Terraform read it, an expression being what it mentions."""

from collections.abc import Iterable, Iterator

from s3kms.iac.terraform.instances import INSTANCE_KEY_PATTERN, InstanceValues, ModulePath
from s3kms.iac.terraform.json_document import at

_LONGEST = 4
"""References that one traversal may leave behind it: `module.a["x"].b["y"]` mentions each of its beginnings."""
_FAR = 40
"""Variables of modules in modules; longer ways are not told."""


class PlanConfiguration:
    """The code of a plan, and the instances that it came to."""

    def __init__(
        self, root: object, instances: Iterable[InstanceValues], relevant: frozenset[str] | None = None
    ) -> None:
        self._root = root
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
        """The code of a module."""
        found = self._root
        for name, _ in path:
            found = at(found, "module_calls", name, "module")
        return found

    def call(self, path: ModulePath) -> object:
        """The call of a module, in the module above."""
        return at(self.module(path[:-1]), "module_calls", path[-1][0])

    def children(self, path: ModulePath, name: str) -> list[ModulePath]:
        """The instances of a module that is called there."""
        return self._children.get((path, name), [])

    def instances(self, path: ModulePath, kind: str, name: str) -> list[InstanceValues]:
        """Those of one resource."""
        return self._by_resource.get((path, kind, name), [])

    def resource(self, path: ModulePath, kind: str, name: str, mode: str = "managed") -> object:
        """The code of a resource."""
        names = tuple(step for step, _ in path)
        if names not in self._indexed:
            self._indexed.add(names)
            resources = at(self.module(path), "resources")
            for entry in resources if isinstance(resources, list) else ():
                self._code[names, *(str(at(entry, part)) for part in ("type", "name", "mode"))] = entry  # type: ignore[index]
        return self._code.get((names, kind, name, mode))

    def expressions(self, instance: InstanceValues) -> object:
        """What the code of an instance's resource sets."""
        return at(self.resource(*instance.resource), "expressions")

    def origin(self, instance: InstanceValues, *steps: str | int) -> str:
        """The expression there, for a person; through variables of modules to where its value comes from."""
        references, path = references_of(at(self.expressions(instance), *steps)), instance.path
        names: list[str] = []
        while references and len(names) < _FAR:
            names.append(", ".join(references))
            words = references[0].split(".")
            if len(references) > 1 or words[0] != "var" or not path:
                break
            references, path = (
                references_of(at(self.call(path), "expressions", "".join(words[1:2]))),
                path[:-1],
            )
        return ", which is ".join(names) or "an expression that the plan does not show"

    def below(self, path: ModulePath, types: frozenset[str]) -> Iterator[InstanceValues]:
        """Those of a module and the modules in it that some change comes from: a plan lists these, and sees
        through local values there.
        """
        for (where, kind, _), instances in self._by_resource.items():
            if kind in types and where[: len(path)] == path:
                yield from (found for found in instances if self._is_relevant(found))

    def _is_relevant(self, instance: InstanceValues) -> bool:
        return self._relevant is None or INSTANCE_KEY_PATTERN.sub("", instance.address) in self._relevant


def references_of(expression: object) -> tuple[str, ...]:
    """The references of an expression, without those that are but the beginning of the one before."""
    found = at(expression, "references")
    references = [item for item in found if isinstance(item, str)] if isinstance(found, list) else []
    kept: dict[str, None] = {}
    for number, reference in enumerate(references):
        longer = references[max(0, number - _LONGEST) : number]
        if not any(other.startswith((f"{reference}.", f"{reference}[")) for other in longer):
            kept[reference] = None
    return tuple(kept)
