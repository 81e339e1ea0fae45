"""A page as pieces of text: the frame, the rows as they come, and a policy by which nothing else of it can run."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from s3kms._version import VERSION
from s3kms.reports.html.data_block import json_in_page
from s3kms.reports.html.text_table import shown

if TYPE_CHECKING:
    from jinja2 import Environment

_ASSETS = files(__package__) / "assets"


def page_head(title: str) -> str:
    """From the beginning to where the rows go: the browser has them when the script at the end asks for them."""
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    template = _environment().get_template("head.html")
    return template.render(title=title, policy=policy, style=style, version=VERSION)


def page_rows(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The rows as data, one a line."""
    yield '<script type="application/json" id="rows">['
    separator = "\n"
    for row in rows:
        yield f"{separator}{json_in_page(row)}"
        separator = ",\n"
    yield "\n]</script>\n"


def page_body(template: str, data: dict[str, Any], **values: Any) -> str:
    """The rest: what stands above the table and below it, and the script."""
    found = _environment().get_template(template)
    return found.render(data=json_in_page(data), script=_asset("page.js"), version=VERSION, **values)


@cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a Content-Security-Policy names the one text that it allows."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _environment() -> "Environment":
    """Every value is escaped for HTML, and its invisible characters are spelled out, wherever it stands."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - 20 ms, for pages alone

    return Environment(
        loader=FunctionLoader(_asset),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _visible(value: Any) -> Any:
    """Texts made visible; markup of our own, which Jinja marks as such, and numbers stay as they are."""
    return shown(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
