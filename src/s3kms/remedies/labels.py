"""Names of buckets as identifiers of other languages: each its own, and the same every time."""

import re
from collections.abc import Callable, Iterable, Mapping

LabelStyle = Callable[[str], str]


def unique_labels(buckets: Iterable[str], style: LabelStyle) -> Mapping[str, str]:
    """An identifier for each bucket; where two would be alike (`a.b`, `a-b`), the later one gets a number."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for bucket in buckets:
        label, number = style(bucket), 1
        while label in taken:
            number += 1
            label = f"{style(bucket)}{number}"
        taken.add(label)
        found[bucket] = label
    return found


def snake(text: str) -> str:
    """`acme.web-uploads` as Terraform likes it: `acme_web_uploads`."""
    word = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_") or "bucket"
    return word if word[0].isalpha() else f"b_{word}"


def camel(text: str) -> str:
    """`acme.web-uploads` as a logical id of CloudFormation, which takes letters and digits: `AcmeWebUploads`."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    name = "".join(word[0].upper() + word[1:] for word in words) or "Bucket"
    return name if name[0].isalpha() else f"Bucket{name}"
