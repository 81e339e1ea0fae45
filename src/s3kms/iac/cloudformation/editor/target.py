"""What the encryption of a bucket is to become, in the words of a template."""

from dataclasses import dataclass

from s3kms.iac.cloudformation.editor.render_yaml import TemplateFunction, TemplateValue
from s3kms.iac.cloudformation.template import CloudFormationTemplate
from s3kms.iac.editing.target import NotExpressible, meets_target
from s3kms.iac.interface import DesiredKey, EditTarget
from s3kms.model.advice import Advice
from s3kms.model.bucket import BucketKind, BucketOutcome
from s3kms.model.encryption import DSSE_KMS, KMS_ALGORITHMS, SSE_KMS, Encryption
from s3kms.model.keys import DeclaredKey, KeyForm, KeyReference

_KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
_ALIAS = "AWS::KMS::Alias"
TABLE_BUCKET = "AWS::S3Tables::TableBucket"
DIRECTORY_BUCKET = "AWS::S3Express::DirectoryBucket"


@dataclass(frozen=True, slots=True)
class EncryptionSchema:
    """The names of the encryption properties of one resource type, and what it accepts (facts H1, H2)."""

    property: str = "BucketEncryption"
    key: str = "KMSMasterKeyID"
    has_rules: bool = True
    takes_bucket_key: bool = True
    needs_key: bool = False

    def takes(self, form: KeyForm | None) -> bool:
        """Whether a key may be named in this form, where it must be one of the customer."""
        return form in {None, KeyForm.ARN, KeyForm.MALFORMED} or (self.has_rules and form is KeyForm.ID)


def encryption_schema_of(kind: str) -> EncryptionSchema:
    """The encryption properties of a resource type."""
    if kind == TABLE_BUCKET:
        return EncryptionSchema(
            "EncryptionConfiguration", "KMSKeyArn", has_rules=False, takes_bucket_key=False, needs_key=True
        )
    if kind == DIRECTORY_BUCKET:
        return EncryptionSchema(takes_bucket_key=False, needs_key=True)
    return EncryptionSchema()


@dataclass(frozen=True, slots=True)
class TemplateTarget:
    """What is to be written for one resource type."""

    schema: EncryptionSchema
    algorithm: str
    key: TemplateValue | None = None
    """None where the key stays as it is."""
    drops_key: bool = False
    """Whether the key becomes aws/s3."""
    bucket_key: bool | None = None
    """None where it stays, and is on where SSE-KMS is new."""
    is_exact: bool = False
    """Whether it is this algorithm and no other of KMS."""

    def suffices(self, algorithm: str | None) -> bool:
        """Whether an algorithm may stay as it is."""
        return algorithm == self.algorithm or (algorithm in KMS_ALGORITHMS and not self.is_exact)

    def default(self) -> dict[str, TemplateValue]:
        """The mapping that holds the algorithm and the key."""
        return {"SSEAlgorithm": self.algorithm} | (
            {self.schema.key: self.key} if self.key is not None else {}
        )

    def new_bucket_key(self) -> bool | None:
        """The bucket key of a rule that said nothing of it; None with DSSE-KMS, which has none (fact A15)."""
        if not self.schema.takes_bucket_key or self.algorithm == DSSE_KMS:
            return None
        return True if self.bucket_key is None else self.bucket_key

    def rule(self) -> dict[str, TemplateValue]:
        """A whole encryption rule."""
        on = self.new_bucket_key()
        rule: dict[str, TemplateValue] = {"ServerSideEncryptionByDefault": self.default()}
        return rule | ({"BucketKeyEnabled": on} if on is not None else {})

    def encryption(self) -> dict[str, TemplateValue]:
        """The value of the whole encryption property."""
        return (
            {"ServerSideEncryptionConfiguration": [self.rule()]} if self.schema.has_rules else self.default()
        )


def template_target_for(template: CloudFormationTemplate, kind: str, desired: EditTarget) -> TemplateTarget:
    """What is to be written for a resource type in this template. Raises NotExpressible."""
    shape = encryption_schema_of(kind)
    algorithm = desired.algorithm or SSE_KMS
    if shape.needs_key and algorithm == DSSE_KMS:
        raise NotExpressible(f"{kind} does not accept DSSE-KMS", Advice("choose aws:kms"))  # facts A20, A22
    key = None if desired.key is None else _key(template, desired.key)
    drops = desired.key is not None and key is None
    if shape.needs_key and (drops or not shape.takes(_form(template, desired.key))):
        how = "id or ARN" if shape.has_rules else "ARN"
        why = f"{kind} accepts a customer managed key by its {how}: no aws/s3 and no alias"  # facts A20, A22
        raise NotExpressible(why, Advice("name an AWS::KMS::Key of the template, a parameter, or a key ARN"))
    bucket_key = desired.bucket_key if shape.takes_bucket_key else None
    return TemplateTarget(shape, algorithm, key, drops, bucket_key, is_exact=desired.algorithm is not None)


def _key(template: CloudFormationTemplate, key: DesiredKey) -> TemplateValue | None:
    if key.address is None:
        is_aws = KeyReference.parse(key.literal).form is KeyForm.AWS_MANAGED
        return None if is_aws else key.literal
    if parameter := template.parameter(key.address):
        if "" in {parameter.default, *parameter.allowed}:
            why = f"the parameter {key.address} may be empty, and then it names no key"
            raise NotExpressible(why, Advice("name a parameter that always has a key, or a key by its ARN"))
        return TemplateFunction("Ref", (key.address,))
    resource = template.resources.get(key.address)
    kind = resource.kind if resource else None
    if kind in _KEYS:
        return TemplateFunction("GetAtt", (key.address, "Arn"))
    if kind == _ALIAS:
        return TemplateFunction("Ref", (key.address,))
    why = f"{key.address} is a {kind}, not a key" if kind else f"the template declares no {key.address}"
    raise NotExpressible(
        why, Advice("name the logical id of an AWS::KMS::Key or of a parameter, or a key by its ARN")
    )


def _form(template: CloudFormationTemplate, key: DesiredKey | None) -> KeyForm | None:
    """How the key is named, as far as that is known."""
    if key is None:
        return None
    if key.address is None:
        return KeyReference.parse(key.literal).form
    resource = template.resources.get(key.address)
    return KeyForm.ALIAS if resource is not None and resource.kind == _ALIAS else None


def meets_template_target(
    outcome: BucketOutcome,
    kind: BucketKind,
    target: EditTarget,
    template: CloudFormationTemplate,
    *,
    is_after: bool = False,
) -> bool:
    """Whether a bucket comes out as the target says; `is_after` is whether the key was just written."""

    def has_declared_key(outcome: BucketOutcome, encryption: Encryption, address: str) -> bool:
        if parameter := template.parameter(address):
            values = {f"!Ref {address}", parameter.default, *parameter.allowed}
            # What a parameter is, a file of parameters or the stack around may say, too.
            form = KeyReference.parse(encryption.key).form
            return form is not KeyForm.AWS_MANAGED and (is_after or encryption.key in values)
        if isinstance(outcome.key, DeclaredKey) and outcome.key.address == address:
            return True
        return encryption.key in {f"!Ref {address}", f"!GetAtt {address}.Arn"}

    return meets_target(outcome, kind, target, has_declared_key)
