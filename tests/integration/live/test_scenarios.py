"""What least-privilege roles and poor networks meet, on the embedded AWS and on LocalStack: fix works and says so."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import boto3
import pytest
from tests.integration.live.conftest import FAR, FRANKFURT, HOME, VIRGINIA, Account
from tests.support.cli import Shell
from tests.support.misbehaving_proxy import MisbehavingProxy

from s3kms.aws.s3.bucket_api import DIRECTORY_LISTING_REACH_SECONDS

USER = "User: arn:aws:sts::222222222222:assumed-role/app/me is not authorized to perform: "
LISTING_DENIED = f"{USER}s3:ListAllMyBuckets with an explicit deny in a service control policy"
WRITE_DENIED = f"{USER}s3:PutEncryptionConfiguration with an explicit deny in a service control policy"
NAMED = (f"s3://{HOME}", f"s3://{FAR}")


class Place(Protocol):
    """A server with the two buckets, and what goes wrong at it."""

    shell: Shell

    def algorithms(self) -> set[str]: ...
    def deny(self, operation: str, message: str) -> None: ...
    def hide_regions(self) -> None: ...
    def silence_directory_buckets(self) -> None: ...


class Embedded:
    """The embedded AWS, by its faults."""

    def __init__(self, account: Account) -> None:
        self.shell = account.shell
        self._account = account

    def algorithms(self) -> set[str]:
        return {self._account.algorithm(HOME), self._account.algorithm(FAR, VIRGINIA)}

    def deny(self, operation: str, message: str) -> None:
        self._account.aws.faults.fail(operation, 403, "AccessDenied", message)

    def hide_regions(self) -> None:
        self._account.aws.faults.without_regions = True

    def silence_directory_buckets(self) -> None:
        self._account.aws.faults.silent = "ListDirectoryBuckets"


class Proxied:
    """LocalStack, behind a proxy that misbehaves."""

    def __init__(self, proxy: MisbehavingProxy, url: str, folder: Path) -> None:
        self._proxy = proxy
        keys = {"AWS_ACCESS_KEY_ID": "222222222222", "AWS_SECRET_ACCESS_KEY": "test"}
        env = {**keys, "AWS_ENDPOINT_URL": proxy.url, "AWS_REGION": FRANKFURT}
        self.shell = Shell(folder, {**env, "XDG_STATE_HOME": str(folder / "state")})
        session: Any = boto3.Session("222222222222", "test", region_name=FRANKFURT)
        self._s3 = {
            region: session.client("s3", endpoint_url=url, region_name=region)
            for region in (FRANKFURT, VIRGINIA)
        }
        where = {"CreateBucketConfiguration": {"LocationConstraint": FRANKFURT}}
        self._s3[FRANKFURT].create_bucket(Bucket=HOME, **where)
        self._s3[VIRGINIA].create_bucket(Bucket=FAR)

    def remove(self) -> None:
        for name in (HOME, FAR):
            self._s3[FRANKFURT].delete_bucket(Bucket=name)

    def algorithms(self) -> set[str]:
        answers = [self._s3[FRANKFURT].get_bucket_encryption(Bucket=name) for name in (HOME, FAR)]
        rules = [answer["ServerSideEncryptionConfiguration"]["Rules"][0] for answer in answers]
        return {rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules}

    def deny(self, operation: str, message: str) -> None:
        self._proxy.denied[operation] = message

    def hide_regions(self) -> None:
        self._proxy.without_regions = True

    def silence_directory_buckets(self) -> None:
        self._proxy.silent = "ListDirectoryBuckets"


SLOW_LOCALSTACK = (pytest.mark.localstack, pytest.mark.slow)


@pytest.fixture(params=["embedded", pytest.param("localstack", marks=SLOW_LOCALSTACK)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "embedded":
        yield Embedded(request.getfixturevalue("account"))
        return
    url = request.getfixturevalue("localstack").url
    with MisbehavingProxy(url) as proxy:
        made = Proxied(proxy, url, tmp_path)
        yield made
        made.remove()


def test_named_buckets_are_fixed_though_listing_is_denied_with_a_reason(place: Place) -> None:
    place.deny("ListBuckets", LISTING_DENIED)

    done = place.shell("fix", *NAMED, "--apply", "--yes")

    assert done.exit == 0, done.err
    assert place.algorithms() == {"aws:kms"}
    assert "2 buckets changed and read back" in done.out
    assert f"the server said: {LISTING_DENIED}" in done.err
    assert "the named buckets are read without it, and the region that answers is theirs" in done.err


def test_all_buckets_are_fixed_though_no_region_is_told(place: Place) -> None:
    place.hide_regions()

    done = place.shell("fix", "--no-directory-buckets", "--apply", "--yes")

    assert done.exit == 0, done.err
    assert place.algorithms() == {"aws:kms"}
    assert "2 buckets changed and read back" in done.out
    assert "2 buckets were listed without a region: the one that answered is taken" in done.err


def test_a_denied_write_tells_its_reason_and_leaves_the_bucket_as_it_was(place: Place) -> None:
    place.deny("PutBucketEncryption", WRITE_DENIED)

    done = place.shell("fix", *NAMED, "--apply", "--yes")

    assert done.exit == 5
    assert place.algorithms() == {"AES256"}
    assert f"the server said: {WRITE_DENIED}; the bucket is as it was" in done.out
    assert "the service control policy of the organization" in done.err
    assert "2 of 2 changes failed (0 changed)" in done.err


@pytest.mark.slow
def test_the_other_buckets_are_fixed_though_those_of_directories_do_not_answer(place: Place) -> None:
    place.silence_directory_buckets()
    before = time.monotonic()

    done = place.shell("fix", "--apply", "--yes")

    assert time.monotonic() - before < DIRECTORY_LISTING_REACH_SECONDS + 25
    assert done.exit == 11, done.err
    assert place.algorithms() == {"aws:kms"}
    assert "2 buckets changed and read back" in done.out
    assert "nothing came within 5 s" in done.err
    assert "the directory buckets of us-east-1, us-east-2" in done.err
    assert "--no-directory-buckets" in done.err
