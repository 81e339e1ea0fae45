"""What `verify` adds to the rules: whether a run's write is still there, and what a probe object shows."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3kms.changes.buckets.probe_proof import ProbeProof, evaluate_probe
from s3kms.changes.buckets.write_proof import RecordedWrite, evaluate_write
from s3kms.model.advice import Advice
from s3kms.model.bucket import Bucket, BucketKind
from s3kms.model.errors import AwsError, CredentialsProblem
from s3kms.model.findings import Finding, Verdict, make_finding
from s3kms.model.scan_context import Severity

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection

RUN_PROOF_ID, PROBE_PROOF_ID = "s3kms_run", "s3kms_probe"
"""The ids of the two proofs, where a rule's id stands in a finding."""


@dataclass(frozen=True, slots=True)
class RunProofs:
    """The proofs asked for."""

    connection: "Connection"
    writes: Mapping[str, RecordedWrite]
    """What the journals say of each bucket that the run meant to change."""
    probe_key: str | None
    """The key of the probe objects; None where none are written."""

    def findings(self, bucket: Bucket) -> Iterator[Finding]:
        """The findings on one bucket. A probe writes an object, reads it and removes it."""
        if bucket.name is None:
            return
        if bucket.name in self.writes:
            yield _finding(bucket, RUN_PROOF_ID, evaluate_write(bucket, self.writes[bucket.name]))
        if self.probe_key:
            yield _finding(bucket, PROBE_PROOF_ID, self._probed(bucket, bucket.name, self.probe_key))

    def _probed(self, bucket: Bucket, name: str, key: str) -> ProbeProof:
        from s3kms.aws.probe import probe_bucket

        if bucket.kind is BucketKind.DIRECTORY:
            return ProbeProof(
                Verdict.UNKNOWN, "directory buckets are not probed", Advice("write an object and look at it")
            )
        try:
            return evaluate_probe(bucket, probe_bucket(self.connection, name, bucket.region, key))
        except CredentialsProblem:
            raise
        except AwsError as error:
            if error.code.startswith("KMS."):
                return ProbeProof(
                    Verdict.FAIL, f"a probe object cannot be written or read: {error}", error.advice
                )
            return ProbeProof(Verdict.UNKNOWN, str(error), error.as_unknown().advice)


def describe_read_command(name: str, region: str | None) -> str:
    """The command of the AWS CLI that repeats the read."""
    where = f" --region {shlex.quote(region)}" if region else ""
    return f"aws s3api get-bucket-encryption --bucket {shlex.quote(name)}{where}"


def _finding(bucket: Bucket, rule: str, proof: ProbeProof) -> Finding:
    return make_finding(
        bucket,
        rule=rule,
        severity=Severity.HIGH,
        verdict=proof.verdict,
        message=proof.message,
        advice=proof.advice,
    )
