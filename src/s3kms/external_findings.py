"""Findings of other tools as targets."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3kms.sources.external_findings.read import ExternalFindings


def read_external_findings(paths: Iterable[str | Path], checks: Iterable[str] = ()) -> "ExternalFindings":
    """The buckets and files of code that findings of other tools name: `.targets`, for `Client().check(*targets)`.

    Prowler (OCSF, ASFF, CSV), AWS Security Hub (ASFF, OCSF, CSV), AWS Config compliance details, resources.json of
    Cloud Custodian, SARIF of Checkov. `checks` are ids of the other tool that count besides those that are known.
    Raises BadInput.
    """
    from s3kms.sources.external_findings.read import read_external_findings as read

    return read(map(Path, paths), checks)
