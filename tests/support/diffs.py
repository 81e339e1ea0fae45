"""What a printed diff comes to."""

import json
from typing import Any


def document_after(diff: str, title: str) -> Any:
    """The document that a diff comes to: all of it stands in the diff, or this fails."""
    lines = diff.partition(f"--- {title}\n+++ then\n")[2].splitlines()[1:]
    ends = [at for at, line in enumerate(lines) if line.startswith("--- ")]
    kept = lines[: ends[0]] if ends else lines
    return json.loads("\n".join(line[1:] for line in kept if line[:1] in {" ", "+"}))
