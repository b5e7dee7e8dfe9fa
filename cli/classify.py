"""`tbtwatch classify`: suggested industries for the notices of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from classifier.contract import NoticeText, Suggestion

COLUMNS = ("id", "industry", "score", "state", "why")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("classify")(classify)


def classify(
    file: Annotated[Path, typer.Argument(help="notices, one JSON object a line: id, title, products, hs, ics, ...")],
    as_json: Annotated[bool, typer.Option("--json", help="a line a notice, in the order of the file")] = False,
) -> None:
    """Suggest industries for each notice of FILE under the published mapping, with the evidence."""
    from classifier.classify import suggest
    from classifier.lines import read_notices
    from classifier.mapping import MappingCache
    from classifier.publishing import ModelCache
    from cli.opening import open_place
    from cli.output import emit, emit_line
    from cli.train import ensure_model
    from store.engine import reading

    notices = read_notices(file)
    place = open_place()
    ensure_model(place)
    with reading(place.engine) as session:
        mapping, model = MappingCache().current(session), ModelCache().current(session)
    answers = suggest(notices, mapping, model)
    if not as_json:
        rows = [row for notice, answer in zip(notices, answers, strict=True) for row in _rows(notice, answer)]
        emit(rows, as_json=False, columns=COLUMNS)
        return
    for notice, answer in zip(notices, answers, strict=True):
        emit_line({"id": notice.id, "suggestions": [item.as_json() for item in answer]})


def _rows(notice: NoticeText, answer: list[Suggestion]) -> list[dict[str, object]]:
    """A row a suggestion; a notice without any has a row that says so."""
    if not answer:
        return [{"id": notice.id, "industry": "-", "score": None, "state": "", "why": ""}]
    return [
        {"id": notice.id, "industry": item.industry, "score": item.score, "state": item.state, "why": _why(item)}
        for item in answer
    ]


def _why(item: Suggestion) -> str:
    parts = [
        f"{reason.voice.upper()} {reason.code} < {reason.prefix}"
        if reason.code
        else f"{reason.field}: {', '.join(reason.words)}"
        if reason.words
        else reason.note
        for reason in item.evidence
    ]
    return "; ".join(parts)
