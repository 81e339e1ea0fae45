"""Who there is in an account, as IAM tells it: each page and each policy once, and nothing believed that is cut."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from tests.support.stub_iam import (
    ACCOUNT,
    Form,
    Script,
    StubIam,
    attached,
    boundary,
    element,
    encoded,
    inline,
    members,
    page,
    policy_arn,
    policy_row,
    role_row,
    to_be_continued,
    user_row,
)

from s3kms.access.documents import parse_policy
from s3kms.aws.connection import Connection, ConnectionSettings
from s3kms.model.identities import AccountIdentities, AttachedPolicy, IamIdentity
from s3kms.model.policy import PolicyDocument
from s3kms.model.unknown import Unknown, UnknownCause
from s3kms.sources.identities import MAX_ACCOUNTS_KEPT, IdentityDirectory, read_identities

READ = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}'
WRITE = READ.replace("Get", "Put")
TWICE = READ[:-1] + ', "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'
Serve = Callable[..., StubIam]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """A server of IAM for the credentials of the environment."""
    stubs: list[StubIam] = []

    def start(**on: Script) -> StubIam:
        stub = StubIam(**on).__enter__()
        stubs.append(stub)
        for name, value in {**stub.env, "AWS_MAX_ATTEMPTS": "1"}.items():
            monkeypatch.setenv(name, value)
        return stub

    yield start
    for stub in stubs:
        stub.__exit__(None, None, None)


def details(*pages: str) -> Script:
    """The first page, and each further one for the marker that is its number."""
    return lambda form: pages[int(form.get("Marker", "0"))]


def read() -> AccountIdentities | Unknown:
    return read_identities(Connection(ConnectionSettings()))


def known() -> list[IamIdentity]:
    found = read()
    assert isinstance(found, AccountIdentities), found
    return list(found.identities)


def only() -> IamIdentity:
    (found,) = known()
    return found


def text(found: AttachedPolicy | None) -> str:
    assert found is not None
    assert isinstance(found.document, PolicyDocument), found
    return str(found.document.content)


def why(found: AttachedPolicy | None) -> Unknown:
    assert found is not None
    assert isinstance(found.document, Unknown), found
    return found.document


def test_everybody_of_all_pages_is_there_and_each_page_was_asked_for_once(serve: Serve) -> None:
    stub = serve(
        GetAccountAuthorizationDetails=details(
            page(users=(user_row("anna"),), more=to_be_continued("1")),
            page(more=to_be_continued("2")),
            page(roles=(role_row("team/reader"),)),
        )
    )

    assert [one.arn for one in known()] == [
        f"arn:aws:iam::{ACCOUNT}:user/anna",
        f"arn:aws:iam::{ACCOUNT}:role/team/reader",
    ]
    assert [one.get("Marker") for one in stub.asked("GetAccountAuthorizationDetails")] == [None, "1", "2"]


def test_a_policy_that_a_later_page_tells_is_that_of_a_role_of_an_earlier_one(serve: Serve) -> None:
    stub = serve(
        GetAccountAuthorizationDetails=details(
            page(roles=(role_row("reader", attached(policy_arn("read"))),), more=to_be_continued("1")),
            page(policies=(policy_row("read", ("v1", WRITE, False), ("v2", READ, True)),)),
        )
    )

    (policy,) = only().policies
    assert (policy.name, policy.arn, text(policy)) == ("read", policy_arn("read"), READ)
    assert not stub.asked("GetPolicy")


def test_a_user_has_its_own_policies_and_those_of_its_groups(serve: Serve) -> None:
    group = element("GroupName", "staff") + members("GroupPolicyList", inline("put", WRITE))
    group += attached(policy_arn("read"))
    user = user_row("anna", members("UserPolicyList", inline("get", READ)), members("GroupList", "staff"))
    serve(
        GetAccountAuthorizationDetails=details(
            page(users=(user,), groups=(group,), policies=(policy_row("read", ("v1", READ, True)),))
        )
    )

    assert [(one.name, text(one)) for one in only().policies] == [
        ("inline policy 'get'", READ),
        ("inline policy 'put' of group staff", WRITE),
        ("read", READ),
    ]


def test_a_group_that_nobody_told_of_leaves_its_user_open(serve: Serve) -> None:
    user = user_row("anna", members("GroupList", "staff"))
    serve(GetAccountAuthorizationDetails=details(page(users=(user,))))

    assert "group staff" in why(only().policies[0]).why


def test_tags_and_the_role_of_a_service_are_told(serve: Serve) -> None:
    tags = members("Tags", element("Key", "team") + element("Value", "blue"))
    serve(
        GetAccountAuthorizationDetails=details(
            page(roles=(role_row("aws-service-role/x.amazonaws.com/AWSServiceRoleForX", tags),))
        )
    )

    found = only()
    assert (found.tags, found.is_service_linked, found.account) == ({"team": "blue"}, True, ACCOUNT)


def test_documents_that_are_equal_are_one(serve: Serve) -> None:
    rows = (role_row(f"r{n}", members("RolePolicyList", inline(f"p{n}", READ))) for n in range(3))
    serve(GetAccountAuthorizationDetails=details(page(roles=tuple(rows))))

    assert len({id(one.policies[0].document) for one in known()}) == 1


def boundaries_of(*documents: str | tuple[int, str]) -> tuple[Script, Script]:
    """GetPolicy and GetPolicyVersion; the default is the third version."""
    answer = documents[0]

    def policy(form: Form) -> str:
        assert form["PolicyArn"] == policy_arn("limit")
        return element("Policy", element("DefaultVersionId", "v3"))

    def version(form: Form) -> str | tuple[int, str]:
        if isinstance(answer, tuple):
            return answer
        assert form["VersionId"] == "v3"
        return element("PolicyVersion", element("Document", encoded(answer)))

    return policy, version


def test_a_boundary_that_was_left_out_is_read_once_for_all_who_have_it(serve: Serve) -> None:
    rows = (role_row(f"r{n}", boundary(policy_arn("limit"))) for n in range(5))
    policy, version = boundaries_of(READ)
    stub = serve(
        GetAccountAuthorizationDetails=details(page(roles=tuple(rows))),
        GetPolicy=policy,
        GetPolicyVersion=version,
    )

    assert [text(one.boundary) for one in known()] == [READ] * 5
    assert (len(stub.asked("GetPolicy")), len(stub.asked("GetPolicyVersion"))) == (1, 1)


def test_a_boundary_that_may_not_be_read_leaves_only_those_open_who_have_it(serve: Serve) -> None:
    rows = (
        user_row("bound", boundary(policy_arn("limit"))),
        user_row("free", members("UserPolicyList", inline("get", READ))),
    )
    stub = serve(GetAccountAuthorizationDetails=details(page(users=rows)))

    bound, free = known()

    found = why(bound.boundary)
    assert (found.cause, found.operation) == (UnknownCause.DENIED, "GetPolicy")
    assert "iam:GetPolicy" in found.advice.action
    assert (free.boundary, text(free.policies[0])) == (None, READ)
    assert len(stub.asked("GetPolicy")) == 1


def test_a_boundary_whose_version_may_not_be_read_is_open(serve: Serve) -> None:
    policy, version = boundaries_of((403, "AccessDenied"))
    serve(
        GetAccountAuthorizationDetails=details(page(roles=(role_row("r", boundary(policy_arn("limit"))),))),
        GetPolicy=policy,
        GetPolicyVersion=version,
    )

    assert why(only().boundary).operation == "GetPolicyVersion"


def test_a_boundary_that_is_not_named_is_open_and_not_none(serve: Serve) -> None:
    row = role_row("r", element("PermissionsBoundary", element("PermissionsBoundaryType", "Policy")))
    serve(GetAccountAuthorizationDetails=details(page(roles=(row,))))

    assert why(only().boundary).cause is UnknownCause.BAD_ANSWER


def test_an_attached_policy_that_nobody_told_of_is_asked_for_and_is_open_where_it_is_gone(
    serve: Serve,
) -> None:
    stub = serve(
        GetAccountAuthorizationDetails=details(page(roles=(role_row("r", attached(policy_arn("gone"))),))),
        GetPolicy=lambda _: (404, "NoSuchEntity"),
    )

    (policy,) = only().policies
    assert why(policy).code == "NoSuchEntity"
    assert len(stub.asked("GetPolicy")) == 1


@pytest.mark.parametrize("document", [TWICE, "{", '{"Statement": ' + "[" * 5000])
def test_a_document_that_cannot_be_told_is_open_and_not_what_the_sdk_makes_of_it(
    serve: Serve, document: str
) -> None:
    row = role_row("r", members("RolePolicyList", inline("odd", document)))
    serve(GetAccountAuthorizationDetails=details(page(roles=(row,))))

    (policy,) = only().policies
    assert isinstance(policy.document, PolicyDocument)
    assert parse_policy(policy.document).unread


def test_a_policy_without_its_document_is_open(serve: Serve) -> None:
    row = role_row("r", members("RolePolicyList", element("PolicyName", "odd")))
    serve(GetAccountAuthorizationDetails=details(page(roles=(row,))))

    assert why(only().policies[0]).cause is UnknownCause.BAD_ANSWER


def test_who_may_not_read_is_told_the_action(serve: Serve) -> None:
    serve()

    found = read()

    assert isinstance(found, Unknown)
    assert (found.cause, found.operation) == (UnknownCause.DENIED, "GetAccountAuthorizationDetails")
    assert "iam:GetAccountAuthorizationDetails" in found.advice.action


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: page(roles=(role_row("r"),), more=to_be_continued("0")),
        lambda _: page(roles=(role_row("r"),), more=element("IsTruncated", "true")),
        lambda _: page(roles=(role_row("r"),), more=""),
        lambda _: members("UserDetailList") + element("IsTruncated", "false"),
        lambda _: page(roles=(element("RoleName", "r"),)),
        lambda _: "",
    ],
    ids=["for ever", "without a marker", "without an end", "without lists", "without an ARN", "empty"],
)
def test_a_list_that_is_cut_or_has_no_end_is_not_believed(serve: Serve, answer: Script) -> None:
    serve(GetAccountAuthorizationDetails=answer)

    found = read()

    assert isinstance(found, Unknown)
    assert (found.cause, found.operation) == (UnknownCause.BAD_ANSWER, "GetAccountAuthorizationDetails")


def test_a_throttled_page_is_asked_for_again(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = count()

    def answer(_: Form) -> str | tuple[int, str]:
        return page(users=(user_row("anna"),)) if next(calls) else (400, "Throttling")

    stub = serve(GetAccountAuthorizationDetails=answer)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")

    assert len(known()) == 1
    assert len(stub.asked("GetAccountAuthorizationDetails")) == 2


def test_a_directory_asks_once_for_an_account_and_knows_which_it_may_not_enter(serve: Serve) -> None:
    stub = serve(GetAccountAuthorizationDetails=details(page(users=(user_row("anna"),))))
    connection = Connection(ConnectionSettings())
    directory = IdentityDirectory(lambda account: connection if account == ACCOUNT else None)

    own = [directory.identities_of(ACCOUNT, connection), directory.identities_of(ACCOUNT)]
    stranger = directory.identities_of("999988887777")

    assert own[0] is own[1]
    assert len(stub.asked("GetAccountAuthorizationDetails")) == 1
    assert isinstance(stranger, Unknown)
    assert "999988887777" in stranger.why


def test_an_account_that_many_others_name_is_not_read_again(serve: Serve) -> None:
    stub = serve(GetAccountAuthorizationDetails=details(page()))
    connection = Connection(ConnectionSettings())
    directory = IdentityDirectory(lambda _: connection)

    for number in range(MAX_ACCOUNTS_KEPT + 5):
        directory.identities_of("central")
        directory.identities_of(f"account {number}")

    assert len(stub.asked("GetAccountAuthorizationDetails")) == MAX_ACCOUNTS_KEPT + 6
