"""What `verify` adds to the rules: whether a run's write is still there, and what a probe object shows."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3kms.estate.advice import Advice
from s3kms.estate.bucket import Bucket, BucketKind, Sighting
from s3kms.estate.encryption import Encryption
from s3kms.estate.errors import AwsError, CredentialsProblem
from s3kms.estate.findings import Finding, Severity, Verdict, finding_about
from s3kms.fixes.proof import Proof, judge_probe

if TYPE_CHECKING:
    from s3kms.aws.connection import Connection

RUN, PROBE = "s3kms_run", "s3kms_probe"
"""The ids of the two proofs, where a rule's id stands in a finding."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """The proofs asked for."""

    connection: "Connection"
    run: str | None
    written: Mapping[str, Encryption]
    """What the run wrote, by bucket."""
    is_probing: bool

    def of(self, sighting: Sighting) -> Iterator[Finding]:
        """The findings on one bucket."""
        if not isinstance(sighting, Bucket) or sighting.name is None:
            return
        if sighting.name in self.written:
            yield _finding(sighting, RUN, _still_there(sighting, self.written[sighting.name], self.run or ""))
        if self.is_probing:
            yield _finding(sighting, PROBE, self._probed(sighting, sighting.name))

    def _probed(self, bucket: Bucket, name: str) -> Proof:
        from s3kms.aws.probe import probe_bucket

        if bucket.kind is BucketKind.DIRECTORY:
            return Proof(
                Verdict.UNKNOWN, "directory buckets are not probed", Advice("write an object and look at it")
            )
        try:
            return judge_probe(bucket, probe_bucket(self.connection, name, bucket.region))
        except CredentialsProblem:
            raise
        except AwsError as error:
            if error.code.startswith("KMS."):
                return Proof(Verdict.FAIL, f"a probe object cannot be written or read: {error}", error.advice)
            return Proof(Verdict.UNKNOWN, str(error), error.as_unknown().advice)


def by_hand(bucket: Bucket) -> str:
    """The command of the AWS CLI that repeats the read."""
    region = f" --region {shlex.quote(bucket.region)}" if bucket.region else ""
    return f"aws s3api get-bucket-encryption --bucket {shlex.quote(bucket.name or '')}{region}"


def _still_there(bucket: Bucket, written: Encryption, run: str) -> Proof:
    found = bucket.encryption
    if not isinstance(found, Encryption):
        return Proof(Verdict.UNKNOWN, found.why, found.advice)
    if found.means_the_same(written):
        return Proof(Verdict.PASS, f"what run {run} wrote is still there")
    return Proof(
        Verdict.FAIL,
        f"the default is no longer what run {run} wrote",
        Advice("find out who changed it (CloudTrail)"),
    )


def _finding(bucket: Bucket, rule: str, proof: Proof) -> Finding:
    return finding_about(
        bucket,
        rule=rule,
        severity=Severity.HIGH,
        verdict=proof.verdict,
        message=proof.message,
        advice=proof.advice,
    )
