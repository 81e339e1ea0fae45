"""What DescribeKey and GetKeyRotationStatus say of a customer managed key."""

from __future__ import annotations

import functools
import json
from typing import Any

from moto.kms import models
from moto.kms.models import KmsBackend
from moto.kms.responses import KmsResponse

_PERIOD = "s3kms_rotation_period"
_DEFAULT_PERIOD, _SHORTEST, _LONGEST = 365, 90, 2560


def correct_rotation_period() -> None:
    """Keep RotationPeriodInDays, 365 unless it was set, from 90 to 2560 (fact B4); moto drops it."""
    enable, status = KmsResponse.enable_key_rotation, KmsResponse.get_key_rotation_status

    def enable_key_rotation(self: Any) -> Any:
        answer = enable(self)
        setattr(_key(self), _PERIOD, self._get_param("RotationPeriodInDays") or _DEFAULT_PERIOD)
        return answer

    def get_key_rotation_status(self: Any) -> str:
        answer = json.loads(status(self))
        key = _key(self)
        answer["KeyId"] = key.arn
        if answer["KeyRotationEnabled"]:
            answer["RotationPeriodInDays"] = getattr(key, _PERIOD, _DEFAULT_PERIOD)
        return json.dumps(answer)

    KmsResponse.enable_key_rotation = enable_key_rotation
    KmsResponse.get_key_rotation_status = get_key_rotation_status


def rotation_period_is_valid(parameters: dict[str, Any]) -> bool:
    """Whether EnableKeyRotation may be asked for this period (fact B4)."""
    period = parameters.get("RotationPeriodInDays", _DEFAULT_PERIOD)
    return isinstance(period, int) and _SHORTEST <= period <= _LONGEST


def correct_external_origin() -> None:
    """Create keys of Origin EXTERNAL in state PendingImport, where they wait for material (fact B2).

    moto enables them.
    """
    original = KmsBackend.create_key

    def create_key(self: Any, *arguments: Any, **named: Any) -> Any:
        key = original(self, *arguments, **named)
        if key.origin == "EXTERNAL":
            key.key_state, key.enabled = "PendingImport", False
        return key

    KmsBackend.create_key = create_key


def correct_private_keys() -> None:
    """Give symmetric keys one private key for all, which they never use; moto takes 40 ms to make each an RSA key."""
    original = models.generate_private_key
    unused = functools.cache(lambda: original("SYMMETRIC_DEFAULT"))
    models.generate_private_key = lambda spec: unused() if spec == "SYMMETRIC_DEFAULT" else original(spec)


def _key(response: Any) -> Any:
    """The key a request names by id or ARN."""
    backend = response.kms_backend
    return backend.keys[backend.get_key_id(response._get_param("KeyId"))]
