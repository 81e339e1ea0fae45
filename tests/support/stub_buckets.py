"""A small S3 over real HTTP that keeps what is put, and misbehaves at the call a test names."""

import re
from collections import Counter
from collections.abc import Callable

from tests.support.cli import Shell
from tests.support.stub import Answer, Stub, error, listing, rules

SSE_S3 = (
    "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
    "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled>"
    "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule>"
)
GET, PUT = "GetBucketEncryption", "PutBucketEncryption"
NO_ANSWER = Answer("", 0)
DENIED, BUSY = error("AccessDenied", 403), error("OperationAborted", 409)
Act = Callable[[], Answer | None]
"""What happens at a call, instead of the right thing; None lets the right thing happen."""


class StubBuckets:
    """Buckets with their rules; `at[operation, bucket]` says what happens instead."""

    def __init__(self, *names: str) -> None:
        self.rules = dict.fromkeys(names, SSE_S3)
        self.at: dict[tuple[str, str], Act] = {}
        self.asked: Counter[tuple[str, str]] = Counter()
        self.stub = Stub(
            ListBuckets=listing(*names), GetBucketEncryption=self._get, PutBucketEncryption=self._put
        )

    def shell(self, shell: Shell) -> Shell:
        return shell.having(**self.stub.env, XDG_STATE_HOME=str(shell.folder / "state"))

    def keep(self, bucket: str) -> None:
        """What a put does."""
        found = re.search(r"<Rule>.*</Rule>", self.stub.bodies[bucket], re.DOTALL)
        assert found
        self.rules[bucket] = found[0]

    def algorithm(self, bucket: str) -> str:
        return self.rules[bucket].partition("<SSEAlgorithm>")[2].partition("<")[0]

    @property
    def puts(self) -> list[str]:
        return [bucket for operation, bucket in self.stub.calls if operation == PUT]

    def _instead(self, operation: str, bucket: str) -> Answer | None:
        self.asked[operation, bucket] += 1
        act = self.at.get((operation, bucket))
        return act() if act else None

    def _get(self, bucket: str) -> Answer:
        return self._instead(GET, bucket) or rules(self.rules[bucket])

    def _put(self, bucket: str) -> Answer:
        said = self._instead(PUT, bucket)
        if said is None:
            self.keep(bucket)
        return said or Answer()
