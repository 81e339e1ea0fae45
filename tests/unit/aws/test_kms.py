"""What KMS is asked, and what is made of its answers: over the real client, with a wire that ends here."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from botocore.credentials import ReadOnlyCredentials

from s3kms.aws.kms import KeyReader
from s3kms.aws.retry import RetryPolicy
from s3kms.aws.s3.client import S3Client
from s3kms.aws.s3.context import ClientContext
from s3kms.aws.s3.endpoints import Endpoint
from s3kms.aws.s3.transport import Response
from s3kms.model.encryption import KeyKind
from s3kms.model.errors import AccessDenied, AwsError, BadAnswer, CredentialsProblem, NotFound, Throttled
from s3kms.model.grants import KeyGrant
from s3kms.model.keys import KeyReference, KmsKey, UnusedAwsManagedKey
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause

T = TypeVar("T")
ACCOUNT, REGION = "111122223333", "eu-central-1"
ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
METADATA = {
    "Arn": ARN,
    "KeyState": "Enabled",
    "KeyUsage": "ENCRYPT_DECRYPT",
    "KeySpec": "SYMMETRIC_DEFAULT",
    "KeyManager": "CUSTOMER",
}


class Somebody:
    user_agent = "test"

    def credentials(self) -> ReadOnlyCredentials:
        return ReadOnlyCredentials("AKIAEXAMPLE", "secret", None, None)

    def renew_credentials(self) -> bool:
        return False

    def endpoint_of(self, region: str, *, directory: bool) -> Endpoint:
        del directory
        return Endpoint("https://s3.example.com", "", region, "s3")

    def key_endpoint_of(self, region: str) -> Endpoint:
        return Endpoint("https://kms.example.com", "/below", region, "kms")

    def control_endpoint_of(self, region: str) -> Endpoint:
        return Endpoint("https://s3.example.com", "", region, "s3")


@dataclass
class Kms:
    answer: Callable[[str, dict[str, Any], int], Response]
    """From an operation, its input, and how many calls of the operation there were before."""
    seconds: float = 0.0
    asked: list[str] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0

    async def get(self, url: str, headers: Mapping[str, str]) -> Response:
        raise NotImplementedError

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, **how: Any
    ) -> Response:
        assert (method, url) == ("POST", "https://kms.example.com/below/")
        assert headers["Content-Type"] == "application/x-amz-json-1.1"
        assert f"/{REGION}/kms/aws4_request" in headers["Authorization"]
        assert "x-amz-target" in headers["Authorization"]
        service, _, operation = headers["X-Amz-Target"].partition(".")
        assert service == "TrentService"
        before = self.asked.count(operation)
        self.asked.append(operation)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(self.seconds)
        self.under_way -= 1
        return self.answer(operation, json.loads(body or b""), before)

    async def close(self) -> None:
        pass


def good(answer: object) -> Response:
    return Response(200, {"x-amzn-requestid": "1"}, json.dumps(answer).encode())


def refused(code: str, message: str = "", **headers: str) -> Response:
    return Response(400, headers, json.dumps({"__type": code, "message": message}).encode())


def always(response: Response) -> Kms:
    return Kms(lambda *_: response)


def run(server: Kms, ask: Callable[[KeyReader], Awaitable[T]], seconds: float = 60.0) -> T:
    async def asking() -> T:
        context = ClientContext(server, 64, retry_policy=RetryPolicy(seconds, first_wait_seconds=0.001))
        return await ask(KeyReader(S3Client(Somebody(), context), ACCOUNT))

    return asyncio.run(asking())


def describe(server: Kms, text: str | None = ARN, seconds: float = 60.0) -> KmsKey | UnusedAwsManagedKey:
    return run(server, lambda keys: keys.describe(KeyReference.parse(text), REGION), seconds)


def test_as_many_keys_are_asked_for_at_once_as_the_budget_of_calls_allows() -> None:
    server = Kms(lambda *_: good({"KeyMetadata": METADATA}), seconds=0.2)
    reference = KeyReference.parse(ARN)

    async def all_of_them(keys: KeyReader) -> int:
        return len(await asyncio.gather(*(keys.describe(reference, REGION) for _ in range(210))))

    assert run(server, all_of_them) == 210
    assert Counter(server.asked) == {"DescribeKey": 210}
    assert server.most_under_way == 64


def test_the_dates_of_a_key_are_read_from_seconds() -> None:
    found = describe(always(good({"KeyMetadata": METADATA | {"DeletionDate": 1.7e9, "ValidTo": 1800000000}})))

    assert isinstance(found, KmsKey)
    assert found.deletion_date == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert found.valid_to == datetime(2027, 1, 15, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("NotFoundException", NotFound),
        ("com.amazonaws.kms#NotFoundException", NotFound),
        ("AccessDeniedException", AccessDenied),
        ("ExpiredTokenException", CredentialsProblem),
        ("KMSInvalidStateException", AwsError),
    ],
)
def test_a_refusal_has_its_cause_its_code_and_its_request_id(code: str, kind: type[AwsError]) -> None:
    with pytest.raises(kind) as caught:
        describe(always(refused(code, "no", **{"x-amzn-requestid": "r-1"})))

    assert (caught.value.code, caught.value.request_id) == (code.rpartition("#")[2], "r-1")
    assert caught.value.operation == "DescribeKey"


def test_what_is_throttled_is_asked_again_and_the_pace_is_halved() -> None:
    def busy_at_first(_: str, __: object, before: int) -> Response:
        return (
            refused("ThrottlingException", "Rate exceeded") if before < 2 else good({"KeyMetadata": METADATA})
        )

    server = Kms(busy_at_first)

    assert isinstance(describe(server), KmsKey)
    assert server.asked == ["DescribeKey"] * 3


def test_what_stays_throttled_ends_at_the_deadline() -> None:
    with pytest.raises(Throttled):
        describe(always(refused("ThrottlingException")), seconds=0.2)


def test_a_wrong_clock_is_set_once_by_the_servers_date() -> None:
    said = "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z"

    def late_at_first(_: str, __: object, before: int) -> Response:
        late = refused("InvalidSignatureException", said, Date="Thu, 01 Jan 2026 01:00:00 GMT")
        return good({"KeyMetadata": METADATA}) if before else late

    assert isinstance(describe(Kms(late_at_first)), KmsKey)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b"[]", b"{}", b'{"KeyMetadata": 5}', b'{"KeyMetadata": {"Arn": {}}}'),
        json.dumps({"KeyMetadata": METADATA | {"Arn": "arn:aws:s3:::x"}}).encode(),
        json.dumps({"KeyMetadata": METADATA | {"DeletionDate": "soon"}}).encode(),
        json.dumps({"KeyMetadata": METADATA | {"DeletionDate": 1e300}}).encode(),
        b"[" * 100_000,
    ],
)
def test_an_answer_that_is_none_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        describe(always(Response(200, {}, body)))


@pytest.mark.parametrize(
    "body", [b"{", b'{"__type": 5}', b'{"__type": {}}', b'{"message": 5}', b"{" * 9, b"", b"<a"]
)
def test_a_refusal_that_cannot_be_read_is_an_error_of_ours(body: bytes) -> None:
    with pytest.raises(AwsError):
        describe(always(Response(400, {}, body)))


def test_the_alias_of_aws_s3_is_looked_for_page_by_page() -> None:
    pages = [
        {"Aliases": [{"AliasName": "alias/a"}], "Truncated": True, "NextMarker": "m"},
        {"Aliases": [{"AliasName": "alias/aws/s3"}], "Truncated": False},
    ]
    server = Kms(lambda _, asked, __: good(pages["Marker" in asked]))

    assert describe(server, "alias/aws/s3") == UnusedAwsManagedKey()
    assert server.asked == ["ListAliases"] * 2


def test_a_list_of_aliases_that_goes_round_in_circles_is_a_bad_answer() -> None:
    circle = {"Aliases": [], "Truncated": True, "NextMarker": "same"}

    with pytest.raises(BadAnswer, match="does not go on"):
        describe(always(good(circle)), "alias/aws/s3")


GRANT = {"GrantId": "g-1", "GranteePrincipal": "arn:aws:iam::1:role/a", "Operations": ["Decrypt"]}
KEY = KmsKey(ARN, "Enabled", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", KeyKind.CUSTOMER_MANAGED)


def grants_of(server: Kms, seconds: float = 60.0) -> tuple[KeyGrant, ...] | Unknown:
    return run(server, lambda keys: keys.grants(KEY), seconds)


def test_grants_are_read_to_the_last_page_with_what_limits_them() -> None:
    more = GRANT | {
        "Name": "logs",
        "GranteePrincipal": None,
        "GranteeServicePrincipal": "delivery.logs.amazonaws.com",
        "Constraints": {"EncryptionContextEquals": {"a": "b"}, "SourceArn": "arn:aws:logs:x"},
    }
    pages: list[dict[str, Any]] = [
        {"Grants": [GRANT | {"Constraints": None}], "Truncated": True, "NextMarker": "m"},
        {"Grants": [more], "Truncated": False},
    ]
    asked: list[dict[str, Any]] = []

    def answer(_: str, said: dict[str, Any], number: int) -> Response:
        asked.append(said)
        return good(pages[number])

    assert grants_of(Kms(answer)) == (
        KeyGrant(frozenset({"Decrypt"}), "arn:aws:iam::1:role/a", name="grant g-1"),
        KeyGrant(
            frozenset({"Decrypt"}),
            grantee_service="delivery.logs.amazonaws.com",
            context_equals={"a": "b"},
            source_arn="arn:aws:logs:x",
            name="grant logs",
        ),
    )
    assert asked == [{"KeyId": ARN, "Limit": 100}, {"KeyId": ARN, "Limit": 100, "Marker": "m"}]


def test_a_key_with_more_grants_than_are_read_is_unknown_after_fifty_pages() -> None:
    server = Kms(
        lambda _, said, number: good({"Grants": [GRANT], "Truncated": True, "NextMarker": f"m{number}"})
    )

    found = grants_of(server)

    assert isinstance(found, Unknown)
    assert (found.cause, found.operation) == (UnknownCause.BUDGET, "ListGrants")
    assert "more than 50 grants" in found.why
    assert Counter(server.asked) == {"ListGrants": 50}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"Grants": "none"},
        {"Grants": [{}]},
        {"Grants": ["grant"]},
        {"Grants": [GRANT | {"Operations": "Decrypt"}]},
        {"Grants": [GRANT | {"GranteePrincipal": ""}]},
        {"Grants": [GRANT | {"Constraints": "all"}]},
        {"Grants": [GRANT | {"Constraints": {"EncryptionContextSubset": "all"}}]},
        {"Grants": [GRANT], "Truncated": True},
        {"Grants": [GRANT], "Truncated": True, "NextMarker": "same"},
    ],
)
def test_an_answer_that_does_not_say_all_grants_is_no_answer(answer: dict[str, Any]) -> None:
    found = grants_of(always(good(answer)))

    assert isinstance(found, Unknown)
    assert (found.cause, found.operation) == (UnknownCause.BAD_ANSWER, "ListGrants")


def test_grants_that_may_not_be_read_name_the_action() -> None:
    found = grants_of(always(refused("AccessDeniedException")))

    assert isinstance(found, Unknown)
    assert (found.cause, found.operation) == (UnknownCause.DENIED, "ListGrants")
    assert "kms:ListGrants" in found.advice.action


SHARED = '{"Version": "2012-10-17", "Statement": []}'


def shared_policy_of(server: Kms) -> PolicyDocument | Unknown | None:
    key = KmsKey(ARN, "Enabled", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", KeyKind.CUSTOMER_MANAGED)
    return run(server, lambda reader: reader.shared_policy(key))


def test_the_policy_of_a_key_that_is_shared_by_ram_is_asked_for_by_its_name() -> None:
    names: list[str] = []

    def answer(_: str, asked: dict[str, Any], __: int) -> Response:
        names.append(asked["PolicyName"])
        return good({"Policy": SHARED})

    found = shared_policy_of(Kms(answer))

    assert names == ["AWS_RAM"]
    assert isinstance(found, PolicyDocument)
    assert found.content == SHARED


def test_a_key_that_is_not_shared_has_no_second_policy() -> None:
    assert shared_policy_of(always(refused("NotFoundException"))) is None


def test_a_second_policy_that_may_not_be_read_is_not_known() -> None:
    found = shared_policy_of(always(refused("AccessDeniedException")))

    assert isinstance(found, Unknown)
    assert found.operation == "GetKeyPolicy"
