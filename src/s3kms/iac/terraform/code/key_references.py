"""The key of a default encryption, where the code refers to it instead of writing its ARN or id."""

from functools import partial

from s3kms.iac.fair_shares import FairShares, Question
from s3kms.iac.hcl.evaluation import Evaluation
from s3kms.iac.hcl.module import ResourceDeclaration
from s3kms.iac.hcl.module_loader import CallNames
from s3kms.iac.hcl.root_module import RootModule
from s3kms.iac.hcl.scope import ResourceInstance
from s3kms.iac.hcl.symbols import is_known
from s3kms.iac.hcl.values import Value
from s3kms.iac.terraform.code.provider_settings import evaluate_region
from s3kms.iac.terraform.declared_keys import (
    DECIDING_ATTRIBUTES,
    DECLARABLE_KEY_TYPES,
    DeclaredKeys,
    to_declared_key,
)
from s3kms.iac.terraform.encryption import UnresolvedKey
from s3kms.iac.terraform.instances import InstanceValues
from s3kms.iac.terraform.resource_types import KMS_ALIAS, KMS_KEY, KMS_KEY_TYPES
from s3kms.iac.values import Rejected, UnknownValue
from s3kms.model.encryption import Encryption
from s3kms.model.keys import AWS_S3_ALIAS, KeyFact, KeyForm, KeyReference, UnusedAwsManagedKey
from s3kms.model.unknown import Unknown

_LOOKUP_ARGUMENTS = {KMS_ALIAS: "name", KMS_KEY: "key_id"}
"""The data sources that look a key up, each with the argument that names it."""
_PART_FOR_KEYS = 4
"""The part of the steps that looking up all declared keys may take."""
_ROTATION = "enable_key_rotation"
_ARGUMENTS_OF_KEYS = ("name", _ROTATION, "arn", "key_id", *DECIDING_ATTRIBUTES)


class CodeKeys:
    """The keys and aliases that a root module declares."""

    def __init__(self, root: RootModule) -> None:
        self._root = root
        self._declared_keys: DeclaredKeys | None = None

    def resolve(self, evaluation: Evaluation, text: str, value: UnknownValue) -> UnresolvedKey:
        """The key whose name is an unknown value; `text` is the expression as it is written.

        A reference to a declared key or alias, or to a data source that looks one up, leads to that key.
        """
        reference = value.reference
        instance = evaluation.resource_instance(reference.address) if reference is not None else None
        if (written := _write_parts(value)) and not evaluation.loader.sensitive.are_in(written):
            return UnresolvedKey(written, self._declared().describe_key(written))
        if reference is None or instance is None or reference.type not in DECLARABLE_KEY_TYPES:
            return UnresolvedKey(evaluation.loader.sensitive.redact(text), _unknown_key(value))
        expression = ".".join(filter(None, (reference.address, reference.attribute)))
        if instance.resource.mode == "managed":
            return UnresolvedKey(expression, to_declared_key(_values_of_key(evaluation, instance)))
        name = _evaluate_argument(evaluation, instance, _LOOKUP_ARGUMENTS.get(reference.type, ""))
        if name == AWS_S3_ALIAS:
            return UnresolvedKey(AWS_S3_ALIAS, UnusedAwsManagedKey())
        if isinstance(name, UnknownValue) and name.reference and name.reference.address != reference.address:
            return self.resolve(evaluation, text, name)
        if isinstance(name, str) and (found := self._declared().find(name)):
            return UnresolvedKey(expression, to_declared_key(found))
        return UnresolvedKey(expression, _unknown_key(value))

    def describe_key_of(self, encryption: Encryption | Unknown) -> KeyFact | None:
        """What the code says of the key of a default encryption; None where there is no KMS key."""
        return self._declared().describe_key_of(encryption)

    def _declared(self) -> DeclaredKeys:
        if self._declared_keys is None:
            questions = [
                Question(partial(self._values_of, *one), lambda _: ())
                for one in self._root.resources(DECLARABLE_KEY_TYPES)
            ]
            budget = self._root.loader.budget
            with budget.shared(), budget.part(budget.left // _PART_FOR_KEYS):
                found = FairShares[InstanceValues](budget, self._root).answers(questions)
                self._declared_keys = DeclaredKeys(found)
        return self._declared_keys

    def _values_of(self, names: CallNames, resource: ResourceDeclaration) -> list[InstanceValues]:
        undecided = self._root.undecided
        return [_values_of_key(undecided, one) for one in self._root.instances(undecided, names, resource)]


def _write_parts(value: UnknownValue) -> str | None:
    """The ARN of a key of which the partition, the region or the account is open, that part as `${…}`; None for
    any other text.
    """
    written = "".join(part if isinstance(part, str) else f"${{{part.expression}}}" for part in value.parts)
    form = KeyReference.parse(written).form if written.startswith("arn:") else KeyForm.MALFORMED
    return None if form is KeyForm.MALFORMED else written


def _unknown_key(value: UnknownValue) -> Unknown:
    return Unknown(value.unknown.cause, f"the key is not known: {value.unknown.why}", value.unknown.advice)


def _values_of_key(evaluation: Evaluation, instance: ResourceInstance) -> InstanceValues:
    """The arguments of a key or an alias that identify it or say whether it is rotated and S3 can use it."""
    values = {
        name: value
        for name in _ARGUMENTS_OF_KEYS
        if is_known(value := _evaluate_argument(evaluation, instance, name)) and value is not None
    }
    if instance.resource.type in KMS_KEY_TYPES and _ROTATION not in instance.block.body.attributes:
        values[_ROTATION] = False
    if region := evaluate_region(evaluation, instance):
        values["region"] = region
    return InstanceValues(
        instance.address,
        instance.module_instance.module_path,
        instance.resource.type,
        instance.resource.name,
        instance.repetition.key,
        values,
    )


def _evaluate_argument(evaluation: Evaluation, instance: ResourceInstance, name: str) -> Value:
    """The value of an argument; None where the block has none, or it is rejected."""
    if name not in instance.block.body.attributes:
        return None
    try:
        return evaluation.attribute(instance, name)
    except Rejected:
        return None
