"""AWS Organizations: the accounts one asks for, listed to whoever may list them."""

from __future__ import annotations

import base64
import binascii
import contextlib
from typing import TYPE_CHECKING, Any, Literal

from moto.iam.exceptions import EntityAlreadyExists
from moto.iam.models import iam_backends
from moto.organizations.models import FakeAccount, organizations_backends

from s3kms.demo.corrections.http import ServerResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3kms.demo.corrections.http import ServerRequest

ACCESS_ROLE = "OrganizationAccountAccessRole"
AccountState = Literal["PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"]

# What the older member Status says of a State: a closed account is SUSPENDED for its last 90 days, too. It has no
# word for the first.
_STATUS: dict[AccountState, str | None] = {
    "PENDING_ACTIVATION": None,
    "ACTIVE": "ACTIVE",
    "SUSPENDED": "SUSPENDED",
    "PENDING_CLOSURE": "PENDING_CLOSURE",
    "CLOSED": "SUSPENDED",
}
_LARGEST_PAGE = 20
# What any account may ask; the rest is for the management account, and its reading part for delegated administrators.
_FOR_EVERYBODY = {"CreateOrganization", "DescribeOrganization", "LeaveOrganization"}
_READING = ("Describe", "List")


def create_organization(management: str, members: Mapping[str, str]) -> str:
    """Create an Organization in `management` with `members` (account id: name); its id is the result.

    moto's CreateAccount draws random account ids. This seeds its backend with the ids one asks for, each with
    the role OrganizationAccountAccessRole that AWS creates in a member.
    """
    backend = organizations_backends[management]["aws"]
    backend.create_organization("us-east-1", FeatureSet="ALL")
    for account_id, name in members.items():
        _join(backend, account_id, name)
    own = backend.get_account_by_id(management)
    own.name, own.email, own.joined_method = "management", "management@example.com", "INVITED"
    backend.org.master_account_email = own.email
    return str(backend.org.id)


def _join(backend: Any, account_id: str, name: str) -> None:
    """Let moto create an account, then give it, and the role in it, the id asked for."""
    created = backend.create_account(AccountName=name, Email=f"{name}@example.com")
    drawn = created["CreateAccountStatus"]["AccountId"]
    backend.get_account_by_id(drawn).id = account_id
    organizations_backends.master_accounts[account_id] = organizations_backends.master_accounts.pop(drawn)
    role = iam_backends[drawn]["aws"].get_role(ACCESS_ROLE)
    del iam_backends[drawn]
    with contextlib.suppress(EntityAlreadyExists):
        iam_backends[account_id]["aws"].create_role(
            role_name=ACCESS_ROLE,
            assume_role_policy_document=role.assume_role_policy_document,
            path="",
            permissions_boundary=None,
            description="",
            tags=[],
            max_session_duration="3600",
        )


def set_account_state(account_id: str, state: AccountState) -> None:
    """Suspend, close or reopen an account of an Organization. Only an ACTIVE one can be entered."""
    account = _member(account_id)
    account.state, account.status = state, _STATUS[state]


def mark_as_invited(account_id: str) -> None:
    """Take the access role from an account, as if it had joined by invitation.

    AWS makes the role in accounts it creates.
    """
    _member(account_id).joined_method = "INVITED"
    iam = iam_backends[account_id]["aws"]
    iam.roles = {key: role for key, role in iam.roles.items() if role.name != ACCESS_ROLE}


def _member(account_id: str) -> Any:
    backend = _backend(account_id)
    if backend is None:
        raise ValueError(f"account {account_id} is in no organization")
    return backend.get_account_by_id(account_id)


def state_of(account_id: str) -> AccountState:
    """The State of an account; ACTIVE for one in no Organization."""
    state: AccountState = _member(account_id).state if _backend(account_id) else "ACTIVE"
    return state


def organization_id(account_id: str) -> str | None:
    """The id of the Organization that an account is in."""
    backend = _backend(account_id)
    return str(backend.org.id) if backend else None


def _backend(account_id: str) -> Any | None:
    """Moto's backend of the Organization that an account is in, which is the management account's.

    None without one.
    """
    management, partition = organizations_backends.master_accounts.get(account_id, (account_id, "aws"))
    backend = organizations_backends[management][partition]
    return backend if backend.org else None


def forget_organizations() -> None:
    """Clear the list of member accounts, which moto's reset keeps, so that an Organization can be created again."""
    organizations_backends.master_accounts.clear()


def correct_closing() -> None:
    """Let CloseAccount end in State CLOSED and Status SUSPENDED; moto says SUSPENDED for both."""
    original = FakeAccount.close

    def close(self: Any) -> None:
        original(self)
        self.state = "CLOSED"

    FakeAccount.close = close


def answer_organizations(request: ServerRequest) -> ServerResponse | None:
    """A refusal, or a page of ListAccounts (at most 20), which moto gives to the management account alone.

    None lets moto answer, for a delegated administrator from where its Organization is.
    """
    if request.operation in _FOR_EVERYBODY:
        return None
    backend = _backend(request.account)
    if backend is None:
        message = "Your account is not a member of an organization."
        return ServerResponse.json_error("AWSOrganizationsNotInUseException", message)
    delegated = request.account in {admin.account.id for admin in backend.admins}
    reads = delegated and request.operation.startswith(_READING)
    if request.account != backend.account_id and not reads:
        message = "You don't have permissions to access this resource."
        return ServerResponse.json_error("AccessDeniedException", message)
    request.set_header("x-moto-account-id", backend.account_id)
    answers = {"ListAccounts": _list_accounts, "DescribeAccount": _describe_account}
    return answers[request.operation](request, backend) if request.operation in answers else None


def _list_accounts(request: ServerRequest, backend: Any) -> ServerResponse:
    """Up to 20 accounts, and a token where there are more; an empty page may have one, too (ListAccounts' model)."""
    parameters = request.json()
    size = parameters.get("MaxResults", _LARGEST_PAGE)
    if not 1 <= size <= _LARGEST_PAGE:
        reason = "MIN_VALUE_EXCEEDED" if size < 1 else "MAX_VALUE_EXCEEDED"
        return _invalid_input(reason, "You provided a numeric parameter that is out of range.")
    try:
        start, rested = _read_token(parameters.get("NextToken"))
    except ValueError:
        return _invalid_input("INVALID_PAGINATION_TOKEN", "You specified an invalid pagination token.")
    if request.faults.empty_pages and not rested:
        return ServerResponse.json({"Accounts": [], "NextToken": _token(start, rested=True)})
    page = [_described(account, request) for account in backend.accounts[start : start + size]]
    more = len(backend.accounts) > start + size
    return ServerResponse.json({"Accounts": page, **({"NextToken": _token(start + size)} if more else {})})


def _describe_account(request: ServerRequest, backend: Any) -> ServerResponse | None:
    wanted = request.json().get("AccountId")
    found = [account for account in backend.accounts if account.id == wanted]
    return ServerResponse.json({"Account": _described(found[0], request)}) if found else None


def _described(account: Any, request: ServerRequest) -> dict[str, Any]:
    """An account with State and, until AWS retires it, Status."""
    described: dict[str, Any] = account.describe()
    if request.faults.without_status or described["Status"] is None:
        del described["Status"]
    return described


def _invalid_input(reason: str, message: str) -> ServerResponse:
    return ServerResponse.json({"__type": "InvalidInputException", "Message": message, "Reason": reason}, 400)


def _token(start: int, *, rested: bool = False) -> str:
    return base64.urlsafe_b64encode(f"{start}:{int(rested)}".encode()).decode()


def _read_token(token: str | None) -> tuple[int, bool]:
    """The index to go on at, and whether the empty page before it was given.

    Raises ValueError for a foreign token.
    """
    if token is None:
        return 0, False
    try:
        start, rested = base64.urlsafe_b64decode(token).decode().split(":")
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError(token) from None
    return int(start), rested == "1"
