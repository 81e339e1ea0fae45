"""JSON inside a page's script element, where no character may end the element or begin another one."""

import json
from typing import Any

_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
"""The same text to a reader of JSON; `</script>` and `<!--` to nobody."""


def json_in_page(value: Any) -> str:
    """The value as JSON without `<`, `>`, `&`; characters beyond ASCII, U+2028 among them, are escaped, too."""
    return json.dumps(value, separators=(",", ":")).translate(_ESCAPES)
