"""Reads services of the Serverless Framework: the buckets of the template that each comes to."""

import re
from collections.abc import Iterator
from pathlib import Path

from s3kms.iac.budget import BudgetExhausted, WorkBudget, within_bounds
from s3kms.iac.cloudformation.buckets import find_absent_buckets, read_buckets
from s3kms.iac.cloudformation.embedded import build_with_holes
from s3kms.iac.cloudformation.suppressions import find_suppressions
from s3kms.iac.cloudformation.tree import (
    Array,
    Mark,
    Node,
    Scalar,
    Table,
    TemplateSyntaxError,
    parse_template,
)
from s3kms.iac.cloudformation.usage import TemplateUsage
from s3kms.iac.files import UnreadFile
from s3kms.iac.included_files import normalize_path
from s3kms.iac.interface import Document, ReadContext, Reader, Unit, UnitNote
from s3kms.iac.serverless.project import (
    PROJECT_NAMES,
    ProjectService,
    find_projects_of,
    is_project,
    services_of,
)
from s3kms.iac.serverless.service import DEPLOYMENT_BUCKET, compose_service
from s3kms.iac.serverless.stages import MAX_STAGES, combine_stages
from s3kms.iac.serverless.variables import CHECK_PACKAGE, ServiceVariables
from s3kms.iac.unsupported.language import LANGUAGE as OTHER_DECLARATIONS
from s3kms.model.advice import Advice, Sentence
from s3kms.model.bucket import Bucket
from s3kms.model.place import Place
from s3kms.model.unknown import Unknown, UnknownCause

NAME = "Serverless Framework"
_SUFFIXES = (".yml", ".yaml", ".json")
_NAMES = tuple(f"serverless{suffix}" for suffix in _SUFFIXES)
_KEYS = tuple(
    re.compile(rb"(?:^|[{,])[ \t\r\n]*[\"']?" + key + rb"[\"']?[ \t]*:", re.MULTILINE)
    for key in (b"service", b"provider")
)
_CORRECT = Advice("correct it; serverless print says more")


def _claims(unit: Unit) -> bool:
    if not isinstance(unit, Document) or unit.path.suffix.lower() not in _SUFFIXES:
        return False
    if unit.path.name in PROJECT_NAMES:
        return b"services" in unit.data
    if not all(key.search(unit.data) for key in _KEYS):
        return False
    try:
        root = parse_template(unit.data)
    except TemplateSyntaxError:
        return unit.path.name in _NAMES
    return isinstance(root, Table) and _is_service(root, unit.path)


def _is_service(root: Table, path: Path) -> bool:
    """Whether it is a service on AWS; under a name of its own, only where it says that it is."""
    if not {"service", "provider"} <= root.entries.keys():
        return False
    provider = root.get("provider")
    name = provider.get("name") if isinstance(provider, Table) else provider
    if isinstance(name, Scalar) and "${" not in name.text:
        return name.text == "aws"
    return path.name in _NAMES


def _items(unit: Unit, context: ReadContext) -> Iterator[Bucket | UnitNote]:
    if not isinstance(unit, Document):
        return
    data = context.files.read(unit.path)
    data = data if isinstance(data, bytes) else unit.data
    path = unit.path
    try:
        root = parse_template(data)
    except TemplateSyntaxError as error:
        why = f"the service cannot be read: {error} (line {error.mark.line})"
        yield _unnamed(path, error.mark, Unknown(UnknownCause.FILE_UNREAD, why, _CORRECT))
        return
    if is_project(path, root):
        yield from _items_of_project(path, root, context)
        return
    if not isinstance(root, Table):
        return
    service = _Service(root, path, data, context)
    yield from service.buckets()
    yield from service.notes()


def _items_of_project(path: Path, root: Node, context: ReadContext) -> Iterator[Bucket | UnitNote]:
    """The buckets of the services that are not read as files of the checked tree; one without a name for each service
    that cannot be read.
    """
    for service in _services_beside(path, root, context):
        data = context.files.read(service.path)
        if data is None:
            why = f"the service {service.name} is to be at {service.path}, and that is not there"
        elif isinstance(data, UnreadFile):
            why = f"the service {service.name} is at {service.path}, which {data.why}"
        elif _claims(document := Document(service.path, data)):
            yield from _items(document, context)
            continue
        elif not OTHER_DECLARATIONS.reader.claims(document):  # of another cloud, or code without S3
            continue
        else:
            why = f"the service {service.name} is made by {service.path}, which is code and is not run"
        yield _unnamed(path, service.mark, Unknown(UnknownCause.FILE_UNREAD, why, CHECK_PACKAGE))


def _services_beside(path: Path, root: Node, context: ReadContext) -> Iterator[ProjectService]:
    """The services of a project that are not read anyway, each once."""
    seen = {normalize_path(unit.path) for units in context.claimed.values() for unit in units}
    for service in services_of(path, root, context.files):
        if (place := normalize_path(service.path)) not in seen:
            seen.add(place)
            yield service


class _Service:
    """One service, in each of its stages."""

    def __init__(self, root: Table, path: Path, data: bytes, context: ReadContext) -> None:
        self._root, self._path, self._data = root, path, data
        self._context, self._budget = context, context.open_budget()
        self._open: dict[tuple[Place, Unknown], None] = {}
        self._absent: dict[str, tuple[str, ...]] = {}
        self._remarks: dict[str, None] = {}
        self._choices: dict[str, str] = {}
        self._stages: list[str] = []
        """Those in which it is evaluated, where it has buckets of its own."""

    def buckets(self) -> Iterator[Bucket]:
        """Those of every stage that its files tell of, and what may hold more. Raises BudgetExhausted."""
        variables = self._variables(None)
        own = self._evaluated(variables)
        found = {variables.own_stage(): own}
        others = variables.stages - found.keys()
        if len(others) >= MAX_STAGES:
            raise BudgetExhausted(f"it has more than {MAX_STAGES} stages")
        found |= {other: self._evaluated(self._variables(other)) for other in sorted(others)}
        combined = combine_stages(found)
        if any(bucket.resource != DEPLOYMENT_BUCKET for bucket in combined):
            self._stages = list(found)
        self._remarks |= self._describe_absent({bucket.resource for bucket in combined})
        yield from combined
        for place, unknown in self._open:
            yield Bucket(None, places=(place,), encryption=unknown, tags=unknown, key=unknown)

    def _describe_absent(self, made: set[str | None]) -> dict[str, None]:
        """The buckets that no stage makes."""
        text = "{} is conditional and not made, for the condition {} is false"
        names = {name: " or ".join(conditions) for name, conditions in self._absent.items()}
        return {text.format(name, condition): None for name, condition in names.items() if name not in made}

    def _variables(self, stage: str | None) -> ServiceVariables:
        return _variables(self._root, self._path, self._context, self._budget, stage)

    def _evaluated(self, variables: ServiceVariables) -> list[Bucket]:
        service = compose_service(variables)
        given = _given(variables)
        uri = str(self._path)
        template = build_with_holes(service.root, variables.holes, uri, given, self._context, self._budget)
        said = find_suppressions(template, self._data, self._context.files)
        variables.find_compared_stages(template.conditions)
        self._absent |= dict(find_absent_buckets(template))
        found = list(read_buckets(template))
        usage = TemplateUsage(template)
        unnamed = [_unnamed(self._path, part.mark, part.unknown) for part in service.open_parts]
        for bucket in (*unnamed, *(one for one in found if one.resource is None)):
            if isinstance(bucket.encryption, Unknown):
                self._open[bucket.places[0], bucket.encryption] = None
        self._remarks |= dict.fromkeys(service.remarks)
        self._choices |= variables.choices
        return [usage.added_to(said.added_to(one)) for one in found if one.resource is not None]

    def notes(self) -> Iterator[UnitNote]:
        """What a person must know beside them."""
        path = str(self._path)
        if len(self._stages) > 1:
            text = "{path} is evaluated for the stages {stages}"
            yield UnitNote(Sentence(text, {"path": path, "stages": ", ".join(filter(None, self._stages))}))
        for expression, read in self._choices.items() if self._stages else ():
            text = "{path}: {expression} is read as {read}; another deployment may read another value"
            fields = {"path": path, "expression": "${" + expression + "}", "read": read}
            yield UnitNote(Sentence(text, fields))
        for remark in self._remarks:
            text = "{path}: {remark}"
            yield UnitNote(Sentence(text, {"path": path, "remark": remark}), explains_absence=True)


def _variables(
    root: Table, path: Path, context: ReadContext, budget: WorkBudget, stage: str | None = None
) -> ServiceVariables:
    projects = tuple(find_projects_of(path, context, NAME))
    return ServiceVariables(root, path.parent, context.files, budget, projects, stage)


def _given(variables: ServiceVariables) -> dict[str, str | Unknown]:
    """The parameters that the framework passes to its stack."""
    found: dict[str, str | Unknown] = {}
    listed = variables.at("provider.stackParameters")
    whole = variables.whole(listed) if listed is not None else None
    for item in whole.items if isinstance(whole, Array) else ():
        key, value = (item.get(name) if isinstance(item, Table) else None for name in _PARAMETER)
        if isinstance(key, Scalar) and isinstance(value, Scalar):
            hole = variables.unknown_of(value)
            found[key.text] = hole.unknown if hole else value.text
    return found


_PARAMETER = ("ParameterKey", "ParameterValue")


def _included_files(unit: Unit, context: ReadContext) -> frozenset[Path]:
    """The files that its resources are read from."""
    if not isinstance(unit, Document) or b"file(" not in unit.data or not _claims(unit):
        return frozenset()
    variables = _composed(unit, context)
    return frozenset(variables.included) if variables else frozenset()


def files_of(unit: Document, context: ReadContext) -> tuple[Path, ...]:
    """The file of a service, and those that it includes values or resources from."""
    variables = _composed(unit, context)
    return (unit.path, *sorted(variables.read_files() - {unit.path})) if variables else (unit.path,)


def _composed(unit: Document, context: ReadContext) -> ServiceVariables | None:
    """The variables of a service, once its template was made of them; None where that cannot be."""
    try:
        root = parse_template(unit.data)
        if not isinstance(root, Table):
            return None
        with within_bounds():
            variables = _variables(root, unit.path, context, context.open_budget())
            compose_service(variables)
    except (BudgetExhausted, TemplateSyntaxError):
        return None
    return variables


def _unnamed(path: Path, mark: Mark, unknown: Unknown) -> Bucket:
    place = Place(mark.uri or str(path), mark.line, mark.column)
    why = Unknown(unknown.cause, f"{path} may declare buckets: {unknown.why}", unknown.advice)
    return Bucket(None, places=(place,), encryption=why, tags=why, key=why)


def _read(unit: Unit, context: ReadContext) -> Iterator[Bucket]:
    return (item for item in _items(unit, context) if isinstance(item, Bucket))


READER = Reader(
    "a service of the Serverless Framework", _claims, _read, _included_files, read_with_notes=_items
)
