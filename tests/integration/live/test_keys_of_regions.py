"""One key for buckets of several regions: those of its region are changed, the others are named and skipped."""

from tests.integration.live.conftest import FAR, FRANKFURT, HOME, VIRGINIA, Account


def make_key(account: Account, region: str = FRANKFURT) -> str:
    return str(account.client("kms", region).create_key()["KeyMetadata"]["Arn"])


def test_the_arn_of_one_region_changes_its_buckets_and_leaves_the_others_alone(account: Account) -> None:
    done = account.shell("fix", "--no-directory-buckets", "--key", make_key(account), "--apply", "--yes")

    assert done.exit == 11, done.err
    assert (account.algorithm(HOME), account.algorithm(FAR, VIRGINIA)) == ("aws:kms", "AES256")
    assert f"s3://{FAR} is skipped: KMS key" in done.out + done.err
    assert f"the key is in {FRANKFURT}, the bucket in {VIRGINIA}" in done.out + done.err


def test_named_buckets_are_treated_alike(account: Account) -> None:
    key = make_key(account, VIRGINIA)

    done = account.shell("fix", f"s3://{HOME}", f"s3://{FAR}", "--key", key, "--apply", "--yes")

    assert done.exit == 11, done.err
    assert (account.algorithm(HOME), account.algorithm(FAR, VIRGINIA)) == ("AES256", "aws:kms")


def test_an_alias_that_only_one_region_has_changes_its_buckets(account: Account) -> None:
    kms = account.client("kms")
    kms.create_alias(AliasName="alias/data", TargetKeyId=make_key(account))

    done = account.shell("fix", "--no-directory-buckets", "--key", "alias/data", "--apply", "--yes")

    assert done.exit == 11, done.err
    assert (account.algorithm(HOME), account.algorithm(FAR, VIRGINIA)) == ("aws:kms", "AES256")


def test_a_key_that_no_bucket_can_have_refuses_the_run(account: Account) -> None:
    done = account.shell("fix", "--no-directory-buckets", "--key", "alias/nowhere", "--apply", "--yes")

    assert done.exit == 4
    assert "alias/nowhere" in done.err
    assert account.operations["PutBucketEncryption"] == 0


def test_a_key_is_asked_for_once_a_region(account: Account) -> None:
    for name in ("a-third", "a-fourth"):
        account.client("s3", VIRGINIA).create_bucket(Bucket=name)
    kms = account.client("kms")
    kms.create_alias(AliasName="alias/data", TargetKeyId=make_key(account))
    account.aws.calls.clear()

    account.shell("fix", "--no-directory-buckets", "--key", "alias/data")

    assert account.operations["DescribeKey"] == 2
