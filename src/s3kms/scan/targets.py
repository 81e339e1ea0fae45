"""From the words of a user to what a scan looks at."""

from collections.abc import Iterable
from pathlib import Path

from s3kms.model.advice import Advice, Command
from s3kms.model.errors import BadInput
from s3kms.model.request_fields import TargetKind
from s3kms.model.targets import CodeTarget, ScanTarget, Target, find_aggregator, parse_targets

_CODE_SUFFIXES = (".tf", ".tofu", ".tfstate", ".json", ".yaml", ".yml", ".template")
"""How the names of files of code end."""


def parse_scan_target(words: Iterable[str]) -> ScanTarget:
    """Buckets, an aggregator or code. Raises BadInput, for a mixture, too."""
    texts = tuple(words)
    if not all(text.strip() for text in texts):
        raise BadInput(
            "a target is empty", advice="write s3://bucket, a file or a folder; or no target at all"
        )
    return find_aggregator(texts) or _find_code(texts) or parse_targets(texts)


def parse_bucket_targets(words: Iterable[str]) -> tuple[Target, ...]:
    """Live buckets, for what is about them alone. Raises BadInput, for files and folders, too."""
    texts = tuple(words)
    if path := next(filter(is_path, texts), None):
        advice = Advice(
            "check it with {check}; write s3://NAME for a bucket", {"check": Command("check", (path,))}
        )
        raise BadInput(f"{path} is a file or a folder, and this is about {TargetKind.LIVE}", advice=advice)
    return parse_targets(texts)


def _find_code(texts: tuple[str, ...]) -> CodeTarget | None:
    """Files and folders: what is there, and what is written as a path. Raises BadInput for a mixture."""
    paths = tuple(text for text in texts if is_path(text))
    if paths and len(paths) < len(texts):
        other = next(text for text in texts if text not in paths)
        raise BadInput(
            f"{paths[0]} is code and {other} is not", advice="name them in two commands, one after the other"
        )
    return CodeTarget(tuple(map(Path, paths))) if paths else None


def is_path(text: str) -> bool:
    """Whether a target is meant as a file or folder."""
    if "://" in text or text.startswith("arn:"):
        return False
    return text in {".", ".."} or "/" in text or text.endswith(_CODE_SUFFIXES) or Path(text).exists()
