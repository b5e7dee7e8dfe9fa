"""`tbtwatch comments`: firms' comments (评议意见) and the province's document by hand; no firm's name is printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from settings import TbtwatchError

if TYPE_CHECKING:
    from store.comment import Comment, CommentDocument

AsOfficer = Annotated[str, typer.Option("--as", metavar="OFFICER", help="sign-in of the officer who does it")]
Now = Annotated[str | None, typer.Option(help="set the clock, e.g. 2026-06-03T09:00+08:00")]
AsJson = Annotated[bool, typer.Option("--json")]
COLUMNS = ("id", "warning", "bureau", "affected", "state", "screened", "received_at", "late", "document")


class BadDay(TbtwatchError):
    """Raised when a date is not written as YYYY-MM-DD."""


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Firms' comments (评议意见) on measures, up the tiers.")
    group.command("list")(list_comments)
    group.command("add")(add)
    group.command("screen")(screen)
    group.command("compile")(compile_one)
    group.command("submit")(submit)
    app.add_typer(group, name="comments")


def list_comments(
    warning: Annotated[str, typer.Option(metavar="ID", help="only on this warning")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="all with --json, the first 200 in a table")] = None,
    as_json: AsJson = False,
) -> None:
    """Comments, the newest first, without names, values and words: those are for the firm's own line."""
    from cli.comment_rows import comment_rows
    from cli.opening import open_place
    from cli.output import emit_list, rows_to_show
    from store.engine import reading

    limit = rows_to_show(limit, 200, as_json=as_json)
    with reading(open_place().engine) as session:
        emit_list(comment_rows(session, warning=warning, limit=limit), as_json=as_json, columns=COLUMNS, limit=limit)


def add(
    warning: Annotated[str, typer.Argument(metavar="WARNING")],
    subscriber: Annotated[str, typer.Option(help="the firm's address, as it is enrolled")],
    affected: Annotated[str, typer.Option(help="yes | no | unsure")],
    products: Annotated[str, typer.Option()] = "",
    hs: Annotated[str, typer.Option(help="codes, separated by commas")] = "",
    value: Annotated[str, typer.Option(help="exports a year in 万元")] = "",
    year: Annotated[str, typer.Option(help="of the value")] = "",
    harm: Annotated[str, typer.Option(help="what hurts")] = "",
    wording: Annotated[str, typer.Option(help="what the text should say instead")] = "",
    name: Annotated[str, typer.Option(help="the firm's name")] = "",
    may_be_named: Annotated[bool, typer.Option("--may-be-named")] = False,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Keep a comment that came on paper or by telephone; the firm is told as if it had used its link."""
    from alerts.comment_matter import matter_by_id
    from alerts.comment_words import words_of
    from alerts.commenting import receive
    from cli.comment_rows import subscriber_called
    from cli.opening import open_place
    from store.clock import shanghai_day
    from store.engine import writing

    sent = {"affected": affected, "products": products, "hs": hs, "yearly_value": value, "value_year": year}
    sent |= {"harm": harm, "wording": wording, "firm_name": name, "may_be_named": "1" if may_be_named else ""}
    place = open_place(now)
    with writing(place.engine) as session:
        words = words_of(sent, shanghai_day(place.now).year)
        matter = matter_by_id(session, warning)
        found = receive(session, place.now, place.settings, matter, subscriber_called(session, subscriber), words)
        _show(session, found, as_json)


def screen(
    one: Annotated[str, typer.Argument(metavar="ID")],
    officer: AsOfficer,
    usable: Annotated[bool, typer.Option("--usable/--unusable")] = True,
    note: Annotated[str, typer.Option(help="why not; the firm reads it")] = "",
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Say whether a comment can be used."""
    from alerts import commenting
    from alerts.comment_matter import matter_of
    from cli.lookups import officer_called
    from cli.opening import open_place
    from store.engine import writing
    from store.warning import TradeWarning

    place = open_place(now)
    with writing(place.engine) as session:
        found = commenting.comment_by_id(session, one)
        matter = matter_of(session, session.get_one(TradeWarning, found.warning_id))
        assert matter is not None  # it was out when the firm commented
        who = officer_called(session, officer)
        commenting.screen(session, place.now, place.settings, found, matter, who, usable=usable, note=note)
        _show(session, found, as_json)


def compile_one(
    warning: Annotated[str, typer.Argument(metavar="WARNING")],
    officer: AsOfficer,
    docx: Annotated[Path | None, typer.Option(help="write the DOCX here")] = None,
    pdf: Annotated[Path | None, typer.Option(help="write the PDF here")] = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Compile the province's document on a warning, or take up its draft, and write it as files."""
    from alerts.comment_documents import compile_document, note_export
    from alerts.comment_matter import matter_by_id
    from alerts.comment_paper import paper_of
    from alerts.paper_docx import docx_of
    from alerts.paper_pdf import pdf_of
    from cli.lookups import officer_called
    from cli.opening import open_place
    from store.engine import writing

    place = open_place(now)
    with writing(place.engine) as session:
        who = officer_called(session, officer)
        document = compile_document(session, place.now, matter_by_id(session, warning), who)
        for form, path, make in (("docx", docx, docx_of), ("pdf", pdf, pdf_of)):
            if path is not None:
                path.write_bytes(make(paper_of(session, document), place.now))
                note_export(session, place.now, document, who, form)
        _show_document(session, document, as_json)


def submit(
    one: Annotated[str, typer.Argument(metavar="DOCUMENT")],
    officer: AsOfficer,
    scan: Annotated[Path, typer.Option(help="the sealed scan: PDF, JPG or PNG, at most 10 MB")],
    number: Annotated[str, typer.Option(help="发文字号")],
    dated_on: Annotated[str, typer.Option("--date", help="成文日期, e.g. 2026-07-20")],
    route: Annotated[str, typer.Option(help="how it went, to whom")],
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Say that a draft was sealed on paper and has gone up (已报送); the firms in it are told."""
    from datetime import date

    from alerts.comment_documents import document_by_id, edit_document
    from alerts.comment_submitting import seal_document, submit_document
    from cli.lookups import officer_called
    from cli.opening import open_place
    from store.engine import writing

    try:
        day = date.fromisoformat(dated_on)
    except ValueError:
        raise BadDay(f"--date '{dated_on}' is no day: write it like 2026-07-20") from None
    place = open_place(now)
    content = scan.read_bytes()
    with writing(place.engine) as session:
        document, who = document_by_id(session, one), officer_called(session, officer)
        edit_document(session, place.now, document, who, dated_on=day, number=number, route=route)
        seal_document(session, place.now, place.settings, document, who, name=scan.name, content=content)
        submit_document(session, place.now, place.settings, document, who)
        _show_document(session, document, as_json)


def _show(session: Any, comment: Comment, as_json: bool) -> None:
    from cli.comment_rows import comment_rows
    from cli.output import emit

    (row,) = comment_rows(session, public_id=comment.public_id)
    emit(row, as_json=as_json, columns=COLUMNS)


def _show_document(session: Any, document: CommentDocument, as_json: bool) -> None:
    from cli.comment_rows import document_row
    from cli.output import emit

    emit(document_row(session, document), as_json=as_json)
