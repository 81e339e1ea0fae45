"""The accounts of an organization, and how they are entered."""

import re
from dataclasses import dataclass

from s3kms.model.advice import Option, Sentence
from s3kms.model.errors import BadInput

DEFAULT_ROLE = "OrganizationAccountAccessRole"
"""The role that Organizations makes in each account that it creates."""

_ACCOUNT = re.compile(r"\d{12}")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_ROLE = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_PATH = re.compile(r"(?:[!-~]+/)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class AwsAccount:
    """One account, as Organizations lists it, or as the user names it."""

    id: str
    name: str = ""
    status: str = "ACTIVE"
    """Organizations' word; only an ACTIVE account can be entered."""

    @property
    def label(self) -> str:
        """`222222222222 (production)`."""
        return f"{self.id} ({self.name})" if self.name else self.id


@dataclass(frozen=True, slots=True)
class Role:
    """The role to assume in every account but one's own."""

    name: str = DEFAULT_ROLE
    """With its path, where it has one."""
    external_id: str | None = None

    def arn(self, account: str, partition: str) -> str:
        """The role in an account."""
        return f"arn:{partition}:iam::{account}:role/{self.name}"


def check_account(text: str) -> str:
    """The account's id, if it has the shape of one. Raises BadInput."""
    if not _ACCOUNT.fullmatch(text):
        raise BadInput(f"{text!r} is not the id of an account", advice="write its 12 digits")
    return text


def check_role(text: str) -> str:
    """The role's name, with its path or without. Raises BadInput."""
    path, slash, name = text.rpartition("/")
    if text.startswith("arn:") or not (_ROLE.fullmatch(name) and _PATH.fullmatch(path + slash)):
        raise BadInput(
            f"{text!r} is not the name of a role",
            advice="write the name that the role has in every account, as OrganizationAccountAccessRole",
        )
    return text


def check_role_arn(text: str) -> str:
    """The ARN of a role. Raises BadInput."""
    parts = text.split(":", _ARN_PARTS - 1)
    kind, _, name = parts[-1].partition("/")
    is_arn = len(parts) == _ARN_PARTS and parts[0] == "arn" and parts[2] == "iam" and kind == "role"
    if not (is_arn and _ACCOUNT.fullmatch(parts[4])):
        raise BadInput(
            f"{text!r} is not the ARN of a role", advice="write it as arn:aws:iam::111122223333:role/NAME"
        )
    check_role(name)
    return text


def role_of_arn(arn: str) -> tuple[str, Role]:
    """The account, and the role in it, of an ARN that `check_role_arn` took."""
    parts = arn.split(":", _ARN_PARTS - 1)
    return parts[4], Role(parts[5].removeprefix("role/"))


_ARN_PARTS = 6


def check_external_id(text: str) -> str:
    """The external id, which no error quotes: some treat it as a secret. Raises BadInput."""
    if not _EXTERNAL_ID.fullmatch(text):
        raise BadInput(
            Sentence("{option} is not an external id", {"option": Option("external_id")}),
            advice="2 to 1224 letters, digits and any of _+=,.@:/-",
        )
    return text
