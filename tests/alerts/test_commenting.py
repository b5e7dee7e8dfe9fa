"""Comments: once per firm, replaced until screened, and each firm hears what became of its own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alerts.comment_documents import comments_of, compile_document, edit_document
from alerts.comment_letters import STATES_IN_WORDS
from alerts.comment_submitting import (
    LEFT_OUT,
    NotComplete,
    record_outcome,
    reopen_document,
    scan_of,
    seal_document,
    submit_document,
)
from alerts.comment_words import BadComment, words_of
from alerts.commenting import AlreadyScreened, CommentSettled, receive_for_members, screen
from alerts.reviewing import NotAllowed
from alerts.scans import MOST_BYTES, BadScan, kind_of_scan
from alerts.unsubscribing import token_for
from store.audit import AuditEntry
from store.bureau import ASSOCIATION, Officer
from store.comment import Comment, CommentState, CommentVersion
from store.engine import reading, writing
from store.officer_mail import OfficerMail
from tests.alerts.commented import HURT, Play, begin
from tests.alerts.mailed import settings_at

PDF = b"%PDF-1.4 sealed"


@pytest.fixture
def play(loaded: Engine, now: datetime, tmp_path: Path) -> Play:
    return begin(loaded, now, settings_at(tmp_path))


def test_sent_twice_is_one_comment_and_other_words_are_a_new_version(play: Play) -> None:
    first, again = play.comment(), play.comment()
    assert first.id == again.id and again.number == 1
    changed = play.comment(yearly_value="250.5")
    assert (changed.id, changed.number, changed.yearly_value) == (first.id, 2, 250.5)
    with reading(play.engine) as session:
        (kept,) = session.exec(select(CommentVersion)).all()
        assert kept.content["yearly_value"] == 100
        assert len(session.exec(select(CommentState)).all()) == 1
    assert play.letters() == ["comment_received"]


def test_after_screening_the_firm_can_no_longer_change_it(play: Play) -> None:
    comment = play.comment()
    with writing(play.engine) as session:
        screen(session, play.now, play.settings, comment, play.matter(session), play.cast.county, usable=True)
    assert play.comment().number == 1  # the same again is no change
    with pytest.raises(AlreadyScreened):
        play.comment(harm="另一种说法")


def test_the_county_says_no_with_a_reason_and_the_firm_reads_it(play: Play) -> None:
    comment = play.comment()
    with writing(play.engine) as session:
        given = (session, play.now, play.settings, comment, play.matter(session))
        with pytest.raises(BadComment):
            screen(*given, play.cast.county, usable=False, note=" ")
        with pytest.raises(NotAllowed):
            screen(*given, play.cast.stranger, usable=True)
        screen(*given, play.cast.county, usable=False, note="与本通报的产品无关")
    assert play.letters() == ["comment_received", "comment_not_used"]
    assert "原因：与本通报的产品无关" in play.letter_text("comment_not_used")


def test_after_the_firms_day_it_is_kept_as_a_report_for_trade_concerns(play: Play) -> None:
    on_the_day, day_after = (play.now.replace(month=7, day=10) + timedelta(days=n) for n in (0, 1))
    assert not play.comment(0, on_the_day).is_late
    late = play.comment(1, day_after)
    assert late.is_late and "特别贸易关注" in play.letter_text("comment_received", 1)
    with writing(play.engine) as session:
        document = compile_document(session, day_after, play.matter(session), play.cast.province)
        assert late.id not in [c.id for c in comments_of(session, document)]


def test_the_officers_of_the_county_or_of_the_next_place_with_any_are_told_once(play: Play) -> None:
    for place in range(3):
        play.comment(place)
    with reading(play.engine) as session:
        (mail,) = session.exec(select(OfficerMail)).all()
        assert (mail.officer_id, mail.path) == (play.cast.county.id, f"/comments/{play.warning}")
        assert "2026年7月10日" in " ".join(mail.lines) and "测试企业" not in mail.title + " ".join(mail.lines)


def test_an_association_comments_for_its_members_and_screens_nothing(play: Play) -> None:
    comment = play.comment()
    with writing(play.engine) as session:
        person = Officer(
            bureau_id=play.cast.city.bureau_id, sign_in="xiehui", name="协会", kind=ASSOCIATION, created_at=play.now
        )
        session.add(person)
        session.flush()
        matter = play.matter(session)
        with pytest.raises(NotAllowed):
            screen(session, play.now, play.settings, comment, matter, person, usable=True)
        words = words_of(HURT | {"firm_name": "汕头玩具协会"}, 2026)
        own = receive_for_members(session, play.now, play.settings, matter, person, words)
        assert receive_for_members(session, play.now, play.settings, matter, person, words).id == own.id
        assert (own.exporter_id, own.officer_id) == (None, person.id)
        with pytest.raises(NotAllowed):
            receive_for_members(session, play.now, play.settings, matter, play.cast.county, words)


def test_three_firms_comment_the_document_holds_all_and_each_hears_every_step(play: Play) -> None:
    comments = [play.comment(place) for place in range(3)]
    province, settings, now = play.cast.province, play.settings, play.now
    with writing(play.engine) as session:
        matter = play.matter(session)
        screen(session, now, settings, session.get_one(Comment, comments[0].id), matter, play.cast.county, usable=True)
        with pytest.raises(NotAllowed):
            compile_document(session, now, matter, play.cast.city)
        document = compile_document(session, now, matter, province)
        assert compile_document(session, now, matter, province).id == document.id
        assert [c.id for c in comments_of(session, document)] == [c.id for c in comments]
        with pytest.raises(NotComplete) as lacking:
            submit_document(session, now, settings, document, province)
        assert lacking.value.missing == ("sealed scan", "number", "date", "route")
        edit_document(
            session, now, document, province, number="粤市监函〔2026〕1号", route="机要", dated_on=date(2026, 7, 20)
        )
        seal_document(session, now, settings, document, province, name="scan.pdf", content=PDF)
        submit_document(session, now, settings, document, province)
        with pytest.raises(CommentSettled):
            screen(session, now, settings, session.get_one(Comment, comments[1].id), matter, province, usable=True)
        record_outcome(session, now, settings, document, province, final=False, note="对方采纳了第二条。")
        record_outcome(session, now, settings, document, province, final=True, note="法规已公布。")
    steps = [f"comment_{state}" for state in ("received", "used", "submitted", "answered", "final")]
    for place in range(3):
        assert play.letters(place) == steps
        assert "对方采纳了第二条。" in play.letter_text("comment_answered", place)
        assert f"/opinions/{play.mail(place)}?token=" in play.letter_text("comment_final", place)
        assert token_for(settings.secret_bytes(), play.mail(place)) not in play.letter_text("comment_final", place)
    with reading(play.engine) as session:
        deeds = set(session.exec(select(AuditEntry.action).where(AuditEntry.object_kind == "comment_document")))
        assert {f"comment_document.{d}" for d in ("compile", "edit", "seal", "submit", "answered", "final")} == deeds


def test_who_is_left_out_hears_so_when_the_text_is_fixed(play: Play) -> None:
    kept, dropped = play.comment(0), play.comment(1)
    with writing(play.engine) as session:
        document = compile_document(session, play.now, play.matter(session), play.cast.province)
        edit_document(session, play.now, document, play.cast.province, chosen={kept.public_id})
        seal_document(session, play.now, play.settings, document, play.cast.province, name="a.pdf", content=PDF)
    assert (play.now_is(kept).state, play.now_is(dropped).state) == ("used", "not_used")
    assert LEFT_OUT in play.letter_text("comment_not_used", 1)


def test_a_sealed_document_can_be_opened_again_as_a_new_version_without_its_scan(play: Play) -> None:
    play.comment()
    with writing(play.engine) as session:
        document = compile_document(session, play.now, play.matter(session), play.cast.province)
        seal_document(session, play.now, play.settings, document, play.cast.province, name="a.pdf", content=PDF)
        reopen_document(session, play.now, document, play.cast.province)
        assert (document.status, document.version, scan_of(session, document)) == ("draft", 2, None)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PDF, "pdf"), (b"\xff\xd8\xff\xe0", "jpg"), (b"\x89PNG\r\n\x1a\n", "png")],
)
def test_a_scan_is_known_by_its_first_bytes(content: bytes, kind: str) -> None:
    assert kind_of_scan(content) == kind


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04", b"%PDF-" + b"0" * MOST_BYTES])
def test_anything_else_and_anything_too_large_is_refused(content: bytes) -> None:
    with pytest.raises(BadScan):
        kind_of_scan(content)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"affected": "maybe"}, "affected"),
        ({"affected": "yes"}, "harm"),
        ({"affected": "no", "yearly_value": "viel"}, "yearly_value"),
        ({"affected": "no", "yearly_value": "nan"}, "yearly_value"),
        ({"affected": "no", "yearly_value": "-1"}, "yearly_value"),
        ({"affected": "no", "value_year": "2027"}, "value_year"),
        ({"affected": "no", "hs": "950"}, "hs"),
        ({"affected": "no", "harm": "x" * 4001}, "harm"),
        ({"affected": "no", "lang": "fr"}, "lang"),
    ],
)
def test_what_cannot_be_kept_is_named(sent: dict[str, str], field: str) -> None:
    with pytest.raises(BadComment) as refused:
        words_of(sent, 2026)
    assert refused.value.field == field


def test_every_state_has_its_word_and_a_letter_kind_that_fits() -> None:
    assert all(len(f"comment_{state}") <= 20 for state in STATES_IN_WORDS)
