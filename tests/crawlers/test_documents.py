"""Fetching documents through the real downloader from recordings: outcomes, manners, other tries, death, twice."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from crawlers.document_job import DocumentJob
from crawlers.document_process import run_visit
from crawlers.document_rows import DocumentsBusy, count_due, take_documents, want_documents
from crawlers.documents import fetch_documents
from crawlers.outcomes import MOST_TRIES, PAUSES
from crawlers.reading_in import read_in
from settings import Settings
from store.clock import fixed_clock
from store.document import Document, document_text_of
from store.engine import make_engine, reading, writing
from store.notice import HISTORY, Notice, NoticeVersion
from store.search import search
from store.work import retry_parked
from tests.crawlers.documents_made import (
    ANNEX_URL,
    DOCX_TYPE,
    FORM_URL,
    bomb_docx,
    encrypted_pdf,
    form_docx,
    insert_wanting,
    made_pdf,
)
from tests.crawlers.driving import drive_here, write_recording

FORM = {"url": FORM_URL, "match": "exact", "headers": {"Content-Type": DOCX_TYPE}}
ANNEX = {"url": ANNEX_URL, "match": "exact", "headers": {"Content-Type": "application/pdf"}}
PDF_TEXT = "The draft sets limits for residues of imidacloprid in green tea and in tea leaves."


@pytest.fixture
def engine(loaded_sqlite_url: str) -> Any:
    engine = make_engine(loaded_sqlite_url)
    yield engine
    engine.dispose()


def _visit(engine: Engine, now: datetime, folder: Path, **fields: Any) -> dict[str, Any]:
    """One visit inside the test's process, by the real spider and downloader."""
    values: dict[str, Any] = {
        "source": "documents", "run": "", "database_url": engine.url.render_as_string(hide_password=False),
        "var": str(folder), "mode": "recent", "now": now.isoformat(), "replay": str(folder), "deadline_s": 600.0,
    }  # fmt: skip
    return run_visit(DocumentJob(**{**values, **fields}), drive_here)


def _put(engine: Engine, now: datetime, **fields: Any) -> Notice:
    with writing(engine) as session:
        notice = insert_wanting(session, now, **fields)
    want_documents(engine, now)
    return notice


def _documents(engine: Engine) -> list[Document]:
    with reading(engine) as session:
        return list(session.exec(select(Document).order_by(col(Document.id))))


def _states(engine: Engine) -> list[tuple[str, str]]:
    return [(row.status, row.problem) for row in _documents(engine)]


def _settings(engine: Engine, tmp_path: Path) -> Settings:
    return Settings(database_url=engine.url.render_as_string(hide_password=False), var=tmp_path / "var")


def test_what_is_wanted_is_written_once_and_again_for_a_new_version(store: Engine, now: datetime) -> None:
    with writing(store) as session:
        notice = insert_wanting(session, now)
        insert_wanting(session, now, symbol="G/SPS/N/JPN/1401", admitted=HISTORY)
    assert want_documents(store, now) == 2
    assert want_documents(store, now) == 0
    assert [(row.url, row.rel, row.lang, row.status) for row in _documents(store)] == [
        (FORM_URL, "notification", "en", "wanted"),
        (ANNEX_URL, "document", "en", "wanted"),
    ]
    with writing(store) as session:
        row = session.get_one(Notice, notice.id)
        row.number, row.links = 2, [*row.links, {"rel": "document", "lang": "", "url": "https://a.example.jp/b.pdf"}]
        session.add(row)
    assert want_documents(store, now) == 1
    assert want_documents(store, now) == 0


def test_both_files_are_fetched_read_and_stored(engine: Engine, now: datetime, tmp_path: Path) -> None:
    notice = _put(engine, now)
    folder = write_recording(tmp_path / "r", {**FORM, "body": form_docx()}, {**ANNEX, "body": made_pdf(PDF_TEXT)})
    answer = _visit(engine, now, folder)
    assert answer == {"asked": 2, "counts": {"fetched": 2}, "hosts_left": {}, "reason": ""}
    form, annex = _documents(engine)
    assert (form.status, form.content_type, form.size_bytes) == ("fetched", DOCX_TYPE, len(form_docx()))
    assert "imidacloprid in green tea" in form.text and form.pages is None and len(form.sha256) == 64
    assert (annex.status, annex.text, annex.pages, annex.fetched_at) == ("fetched", PDF_TEXT, 1, now)
    assert all((row.claimed_by, row.attempts, row.parked_at) == (None, 0, None) for row in (form, annex))
    with reading(engine) as session:
        assert document_text_of(session, [notice.id or 0, 999]) == {notice.id: f"{form.text}\n\n{PDF_TEXT}"}
    assert _visit(engine, now, folder)["asked"] == 0


ANSWERS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "not found": ({"status": 404}, ("missing", "missing")),
    "gone": ({"status": 410}, ("missing", "missing")),
    "not understood": ({"status": 400, "body": b"?"}, ("failed", "not_understood")),
    "to this machine": (
        {"status": 301, "headers": {"Location": "http://127.0.0.1:9/x.pdf"}},
        ("refused", "not_public"),
    ),
    "in a circle": ({"status": 301, "headers": {"Location": FORM_URL}}, ("failed", "redirects")),
    "too big": ({"body": b"%PDF-", "fill_to": 15_000_001}, ("too_big", "too_big")),
    "a bomb": ({"body": bomb_docx()}, ("unreadable", "bomb")),
    "a password": ({"body": encrypted_pdf()}, ("unreadable", "encrypted")),
    "a scan": ({"body": made_pdf("")}, ("unreadable", "scan")),
    "throttled": ({"status": 429}, ("wanted", "throttled")),
    "forbidden": ({"status": 403}, ("wanted", "forbidden")),
    "in trouble": ({"status": 503}, ("wanted", "trouble")),
    "maintenance": ({"body": b"<!doctype html><p>maintenance"}, ("wanted", "web_page")),
    "cut": ({"body": form_docx(), "cut_after": 100}, ("wanted", "cut")),
    "too slow": ({"delay_s": 60, "body": form_docx()}, ("wanted", "timed_out")),
    "empty": ({"body": b""}, ("wanted", "cut")),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_becomes_of_a_document(name: str, engine: Engine, now: datetime, tmp_path: Path) -> None:
    """And the file of the other host is fetched whatever the first does."""
    answer, state = ANSWERS[name]
    _put(engine, now)
    folder = write_recording(tmp_path / "r", {**FORM, **answer}, {**ANNEX, "body": made_pdf(PDF_TEXT)})
    _visit(engine, now, folder)
    assert _states(engine) == [state, ("fetched", "")]
    form = _documents(engine)[0]
    assert form.reason and "\n" not in form.reason and form.text == "" and form.claimed_by is None
    assert (form.retry_at == now + PAUSES[0]) is (state[0] == "wanted")
    assert form.attempts == (1 if state[0] in ("wanted", "failed") else 0)
    assert (form.parked_at is not None) is (state[0] == "failed")


def test_robots_txt_is_obeyed(engine: Engine, now: datetime, tmp_path: Path) -> None:
    _put(engine, now)
    rules = {"url": "https://docs.wto.org/robots.txt", "body": b"User-agent: *\nDisallow: /imrd/\n"}
    folder = write_recording(
        tmp_path / "r", rules, {**FORM, "body": form_docx()}, {**ANNEX, "body": made_pdf(PDF_TEXT)}
    )
    _visit(engine, now, folder)
    assert _states(engine) == [("refused", "robots"), ("fetched", "")]


def test_a_host_that_throttles_is_left_alone_and_asked_again_later(
    engine: Engine, now: datetime, tmp_path: Path
) -> None:
    urls = [FORM_URL.replace("1400", str(number)) for number in (1400, 1401, 1402)]
    for number, url in enumerate(urls):
        links = [{"rel": "notification", "lang": "en", "url": url}]
        _put(engine, now, symbol=f"G/SPS/N/JPN/14{number:02}", links=links)
    busy = {"url": urls[0], "match": "exact", "status": 429, "headers": {"Retry-After": "1"}}
    others = [{**FORM, "url": url, "body": form_docx()} for url in urls]
    folder = write_recording(tmp_path / "r", busy, *others[1:])
    answer = _visit(engine, now, folder)
    assert (answer["asked"], answer["counts"]) == (1, {"Throttled": 1, "not_asked": 2})
    assert list(answer["hosts_left"]) == ["docs.wto.org"]
    assert [row.attempts for row in _documents(engine)] == [1, 0, 0]
    assert count_due(engine, now) == 0 and count_due(engine, now + PAUSES[0]) == 3
    later = now + PAUSES[0]
    assert _visit(engine, later, folder)["counts"] == {"Throttled": 1, "fetched": 2}  # the least tried go first
    mended = write_recording(tmp_path / "m", *others)
    assert _visit(engine, later + PAUSES[1], mended)["counts"] == {"fetched": 1}


def test_after_five_tries_with_growing_pauses_a_document_is_parked(
    engine: Engine, now: datetime, tmp_path: Path
) -> None:
    _put(engine, now, links=[{"rel": "notification", "lang": "en", "url": FORM_URL}])
    folder = write_recording(tmp_path / "r", {**FORM, "status": 503})
    at = now
    for tries in range(1, MOST_TRIES + 1):
        assert _visit(engine, at, folder)["asked"] == 1
        assert _visit(engine, at + timedelta(minutes=29), folder)["asked"] == 0
        assert _documents(engine)[0].attempts == tries
        at += PAUSES[min(tries, len(PAUSES)) - 1]
    row = _documents(engine)[0]
    assert (row.status, row.problem, row.parked_at is not None) == ("failed", "trouble", True)
    assert "503" in (row.last_error or "")
    assert _visit(engine, at + timedelta(days=30), folder)["asked"] == 0
    with writing(engine) as session:
        assert retry_parked(session, Document) == 1
    mended = write_recording(tmp_path / "m", {**FORM, "body": form_docx()})
    assert _visit(engine, at, mended)["counts"] == {"fetched": 1}
    assert _states(engine) == [("fetched", "")] and _documents(engine)[0].parked_at is None


def test_one_visit_at_a_time(store: Engine, now: datetime) -> None:
    _put(store, now)
    assert len(take_documents(store, now, 1, timedelta(minutes=5))) == 1
    with pytest.raises(DocumentsBusy, match="is fetching documents"):
        take_documents(store, now, 1, timedelta(minutes=5))


def test_what_kills_its_process_five_times_is_parked(store: Engine, now: datetime) -> None:
    _put(store, now)
    with writing(store) as session:
        first, second = session.exec(select(Document).order_by(col(Document.id))).all()
        dead = f"{os.uname().nodename}:4194303:1"
        first.claimed_by, first.claimed_until, first.attempts = dead, now + timedelta(days=900), MOST_TRIES
        second.claimed_by, second.claimed_until = dead, now + timedelta(days=900)
        session.add_all([first, second])
    assert [taken.id for taken in take_documents(store, now, 10, timedelta(minutes=5))] == [second.id]
    assert _states(store) == [("failed", "crashed"), ("wanted", "")]


def test_text_gives_the_notice_a_new_version_once(store: Engine, now: datetime) -> None:
    notice = _put(store, now)
    with writing(store) as session:
        row = session.get_one(Notice, notice.id)
        row.classified_at = row.raised_at = now
        session.add(row)
        for document, status in zip(
            session.exec(select(Document).order_by(col(Document.id))).all(), ("fetched", "wanted"), strict=True
        ):
            document.status, document.text = status, "text" if status == "fetched" else ""
            session.add(document)
    assert read_in(store, now) == 1 and read_in(store, now) == 0
    with reading(store) as session:
        row = session.get_one(Notice, notice.id)
        versions = session.exec(select(NoticeVersion).order_by(col(NoticeVersion.number))).all()
        assert (row.number, row.classified_at, row.raised_at, row.content_hash) == (2, None, None, notice.content_hash)
        assert [version.difference for version in versions] == [{}, {"read_documents": [[], ["NJPN1400.DOCX"]]}]
        assert session.exec(select(Document.notice_number).order_by(col(Document.id))).all() == [2, None]
        assert search(session, "text") == [notice.id]
    assert want_documents(store, now) == 0  # the version is ours: nothing more is wanted


def test_the_whole_job_in_its_process_and_again(engine: Engine, now: datetime, tmp_path: Path) -> None:
    with writing(engine) as session:
        insert_wanting(session, now)
    folder = write_recording(tmp_path / "r", {**FORM, "body": form_docx()}, {**ANNEX, "status": 404})
    settings = _settings(engine, tmp_path)

    def run() -> dict[str, Any]:
        return fetch_documents(engine, settings, fixed_clock(now), replay=folder, now=now.isoformat())

    answer = run()
    assert answer["wanted"] == answer["asked"] == 2 and answer["counts"] == {"PageMissing": 1, "fetched": 1}
    assert (answer["notices_read_in"], answer["reason"]) == (1, "")
    before = [row.model_dump() for row in _documents(engine)]
    again = run()
    assert (again["wanted"], again["asked"], again["notices_read_in"]) == (0, 0, 0)
    assert [row.model_dump() for row in _documents(engine)] == before
