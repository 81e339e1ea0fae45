"""One text a form, with fields in the place of names: filled, it is what the form is for one bucket.

A page of 50,000 buckets has each text once. It fills it without quoting anything, so only names that no language
quotes have values: what S3, KMS and accounts are really called.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from s3kms.model.advice import Sentence, Wording, library_wording
from s3kms.model.bucket import DIRECTORY_SUFFIX, BucketKind
from s3kms.model.change import Change
from s3kms.model.encryption import Encryption
from s3kms.model.targets import is_bucket_name, is_region
from s3kms.model.unknown import Unknown
from s3kms.remedies import REMEDIES
from s3kms.remedies.cloudformation import stack_name
from s3kms.remedies.interface import Remedy
from s3kms.remedies.labels import camel, snake


class FormField(IntEnum):
    """What a text leaves open. The numbers are places in `form_values`."""

    BUCKET = 0
    ACCOUNT = 1
    REGION = 2
    KEY = 3
    KEY_BEFORE = 4
    LABEL = 5
    """The bucket as an identifier of Terraform."""
    LOGICAL_ID = 6
    """The bucket as a logical id of CloudFormation."""
    STACK = 7


Parts = tuple[str | FormField, ...]
"""A text in pieces: what it says, and what fills it."""


@dataclass(frozen=True, slots=True)
class FormText:
    """One form, for every change of one shape."""

    name: str
    title: str
    steps: tuple[Parts, ...]
    files: tuple[tuple[Parts, Parts], ...]
    """The name and the text of each."""


_BUCKET, _ACCOUNT, _KEY, _KEY_BEFORE = (
    "s3kms-form-bucket",
    "000000000000",
    "s3kms-form-key",
    "s3kms-form-old-key",
)
_REGION = "form-field-0"
_KEY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:/_-]{0,2047}")
"""Ids, ARNs and aliases of keys. No language quotes these characters within its own quotes."""
_ACCOUNT_ID = re.compile(r"\d{12}")
_PARTITION = re.compile(r"(cn-|us-gov-|eusc-)?")
"""How a region begins decides on the console's domain."""


def form_shape(change: Change) -> Change | None:
    """The change with fields in the place of its names; None where one of its names would have to be quoted, or
    something of it is not known. Changes of one shape have the same texts.
    """
    before, after = change.before, change.after
    names = (one.key for one in (before, after) if one.key is not None)
    is_plain = (
        is_bucket_name(change.bucket)
        and is_region(change.region)
        and _ACCOUNT_ID.fullmatch(change.account)
        and all(map(_KEY_NAME.fullmatch, names))
    )
    if not is_plain or not all(map(_is_known, (before, after))):
        return None
    partition = _PARTITION.match(change.region)
    return Change(
        bucket=_BUCKET,
        account=_ACCOUNT,
        region=(partition[0] if partition else "") + _REGION,
        before=replace(before, key=before.key and _KEY_BEFORE),
        after=replace(after, key=after.key and _KEY),
        kind=BucketKind.DIRECTORY if change.bucket.endswith(DIRECTORY_SUFFIX) else BucketKind.GENERAL_PURPOSE,
    )


def form_values(change: Change) -> tuple[str, ...]:
    """What fills the texts for this change, a value for each `FormField`."""
    return (
        change.bucket,
        change.account,
        change.region,
        change.after.key or "",
        change.before.key or "",
        snake(change.bucket),
        camel(change.bucket),
        stack_name([change]),
    )


def form_texts(shape: Change, wording: Wording = library_wording) -> tuple[FormText, ...]:
    """The forms of a shape that `form_shape` gave: those that can change such a bucket."""
    marks = {value: FormField(place) for place, value in enumerate(form_values(shape)) if value}
    longest_first = sorted(marks, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return tuple(
        _form_text(remedy, shape, pattern, marks, wording)
        for remedy in REMEDIES
        if shape.kind in remedy.kinds
    )


def fill(parts: Parts, values: Sequence[str]) -> str:
    """A text with the values of one change, as the page's script makes it."""
    return "".join(values[part] if isinstance(part, FormField) else part for part in parts)


def _form_text(
    remedy: Remedy, shape: Change, pattern: re.Pattern[str], marks: dict[str, FormField], wording: Wording
) -> FormText:
    def parts(text: str) -> Parts:
        pieces, found, at = list[str | FormField](), pattern.finditer(text), 0
        for one in found:
            pieces += [text[at : one.start()], marks[one[0]]]
            at = one.end()
        return tuple(piece for piece in (*pieces, text[at:]) if piece != "")

    rendered = remedy.render_files([shape])
    steps = (one for one in rendered.steps if not (isinstance(one, Sentence) and "folder" in one.fields))
    return FormText(
        remedy.name,
        remedy.title,
        tuple(parts(one.worded(wording) if isinstance(one, Sentence) else one) for one in steps),
        tuple((parts(file.name), parts(file.text)) for file in rendered.files if not file.is_spare),
    )


def _is_known(encryption: Encryption) -> bool:
    has_unknown = isinstance(encryption.bucket_key, Unknown) or isinstance(encryption.blocked, Unknown)
    return not has_unknown and not encryption.other_parts
