"""The hazards of re-encrypting objects whose encryption was chosen explicitly. Pure."""

from collections.abc import Iterable, Iterator

from s3kms.model.advice import Advice
from s3kms.model.objects import ObjectEncryption
from s3kms.model.plan import PlanClass, PlannedHazard
from s3kms.objects.reencrypt.request import DSSE, OTHER_KEYS, SSEC, ReencryptRequest
from s3kms.text.count import count


def inclusion_hazards(
    request: ReencryptRequest, taken: Iterable[tuple[ObjectEncryption | None, str | None, int]]
) -> Iterator[PlannedHazard]:
    """For encryption, key and number of what is taken: what is taken beyond the default, each with what it harms."""
    found = list(taken)
    ssec = sum(versions for encryption, _, versions in found if encryption is ObjectEncryption.SSE_C)
    dsse = sum(versions for encryption, _, versions in found if encryption is ObjectEncryption.DSSE_KMS)
    other = sum(
        versions
        for encryption, key, versions in found
        if encryption is ObjectEncryption.SSE_KMS and key in request.from_keys
    )
    if ssec:
        yield _hazard(
            SSEC,
            f"{count(ssec, 'object')} under customer-provided keys (SSE-C): clients that keep sending "
            "their key are refused, and anyone who may use the KMS key can read these objects",
            "change the clients to stop sending the key",
            "objects under SSE-C",
        )
    if dsse:
        yield _hazard(
            DSSE,
            f"{count(dsse, 'object')} under DSSE-KMS: they keep only one of two layers of encryption",
            "check with whoever required the second layer",
            "objects under DSSE-KMS",
        )
    if other:
        yield _hazard(
            OTHER_KEYS,
            f"{count(other, 'object')} under another key: principals that may use that key but not the "
            "new one can no longer read them, and deleting that key no longer makes them unreadable",
            "let its readers use the new key, and check with the owner of the old key",
            "objects under an explicitly chosen key",
        )


def _hazard(name: str, why: str, advice: str, title: str) -> PlannedHazard:
    return PlannedHazard(name, why, Advice(advice), PlanClass.PREPARE, title)
