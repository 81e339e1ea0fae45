"""The values of a service's variables, as far as its files tell them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from s3kms.iac.budget import BudgetExhausted, WorkBudget
from s3kms.iac.cloudformation.embedded import hole_text, holes_in
from s3kms.iac.cloudformation.tree import (
    MAX_TREE_DEPTH,
    MAX_TREE_NODES,
    Array,
    Mark,
    Node,
    Scalar,
    ScalarKind,
    Table,
    TableEntry,
    TemplateSyntaxError,
    parse_template,
)
from s3kms.iac.files import Files, UnreadFile
from s3kms.iac.included_files import normalize_path
from s3kms.iac.serverless.syntax import (
    VariableLiteral,
    VariableSource,
    find_variable,
    parse_source,
    split_sources,
)
from s3kms.iac.values import UnknownValue
from s3kms.model.advice import Advice, Command
from s3kms.model.unknown import Unknown, UnknownCause

CHECK_PACKAGE = Advice(
    "check the template that `serverless package` writes into .serverless, or the deployed buckets: {check}",
    {"check": Command("check")},
)
"""What settles everything that the files of a service alone do not."""
_TREES = (".yml", ".yaml", ".json")
_CODE = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts")
_STAGE = re.compile(r"(?:opt|sls):stage$|self:provider\.stage$")
_MAX_TEXT = 1_000_000
"""Characters of one text, variables filled in; a template of CloudFormation has no more."""
_MAX_VARIABLES = 200
"""Variables that are filled into one text."""
_DEFAULTS = {"provider.stage": "dev", "provider.region": "us-east-1"}
"""What the framework gives a service that does not say it."""
_ELSEWHERE = {
    "ssm": "is in Systems Manager or Secrets Manager",
    "cf": "is an output of another stack",
    "s3": "is in an object of S3",
    "env": "is in the environment of whoever deploys",
    "opt": "is given on the command line of whoever deploys",
    "param": "is a parameter that whoever deploys gives",
    "git": "is of the repository at the time of the deployment",
    "aws": "is of the account that it is deployed to",
    "sls": "is of the deployment",
    "output": "is an output of another service",
    "state": "is in the state of another service",
    "terraform": "is an output of Terraform",
    "vault": "is in Vault",
    "doppler": "is in Doppler",
    "azure": "is in Azure",
    "gcs": "is in Google Cloud Storage",
}


@dataclass(slots=True)
class ServiceVariables:
    """Resolves the variables of one service. What is not known gets a mark in its place, one for each variable."""

    root: Table
    folder: Path
    files: Files
    budget: WorkBudget
    projects: tuple[tuple[Path, str], ...] = ()
    """The files of the projects that deploy the service and may give it parameters, each with its name there."""
    stage: str | None = None
    """The stage that it is deployed to; None for the one that the service says itself."""
    stages: set[str] = field(default_factory=set)
    """The names of stages by which values or files are looked up."""
    holes: list[UnknownValue] = field(default_factory=list)
    included: set[Path] = field(default_factory=set)
    """The files that are included as a whole, or whose resources are."""
    choices: dict[str, str] = field(default_factory=dict)
    """Variables whose address hangs on what whoever deploys may give, and that address as it was read."""
    _numbers: dict[str, int] = field(default_factory=dict)
    _known: dict[str, Node | None] = field(default_factory=dict)
    _of_stage: set[str] = field(default_factory=set)
    """What the stage comes to, where variables ask for it."""
    _of_default: set[str] = field(default_factory=set)
    """What other values of the deployment come to where nobody gives them."""
    _parsed: dict[Path, Node | Unknown] = field(default_factory=dict)
    _active: list[str] = field(default_factory=list)
    _count: int = 0

    def whole(self, node: Node, depth: int = 0) -> Node:
        """The value with all variables filled in. Raises BudgetExhausted."""
        node = self.outer(node)
        self._count += 1
        self.budget.spend()
        if depth > MAX_TREE_DEPTH:
            raise BudgetExhausted(f"it is nested deeper than {MAX_TREE_DEPTH} levels")
        if self._count > MAX_TREE_NODES:
            raise BudgetExhausted(f"it comes to more than {MAX_TREE_NODES:,} parts")
        if isinstance(node, Array):
            return Array(tuple(self.whole(item, depth + 1) for item in node.items), node.mark)
        if isinstance(node, Table):
            entries = {
                key: TableEntry(entry.mark, self.whole(entry.node, depth + 1))
                for key, entry in node.entries.items()
            }
            return Table(entries, node.mark)
        return node

    def outer(self, node: Node) -> Node:
        """The value with the variable filled in that it is; those of its parts are left. Raises BudgetExhausted."""
        if not isinstance(node, Scalar) or "${" not in node.text:
            return node
        found = find_variable(node.text)
        if found is None:
            return node
        if (found.start, found.end) == (0, len(node.text.strip())):
            return self._variable(node.text.strip(), node.mark)
        return Scalar(self._filled(node.text, node.mark), node.mark)

    def at(self, path: str) -> Node | None:
        """What the service says at a path: `provider.s3`; None for nothing. Raises BudgetExhausted."""
        if path == "provider.stage" and self.stage is not None:
            return Scalar(self.stage, self.root.mark)
        if path not in self._known:
            self._known[path] = self._walk(self.root, path)
        found = self._known[path]
        if found is None and path in _DEFAULTS:
            return Scalar(_DEFAULTS[path], self.root.mark)
        return found

    def read_files(self) -> set[Path]:
        """The files that values or resources were taken from."""
        return set(self._parsed)

    def find_compared_stages(self, node: Node) -> None:
        """Notes the names of stages that conditions compare the stage with. Raises BudgetExhausted."""
        self.budget.spend()
        if isinstance(node, Array):
            for item in node.items:
                self.find_compared_stages(item)
        for key, entry in node.entries.items() if isinstance(node, Table) else ():
            sides = entry.node.items if key == "Fn::Equals" and isinstance(entry.node, Array) else ()
            texts = {side.text for side in sides if isinstance(side, Scalar)}
            if not texts.isdisjoint(self._of_stage):
                self.stages |= {text for text in texts if text and not holes_in(text)}
            self.find_compared_stages(entry.node)

    def own_stage(self) -> str:
        """The stage where whoever deploys names none; empty where variables have several defaults for it."""
        stage = self.at("provider.stage")
        return stage.text if isinstance(stage, Scalar) and self._of_stage <= {stage.text} else ""

    def unknown_of(self, node: Node) -> UnknownValue | None:
        """Why a value is not known that is a mark, or a text with some; None for every other value."""
        found = holes_in(node.text) if isinstance(node, Scalar) else []
        return self.holes[found[0]] if found else None

    def _filled(self, text: str, mark: Mark) -> str:
        """A text with its variables filled in."""
        place = 0
        for _ in range(_MAX_VARIABLES):
            found = find_variable(text, place)
            if found is None:
                return text
            value = self._variable(text[found.start : found.end], mark)
            if not isinstance(value, Scalar):
                why = "is a list or a mapping within a text"
                value = self._hole(text[found.start : found.end], why, mark)
            place = found.start + len(value.text)
            text = text[: found.start] + value.text + text[found.end :]
            self.budget.touch(characters=len(text))
            if len(text) > _MAX_TEXT:
                break
        raise BudgetExhausted("a text of it takes too many variables")

    def _variable(self, expression: str, mark: Mark) -> Node:
        """What one variable comes to; a mark where that is not known."""
        self.budget.spend()
        if expression in self._active:
            return self._hole(expression, "leads to itself", mark)
        if len(self._active) > MAX_TREE_DEPTH:
            raise BudgetExhausted(f"its variables lead further than {MAX_TREE_DEPTH} steps")
        self._active.append(expression)
        try:
            return self._settled(expression, mark)
        finally:
            self._active.pop()

    def _settled(self, expression: str, mark: Mark) -> Node:
        sources = split_sources(expression[2:-1])
        for text in sources:
            value = self._source(text, mark)
            if isinstance(value, str):
                return self._hole(expression, value, mark)
            if value is not None:
                if isinstance(value, Scalar) and _STAGE.match(sources[0]):
                    self._of_stage.add(value.text)
                elif isinstance(value, Scalar) and sources[0].startswith(("opt:", "env:")):
                    self._of_default.add(value.text)
                return value
        return self._hole(expression, _why_missing(sources), mark)

    def _source(self, text: str, mark: Mark) -> Node | str | None:
        """What one of the sources of a variable comes to, as in `_value`."""
        found = find_variable(text)
        if found is None:
            return self._value(parse_source(text), mark)
        if (found.start, found.end) == (0, len(text)):
            return self._variable(text, mark)
        filled = self._filled(text, mark)
        if holes := holes_in(filled):
            return Scalar(hole_text(holes[0]), mark)
        source = parse_source(filled)
        is_open = not self._of_default.isdisjoint(re.split(r"[.:()/]", filled))
        if isinstance(source, VariableSource) and not self._find_stages(text, source) and is_open:
            self.choices[text] = filled
        return self._value(source, mark)

    def _value(self, source: VariableSource | VariableLiteral | None, mark: Mark) -> Node | str | None:
        """What a source comes to: a value, why it is not known, or None where the next one counts."""
        if source is None:
            return "is in no form that s3kms evaluates"
        if isinstance(source, VariableLiteral):
            kind = ScalarKind.TEXT if source.is_text else _KINDS.get(source.text, ScalarKind.TEXT)
            return Scalar(source.text, mark, kind)
        match source.kind, source.address:
            case "self", address:
                return self.at(address)
            case "file", _:
                return self._file(source)
            case ("sls", "stage") | ("aws", "region"):
                return self.at(f"provider.{source.address}")
            case "param", name:
                return self._parameter(name)
            case "strToBool", _ if source.argument in _BOOLS:
                return Scalar(_BOOLS[source.argument], mark, ScalarKind.BOOL)
            case "opt", "stage" if self.stage is not None:
                return Scalar(self.stage, mark)
            case (("env" | "opt"), _):
                return None
        return _ELSEWHERE.get(source.kind, "is of a source that s3kms does not read")

    def _find_stages(self, text: str, source: VariableSource) -> bool:
        """Whether the stage leads to the value or the file: `self:custom.${sls:stage}`. It notes the others."""
        before = self._of_stage | ({self.stage} if self.stage else set())
        if source.kind == "file" and source.argument:
            return self._find_files(source.argument, before)
        steps, found = source.address.split("."), False
        for number, step in enumerate(steps if source.kind == "self" else ()):
            if step in before and f".{step}" not in text:
                table = self._walk(self.root, ".".join(steps[:number]))
                self.stages |= set(table.entries) if isinstance(table, Table) else set()
                found = True
        return found

    def _find_files(self, argument: str, stages: set[str]) -> bool:
        path = normalize_path(self.folder / argument)
        stage = next((one for one in sorted(stages) if one and one in path.name), None)
        if stage is None:
            return False
        start, _, end = path.name.partition(stage)
        names = [name for name in self.files.names(path.parent) if name.startswith(start)]
        found = {name[len(start) : len(name) - len(end)] for name in names if name.endswith(end)}
        self.stages |= {name for name in found if name}
        return True

    def _parameter(self, name: str) -> Node | str | None:
        """What a project gives the service goes before what it has for each stage itself."""
        for project, service in self.projects:
            found = self._parse(project)
            for step in ("services", service, "params"):
                found = found.get(step) if isinstance(found, Table) else None
            given = self._walk(found, name) if isinstance(found, Table) else None
            if (
                isinstance(given, Scalar) and "${" in given.text
            ):  # an output of another service: ${other.name}
                return f"is {given.text} of {project.name}, which the deployment tells"
            if given is not None:
                return given
        for section in ("params", "stages"):
            table = self.at(section)
            self.stages |= set(table.entries) - {"default"} if isinstance(table, Table) else set()
        stage = self.at("provider.stage")
        names = [stage.text] if isinstance(stage, Scalar) else []
        for section in (*names, "default"):
            for at in (f"params.{section}.{name}", f"stages.{section}.params.{name}"):
                if (found := self.at(at)) is not None:
                    return found
        return None

    def _file(self, source: VariableSource) -> Node | str | None:
        """What a file has at an address; why that is not known, or None where there is no such file."""
        path = normalize_path(self.folder / (source.argument or ""))
        if path.suffix in _CODE:
            return f"is made by {path.name}, which is code and is not run"
        root = self._parse(path)
        if root is None or isinstance(root, Unknown):
            return root.why if root else None
        if source.address in {"", "Resources", "resources", "resources.Resources"}:
            self.included.add(path)
        return self._walk(root, source.address)

    def _parse(self, path: Path) -> Node | Unknown | None:
        if path in self._parsed:
            return self._parsed[path]
        data = self.files.read(path)
        if data is None:
            return None
        found: Node | Unknown
        if isinstance(data, UnreadFile):
            found = _unread(f"is in {path}, which {data.why}")
        elif path.suffix not in _TREES:
            found = Scalar(data.decode(errors="replace"), Mark(1, 1, str(path)))
        else:
            try:
                found = _placed(parse_template(data), str(path))
            except TemplateSyntaxError as error:
                found = _unread(f"is in {path}, which cannot be parsed: {error} (line {error.mark.line})")
            self.budget.touch(characters=len(data))
        self._parsed[path] = found
        return found

    def _walk(self, node: Node, path: str) -> Node | None:
        """What stands at a path below a value; None for nothing, and a mark where the way to it is not known."""
        for step in path.replace(":", ".").split(".") if path else ():
            node = self.outer(node)
            if self.unknown_of(node) is not None:
                return node
            if isinstance(node, Array) and step.isdigit() and int(step) < len(node.items):
                node = node.items[int(step)]
            elif isinstance(node, Table) and (found := node.get(step)) is not None:
                node = found
            else:
                return None
        found = self.outer(node)
        return None if isinstance(found, Scalar) and found.kind is ScalarKind.NULL else found

    def _hole(self, expression: str, why: str, mark: Mark) -> Scalar:
        if expression not in self._numbers:
            self._numbers[expression] = len(self.holes)
            unknown = Unknown(UnknownCause.UNRESOLVED, f"it {why}", CHECK_PACKAGE)
            self.holes.append(UnknownValue(expression, unknown, mark=mark))
        return Scalar(hole_text(self._numbers[expression]), mark)


_BOOLS = {"true": "true", "1": "true", "false": "false", "0": "false"}
_KINDS: Mapping[str, ScalarKind] = {
    "true": ScalarKind.BOOL,
    "false": ScalarKind.BOOL,
    "null": ScalarKind.NULL,
    "": ScalarKind.NULL,
}


def _why_missing(sources: Sequence[str]) -> str:
    source = parse_source(sources[-1])
    if not isinstance(source, VariableSource):
        return "has no value"
    if source.kind == "file":
        return f"is in {source.argument}, which is not there or does not have it"
    return _ELSEWHERE.get(source.kind, "has no value in the files of the service")


def _unread(why: str) -> Unknown:
    return Unknown(UnknownCause.FILE_UNREAD, why, CHECK_PACKAGE)


def _placed(node: Node, uri: str) -> Node:
    """A value with its file in every position."""
    mark = replace(node.mark, uri=uri)
    if isinstance(node, Array):
        return Array(tuple(_placed(item, uri) for item in node.items), mark)
    if isinstance(node, Table):
        entries = {
            key: TableEntry(replace(entry.mark, uri=uri), _placed(entry.node, uri))
            for key, entry in node.entries.items()
        }
        return Table(entries, mark)
    return replace(node, mark=mark)
