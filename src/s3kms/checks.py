"""A check of the library: lazy, iterable, with a sum at its end."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING

from s3kms.model.errors import S3kmsError
from s3kms.model.findings import Finding, Summary
from s3kms.model.stream import ScanEvent, findings_in

if TYPE_CHECKING:
    from s3kms.scan.open import OpenScan


class NotFinished(S3kmsError):
    """The sum of a check was asked for before its end, or its events a second time though they were not kept."""


class Check:
    """A check, lazily: iterating it runs it. Findings as they come, passes included.

    What could not be listed, an account say, is a finding, too: `bucket` is None and its verdict UNKNOWN. Events are
    kept, so that a check can be iterated again, or rendered; `keep_events=False` streams in constant memory.
    Raises AwsError, BadInput and NothingToCheck while it is iterated.
    """

    def __init__(self, open_: Callable[[], Iterator[ScanEvent]], *, keep_events: bool = True) -> None:
        self._open = open_
        self._keeps = keep_events
        self._kept: list[ScanEvent] = []
        self._source: Iterator[ScanEvent] | None = None
        self._summary: Summary | None = None

    def __iter__(self) -> Iterator[Finding]:
        for event in self.events():
            yield from findings_in(event)

    def events(self) -> Iterator[ScanEvent]:
        """Findings, notes, progress and the rest; the summary is the last. This is what `render` takes."""
        if self._source is not None and not self._keeps:
            raise NotFinished("the events of this check were not kept", advice="run it with keep_events=True")
        if self._source is None:
            self._source = self._opened()
        at = 0
        while True:
            if at == len(self._kept):
                event = next(self._source, None)
                if event is None:
                    return
                if isinstance(event, Summary):
                    self._summary = event
                if not self._keeps:
                    yield event
                    continue
                self._kept.append(event)
            yield self._kept[at]
            at += 1

    def _repr_html_(self) -> str:
        """A small table for a notebook, which runs the check to its end; an error of AWS is shown in its place."""
        from s3kms.reports.notebook import check_html, error_html

        if not self._keeps:
            return error_html(NotFinished("a check without keep_events has no table", advice="iterate it"))
        try:
            return check_html(self.events())
        except S3kmsError as error:
            return error_html(error)

    @property
    def summary(self) -> Summary:
        """The sum. Raises NotFinished before the check has come to its end."""
        if self._summary is None:
            raise NotFinished("the check has not come to its end", advice="iterate it first")
        return self._summary

    def close(self) -> None:
        """End a check that is not iterated to its end."""
        if close := getattr(self._source, "close", None):
            close()

    def _opened(self) -> Iterator[ScanEvent]:
        yield from self._open()


class AsyncCheck:
    """A check, lazily, for `async for`. See `Check`; events are not kept."""

    def __init__(self, open_: "Callable[[], OpenScan]") -> None:
        self._open = open_
        self._summary: Summary | None = None

    async def __aiter__(self) -> AsyncIterator[Finding]:
        async with aclosing(self.events()) as events:
            async for event in events:
                for finding in findings_in(event):
                    yield finding

    async def events(self) -> AsyncGenerator[ScanEvent]:
        """Findings, notes, progress and the rest; the summary is the last."""
        import asyncio  # most uses are not asynchronous, and help is quick without it

        opened = await asyncio.to_thread(self._open)
        async with aclosing(opened.events_async()) as events:
            async for event in events:
                if isinstance(event, Summary):
                    self._summary = event
                yield event

    @property
    def summary(self) -> Summary:
        """The sum. Raises NotFinished before the check has come to its end."""
        if self._summary is None:
            raise NotFinished("the check has not come to its end", advice="iterate it first")
        return self._summary
