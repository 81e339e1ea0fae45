"""A preparation killed at its second bucket policy: `python -m tests.support.killed_preparation POINT JOURNALS URL`.

Credentials are those of the environment.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import s3kms
from s3kms.changes.apply import apply_changes
from s3kms.changes.journal import Journal, RunHeader, new_run_id
from s3kms.changes.policies.kind import BUCKET_POLICIES, BucketPolicyChange
from s3kms.changes.policies.medium import bucket_policy_medium

POINTS = ("before the write", "after the write", "after its line")


class Dying(Journal[BucketPolicyChange]):
    """A journal whose process dies at one bucket."""

    point = ""
    doomed = ""

    def intend(self, entry: BucketPolicyChange) -> None:
        super().intend(entry)
        self._die(entry, "before the write")

    def done(self, entry: BucketPolicyChange) -> None:
        self._die(entry, "after the write")
        super().done(entry)
        self._die(entry, "after its line")

    def _die(self, entry: BucketPolicyChange, point: str) -> None:
        if (entry.bucket, point) == (self.doomed, self.point):
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    with s3kms.Client(endpoint_url=sys.argv[3]) as client:
        found = client.prepare("s3://killed-*").changes
        changes = [one for one in found if isinstance(one, BucketPolicyChange)]
        Dying.point, Dying.doomed = sys.argv[1], changes[1].bucket
        now, account = datetime.now(UTC), client.connect().account
        header = RunHeader(new_run_id(now), now, "plan --prepare", account, "", kind=BUCKET_POLICIES.name)
        with Dying.create(Path(sys.argv[2]), header, BUCKET_POLICIES) as journal:
            apply_changes(changes, bucket_policy_medium(client.connect(), account), journal)
