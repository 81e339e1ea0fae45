"""One decoder of GetBucketEncryption's answers: what it remembers never makes one answer another's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3kms.aws.encryption_decoder import _decoded, decode_encryption
from s3kms.model import operations as op
from s3kms.model.encryption import Encryption
from s3kms.model.errors import BadAnswer

KEYS = (
    "arn:aws:kms:eu-west-1:111122223333:key/1-2",
    "alias/a",
    "a b",
    "a&amp;b",
    "",
    "<x/>",
    "<!--k-->",
    "\u00e4",
)
PIECES = st.sampled_from(
    [
        "<SSEAlgorithm>aws:kms</SSEAlgorithm>",
        "<SSEAlgorithm>AES256</SSEAlgorithm>",
        *(f"<KMSMasterKeyID>{key}</KMSMasterKeyID>" for key in KEYS),
        "<!-- <KMSMasterKeyID>in-a-comment</KMSMasterKeyID> -->",
        "<![CDATA[<KMSMasterKeyID>text</KMSMasterKeyID>]]>",
        "<Other><KMSMasterKeyID>nested</KMSMasterKeyID></Other>",
        "<KMSMasterKeyID/>",
    ]
)


def xml(*pieces: str, after: str = "") -> bytes:
    default = f"<ApplyServerSideEncryptionByDefault>{''.join(pieces)}</ApplyServerSideEncryptionByDefault>"
    return (
        "<ServerSideEncryptionConfiguration><Rule>"
        f"{default}{after}</Rule></ServerSideEncryptionConfiguration>"
    ).encode()


def decoded(body: bytes) -> Encryption:
    return decode_encryption(body, op.GET_BUCKET_ENCRYPTION, "s3://b", "REQ")


@given(st.lists(PIECES, max_size=4), st.lists(PIECES, max_size=2))
def test_what_is_remembered_changes_no_answer(pieces: list[str], after: list[str]) -> None:
    body = xml(*pieces, after="".join(after))
    try:
        wanted: Encryption | None = _decoded(body)
    except (BadAnswer, ValueError):
        wanted = None
    for _ in range(2):
        if wanted is None:
            with pytest.raises(BadAnswer):
                decoded(body)
        else:
            assert decoded(body) == wanted


def test_answers_that_differ_in_the_key_alone_have_each_their_own() -> None:
    algorithm = "<SSEAlgorithm>aws:kms</SSEAlgorithm>"
    found = [decoded(xml(algorithm, f"<KMSMasterKeyID>alias/k{n}</KMSMasterKeyID>")).key for n in range(3)]

    assert found == ["alias/k0", "alias/k1", "alias/k2"]


def test_a_key_in_a_comment_is_no_key() -> None:
    body = xml("<SSEAlgorithm>aws:kms</SSEAlgorithm><!-- <KMSMasterKeyID>alias/k</KMSMasterKeyID> -->")

    assert decoded(body) == Encryption("aws:kms")


def test_an_error_names_its_own_bucket_each_time() -> None:
    body = b"<ServerSideEncryptionConfiguration><Rule></Rule></ServerSideEncryptionConfiguration>"
    for subject in ("s3://a", "s3://b"):
        with pytest.raises(BadAnswer, match=f"{subject} was answered with an empty rule"):
            decode_encryption(body, op.GET_BUCKET_ENCRYPTION, subject, None)
