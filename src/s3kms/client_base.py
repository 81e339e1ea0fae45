"""What all clients of the library have in common: how to reach AWS, and where the journals are."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from s3kms.options import CheckOptions, build_check_request
from s3kms.scan.targets import parse_scan_target

if TYPE_CHECKING:
    import boto3

    from s3kms.aws.connection import Connection
    from s3kms.scan.open import OpenScan

T = TypeVar("T")


class ClientBase:
    """How to reach AWS; the base of the clients."""

    def __init__(
        self,
        *,
        profile: str | None = None,
        session: "boto3.Session | None" = None,
        endpoint_url: str | None = None,
        concurrency: int = 64,
        max_rps: float | None = None,
        journal: str | Path | None = None,
    ) -> None:
        """AWS is not called here.

        `profile` names one of the AWS configuration; `session` is used instead, where there is one. `concurrency` is
        the most calls at once, `max_rps` the most calls a second to S3. `journal` is the folder of the runs; None is
        `$XDG_STATE_HOME/s3kms/runs`, which the command line uses, too.
        """
        self._settings: dict[str, Any] = {
            "profile": profile,
            "session": session,
            "endpoint_url": endpoint_url,
            "concurrency": concurrency,
            "max_rps": max_rps,
        }
        self._journal = journal
        self._connection: Connection | None = None

    def connect(self) -> "Connection":
        """The connection, made at the first call. Raises BadInput for an unusable AWS configuration."""
        if self._connection is None:
            from s3kms.aws.connection import Connection, ConnectionSettings

            self._connection = Connection(ConnectionSettings(**self._settings)).check_configuration()
        return self._connection

    @property
    def journal(self) -> Path:
        """The folder of the runs' journals."""
        from s3kms.changes.journal import default_journal_folder

        return Path(self._journal) if self._journal is not None else default_journal_folder()

    def opener(self, targets: tuple[str, ...], options: CheckOptions) -> "Callable[[], OpenScan]":
        """What opens the scan of a check. Raises BadInput for options that do not go together."""
        request = build_check_request(parse_scan_target(targets), options)
        request.check()

        def opened() -> "OpenScan":
            from s3kms.changes.files.code_fixes import fixes_of_scan
            from s3kms.scan.open import open_scan

            return open_scan(request, self.connect, code_fixes=fixes_of_scan(request))

        return opened


async def in_thread(work: Callable[[], T]) -> T:
    """The result of blocking work, done in a thread of its own."""
    import asyncio  # most uses are not asynchronous, and help is quick without it

    return await asyncio.to_thread(work)
