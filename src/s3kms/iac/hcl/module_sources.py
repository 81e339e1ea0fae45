"""Sources of modules that are fetched from elsewhere: the repository that each form of address leads to."""

import re
from dataclasses import dataclass

_PUBLIC_REGISTRIES = frozenset({"", "registry.terraform.io", "registry.opentofu.org"})
_REGISTRY = re.compile(
    r"(?:(?P<host>[\w-]+(?:\.[\w-]+)+(?::\d+)?)/)?(?P<owner>[\w-]+)/(?P<name>[\w-]+)/(?P<system>[\w-]+)"
)
_GIT = re.compile(
    r"(?:git::)?(?:[a-z+]+://)?(?:[^@/]+@)?(?P<host>[\w-]+(?:\.[\w-]+)+)(?::\d+)?[/:](?P<name>.+?)(?:\.git)?/?"
)
_SHORT_GIT = re.compile(r"(?:git@)?[\w-]+(?:\.[\w-]+)+[/:][\w.-]+/[\w.-]+")
"""`github.com/OWNER/NAME`, `git@github.com:OWNER/NAME.git`; in a registry there is one part more."""
_GIT_SCHEMES = ("git::", "ssh://", "git://")


@dataclass(frozen=True, slots=True)
class RemoteModule:
    """A module in a repository: of a git address, or of a registry, whose repositories have names by a rule."""

    repository: str
    """`github.com/acme/terraform-cloud-logs`, in lower case."""
    path: str
    """The folder in the repository; empty for its root."""
    ref: str = ""
    """The version that a git address pins; empty where it pins none."""

    @property
    def repository_name(self) -> str:
        """The last part of the repository: the folder that a clone has by default."""
        return self.repository.rpartition("/")[2]


def parse_module_source(source: str) -> RemoteModule | None:
    """The repository that a source leads to; None for a path or an archive."""
    address, _, query = source.partition("?")
    refs = [value for key, _, value in (part.partition("=") for part in query.split("&")) if key == "ref"]
    address, path = _split_path(address)
    is_git = address.startswith(_GIT_SCHEMES) or address.endswith(".git") or _SHORT_GIT.fullmatch(address)
    if is_git and (found := _GIT.fullmatch(address)):
        return RemoteModule(f"{found['host']}/{found['name']}".lower(), path, "".join(refs[:1]))
    if registry := _REGISTRY.fullmatch(address):
        host = registry["host"] or ""
        host = "github.com" if host in _PUBLIC_REGISTRIES else host
        name = f"{host}/{registry['owner']}/terraform-{registry['system']}-{registry['name']}"
        return RemoteModule(name.lower(), path)
    return None


def parse_repository_address(address: str) -> str | None:
    """The repository of a git remote, as `RemoteModule.repository` has it; None for a path."""
    found = _GIT.fullmatch(address)
    return f"{found['host']}/{found['name']}".lower() if found else None


def _split_path(address: str) -> tuple[str, str]:
    """The address without the folder after `//`; the `//` of a scheme is none."""
    scheme = address.find("://")
    start = address.find("//", scheme + 3 if scheme >= 0 else 0)
    return (address, "") if start < 0 else (address[:start], address[start + 2 :].strip("/"))
