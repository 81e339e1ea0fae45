"""`s3kms reencrypt` killed with SIGKILL at random moments and gone on with, over a bucket of the embedded AWS.

By itself it is the large run, which takes minutes:

    python -m tests.support.killed_reencrypt --objects 20000 --kills 20 --seed 1
"""

import argparse
import hashlib
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from moto.s3.models import FakeDeleteMarker, FakeKey, s3_backends
from tests.support.aws_calls import put, rule
from tests.support.cli import Shell
from tests.support.sdk import client_of

from s3kms.demo.aws import MANAGEMENT, EmbeddedAws
from s3kms.demo.corrections.ownership import bucket_named

REGION = "us-east-1"
BUCKET = "killed"
SSE_S3 = ("AES256", None, False)
WRITES = {"update": "UpdateObjectEncryption", "copy": "CopyObject"}
"""The call of an engine by which an object is changed."""
_RUN_SECONDS = 1200.0
_WELL_ENDED = {0, 11}
_CLASSES = ("STANDARD", "STANDARD", "STANDARD_IA", "GLACIER_IR", "INTELLIGENT_TIERING")
_SINCE = datetime(2021, 1, 1, tzinfo=UTC)

Key = tuple[str, str]
"""Key and version id."""


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """All that the server has of one version; of a delete marker its date alone."""

    encryption: tuple[str | None, str | None, bool]
    """Algorithm, key, bucket key."""
    content: str
    etag: str
    last_modified: datetime
    storage_class: str
    metadata: Mapping[str, str]
    tags: Mapping[str, str]
    place: int
    """Among the versions of its key, the oldest first."""

    @property
    def of_a_copy(self) -> tuple[object, ...]:
        """What a copy keeps: its date and its ETag are new (fact D15)."""
        return self.content, self.storage_class, dict(self.metadata), dict(self.tags)

    @property
    def without_encryption(self) -> tuple[object, ...]:
        """What UpdateObjectEncryption promises to keep (fact D1)."""
        return (
            self.content, self.etag, self.last_modified, self.storage_class,
            dict(self.metadata), dict(self.tags), self.place,
        )  # fmt: skip


def stored_versions(bucket: str = BUCKET) -> dict[Key, StoredVersion]:
    """Every version and delete marker, read where the server keeps it: over HTTP it takes a minute."""
    found: dict[Key, StoredVersion] = {}
    for name, versions in dict(_bucket(bucket).keys).items():
        for place, version in enumerate(versions):
            found[name, str(version.version_id)] = _stored(version, place)
    return found


def _bucket(name: str) -> Any:
    found = bucket_named(name)
    assert found is not None
    return found


def _stored(version: Any, place: int) -> StoredVersion:
    if isinstance(version, FakeDeleteMarker):
        return StoredVersion((None, None, False), "", "", version.last_modified, "", {}, {}, place)
    tagger = s3_backends[version.account_id][version.partition].tagger
    return StoredVersion(
        (version.encryption, version.kms_key_id, bool(version.bucket_key_enabled)),
        hashlib.sha256(version.value).hexdigest(),
        version.etag,
        version.last_modified,
        version.storage_class,
        dict(version.metadata),
        dict(tagger.get_tag_dict_for_resource(version.arn)),
        place,
    )


def fill(bucket: str, count: int, other_key: str, seed: int) -> None:
    """So many keys from years ago: some with older versions, deleted, under another key, of other classes, empty."""
    chance = random.Random(seed)
    backend = s3_backends[MANAGEMENT]["aws"]
    for number in range(count):
        name = f"{chance.choice(('logs', 'a b+c', 'é%2F'))}/{number:06}"
        for _ in range(1 + (chance.random() < 0.1)):
            stored = _write(backend, bucket, name, chance, other_key)
            stored.last_modified = (_SINCE + timedelta(minutes=number)).replace(tzinfo=None)
        if chance.random() < 0.03:
            backend.delete_object(bucket, name)


def _write(backend: Any, bucket: str, name: str, chance: random.Random, other_key: str) -> FakeKey:
    under_other_key = chance.random() < 0.05
    stored: FakeKey = backend.put_object(
        bucket,
        name,
        chance.randbytes(chance.choice((0, 1, 300, 1500))),
        storage=chance.choice(_CLASSES),
        encryption="aws:kms" if under_other_key else "AES256",
        kms_key_id=other_key if under_other_key else None,
        disable_notification=True,
    )
    stored.set_metadata(
        {"x-amz-meta-name": hashlib.md5(name.encode()).hexdigest(), "Content-Type": "text/x-log"}
    )
    if chance.random() < 0.2:
        backend.put_object_tagging(stored, {"team": "data", "n": name[-3:]})
    return stored


@dataclass
class KilledReencryption:
    """One bucket, one engine, and a run that is killed again and again."""

    aws: EmbeddedAws
    folder: Path
    engine: str = "update"
    accept: tuple[str, ...] = ("no-way-back",)
    seed: int = 1
    concurrency: int = 8
    key_arn: str = ""
    kills: list[int] = field(default_factory=list)
    """How many writes the server had seen at each kill."""
    output: str = ""
    _written: Counter[tuple[str, str]] = field(default_factory=Counter)
    _counted: int = 0

    def prepare(self, objects: int) -> None:
        """The bucket, full, with the wanted key as its default."""
        s3 = client_of(self.aws, MANAGEMENT, "s3", REGION)
        kms = client_of(self.aws, MANAGEMENT, "kms", REGION)
        self.key_arn, other = (str(kms.create_key()["KeyMetadata"]["Arn"]) for _ in range(2))
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        fill(BUCKET, objects, other, self.seed)
        put(s3, BUCKET, rule("aws:kms", self.key_arn, BucketKeyEnabled=True))
        self.aws.calls.clear()

    def run(self, kills: int, expected_writes: int) -> int:
        """Kill so many times, at moments drawn by the seed, then let it end; the exit code of the end."""
        chance = random.Random(self.seed)
        moments = sorted(chance.randrange(1, expected_writes) for _ in range(kills))
        for moment in moments:
            process = self._start()
            self._wait_for_writes(process, moment)
            # A moment more: else it would always be the one at which an answer is on its way.
            time.sleep(chance.random() * 0.02)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            self.kills.append(self.writes)
        process = self._start()
        self.output, errors = process.communicate(timeout=_RUN_SECONDS)
        assert process.returncode in _WELL_ENDED, errors
        return process.returncode

    def _start(self) -> "subprocess.Popen[str]":
        shell = Shell(
            self.folder,
            {"AWS_ENDPOINT_URL": self.aws.url, "AWS_REGION": REGION, **self.aws.credentials(MANAGEMENT)},
        )
        how = ("--apply", "--yes", "--format", "json", "--concurrency", str(self.concurrency))
        if run := self.run_id:
            return shell.start("reencrypt", "--resume", run, *how)
        accepted = [word for name in self.accept for word in ("--accept", name)]
        return shell.start("reencrypt", f"s3://{BUCKET}", "--engine", self.engine, *accepted, *how)

    @property
    def run_id(self) -> str | None:
        """The run that is to be gone on with; None where none has begun."""
        journals = sorted(Path(f"{self.folder}-state", "s3kms", "runs").glob("*.jsonl"))
        return journals[-1].stem if journals else None

    def _wait_for_writes(self, process: "subprocess.Popen[str]", moment: int) -> None:
        until = time.monotonic() + _RUN_SECONDS
        while self.writes < moment:
            assert time.monotonic() < until, "the run does not come on"
            if process.poll() is not None:
                raise AssertionError(f"it ended by itself: {process.communicate()}")
            time.sleep(0.002)

    @property
    def writes(self) -> int:
        """How many objects the server was told to change, as often as it was told."""
        self._count_new_calls()
        return self._written.total()

    @property
    def repeated(self) -> int:
        """How many objects were changed more than once; the proofs of a server, one a process, have own objects."""
        self._count_new_calls()
        return sum(count > 1 for count in self._written.values())

    def _count_new_calls(self) -> None:
        """Only those since the last time: this is asked every few milliseconds, of a list that grows long."""
        while self._counted < len(self.aws.calls):
            call = self.aws.calls[self._counted]
            self._counted += 1
            if call.operation == WRITES[self.engine]:
                self._written[call.path, call.query] += 1


def update_faults(
    before: Mapping[Key, StoredVersion], after: Mapping[Key, StoredVersion], key_arn: str
) -> dict[str, int]:
    """How many versions are not as UpdateObjectEncryption has to leave them, by what is wrong; empty is right."""
    found: Counter[str] = Counter()
    for place in before.keys() | after.keys():
        was, now = before.get(place), after.get(place)
        if was is None or now is None:
            found["gone" if now is None else "new"] += 1
            continue
        wanted = ("aws:kms", key_arn, True) if was.encryption == SSE_S3 else was.encryption
        found["not kept"] += was.without_encryption != now.without_encryption
        found["not encrypted as it has to be"] += now.encryption != wanted
    return {what: count for what, count in found.items() if count}


def copy_faults(
    before: Mapping[Key, StoredVersion], after: Mapping[Key, StoredVersion], key_arn: str
) -> dict[str, int]:
    """How many versions are not as copies have to leave them, by what is wrong; empty is right.

    Every old version is as it was, and each current one under SSE-S3 has one new version above it.
    """
    found: Counter[str] = Counter()
    found["old version gone or changed"] = sum(after.get(place) != was for place, was in before.items())
    current = {name: was for (name, _), was in sorted(before.items(), key=lambda one: one[1].place)}
    new = [(name, now) for (name, version), now in after.items() if (name, version) not in before]
    found["copied twice"] = len(new) - len({name for name, _ in new})
    meant = {name for name, was in current.items() if was.encryption == SSE_S3}
    found["not copied"] = len(meant - {name for name, _ in new})
    for name, now in new:
        was = current.get(name)
        found["not meant"] += name not in meant
        found["not encrypted as it has to be"] += now.encryption != ("aws:kms", key_arn, True)
        found["not kept"] += was is None or was.of_a_copy != now.of_a_copy
    return {what: count for what, count in found.items() if count}


FAULTS = {"update": update_faults, "copy": copy_faults}
ACCEPTED = {"update": ("no-way-back",), "copy": ("new-versions", "retrieval-fee")}


def main() -> int:
    """Fill, kill, go on, compare, print; 0 where everything is as it has to be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--objects", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=sorted(FAULTS), default="update")
    parser.add_argument("--concurrency", type=int, default=8)
    asked = parser.parse_args()
    began = time.monotonic()
    with EmbeddedAws() as aws, tempfile.TemporaryDirectory() as folder:
        killed = KilledReencryption(
            aws,
            Path(folder, "work"),
            asked.engine,
            ACCEPTED[asked.engine],
            seed=asked.seed,
            concurrency=asked.concurrency,
        )
        killed.folder.mkdir()
        killed.prepare(asked.objects)
        before = stored_versions()
        moved = sum(version.encryption == SSE_S3 for version in before.values())
        ended = killed.run(asked.kills, moved)
        faults = FAULTS[asked.engine](before, stored_versions(), killed.key_arn)
    print(f"{asked.objects} objects in {len(before)} versions and markers, {moved} of them to be moved")
    print(f"killed {len(killed.kills)} times, after so many writes: {', '.join(map(str, killed.kills))}")
    print(f"the last process ended with exit code {ended} after {time.monotonic() - began:.0f} s in all")
    print(f"moved twice: {killed.repeated}; not as it has to be: {faults or 'none'}")
    return int(bool(faults or killed.repeated))


if __name__ == "__main__":
    raise SystemExit(main())
