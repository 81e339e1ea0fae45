"""The rows that a re-encryption reads: a live listing, or an inventory that was named."""

from typing import TYPE_CHECKING

from s3kms.model.advice import Sentence
from s3kms.model.errors import BadInput
from s3kms.objects.evidence.interface import ObjectEvidence
from s3kms.objects.evidence.live_rows import LiveRows
from s3kms.objects.interface import Wanted
from s3kms.objects.reencrypt.request import ReencryptRequest

if TYPE_CHECKING:
    from s3kms.aws.s3.client import S3Client

LISTING = "listing"


def open_rows(request: ReencryptRequest, wanted: Wanted, client: "S3Client") -> ObjectEvidence:
    """The evidence that was named, else a live listing. Raises BadInput."""
    if request.source in {None, LISTING}:
        return LiveRows(client, wanted.bucket, wanted.account, wanted.region, prefix=request.prefix)
    raise BadInput(
        Sentence("{source} cannot be read yet", {"source": request.source}),
        advice="leave it out: the bucket is listed",
    )
