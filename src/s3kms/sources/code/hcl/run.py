"""A root module, run: what its names refer to, in one world.

There are three kinds of run. The one without a world chooses nothing: what hangs on an open condition is open, as
Terraform itself has it. The one whose world refuses to choose (`Asking`) finds what is the same in all worlds, and
raises where something is not. The others are each one way in which the code may come out.
"""

from collections.abc import Callable

from s3kms.estate.advice import Advice
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.hcl import special, variables
from s3kms.sources.code.hcl.attributes import attribute_of
from s3kms.sources.code.hcl.evaluate import Evaluator
from s3kms.sources.code.hcl.expand import expand
from s3kms.sources.code.hcl.memory import Answer, Memory
from s3kms.sources.code.hcl.module import Declared, Module, Resource
from s3kms.sources.code.hcl.project import Missing, Project
from s3kms.sources.code.hcl.scope import Each, Expanded, Key, Placed, Scope, Thing, Way, steps_of, write_key
from s3kms.sources.code.hcl.symbols import derived, is_closed
from s3kms.sources.code.hcl.tree import Expression
from s3kms.sources.code.hcl.values import Invalid, Meant, Open, Value
from s3kms.sources.code.worlds import World

MODULE = "module"
"""The type of what is meant by a module's instance."""
_PLAN = "check a plan: terraform show -json PLAN > plan.json"
_LOOP = "the code leads back to it"


class Asked(Exception):
    """Something was to be chosen where nothing may be."""


class Asking(World):
    """The world that refuses to choose."""

    def choose(self, question: str, options: tuple[str, ...]) -> str:  # noqa: ARG002 - it is a World
        """Raises Asked."""
        raise Asked


class Run(Evaluator):
    """A root module in one world."""

    def __init__(
        self,
        project: Project,
        world: World | None = None,
        lazy: "Run | None" = None,
        base: "Run | None" = None,
    ) -> None:
        """`lazy` is the run without a world, None of itself; `base` the one that asks, None of itself and of that."""
        super().__init__(world)
        self.project = project
        self.lazy = lazy
        self._base = base
        self.values: Memory[Value] = Memory(
            lambda name: Open(
                name, Unknown(UnknownCause.UNRESOLVED, f"{name}: {_LOOP}", Advice("correct it"))
            )
        )
        self.expansions: Memory[Expanded | Open] = Memory(
            lambda name: Open(name, Unknown(UnknownCause.UNRESOLVED, _LOOP, Advice("correct it")))
        )
        self._made: dict[tuple[Way, str], dict[Key, Thing]] = {}
        self._placed: dict[tuple[Way, str], dict[Key, Placed] | Missing] = {}
        self.made_things: dict[str, Thing] = {}
        self.made_modules: dict[str, Placed] = {}
        self._wholes: dict[tuple[Way, str], Value] = {}
        self.root = Placed((), project.module(project.folder))

    def step(self) -> None:
        """Counts an expression. Raises Exhausted."""
        self.project.step()

    # Names.

    def refer(self, root: str, names: tuple[str, ...], scope: Scope) -> Value:
        """What a reference leads to. Raises Invalid."""
        placed, name = scope.placed, names[-1]
        match root:
            case "var":
                return self.variable(placed, name)
            case "local":
                return self.local(placed, name)
            case "module":
                return self._module_value(placed, name)
            case "path" | "terraform" | "tofu":
                return special.surroundings(self.project, placed, root, name)
            case "each" | "count":
                raise Invalid(f"{root}.{name} stands where there is no {root}")
            case "self" | "ephemeral" | "action":
                return Open(
                    f"{root}.{name}",
                    Unknown(
                        UnknownCause.UNRESOLVED, f"{root}.{name} is known only after apply", Advice(_PLAN)
                    ),
                )
            case "data":
                return self._resource_value(placed, ("data", names[0], name))
        return self._resource_value(placed, ("managed", root, name))

    def variable(self, placed: Placed, name: str) -> Value:
        """A variable of a module. Raises Invalid."""
        key = "var", placed.way, name
        found = self._value(key, placed.is_told, lambda run: variables.variable(run, placed, name))
        return self.settled(found) if isinstance(found, Open) else found

    def local(self, placed: Placed, name: str) -> Value:
        """A local value. Raises Invalid."""
        found = placed.module.locals.get(name)
        if found is None:
            raise Invalid(f"local.{name} is not declared")
        attribute, path = found
        return self._value(
            ("local", placed.way, name),
            placed.is_told,
            lambda run: run.value(attribute.expression, placed.scope(path)),
        )

    def output(self, placed: Placed, name: str) -> Value:
        """What a module gives back. Raises Invalid."""
        declared = placed.module.outputs.get(name)
        found = declared.block.body.attributes.get("value") if declared else None
        if declared is None or found is None:
            raise Invalid(f"{placed.address} has no output {name}")
        path = placed.module.path_of(found, declared.path)
        return self._value(
            ("output", placed.way, name),
            placed.is_told,
            lambda run: run.value(found.expression, placed.scope(path)),
        )

    def attribute(self, thing: Thing, name: str) -> Value:
        """An attribute of an instance. Raises Invalid."""
        return self._value(
            ("of", thing.address, name), thing.is_told, lambda run: attribute_of(run, thing, name)
        )

    def _value(self, key: tuple[object, ...], is_told: bool, compute: Callable[["Run"], Value]) -> Value:
        if self.lazy is not None and key not in self.values.known:
            if is_told:
                lazy = self.lazy
                answer = lazy.values.answer(key, lambda: self.project.bounded(compute(lazy)))
                if answer.error is not None or is_closed(answer.get()):
                    return self._keep(key, answer)
            if self._base is not None and (known := self._base.values.known.get(key)):
                return self._keep(key, known)
        return self.values.answer(key, lambda: self.project.bounded(compute(self))).get()

    def _keep(self, key: tuple[object, ...], answer: Answer[Value]) -> Value:
        self.values.known[key] = answer
        return answer.get()

    # Instances.

    def things(self, placed: Placed, resource: Resource) -> dict[Key, Thing] | Open:
        """The instances of a resource, by key; open where it is open how many, and there is no world."""
        mark = placed.way, resource.address
        if mark not in self._made:
            expanded = self._expand(placed, resource.declared, resource.address)
            if isinstance(expanded, Open):
                return expanded
            told = placed.is_told and expanded.is_told
            things = [Thing(placed, resource, each, told, expanded) for each in expanded.instances]
            self.project.step(len(things))
            self._made[mark] = {thing.each.key: thing for thing in things}
            self.made_things.update((thing.address, thing) for thing in things)
        return self._made[mark]

    def children(self, placed: Placed, name: str) -> dict[Key, Placed] | Missing | Open:
        """The instances of a module that is called there, by key."""
        mark = placed.way, name
        if mark not in self._placed:
            call = placed.module.calls.get(name)
            if call is None:
                raise Invalid(f"module.{name} is not declared")
            expanded = self._expand(placed, call, f"module.{name}")
            if isinstance(expanded, Open):
                return expanded
            module = self.project.called((*steps_of(placed.way), name), placed.module, call)
            self._placed[mark] = (
                module if isinstance(module, Missing) else self._place(placed, call, module, expanded)
            )
        return self._placed[mark]

    def _place(self, placed: Placed, call: Declared, module: Module, expanded: Expanded) -> dict[Key, Placed]:
        name = call.block.labels[0]
        told = placed.is_told and expanded.is_told
        found = {
            each.key: Placed((*placed.way, (name, each.key)), module, placed, call, each, told, expanded)
            for each in expanded.instances
        }
        self.made_modules.update((child.address, child) for child in found.values())
        return found

    def how_many(self, placed: Placed, name: str) -> Expanded | Open:
        """What `count` and `for_each` of a module's call come to."""
        return self._expand(placed, placed.module.calls[name], f"module.{name}")

    def _expand(self, placed: Placed, declared: Declared, address: str) -> Expanded | Open:
        key = "expanded", placed.way, address
        if self.lazy is not None and placed.is_told and key not in self.expansions.known:
            lazy = self.lazy
            answer = lazy.expansions.answer(key, lambda: expand(lazy, placed, declared, address))
            if not isinstance(answer.get(), Open):
                self.expansions.known[key] = answer
        return self.expansions.answer(key, lambda: expand(self, placed, declared, address)).get()

    def find(self, way: Way, resource: Resource, key: Key) -> Thing | None:
        """That instance, if it is there in this world."""
        placed = self.place(way)
        if placed is None or resource.declared.block.type not in {"resource", "data"}:
            return None
        things = self.things(placed, resource)
        return None if isinstance(things, Open) else things.get(key)

    def place(self, way: Way) -> Placed | None:
        """That instance of a module, if it is there in this world."""
        placed = self.root
        for name, key in way:
            children = self.children(placed, name)
            if not isinstance(children, dict) or key not in children:
                return None
            placed = children[key]
        return placed

    def thing(self, address: str) -> Thing | None:
        """What was meant by that address."""
        for run in (self, self._base, self.lazy):
            if run is not None and (found := run.made_things.get(address)):
                return found
        return None

    def _placed_at(self, address: str) -> Placed | None:
        for run in (self, self._base, self.lazy):
            if run is not None and (found := run.made_modules.get(address)):
                return found
        return None

    def _resource_value(self, placed: Placed, key: tuple[str, str, str]) -> Value:
        resource = placed.module.resources.get(key)
        if resource is None:
            raise Invalid(f"{key[1]}.{key[2]} is not declared")
        things = self.things(placed, resource)
        if isinstance(things, Open):
            return Open(resource.address, things.unknown)
        mark = placed.way, resource.address
        if mark not in self._wholes:
            whole = {k: _whole(one.address, resource.type, resource.address) for k, one in things.items()}
            expanded = self._expand(placed, resource.declared, resource.address)
            self._wholes[mark] = _as_made(whole, expanded)
        return self._wholes[mark]

    def _module_value(self, placed: Placed, name: str) -> Value:
        children = self.children(placed, name)
        if isinstance(children, Missing):
            return Open(f"module.{name}", children.unknown, symbol=f"{placed.address}.module.{name}")
        if isinstance(children, Open):
            return Open(f"module.{name}", children.unknown)
        mark = placed.way, f"module.{name}"
        if mark not in self._wholes:
            whole = {k: _whole(child.address, MODULE, f"module.{name}") for k, child in children.items()}
            self._wholes[mark] = _as_made(whole, self.how_many(placed, name))
        return self._wholes[mark]

    def part_of(self, found: Open, name: str) -> Value:
        """An attribute of an open value: of an instance, of a module's, or of what is open itself."""
        if found.meant and not found.meant.attribute:
            if found.meant.type == MODULE:
                child = self._placed_at(found.meant.address)
                return _step(found, f".{name}") if child is None else self.output(child, name)
            thing = self.thing(found.meant.address)
            if thing is not None:
                return self.attribute(thing, name)
        return _step(found, f".{name}")

    def instance_of(self, found: Open, key: Value) -> Value:
        """An element of an open value. Raises Invalid."""
        if found.meant and not found.meant.attribute:
            return self._instance(found, key)
        return _step(found, write_key(key)) if isinstance(key, str | int) else derived("", (found,))

    def _instance(self, found: Open, key: Value) -> Value:
        meant = found.meant
        if meant is None or meant.type == MODULE:
            return found
        thing = self.thing(meant.address)
        if (
            thing is not None
            and isinstance(key, str)
            and (thing.expanded.kind == "one" or thing.each.key is not None)
        ):
            return self.attribute(thing, key)
        if thing is None or thing.expanded.kind == "one":
            raise Invalid(f"{found.expression} has neither count nor for_each")
        if isinstance(key, bool) or not isinstance(key, str | int):
            return found
        if thing.each.key is not None:
            raise Invalid(f"{found.expression} is one instance already")
        one = Thing(thing.placed, thing.resource, Each(key, thing.each.names), False, thing.expanded)
        self.made_things.setdefault(one.address, one)
        return _whole(one.address, meant.type, f"{found.expression}{write_key(key)}")

    # Choices.

    def settled(self, found: Open) -> Value:
        """What this world takes an open value for, if it does."""
        return special.settled(self.world, found)

    def decide(self, found: Open, expression: Expression, scope: Scope) -> bool:
        """Which of true and false this world takes it for."""
        text = self.project.shown(scope.placed.module.text_of(expression.span, scope.path))
        place = f"{text}@{scope.path}:{expression.span.start}@{scope.placed.address}@{scope.names.keys()}"
        return special.decide(self.world, found, text, place)

    def is_same(self, found: Open, other: Value) -> bool | None:
        """Whether this world takes it for that."""
        return special.is_same(self.world, found, other)

    def called(self, name: str, args: tuple[Value, ...], scope: Scope) -> Value:
        """What a function makes of its arguments. Raises Invalid."""
        return special.called(self, name, args, scope)

    def _apart(self, expression: Expression, scope: Scope) -> Value:
        if self.lazy is None:
            return self.value(expression, scope)
        if not scope.is_told:
            raise Invalid("it hangs on the world")
        return self.lazy.value(expression, scope)


def _as_made(whole: dict[Key, Open], expanded: Expanded | Open) -> Value:
    """One, a list or a map, as `count` and `for_each` make it."""
    match expanded:
        case Expanded(kind="count"):
            return list(whole.values())
        case Expanded(kind="for_each"):
            return {str(key): one for key, one in whole.items()}
    return next(iter(whole.values()), None)


def _whole(address: str, kind: str, expression: str) -> Open:
    unknown = Unknown(UnknownCause.UNRESOLVED, f"{expression} is known only after apply", Advice(_PLAN))
    return Open(expression, unknown, Meant(address, kind, ""), symbol=address)


def _step(found: Open, step: str) -> Open:
    symbol = f"{found.symbol}{step}" if found.symbol else ""
    return Open(f"{found.expression}{step}", found.unknown, symbol=symbol)
