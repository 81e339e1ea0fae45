"""The short form of `run` as a type, for decoding: of a line of jsonl, a plan, a count of objects."""

from pydantic import BaseModel, ConfigDict

from s3kms.model.scan_context import ScanContext, ScanScope
from s3kms.results.moments import Moment


class ScanContextRecord(BaseModel):
    """As whom, when and of what: the scope is a phrase."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: Moment
    s3kms: str | None = None
    account: str | None = None
    identity: str | None = None
    scope: str | None = None

    def context(self) -> ScanContext:
        """In the estate's words."""
        scope = ScanScope(None, phrase=self.scope) if self.scope else None
        return ScanContext(self.at, self.account, self.identity, self.s3kms, scope)
