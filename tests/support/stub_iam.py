"""A server that answers IAM's questions with what a test says, over real HTTP."""

from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, quote
from xml.sax.saxutils import escape

from tests.support.loopback import LoopbackServer, QuietHandler

ACCOUNT = "444455556666"
Form = Mapping[str, str]
Script = Callable[[Form], str | tuple[int, str]]
"""From the parameters of a request to what is inside the answer, or to the status and the code of an error."""


class StubIam(LoopbackServer):
    """A loopback server; `on` says what each operation answers. What it does not say is denied."""

    def __init__(self, **on: Script) -> None:
        self.on: dict[str, Script] = {"GetCallerIdentity": lambda _: _IDENTITY, **on}
        self.calls: list[Form] = []
        super().__init__(self._handler())

    def asked(self, operation: str) -> list[Form]:
        """The parameters of the calls of one operation."""
        return [one for one in self.calls if one["Action"] == operation]

    def answer(self, form: Form) -> tuple[int, str]:
        self.calls.append(form)
        name = form["Action"]
        found = self.on[name](form) if name in self.on else (403, "AccessDenied")
        if isinstance(found, str):
            return 200, f"<{name}Response><{name}Result>{found}</{name}Result></{name}Response>"
        status, code = found
        return (
            status,
            f"<ErrorResponse><Error><Code>{code}</Code><Message>{code}</Message></Error></ErrorResponse>",
        )

    def _handler(stub) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler's self is another
        class Handler(QuietHandler):
            def do_POST(self) -> None:
                body = self.read_body().decode()
                status, text = stub.answer(dict(parse_qsl(body)))
                self.answer(status, text.encode(), "text/xml")

        return Handler


_IDENTITY = f"<Arn>arn:aws:iam::{ACCOUNT}:user/u</Arn><UserId>U</UserId><Account>{ACCOUNT}</Account>"


def element(name: str, *inside: str) -> str:
    return f"<{name}>{''.join(inside)}</{name}>"


def members(name: str, *rows: str) -> str:
    return element(name, *(element("member", row) for row in rows))


def encoded(document: str) -> str:
    """As IAM writes policies (fact B32)."""
    return quote(document, safe="")


def inline(name: str, document: str) -> str:
    return element("PolicyName", name) + element("PolicyDocument", encoded(document))


def attached(*arns: str) -> str:
    rows = (element("PolicyName", one.rsplit("/", 1)[-1]) + element("PolicyArn", one) for one in arns)
    return members("AttachedManagedPolicies", *rows)


def boundary(arn: str) -> str:
    return element(
        "PermissionsBoundary",
        element("PermissionsBoundaryType", "Policy"),
        element("PermissionsBoundaryArn", arn),
    )


def policy_arn(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:policy/{name}"


def role_row(name: str, *inside: str) -> str:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{escape(name)}"
    return "".join((element("RoleName", name.rsplit("/", 1)[-1]), element("Arn", arn), *inside))


def user_row(name: str, *inside: str) -> str:
    return "".join(
        (element("UserName", name), element("Arn", f"arn:aws:iam::{ACCOUNT}:user/{name}"), *inside)
    )


def policy_row(name: str, *versions: tuple[str, str, bool]) -> str:
    """A managed policy with versions: id, document, and whether it is the default."""
    rows = (
        element("Document", encoded(document))
        + element("VersionId", version)
        + element("IsDefaultVersion", str(is_default).lower())
        for version, document, is_default in versions
    )
    return (
        element("PolicyName", name) + element("Arn", policy_arn(name)) + members("PolicyVersionList", *rows)
    )


def page(
    *,
    users: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
    roles: tuple[str, ...] = (),
    policies: tuple[str, ...] = (),
    more: str = "<IsTruncated>false</IsTruncated>",
) -> str:
    """One answer of GetAccountAuthorizationDetails."""
    return (
        members("UserDetailList", *users)
        + members("GroupDetailList", *groups)
        + members("RoleDetailList", *roles)
        + members("Policies", *policies)
        + more
    )


def to_be_continued(marker: str) -> str:
    return element("IsTruncated", "true") + element("Marker", marker)
