"""Where a finding stands, and what makes it the same one tomorrow: what the formats for other programs share.

A finding of code stands in a file, that of a plan in the code that it was made of. A live bucket is in no file.
"""

import json
from hashlib import sha256
from urllib.parse import quote

from s3kms.model.findings import Finding
from s3kms.model.place import Place
from s3kms.reports.interface import SourceRoot


def name_finding(finding: Finding) -> str:
    """What to call what a finding is about: a name or an address, else where it would be."""
    place = finding.places[0].uri if finding.places else None
    return finding.bucket or finding.resource or finding.arn or place or finding.account or "buckets"


def places_of(finding: Finding) -> tuple[Place, ...]:
    """The places of a finding, those in code before those in a plan."""
    return finding.code_places or finding.places


def is_file(finding: Finding, place: Place) -> bool:
    """Whether a place is in a file: that of a live bucket is its ARN."""
    return place.uri != "" and (place.line is not None or finding.resource is not None)


def file_of(finding: Finding) -> Place | None:
    """The place of a finding in a file; None where it is in none."""
    place = next(iter(places_of(finding)), None)
    return place if place is not None and is_file(finding, place) else None


def path_from_root(path: str, source: SourceRoot | None) -> str:
    """The path from the root of the repository, or an absolute one where it is not below it."""
    if source is None:
        return path
    return source.relative(path) or source.absolute(path)


def percent_encoded(text: str) -> str:
    """Percent-encoded: a name that is no text to the system is its bytes, as the system has them."""
    try:
        octets = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        octets = text.encode("utf-8", "surrogatepass")
    return quote(octets, safe="/")


def fingerprint(finding: Finding) -> str:
    """Made of the rule and of what the bucket is called, so that it stays the same when lines move."""
    place = finding.places[0].uri if finding.places else ""
    who = (
        (finding.arn,)
        if finding.arn
        else (place, finding.resource or finding.bucket or finding.account or "")
    )
    return _digest(finding.rule, *who)


def root_fingerprint(finding: Finding) -> str | None:
    """Where the call of a module leads to a bucket, one with the file of the root module that calls, too: it tells
    buckets of one module apart that several root modules call. None where none does.
    """
    if finding.arn is not None or len(finding.places) < 2:  # noqa: PLR2004 - the bucket's own place, and a caller's
        return None
    return _digest(fingerprint(finding), finding.places[-1].uri)


def _digest(*parts: str | None) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()
