"""The information digest: flagged notices for everybody who asks, once a week or day, nothing twice, never empty."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from alerts.digesting import KIND
from alerts.enrolling import enrol
from alerts.message import letter_of
from alerts.reviewing import accept, dismiss
from alerts.unsubscribing import UNSUBSCRIBED, end_subscriptions
from settings import Settings
from store.digest import Digest
from store.email import Email
from store.engine import reading, writing
from store.review import Review
from store.subscription import DAILY, Subscriber
from store.warning import WarningVersion
from tests.alerts.gathered import at, letters, outcomes, pass_time
from tests.alerts.mailed import mails, settings_at, text_of
from tests.alerts.test_composing import HOSTILE, SENDER, plain_words, words_of
from tests.cast import CHENGHAI, Cast, bureau_at, insert_cast
from tests.rows import follow, insert_notice

FLAGGED = [("toys", "flagged")]
MONDAY = at("08", "08:00")


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_at(tmp_path)


def flag(engine: Engine, when: datetime, number: int = 1, **fields: object) -> None:
    with writing(engine) as session:
        insert_notice(session, when, f"G/TBT/N/USA/{number}", FLAGGED, **fields)  # type: ignore[arg-type]


def addresses(engine: Engine) -> list[str]:
    return sorted(address.partition("@")[0] for address, _, _ in letters(engine, KIND))


def test_a_flagged_notice_stands_marked_in_the_next_digest_of_every_matching_firm(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    with writing(loaded) as session:
        enrol(session, now, email="code@exporter.example", hs=["9503"])
        enrol(session, now, email="word@exporter.example", words=["toy"])
    flag(loaded, now)
    pass_time(loaded, settings, now, at("08", "07:59"))
    assert mails(loaded) == []
    pass_time(loaded, settings, MONDAY)
    assert addresses(loaded) == ["code", "toys", "word"]
    for _, found, body in letters(loaded, KIND):
        text = text_of(found, body)
        assert body.subject == "【演示】【信息摘要】美国：1件公告与您的订阅有关"
        assert "玩具新规草案（未经研判）" in text
        assert "提意见（评议）截止：2026年7月30日（还剩52天）" in text
        assert "https://warn.example/notices/" in text and "https://warn.example/out" in text
        assert "您订阅了" in text and "国外" not in text


def test_dismissed_in_its_county_it_still_stands_in_the_digest(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    flag(loaded, now)
    pass_time(loaded, settings, now)
    with writing(loaded) as session:
        for review in session.exec(select(Review)).all():
            if review.bureau_id == bureau_at(session, CHENGHAI).id:
                dismiss(session, review, cast.county, now)
    pass_time(loaded, settings, MONDAY)
    [(_, found, body)] = letters(loaded, KIND)
    assert "未经研判" in text_of(found, body)


def test_dismissed_by_all_it_still_stands_there_and_says_so(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    flag(loaded, now)
    pass_time(loaded, settings, now)
    with writing(loaded) as session:
        lead = session.exec(select(Review).where(Review.is_lead)).one()
        dismiss(session, lead, cast.province, now)  # the province's word in the lead's review holds for all
    pass_time(loaded, settings, MONDAY)
    [(_, found, body)] = letters(loaded, KIND)
    assert "玩具新规草案（已研判，没有列为预警）" in text_of(found, body)


def test_a_warning_before_the_digest_takes_it_out_but_not_in_the_county_that_said_no(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    with writing(loaded) as session:
        enrol(session, now, email="elsewhere@exporter.example", industries=["toys"], jurisdiction="440106")
    flag(loaded, now)
    pass_time(loaded, settings, now)
    with writing(loaded) as session:
        own = session.exec(select(Review).where(Review.bureau_id == cast.county.bureau_id)).one()
        dismiss(session, own, cast.county, now)
        other = session.exec(select(Review).where(Review.state == "open")).first()
        assert other is not None
        accept(session, other, cast.province, now)
    pass_time(loaded, settings, now, MONDAY)
    assert [(address, found.kind) for address, found, _ in mails(loaded)] == [
        ("elsewhere@exporter.example", "warning_issue"),
        ("toys@exporter.example", KIND),
    ]
    [(_, found, body)] = letters(loaded, KIND)
    assert "已作为预警发给其他行业或地区的企业" in text_of(found, body)
    assert "https://warn.example/warnings/" in text_of(found, body)


def test_what_a_digest_told_still_comes_as_a_warning(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    flag(loaded, now)
    pass_time(loaded, settings, now, MONDAY)
    with writing(loaded) as session:
        review = session.exec(select(Review).where(Review.bureau_id == cast.county.bureau_id)).one()
        accept(session, review, cast.county, at("09"))
    pass_time(loaded, settings, at("09"), at("15"))
    assert [found.kind for _, found, _ in mails(loaded)] == [KIND, "warning_issue"]


def test_a_week_without_the_service_is_made_up_for_once(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    flag(loaded, now, 1)
    pass_time(loaded, settings, now)
    pass_time(loaded, settings, at("10", "11:00"))  # down over Monday, up again on Wednesday
    assert [found.key for _, found, _ in letters(loaded, KIND)] == ["2026-W24"]
    flag(loaded, at("13"), 2)
    pass_time(loaded, settings, at("13", "12:00"), at("14"))
    assert len(letters(loaded, KIND)) == 1
    pass_time(loaded, settings, at("16"))  # down over Monday again
    assert [found.key for _, found, _ in letters(loaded, KIND)] == ["2026-W24", "2026-W25"]


def test_every_day_for_who_wants_it_so(loaded: Engine, now: datetime, cast: Cast, settings: Settings) -> None:
    with writing(loaded) as session:
        session.get_one(Subscriber, cast.toys.id).digest_rhythm = DAILY
    for day in range(3, 9):
        flag(loaded, at(f"{day:02}"), day)
        pass_time(loaded, settings, at(f"{day:02}", "08:00"), at(f"{day:02}"))
    keys = [found.key for _, found, _ in letters(loaded, KIND)]
    assert keys == [f"2026-06-0{day}" for day in range(4, 9)]


def test_nothing_comes_twice_and_what_changed_comes_again(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    with writing(loaded) as session:
        first = insert_notice(session, now, "G/TBT/N/USA/1", FLAGGED)
    pass_time(loaded, settings, now)
    moved = {"comment_deadline": date(2026, 8, 30), "comment_deadline_text": "30 August 2026"}
    with writing(loaded) as session:
        follow(session, at("04"), first, "Add.1", "deadline_changed", FLAGGED, **moved)
    pass_time(loaded, settings, at("04"), MONDAY, at("15"))
    [(_, found, body)] = letters(loaded, KIND)
    assert "8月30日" in text_of(found, body) and "7月30日" not in text_of(found, body)
    moved = {"comment_deadline": date(2026, 9, 30), "comment_deadline_text": "30 September 2026"}
    with writing(loaded) as session:
        follow(session, at("16"), first, "Add.2", "deadline_changed", FLAGGED, **moved)
    pass_time(loaded, settings, at("16"), at("22"), at("29"))
    assert [found.key for _, found, _ in letters(loaded, KIND)] == ["2026-W24", "2026-W26"]


def test_a_digest_is_bounded_small_and_the_same_in_both_forms(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    for number in range(25):
        flag(loaded, now, number, title=f"{number} toys " * 40, issuer="USA" if number % 2 else "EU")
    pass_time(loaded, settings, now, MONDAY)
    [(_, found, body)] = letters(loaded, KIND)
    text = text_of(found, body)
    with reading(loaded) as session:
        digest = session.exec(select(Digest)).one()
    assert text.count("（未经研判）") == 20 and digest.entries == 25
    assert f"另有5件，见网页：https://warn.example/digests/{digest.public_id}" in text
    assert text.count("■ 欧盟\n") == text.count("■ 美国\n") == 1
    raw = letter_of(SENDER, body.subject, body.text, body.html).to("a@b.cn", found.public_id, found.fields, now)
    assert len(raw) < 100_000 and "prefers-color-scheme: dark" in body.html
    assert "src=" not in body.html and "url(" not in body.html
    fields = {**found.fields, "unsubscribe": "https://u.example"}
    page = words_of(body, fields)
    words = {re.sub(r"^\d+\.", "", plain_words(line)) for line in text.splitlines()}
    missing = {line for line in words if line not in page}
    assert all(line.startswith(("详情：", "另有", "不想再收到", "https://")) for line in missing), missing


def test_hostile_titles_are_only_words(loaded: Engine, now: datetime, cast: Cast, settings: Settings) -> None:
    flag(loaded, now, title=HOSTILE, products=HOSTILE)
    pass_time(loaded, settings, now, MONDAY)
    [(_, found, body)] = letters(loaded, KIND)
    assert "<script" not in body.html and "\u202e" not in body.text
    assert text_of(found, body).count("您订阅了") == 1


def test_who_left_or_asked_for_something_else_gets_none(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    flag(loaded, now)
    pass_time(loaded, settings, now)
    with writing(loaded) as session:
        end_subscriptions(session, session.get_one(Subscriber, cast.toys.id), now, UNSUBSCRIBED)
    pass_time(loaded, settings, MONDAY, at("15"))
    assert mails(loaded) == []
    assert outcomes(loaded) == [("toys@exporter.example", "information", "left")]


def test_standards_news_and_consultations_only_for_who_ticked_them(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    with writing(loaded) as session:
        for name in ("standards", "consultations"):
            enrol(session, now, email=f"{name}@exporter.example", industries=["toys"])
            row = session.exec(select(Subscriber).where(Subscriber.email == f"{name}@exporter.example")).one()
            setattr(row, f"wants_{name}", True)
    flag(loaded, now, 1, kind="standard", source="iso_open_data_deliverables")
    flag(loaded, now, 2, kind="regulation", source="eu_have_your_say_initiatives")
    pass_time(loaded, settings, now, MONDAY)
    assert addresses(loaded) == ["consultations", "standards"]


def test_readers_of_the_same_share_one_body(loaded: Engine, now: datetime, cast: Cast, settings: Settings) -> None:
    with writing(loaded) as session:
        for number in range(3):
            enrol(session, now, email=f"more{number}@exporter.example", hs=["9503"], markets=["美国"])
    flag(loaded, now)
    pass_time(loaded, settings, now, MONDAY)
    with reading(loaded) as session:
        assert len(session.exec(select(Email.body_id).distinct()).all()) == 1
        assert len(session.exec(select(Email)).all()) == 4


def test_one_digest_that_cannot_be_written_does_not_hold_up_the_others(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    with writing(loaded) as session:
        enrol(session, now, email="glass@exporter.example", industries=["glass"])
        insert_notice(session, now, "G/TBT/N/USA/9", [("glass", "flagged")])
    flag(loaded, now)
    pass_time(loaded, settings, now)
    with writing(loaded) as session:
        broken = session.exec(select(WarningVersion).order_by(col(WarningVersion.id))).first()
        assert broken is not None
        broken.facts = {**broken.facts, "comment_deadline": "soon"}
        session.add(broken)
    from scheduler import run_stages

    run_stages(loaded, MONDAY + timedelta(minutes=1), settings)
    assert addresses(loaded) == ["toys"]
    with reading(loaded) as session:
        left = session.exec(select(Digest).where(col(Digest.written_at).is_(None))).one()
        assert left.last_error == "ValueError: Invalid isoformat string: 'soon'"
