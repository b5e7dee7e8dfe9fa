"""A notice that says nothing itself: its attachment is fetched and read, and what it says becomes news, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from store.clock import parse_instant
from store.engine import make_engine, writing
from store.notice import HISTORY
from tests.cast import CHENGHAI, TOYS
from tests.crawlers.documents_made import DOCX_TYPE, FORM_URL, SYMBOL, form_docx, insert_wanting, made_pdf
from tests.crawlers.driving import write_recording
from tests.stories.commands import NOW, Commands
from tests.stories.people import add_firm, mails, run_stages

TOY_FORM = (
    ("1.", "Notifying Member: Japan"),
    ("2.", "Agency responsible: Ministry of Trade"),
    ("3.", "Products covered: Toys"),
    ("4.", "Regions or countries likely to be affected: [X] All trading partners"),
    ("5.", "Title of the notified document: Safety of toys"),
    ("6.", "Description of content: toys and their parts"),
)


def _insert(tbtwatch: Commands, **fields: Any) -> str:
    """A notice with one document, as a crawl leaves it; its public id."""
    links = [{"rel": "notification", "lang": "en", "url": FORM_URL}]
    engine = make_engine(tbtwatch.url)
    with writing(engine) as session:
        notice = insert_wanting(session, parse_instant(NOW), **({"links": links} | fields))
    engine.dispose()
    return notice.public_id


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    """The WTO with the form of that notice, which alone names goods and substance."""
    answer = {"url": FORM_URL, "match": "exact", "headers": {"Content-Type": DOCX_TYPE}, "body": form_docx()}
    return write_recording(tmp_path / "tea", answer, recorded_at="2026-06-03T09:00:00+08:00")


def _suggested(tbtwatch: Commands) -> list[tuple[str, str]]:
    shown = tbtwatch.answer("notices", "show", SYMBOL)
    return [(item["industry"], item["state"]) for item in shown["suggestions"]]


def test_what_only_the_attachment_names_becomes_a_first_warning(tbtwatch: Commands, tea: Path) -> None:
    _insert(tbtwatch)
    run_stages(tbtwatch)
    assert _suggested(tbtwatch) == [] and tbtwatch.answer("warnings", "list") == []
    answer = tbtwatch.answer("documents", "fetch", "--replay", str(tea))
    assert (answer["wanted"], answer["asked"], answer["counts"], answer["notices_read_in"]) == (1, 1, {"fetched": 1}, 1)
    counts = run_stages(tbtwatch)
    assert (counts["classify"], counts["raise"]) == (1, 1)
    shown = tbtwatch.answer("notices", "show", SYMBOL)
    (suggestion,) = shown["suggestions"]
    assert (suggestion["industry"], suggestion["state"]) == ("tea-coffee", "flagged")
    (reason,) = [reason for reason in suggestion["evidence"] if reason.get("words")]
    assert reason["field"] == "document" and "green tea" in reason["words"] and "tea" in reason["snippet"].lower()
    assert shown["versions"][-1]["difference"] == {"read_documents": [[], ["NJPN1400.DOCX"]]}
    (warning,) = tbtwatch.answer("warnings", "list")
    assert (warning["kind"], warning["industries"]) == ("issue", ["tea-coffee"])


def test_doing_it_all_again_changes_nothing(tbtwatch: Commands, tea: Path) -> None:
    _insert(tbtwatch)
    tbtwatch.answer("documents", "fetch", "--replay", str(tea))
    run_stages(tbtwatch)
    before = [
        tbtwatch.answer(*words) for words in (("notices", "show", SYMBOL), ("warnings", "list"), ("documents", "list"))
    ]
    again = tbtwatch.answer("documents", "fetch", "--replay", str(tea))
    assert (again["wanted"], again["asked"], again["notices_read_in"]) == (0, 0, 0)
    assert not any(run_stages(tbtwatch).values())
    after = [
        tbtwatch.answer(*words) for words in (("notices", "show", SYMBOL), ("warnings", "list"), ("documents", "list"))
    ]
    assert after == before


def test_nobody_is_told_again_what_the_attachment_only_repeats(tbtwatch: Commands, tmp_path: Path) -> None:
    add_firm(tbtwatch, "toys@exporter.example", TOYS, CHENGHAI)
    _insert(
        tbtwatch,
        title="Safety of toys",
        products="Toys",
        description="",
        domain="TBT",
        hs=["950300"],
        ics=["97.200.50"],
    )
    run_stages(tbtwatch)
    warnings, sent = tbtwatch.answer("warnings", "list"), mails(tbtwatch)
    assert len(warnings) == 1
    body = form_docx(TOY_FORM)
    folder = write_recording(tmp_path / "toys", {"url": FORM_URL, "match": "exact", "body": body})
    assert tbtwatch.answer("documents", "fetch", "--replay", str(folder))["notices_read_in"] == 1
    counts = run_stages(tbtwatch)
    assert (counts["classify"], counts["raise"], counts["compose"], counts["send"]) == (1, 1, 0, 0)
    assert (tbtwatch.answer("warnings", "list"), mails(tbtwatch)) == (warnings, sent)
    evidence = tbtwatch.answer("notices", "show", SYMBOL)["suggestions"][0]["evidence"]
    assert "document" in {reason.get("field") for reason in evidence}


def test_history_is_never_fetched(tbtwatch: Commands, tea: Path) -> None:
    _insert(tbtwatch, admitted=HISTORY)
    answer = tbtwatch.answer("documents", "fetch", "--replay", str(tea))
    assert (answer["wanted"], answer["asked"]) == (0, 0) and tbtwatch.answer("documents", "list") == []


def test_a_broken_file_marks_the_document_and_nothing_else(tbtwatch: Commands, tmp_path: Path) -> None:
    notice = _insert(tbtwatch)
    run_stages(tbtwatch)
    folder = write_recording(tmp_path / "scan", {"url": FORM_URL, "match": "exact", "body": made_pdf("")})
    answer = tbtwatch.answer("documents", "fetch", "--replay", str(folder))
    assert (answer["counts"], answer["notices_read_in"], answer["reason"]) == ({"unreadable": 1}, 0, "")
    (row,) = tbtwatch.answer("documents", "list", "--status", "unreadable")
    assert (row["notice"], row["symbols"], row["problem"], row["name"]) == (notice, [SYMBOL], "scan", "NJPN1400.DOCX")
    assert len(row["id"]) == 32 and "text" not in row
    assert not any(run_stages(tbtwatch).values())


def test_bad_input_is_one_line(tbtwatch: Commands) -> None:
    nowhere = tbtwatch("documents", "fetch", "--replay", "/no/such/folder")
    assert nowhere.code == 1 and "/no/such/folder" in nowhere.told()
    unknown = tbtwatch("documents", "list", "--status", "lost")
    assert unknown.code == 1 and "unreadable" in unknown.told()
