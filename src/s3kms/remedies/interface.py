"""What a form of remediation is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from s3kms.model.advice import Sentence
from s3kms.model.bucket import BucketKind
from s3kms.model.change import Change

ALL_BUCKET_KINDS = frozenset({BucketKind.GENERAL_PURPOSE, BucketKind.DIRECTORY})
"""Those that S3's own API changes; table buckets have another (fact A22)."""


@dataclass(frozen=True, slots=True)
class RemedyFile:
    """A file that a form consists of."""

    name: str
    text: str
    is_program: bool = False
    is_spare: bool = False
    """Goes into a folder with the others, and is not printed: whoever pipes a script into sh means one."""


@dataclass(frozen=True, slots=True)
class RemedyFiles:
    """What carries changes of existing buckets out, by other means than ours. Pure data."""

    files: tuple[RemedyFile, ...]
    steps: tuple[Sentence | str, ...]
    """What to do with the files, in order; one line each."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way to carry out a change by hand or by other tools. Pure."""

    name: str
    title: str
    language: str
    """The language of the text, as Markdown fences name it; empty for prose."""
    render: Callable[[Change], str]
    """One change as a text to follow, paste or save; in the templates, a new bucket with its default."""
    render_files: Callable[[Sequence[Change]], RemedyFiles]
    """The changes of one account's existing buckets."""
    note: str = ""
    """What to know of a text that was rendered without having read what the bucket has; a sentence."""
    kinds: frozenset[BucketKind] = ALL_BUCKET_KINDS
    """The kinds of buckets it can change."""
    render_commands: Callable[[Change], str] | None = None
    """The shell commands that carry the text out, where it does not do so by itself."""
    render_new_bucket: Callable[[Change], RemedyFiles] | None = None
    """What makes a bucket that is yet to be made, with its default."""
    render_proof: Callable[[Change], str] | None = None
    """How to see, by the same means, that it worked."""
