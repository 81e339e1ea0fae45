"""The key that a configuration names, where the code does not write it out."""

from s3kms.estate.encryption import Encryption
from s3kms.estate.keys import AWS_S3_ALIAS, KeyFact, UnusedAwsManagedKey
from s3kms.estate.unknown import Unknown, UnknownCause
from s3kms.sources.code.hcl.root import Root
from s3kms.sources.code.hcl.run import Run
from s3kms.sources.code.hcl.scope import Thing
from s3kms.sources.code.hcl.symbols import is_closed
from s3kms.sources.code.hcl.values import Invalid, Open, Value
from s3kms.sources.code.terraform.encryption import UnknownKey
from s3kms.sources.code.terraform.instances import ALIAS, KEYS, Instance
from s3kms.sources.code.terraform.keys import DECLARED, DeclaredKeys, declared

_DATA = {ALIAS: "name", "aws_kms_key": "key_id"}
"""Data sources that look a key up, and by what."""
_SAID = ("name", "enable_key_rotation", "arn", "key_id")


class CodeKeys:
    """The keys of a root module."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._known: DeclaredKeys | None = None

    def open(self, run: Run, text: str, opened: Open) -> UnknownKey:
        """Of a key whose name only the apply tells, or the user."""
        meant = opened.meant
        thing = run.thing(meant.address) if meant is not None else None
        if meant is None or thing is None or meant.type not in DECLARED:
            return UnknownKey(run.project.shown(text), _not_told(opened))
        expression = f"{meant.address}.{meant.attribute}" if meant.attribute else meant.address
        if thing.resource.mode == "managed":
            return UnknownKey(expression, declared(_instance(run, thing)))
        name = _attribute(run, thing, _DATA.get(meant.type, ""))
        if name == AWS_S3_ALIAS:
            return UnknownKey(AWS_S3_ALIAS, UnusedAwsManagedKey())
        if isinstance(name, Open) and name.meant and name.meant.address != meant.address:
            return self.open(run, text, name)
        if isinstance(name, str) and (found := self._named().find(name)):
            return UnknownKey(expression, declared(found))
        return UnknownKey(expression, _not_told(opened))

    def behind(self, encryption: Encryption | Unknown) -> KeyFact | None:
        """Of a key that the code writes out."""
        return self._named().behind(encryption)

    def _named(self) -> DeclaredKeys:
        if self._known is None:
            lazy = self._root.lazy
            things = (
                thing
                for names, resource in self._root.resources(KEYS | {ALIAS})
                for thing in self._root.instances(lazy, names, resource)
            )
            self._known = DeclaredKeys([_instance(lazy, thing) for thing in things])
        return self._known


def _not_told(opened: Open) -> Unknown:
    return Unknown(
        UnknownCause.UNRESOLVED, f"the key is not told: {opened.unknown.why}", opened.unknown.advice
    )


def _instance(run: Run, thing: Thing) -> Instance:
    """Of a key or an alias: what decides about it."""
    values = {
        name: value
        for name in _SAID
        if is_closed(value := _attribute(run, thing, name)) and value is not None
    }
    if thing.resource.type in KEYS and "enable_key_rotation" not in thing.block.body.attributes:
        values["enable_key_rotation"] = False
    return Instance(
        thing.address, thing.placed.way, thing.resource.type, thing.resource.name, thing.each.key, values
    )


def _attribute(run: Run, thing: Thing, name: str) -> Value:
    if name not in thing.block.body.attributes:
        return None
    try:
        return run.attribute(thing, name)
    except Invalid:
        return None
