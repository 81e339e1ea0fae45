"""An AWS for your tests, in your process: S3, KMS, Organizations, STS and AWS Config over real HTTP on 127.0.0.1.

It is moto, corrected where the encryption of buckets depends on it: default encryption with all three parts of its
rule, keys that are disabled or missing, bucket policies, regions, roles. It needs the extra `demo`
(`pip install 's3kms[demo]'`); its CloudFormation needs `moto[cloudformation]`, too.

A fixture for pytest, and a test with boto3:

    import boto3, pytest
    from s3kms.testing import EmbeddedAws

    @pytest.fixture(scope="session")
    def server():
        with EmbeddedAws() as aws:
            yield aws

    @pytest.fixture
    def aws(server, monkeypatch):
        server.reset()
        for name, value in server.environment("111122223333").items():
            monkeypatch.setenv(name, value)
        return server

    def test_a_new_bucket_has_sse_s3(aws):
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="logs")
        rule = s3.get_bucket_encryption(Bucket="logs")["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"

The state belongs to the process: two servers in one process are two doors to the same AWS.
"""

try:
    from s3kms.demo.aws import (
        EmbeddedAws,
        Faults,
        RecordedCall,
        create_organization,
        mark_as_invited,
        set_account_state,
    )
    from s3kms.demo.sample_estate import seed_estate
except ImportError as error:
    raise ImportError("s3kms.testing needs the extra: pip install 's3kms[demo]'") from error

__all__ = [
    "EmbeddedAws",
    "Faults",
    "RecordedCall",
    "create_organization",
    "mark_as_invited",
    "seed_estate",
    "set_account_state",
]
