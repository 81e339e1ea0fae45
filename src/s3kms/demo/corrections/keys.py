"""KMS keys as S3 uses them: found by any of their four names, the AWS managed key aws/s3, and their state."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from moto.kms import responses
from moto.kms.exceptions import AccessDeniedException
from moto.kms.models import Key, KmsBackend, kms_backends

from s3kms.demo.corrections import trail
from s3kms.demo.corrections.accounts import CallerIdentity
from s3kms.demo.corrections.http import S3Error, ServerResponse, access_denied
from s3kms.demo.corrections.key_metadata import rotation_period_is_valid
from s3kms.demo.corrections.policies import evaluate_policy

if TYPE_CHECKING:
    from s3kms.demo.corrections.http import ServerRequest

AWS_S3 = "alias/aws/s3"


class KeyRefused(S3Error):
    """What S3 answers where KMS refused it a key, and what KMS said."""

    def __init__(self, said: S3Error, kms_code: str, key: str, action: str) -> None:
        super().__init__(said.status, said.code, said.message, **said.details)
        self.kms_code, self.key, self.action = kms_code, key, action


_creating = threading.Lock()
# What nobody may do to an AWS managed key: its policy allows only S3 use it, and gives its account to read access.
_NOT_ON_MANAGED_KEYS = {
    "CancelKeyDeletion", "CreateGrant", "Decrypt", "DisableKey", "DisableKeyRotation", "EnableKey",
    "EnableKeyRotation", "Encrypt", "GenerateDataKey", "PutKeyPolicy", "ReEncrypt", "RotateKeyOnDemand",
    "ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateKeyDescription",
}  # fmt: skip
# What works with a key of another account, if that key's policy allows it (fact A27).
_ACROSS_ACCOUNTS = {
    "CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
    "GetKeyRotationStatus", "ListGrants", "ReEncrypt",
}  # fmt: skip


def find_key(reference: str, *, account: str, region: str) -> Key:
    """The key that S3 means by a key id, key ARN, alias or alias ARN (fact A10).

    A bare id or alias is looked up in `account`, the account of whoever writes (fact A11); an ARN says its own.
    A key of another region than the bucket's does not exist for S3 (fact A9). moto looks at none of this.
    """
    kind, name, said_region = "key", reference, region
    if reference.startswith("arn:"):
        _, _, _, said_region, account, resource = reference.split(":", 5)
        kind, _, name = resource.partition("/")
        name = resource if kind == "alias" else name
    elif reference.startswith("alias/"):
        kind = "alias"
    if said_region != region:
        raise S3Error(400, "KMS.NotFoundException", f"Invalid arn {said_region}")
    backend = kms_backends[account][region]
    with _creating:
        key_id = backend.get_key_id_from_alias(name) if kind == "alias" else name
    if key_id not in backend.keys:
        arn = f"arn:aws:kms:{region}:{account}:{name if kind == 'alias' else f'key/{name}'}"
        what = f"Alias {arn} is not found." if kind == "alias" else f"Key '{arn}' does not exist"
        raise S3Error(400, "KMS.NotFoundException", what)
    return backend.keys[key_id]


def managed_key(*, account: str, region: str) -> Key:
    """aws/s3 of an account and region, created on first use (fact A12)."""
    return find_key(AWS_S3, account=account, region=region)


def require_usable(key: Key, caller: CallerIdentity, action: str) -> None:
    """Raise KeyRefused where `_require_usable` says that KMS refuses."""
    try:
        _require_usable(key, caller, action)
    except S3Error as error:
        code = "AccessDenied" if error.code == "AccessDenied" else error.code.removeprefix("KMS.")
        raise KeyRefused(error, code, str(key.arn), action) from error


def _require_usable(key: Key, caller: CallerIdentity, action: str) -> None:
    """Refuse what KMS refuses, in S3's words (fact A9): state, kind of key, key policy (fact B8).

    moto writes and reads objects under a key in any state. Only an unconditional Deny, or another account
    without an unconditional Allow, is refused: see `policies`. aws/s3 serves its own account only (fact B7).
    """
    if key.key_state in {"PendingDeletion", "PendingReplicaDeletion"}:
        raise S3Error(400, "KMS.KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if key.key_state not in {"Enabled", "Disabled"}:
        raise S3Error(400, "KMS.KMSInvalidStateException", f"{key.arn} is in state {key.key_state}.")
    if key.key_state == "Disabled" or not key.enabled:
        raise S3Error(400, "KMS.DisabledException", f"{key.arn} is disabled.")
    if key.key_spec != "SYMMETRIC_DEFAULT" or key.key_usage not in {None, "ENCRYPT_DECRYPT"}:
        message = f"{key.arn} key usage is {key.key_usage} which is not valid for {action.partition(':')[2]}."
        raise S3Error(400, "KMS.InvalidKeyUsageException", message)
    judgement = evaluate_policy(key.policy, caller, action, key.arn)
    if judgement == "deny" or (caller.account != key.account_id and judgement != "allow"):
        raise access_denied()


def answer_kms(request: ServerRequest, caller: CallerIdentity) -> ServerResponse | None:
    """The refusal of a KMS request that moto would wrongly answer; None lets moto answer."""
    parameters = request.json()
    if request.operation == "EnableKeyRotation" and not rotation_period_is_valid(parameters):
        return ServerResponse.json_error(
            "ValidationException", "RotationPeriodInDays must be from 90 to 2560"
        )
    reference = parameters.get("KeyId")
    if not isinstance(reference, str):
        return None
    if reference.startswith("arn:"):
        refusal = _other_account(request, caller, reference)
        if refusal:
            trail.record(request, caller, refusal, reference)
            return refusal
    try:
        key = find_key(reference, account=request.account, region=request.region)
    except (S3Error, ValueError):
        return None  # moto has the words for a key that does not exist
    if key.key_manager == "AWS" and request.operation in _NOT_ON_MANAGED_KEYS:
        refusal = _not_authorized(request, key.arn)
        trail.record(request, caller, refusal, str(key.arn))
        return refusal
    if ":key/" in reference:
        _name_by_id(request, key)
    return None


def _name_by_id(request: ServerRequest, key: Key) -> None:
    """Replace a key ARN in the request by the key id: DisableKey, GetKeyPolicy and others of moto fail on an ARN."""
    request.replace_body(json.dumps({**request.json(), "KeyId": key.id}).encode())


def _other_account(request: ServerRequest, caller: CallerIdentity, arn: str) -> ServerResponse | None:
    """Send a permitted request on a key of another account there; moto only looks at the caller's own keys."""
    _, _, _, region, account, *_ = [*arn.split(":", 5), "", "", "", ""]
    if region != request.region:
        return ServerResponse.json_error("NotFoundException", f"Invalid arn {region}")
    if account == request.account:
        return None
    try:
        key = find_key(arn, account=account, region=region)
    except S3Error as error:
        return ServerResponse.json_error("NotFoundException", error.message)
    allowed = evaluate_policy(key.policy, caller, f"kms:{request.operation}", key.arn) == "allow"
    if request.operation not in _ACROSS_ACCOUNTS or not allowed:
        return _not_authorized(request, arn)
    request.set_header("x-moto-account-id", account)
    _name_by_id(request, key)
    return None


def _not_authorized(request: ServerRequest, arn: str) -> ServerResponse:
    message = f"User is not authorized to perform: kms:{request.operation} on resource: {arn}"
    return ServerResponse.json_error("AccessDeniedException", message)


def correct_managed_keys() -> None:
    """Make the keys behind alias/aws/… AWS managed (facts B5, B6); moto calls them customer managed."""

    def _generate_default_keys(self: KmsBackend, alias_name: str) -> str | None:
        if not alias_name.startswith("alias/aws/"):
            return None
        service = alias_name.rpartition("/")[2]
        policy = _managed_policy(service, self.account_id, self.region_name)
        description = f"Default key that protects my {service.upper()} objects when no other key is defined"
        key = self.create_key(policy, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", description, None)
        key.key_manager, key.key_rotation_status = "AWS", True
        self.create_alias(key.id, alias_name)
        return str(key.id)

    KmsBackend._generate_default_keys = _generate_default_keys


def _managed_policy(service: str, account: str, region: str) -> str:
    """The policy of an AWS managed key: through its service only, in its own account only (facts B6, B7).

    AWS writes conditions (kms:CallerAccount, kms:ViaService); the principal here says the same to `policies`.
    """
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    through = {
        "StringEquals": {"kms:CallerAccount": account, "kms:ViaService": f"{service}.{region}.amazonaws.com"}
    }
    verbs = ("Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "CreateGrant", "DescribeKey")
    use = [f"kms:{verb}" for verb in verbs]
    read = ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"]
    return json.dumps({
        "Version": "2012-10-17",
        "Id": f"auto-{service}-2",
        "Statement": [
            {"Sid": f"Allow access through {service.upper()}", "Effect": "Allow", "Principal": {"AWS": "*"},
             "Action": use, "Resource": "*", "Condition": through},
            {"Sid": "Allow direct access to key metadata to the account", "Effect": "Allow", "Principal": root,
             "Action": read, "Resource": "*"},
        ],
    })  # fmt: skip


def correct_key_usage() -> None:
    """Default KeyUsage to ENCRYPT_DECRYPT, as AWS does; moto leaves it out."""
    original = KmsBackend.create_key

    def create_key(self: Any, policy: Any, key_usage: str | None, *rest: Any, **named: Any) -> Key:
        text = (
            json.dumps(policy) if isinstance(policy, dict) else policy
        )  # CloudFormation's is still a mapping
        return original(self, text, key_usage or "ENCRYPT_DECRYPT", *rest, **named)

    KmsBackend.create_key = create_key


def correct_policy_name() -> None:
    """Default PolicyName to `default`, as AWS does; moto finds no policy without it."""
    original = responses._assert_default_policy
    responses._assert_default_policy = lambda name: original(name or "default")


def correct_denials() -> None:
    """Deny DescribeKey only by a statement for everyone or the key's account, without conditions: moto overlooks both
    its principals and its conditions.
    """

    def validate_policy(key: Key, action: str) -> None:
        root = f"arn:aws:iam::{key.account_id}:root"
        owner = CallerIdentity(key.account_id, frozenset({root}), root, root)
        if evaluate_policy(key.policy, owner, action, key.arn) == "deny":
            raise AccessDeniedException(
                message=f"User is not authorized to perform: {action} on resource: {key.arn}"
            )

    responses.validate_policy = validate_policy


def correct_alias_listing() -> None:
    """List predefined aliases without a TargetKeyId until their key exists (fact B5); moto invents one for each."""
    original = responses.KmsResponse.list_aliases

    def list_aliases(self: Any) -> str:
        answer = json.loads(original(self))
        existing = self.kms_backend.keys
        wanted = self._get_param("KeyId")
        aliases = [_honest(alias, existing) for alias in answer["Aliases"]]
        answer["Aliases"] = [a for a in aliases if "TargetKeyId" in a or not wanted]
        return json.dumps(answer)

    responses.KmsResponse.list_aliases = list_aliases


def _honest(alias: dict[str, str], existing: dict[str, Key]) -> dict[str, str]:
    return {k: v for k, v in alias.items() if k != "TargetKeyId" or v in existing}
