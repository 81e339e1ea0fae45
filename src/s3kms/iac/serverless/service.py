"""The template that a service comes to: what the framework makes, with the resources of the service merged in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from s3kms.iac.cloudformation.tree import Array, Mark, Node, Scalar, ScalarKind, Table, TableEntry
from s3kms.iac.serverless.variables import CHECK_PACKAGE, ServiceVariables
from s3kms.model.unknown import Unknown, UnknownCause

DEPLOYMENT_BUCKET = "ServerlessDeploymentBucket"
"""The logical id of the bucket that version 3 and those before it make for what they upload."""
_NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z]|S3kmsHole\d+x")
_UNTIL_VERSION_3 = re.compile(r"(?:^|\|\|)[\s^~=v]*[123](?:\.[\dx*]+)*\s*(?:$|\|\|)|<\s*4|<=\s*3")
_MAKERS = {
    "serverless-deployment-bucket": "makes the deployment bucket",
    "serverless-finch": "makes the bucket of a website",
    "serverless-single-page-app-plugin": "makes the bucket of a website",
}
_LIFT = {"storage", "static-website", "server-side-website", "single-page-app"}
"""The constructs of the plugin serverless-lift that are made of buckets."""


@dataclass(frozen=True, slots=True)
class OpenPart:
    """A part of a service that may declare buckets and is not known."""

    mark: Mark
    unknown: Unknown


@dataclass(slots=True)
class ServiceTemplate:
    """What a service comes to."""

    root: Table
    open_parts: list[OpenPart] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What to say beside its buckets."""


def compose_service(variables: ServiceVariables) -> ServiceTemplate:
    """The template of a service. Raises BudgetExhausted."""
    return _Composer(variables).composed()


class _Composer:
    def __init__(self, variables: ServiceVariables) -> None:
        self._variables = variables
        self._mark = variables.root.mark
        self._resources: dict[str, TableEntry] = {}
        self._result = ServiceTemplate(variables.root)

    def composed(self) -> ServiceTemplate:
        resources = self._merged("resources")
        named = resources.get("Resources")
        extensions = resources.get("extensions")
        known = {name for table in (named, extensions) if isinstance(table, Table) for name in table.entries}
        self._add_deployment_bucket(is_meant=DEPLOYMENT_BUCKET in known)
        self._add_event_buckets()
        self._name_makers()
        if named is not None and not isinstance(named, Table) and not _is_null(named):
            self._open(named, "resources.Resources is not known as a mapping")
        together: Node = Table(self._resources, self._mark)
        if isinstance(named, Table):
            together = _merge(together, self._known_of(named))
        if isinstance(extensions, Table) and isinstance(together, Table):
            together = self._extended(together, extensions)
        elif extensions is not None and not _is_null(extensions):
            self._open(extensions, "resources.extensions is not known as a mapping")
        entries = {name: entry for name, entry in resources.entries.items() if name != "extensions"}
        entries["Resources"] = TableEntry(self._mark, together)
        self._result.root = Table(entries, self._mark)
        return self._result

    def _merged(self, path: str) -> Table:
        """A section that is a mapping, or a list of some that the framework merges."""
        node = self._variables.at(path)
        found: Node = Table({}, self._mark)
        parts = [] if node is None else list(node.items) if isinstance(node, Array) else [node]
        for part in parts:
            value = self._variables.whole(part)
            if isinstance(value, Table):
                found = _merge(found, value)
            elif not _is_null(value):
                self._open(value, f"{path} is not known as a mapping")
        return found if isinstance(found, Table) else Table({}, self._mark)

    def _open(self, node: Node, why: str) -> None:
        hole = self._variables.unknown_of(node)
        unknown = Unknown(UnknownCause.UNSUPPORTED, why, CHECK_PACKAGE)
        if hole is not None:
            unknown = replace(hole.unknown, why=f"{why}: {hole.expression}: {hole.unknown.why}")
        self._result.open_parts.append(OpenPart(node.mark, unknown))

    def _is_closed(self, name: str, entry: TableEntry) -> bool:
        """Whether a resource is known as such; one that is not is named."""
        if self._variables.unknown_of(entry.node) is not None:
            self._open(entry.node, f"the resource {name} is not known")
            return False
        kind = entry.node.get("Type") if isinstance(entry.node, Table) else None
        if kind is not None and self._variables.unknown_of(kind) is not None:
            self._open(kind, f"the type of {name} is not known")
            return False
        return not _is_null(entry.node)

    def _known_of(self, named: Table) -> Table:
        entries = {name: entry for name, entry in named.entries.items() if self._is_closed(name, entry)}
        return Table(entries, named.mark)

    def _extended(self, together: Table, extensions: Table) -> Table:
        """The resources with what `extensions` puts in: a property replaces the one of its name."""
        entries = dict(together.entries)
        for name, extension in extensions.entries.items():
            entry = entries.get(name)
            if not isinstance(extension.node, Table):
                if not _is_null(extension.node):
                    self._open(extension.node, f"resources.extensions.{name} is not known as a mapping")
                continue
            if entry is None or not isinstance(entry.node, Table):
                continue  # of a function or an API that the framework makes; a bucket is there by now
            entries[name] = TableEntry(entry.mark, self._extend(entry.node, extension.node))
        return Table(entries, together.mark)

    def _extend(self, resource: Table, extension: Table) -> Table:
        entries = dict(resource.entries)
        for key, more in extension.entries.items():
            before = entries.get(key)
            if key in {"Properties", "Metadata"} and before is not None:
                old = before.node.entries if isinstance(before.node, Table) else {}
                if not isinstance(more.node, Table):
                    entries[key] = more
                    continue
                entries[key] = TableEntry(before.mark, Table({**old, **more.node.entries}, before.node.mark))
            else:
                entries[key] = more
        return Table(entries, resource.mark)

    def _add_deployment_bucket(self, *, is_meant: bool) -> None:
        """The bucket for what is uploaded, which version 3 and those before it make with SSE-S3. The settings of
        that section for encryption are for the objects that are uploaded, and not for the bucket.
        """
        said = self._variables.at("provider.deploymentBucket")
        name = said.get("name") if isinstance(said, Table) else said
        if said is not None and self._variables.unknown_of(said) is not None:
            self._result.remarks.append("its deployment bucket is not known, and is not checked")
            return
        if name is not None and not _is_null(name):
            self._result.remarks.append("its deployment bucket is made elsewhere, and is checked there")
            return
        mark = said.mark if said is not None else self._mark
        version = self._variables.at("frameworkVersion")
        is_early = isinstance(version, Scalar) and bool(_UNTIL_VERSION_3.search(version.text))
        if is_early or is_meant:
            mark = version.mark if said is None and version is not None else mark
            self._resources[DEPLOYMENT_BUCKET] = TableEntry(mark, _deployment_bucket(mark))
        elif said is not None:
            why = (
                f"the framework makes the deployment bucket: {DEPLOYMENT_BUCKET} with SSE-S3 until version 3, one for"
                " the account from version 4; serverSideEncryption is for the objects that it uploads"
            )
            self._result.open_parts.append(
                OpenPart(mark, Unknown(UnknownCause.UNSUPPORTED, why, CHECK_PACKAGE))
            )
        else:
            self._result.remarks.append("the deployment bucket that the framework makes is not checked")

    def _add_event_buckets(self) -> None:
        """The buckets that the events of functions make, each with what `provider.s3` says of it."""
        for name, mark in self._event_buckets():
            config = self._variables.at(f"provider.s3.{name}") if "." not in name else self._settings(name)
            properties = {"BucketName": TableEntry(mark, Scalar(name, mark))}
            if isinstance(config, Table):
                whole = self._variables.whole(config)
                for key, value in whole.entries.items() if isinstance(whole, Table) else ():
                    shown = "BucketName" if key == "name" else key[:1].upper() + key[1:]
                    properties[shown] = value
            elif config is not None and not _is_null(config):
                self._open(config, f"provider.s3.{name} is not known as a mapping")
                continue
            body = {
                "Type": TableEntry(mark, Scalar("AWS::S3::Bucket", mark)),
                "Properties": TableEntry(mark, Table(properties, mark)),
            }
            self._resources.setdefault(_logical_id(name), TableEntry(mark, Table(body, mark)))

    def _settings(self, name: str) -> Node | None:
        table = self._variables.at("provider.s3")
        found = table.get(name) if isinstance(table, Table) else None
        return self._variables.outer(found) if found is not None else None

    def _event_buckets(self) -> Iterator[tuple[str, Mark]]:
        for function in self._functions():
            events = function.get("events")
            events = self._variables.whole(events) if events is not None else None
            if events is not None and self._variables.unknown_of(events) is not None:
                self._open(events, "events are not known")
            for event in events.items if isinstance(events, Array) else ():
                if isinstance(event, Scalar) and self._variables.unknown_of(event) is not None:
                    self._open(event, "an event is not known")
                said = event.get("s3") if isinstance(event, Table) else None
                if said is not None:
                    yield from self._bucket_of(said)

    def _bucket_of(self, said: Node) -> Iterator[tuple[str, Mark]]:
        name = said.get("bucket") if isinstance(said, Table) else said
        existing = said.get("existing") if isinstance(said, Table) else None
        if isinstance(existing, Scalar) and existing.text == "true":
            return
        if existing is not None and self._variables.unknown_of(existing) is not None:
            self._open(existing, "whether the bucket exists is not known")
        elif isinstance(name, Scalar) and name.kind is ScalarKind.TEXT and name.text:
            yield name.text, name.mark
        else:
            self._open(said, "the bucket of an s3 event is no text, which the framework refuses")

    def _functions(self) -> Iterator[Table]:
        node = self._variables.at("functions")
        for part in node.items if isinstance(node, Array) else [] if node is None else [node]:
            table = self._variables.outer(part)
            if not isinstance(table, Table):
                if not _is_null(table):
                    self._open(table, "functions are not known as a mapping")
                continue
            for name, entry in table.entries.items():
                function = self._variables.outer(entry.node)
                if isinstance(function, Table):
                    yield function
                elif self._variables.unknown_of(function) is not None:
                    self._open(function, f"the function {name} is not known")

    def _name_makers(self) -> None:
        """Plugins that are known to make buckets of their own."""
        plugins = self._variables.at("plugins")
        plugins = plugins.get("modules") if isinstance(plugins, Table) else plugins
        for item in plugins.items if isinstance(plugins, Array) else ():
            name = self._variables.outer(item)
            if isinstance(name, Scalar) and name.text in _MAKERS:
                why = f"the plugin {name.text} {_MAKERS[name.text]}, which is not evaluated"
                self._result.open_parts.append(
                    OpenPart(name.mark, Unknown(UnknownCause.UNSUPPORTED, why, CHECK_PACKAGE))
                )
        constructs = self._variables.at("constructs")
        for construct_name, entry in constructs.entries.items() if isinstance(constructs, Table) else ():
            construct = self._variables.outer(entry.node)
            said = construct.get("type") if isinstance(construct, Table) else None
            kind = self._variables.outer(said) if said is not None else None
            if isinstance(kind, Scalar) and kind.text in _LIFT:
                why = f"the construct {construct_name} of serverless-lift makes a bucket, which is not evaluated"
                self._result.open_parts.append(
                    OpenPart(entry.mark, Unknown(UnknownCause.UNSUPPORTED, why, CHECK_PACKAGE))
                )


def _logical_id(name: str) -> str:
    plain = _NOT_IN_NAMES.sub("", name)
    return f"S3Bucket{plain[:1].upper()}{plain[1:]}"


def _deployment_bucket(mark: Mark) -> Table:
    default = _table(mark, SSEAlgorithm=Scalar("AES256", mark))
    rule = _table(mark, ServerSideEncryptionByDefault=default)
    encryption = _table(mark, ServerSideEncryptionConfiguration=Array((rule,), mark))
    properties = _table(mark, BucketEncryption=encryption)
    return _table(mark, Type=Scalar("AWS::S3::Bucket", mark), Properties=properties)


def _table(mark: Mark, **entries: Node) -> Table:
    return Table({name: TableEntry(mark, node) for name, node in entries.items()}, mark)


def _merge(first: Node, second: Node) -> Node:
    """Two values as the framework merges them: mappings by key, lists by place, and else the second."""
    if isinstance(first, Table) and isinstance(second, Table):
        entries = dict(first.entries)
        for key, entry in second.entries.items():
            before = entries.get(key)
            entries[key] = TableEntry(entry.mark, _merge(before.node, entry.node)) if before else entry
        return Table(entries, second.mark)
    if isinstance(first, Array) and isinstance(second, Array):
        pairs = zip_longest(first.items, second.items)
        items = [_merge(a, b) if a and b else a or b for a, b in pairs]
        return Array(tuple(item for item in items if item is not None), second.mark)
    return second


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.kind is ScalarKind.NULL
