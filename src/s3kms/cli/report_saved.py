"""Reports of saved plans, counts of objects, and re-encryptions."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from s3kms import api
from s3kms.cli.messages import notify_written
from s3kms.cli.options import OutputOptions
from s3kms.cli.output import opened
from s3kms.cli.wording import cli_wording
from s3kms.model.errors import BadInput
from s3kms.reports import format_of_file
from s3kms.reports.interface import ReportStyle

if TYPE_CHECKING:
    from s3kms.saved_results import ResultKind

FORMATS = ("table", "json", "html")
"""Those of `plan` and of `objects`."""
REENCRYPT_FORMATS = ("table", "json")
STDIN = "stdin"
"""What errors call a result that came through a pipe."""
_IN_MEMORY_BYTES = 16_000_000


def report_other(kind: "ResultKind", lines: Iterable[bytes], name: str, out: OutputOptions) -> int:
    """A report of a document that is no check's. Raises BadInput for a kind of which none is made, and Refused for a
    plan that was changed after it was written.
    """
    from s3kms.saved_results import ResultKind

    if kind is ResultKind.OTHER:
        raise BadInput(
            f"{name} is a document of another kind",
            advice="name a result of check, verify, plan, objects or reencrypt",
        )
    noun, report, formats = {
        ResultKind.PLAN: ("a plan has", _report_plan, FORMATS),
        ResultKind.OBJECTS: ("objects have", _report_objects, FORMATS),
        ResultKind.REENCRYPT: ("a re-encryption has", _report_reencrypt, REENCRYPT_FORMATS),
    }[kind]
    form = out.format or format_of_file(out.output)
    if form not in formats:
        raise BadInput(f"{noun} no format {form!r}", advice=f"the formats are {', '.join(formats)}")
    with tempfile.SpooledTemporaryFile(
        _IN_MEMORY_BYTES
    ) as file:  # it is read twice, and may come from a pipe
        file.writelines(lines)
        file.seek(0)
        report(file, name, form, out)
    notify_written(out.output, form, f"of {name}", quiet=out.quiet)
    return 0


def _report_plan(file: IO[bytes], name: str, form: str, out: OutputOptions) -> None:
    from s3kms.reports.html.plan import render as render_page
    from s3kms.reports.plan_table import render as render_table
    from s3kms.saved_results import read_plan_result

    style = ReportStyle(out.width, out.color, wording=cli_wording)
    plan = None if name == STDIN else name
    header, events = read_plan_result(file, Path(name))
    with opened(out.output) as write:
        if form == "json":  # it was found to be whole and unchanged
            file.seek(0)
            pieces: Iterator[str] = (line.decode() for line in file)
        elif form == "html":
            pieces = render_page(events, style, plan=plan, header=header)
        else:
            pieces = render_table(events, style, plan=plan)
        for text in pieces:
            write(text)


def _report_objects(file: IO[bytes], name: str, form: str, out: OutputOptions) -> None:
    from s3kms.saved_results import read_objects

    text = file.read()
    summary = read_objects(text, name)
    options: dict[str, Any] = {"color": out.color, "wording": cli_wording, "format": form}
    with opened(out.output) as write:
        if form == "json":
            write(text.decode())
            return
        for piece in api.render_objects(summary, out.width, **options):
            write(piece)


def _report_reencrypt(file: IO[bytes], name: str, form: str, out: OutputOptions) -> None:
    from s3kms.cli.reencrypt_output import show_document
    from s3kms.saved_results import read_reencrypt

    text = file.read()
    documents = read_reencrypt(text, name)
    with opened(out.output) as write:
        if form == "json":
            write(text.decode())
            return
        for number, document in enumerate(documents):
            write("\n" if number else "")
            for piece in show_document(document, out):
                write(piece)
