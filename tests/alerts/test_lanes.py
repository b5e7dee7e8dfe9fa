"""Warnings by colour: urgent ones at once and never closer than half an hour, the others in one mail a day."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from alerts.enrolling import enrol
from alerts.lanes import AT_ONCE, WINDOW, lane_of
from alerts.message import letter_of
from alerts.rhythms import UnknownRhythm, key_of, latest_slot, next_slot, next_warnings_at
from alerts.unsubscribing import UNSUBSCRIBED, end_subscriptions
from settings import Settings
from store.clock import SHANGHAI
from store.digest import DAILY, SHARED
from store.engine import writing
from store.notice import Notice
from store.subscription import Subscriber
from tests.alerts.gathered import at, letters, outcomes, pass_time
from tests.alerts.mailed import mails, settings_at, text_of
from tests.alerts.test_composing import HOSTILE, SENDER, plain_words, words_of
from tests.cast import Cast, insert_cast
from tests.rows import follow, insert_notice

SURE = [("toys", "accepted")]
ADOPTED = {"thread_reason": "adopted", "force_on": date(2027, 6, 1)}  # orange in a main market, needs no signature
MOVED = {"comment_deadline": date(2026, 8, 30), "comment_deadline_text": "30 August 2026"}
INSTANTS = st.integers(0, 2 * 366 * 86_400).map(lambda s: datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(seconds=s))


@pytest.fixture
def cast(loaded: Engine, now: datetime) -> Cast:
    with writing(loaded) as session:
        return insert_cast(session, now)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_at(tmp_path, warning_lanes="by_colour")


def yellow(engine: Engine, when: datetime, number: int, **fields: object) -> Notice:
    with writing(engine) as session:
        return insert_notice(session, when, f"G/TBT/N/USA/{number}", SURE, **fields)  # type: ignore[arg-type]


def orange(engine: Engine, when: datetime, number: int, **fields: object) -> Notice:
    return yellow(engine, when, number, **(ADOPTED | fields))


def kinds(engine: Engine) -> list[str]:
    return [found.kind for _, found, _ in mails(engine)]


@given(INSTANTS, st.sampled_from(["weekly", "daily"]))
def test_slots_follow_one_another_without_a_gap(now: datetime, rhythm: str) -> None:
    slot, following = latest_slot(rhythm, now), next_slot(rhythm, now)
    assert slot <= now < following and latest_slot(rhythm, following) == following
    assert (slot.hour, slot.minute) == (following.hour, following.minute) == (8, 0)
    assert rhythm == "daily" or slot.weekday() == following.weekday() == 0
    assert key_of(rhythm, now) == key_of(rhythm, slot) != key_of(rhythm, following)
    assert now < next_warnings_at(now) <= now + timedelta(days=1)


def test_a_rhythm_that_there_is_not_is_refused(now: datetime) -> None:
    with pytest.raises(UnknownRhythm, match="weekly or daily"):
        latest_slot("hourly", now)


@given(st.lists(st.integers(0, 7200), min_size=1, max_size=30))
def test_urgent_mails_are_half_an_hour_apart_and_none_waits_longer(seconds: list[int]) -> None:
    began = at("03")
    sent: list[datetime] = []
    for instant in sorted(began + timedelta(seconds=second) for second in seconds):
        last = max((one for one in sent if one <= instant), default=None)
        lane, due = lane_of("red", False, last, instant)
        assert instant <= due <= instant + WINDOW
        assert (lane == AT_ONCE) == (due == instant)
        if due not in sent:
            sent.append(due)
    assert all(later - earlier >= WINDOW for earlier, later in pairwise(sent))


def test_the_colour_decides_and_what_follows_keeps_its_lane(now: datetime) -> None:
    assert [lane_of(colour, False, None, now)[0] for colour in ("red", "orange", "yellow", "blue")] == [
        AT_ONCE, AT_ONCE, DAILY, DAILY,
    ]  # fmt: skip
    assert lane_of("blue", True, None, now)[0] == AT_ONCE
    assert lane_of("blue", True, now, now)[0] == SHARED
    assert lane_of("yellow", False, now, now)[0] == DAILY


def test_an_urgent_warning_goes_at_once_as_a_mail_of_its_own(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    orange(loaded, now, 1)
    pass_time(loaded, settings, now)
    [(_, found, body)] = mails(loaded)
    assert (found.kind, found.state) == ("warning_issue", "captured")
    assert body.subject.startswith("【演示】【橙色预警】美国玩具")


def test_yellow_and_blue_share_the_mail_of_the_day(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    yellow(loaded, now, 1)
    yellow(loaded, now, 2, issuer="ZMB")  # a small market: blue
    pass_time(loaded, settings, now, at("03", "23:00"), at("04", "08:29"))
    assert mails(loaded) == []
    pass_time(loaded, settings, at("04", "08:30"), at("05"))
    [(_, found, body)] = mails(loaded)
    text = text_of(found, body)
    assert found.kind == "warnings_daily"
    assert body.subject == "【演示】【黄色、蓝色预警】2件：美国 玩具新规草案等"
    assert text.index("■ 1. 美国") < text.index("■ 2. 赞比亚")
    assert text.count("为什么发给您：您订阅了行业“玩具”；目标市场不限。") == 2
    assert "还剩56天" in text and "预警级别：黄色" in text and "预警级别：蓝色" in text
    assert text.count("https://warn.example/warnings/") == 2


def test_one_alone_in_its_day_reads_as_any_single_mail(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    yellow(loaded, now, 1)
    pass_time(loaded, settings, now, at("04"))
    [(_, found, body)] = mails(loaded)
    assert found.kind == "warning_issue" and found.version_id is not None
    assert "还剩56天" in text_of(found, body)  # counted from the day of the mail


def test_a_missed_day_is_made_up_for_in_one_mail(loaded: Engine, now: datetime, cast: Cast, settings: Settings) -> None:
    yellow(loaded, now, 1)
    pass_time(loaded, settings, now)
    yellow(loaded, at("04", "07:00"), 2)
    pass_time(loaded, settings, at("04", "07:00"), at("06", "15:00"))
    assert kinds(loaded) == ["warnings_daily"]
    yellow(loaded, at("06", "16:00"), 3)
    pass_time(loaded, settings, at("06", "16:00"), at("06", "23:00"), at("07"))
    assert kinds(loaded) == ["warnings_daily", "warning_issue"]


def test_urgent_ones_of_one_source_within_half_an_hour_share_a_mail(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    orange(loaded, now, 1)
    pass_time(loaded, settings, now)
    for minute in (5, 20):
        orange(loaded, now + timedelta(minutes=minute), minute)
        pass_time(loaded, settings, now + timedelta(minutes=minute))
    orange(loaded, now, 99, source="us_federal_register_documents", kind="regulation", attributes={"stage": "adopted"})
    pass_time(loaded, settings, now + timedelta(minutes=21))
    assert kinds(loaded) == ["warning_issue", "warning_issue"]  # another source is another mail
    pass_time(loaded, settings, now + timedelta(minutes=30))
    assert kinds(loaded) == ["warning_issue", "warning_issue", "warnings_shared"]
    orange(loaded, now + timedelta(minutes=31), 31)
    pass_time(loaded, settings, now + timedelta(minutes=31), now + timedelta(minutes=59))
    assert len(mails(loaded)) == 3
    pass_time(loaded, settings, now + timedelta(minutes=60))
    assert kinds(loaded)[3:] == ["warning_issue"]


def test_an_update_keeps_lane_and_thread(loaded: Engine, now: datetime, cast: Cast, settings: Settings) -> None:
    first, second = orange(loaded, now, 1), yellow(loaded, now, 2)
    pass_time(loaded, settings, now, at("04"))
    with writing(loaded) as session:
        follow(session, at("05"), first, "Add.1", "withdrawn", SURE)
        follow(session, at("05"), second, "Add.1", "deadline_changed", SURE, **MOVED)
    pass_time(loaded, settings, at("05"))
    issue, daily, cancel = (found for _, found, _ in mails(loaded))
    assert cancel.kind == "warning_cancel" and cancel.fields["references"] == issue.public_id
    yellow(loaded, at("05"), 3)
    pass_time(loaded, settings, at("05"), at("06"))
    [(_, update, body)] = letters(loaded, "warnings_daily")
    assert update.fields["references"] == daily.public_id
    assert "更新：美国 玩具" in body.text and "改为2026年8月30日" in body.text


def test_of_what_still_waits_only_the_last_is_told_and_as_new(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    first, second = yellow(loaded, now, 1), yellow(loaded, now, 2)
    pass_time(loaded, settings, now)
    with writing(loaded) as session:
        follow(session, now, first, "Add.1", "deadline_changed", SURE, **MOVED)
        follow(session, now, second, "Add.1", "withdrawn", SURE)
    pass_time(loaded, settings, now + timedelta(hours=1), at("04"), at("05"))
    [(_, found, body)] = mails(loaded)
    assert found.kind == "warning_issue" and "2026年8月30日" in body.text
    assert sorted(outcome for _, _, outcome in outcomes(loaded)) == ["replaced", "replaced", "told"]


def test_an_urgent_update_overtakes_the_mail_of_the_day(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    first = yellow(loaded, now, 1)
    pass_time(loaded, settings, now)
    with writing(loaded) as session:
        follow(session, now, first, "Add.1", "adopted", SURE, force_on=date(2027, 6, 1))
    pass_time(loaded, settings, now + timedelta(hours=1))
    assert kinds(loaded) == ["warning_issue"]
    pass_time(loaded, settings, at("04"), at("05"))
    assert kinds(loaded) == ["warning_issue"]


def test_a_mail_of_many_is_bounded_small_and_the_same_in_both_forms(
    loaded: Engine, now: datetime, cast: Cast, settings: Settings
) -> None:
    for number in range(80):
        yellow(loaded, now, number, title=f"{number} toys " * 60, products="Toys " * 100)
    pass_time(loaded, settings, now, at("04"))
    [(_, found, body)] = mails(loaded)
    text = text_of(found, body)
    assert text.count("预警级别：") == 10 and text.count("https://warn.example/warnings/") == 70
    assert "另有10件，见网页：https://warn.example/digests/" in text
    letter = letter_of(SENDER, body.subject, body.text, body.html, body.calendar)
    raw = letter.to("a@b.cn", found.public_id, found.fields, now)
    assert len(raw) < 100_000 and "src=" not in body.html and "url(" not in body.html
    page = words_of(body, {**found.fields, "unsubscribe": "https://u.example"})
    words = {re.sub(r"^\d+\.", "", plain_words(line)) for line in text.splitlines()}
    missing = {line for line in words if line not in page and "https://" not in line and "填写评议意见" not in line}
    assert missing == {"预警级别：黄色系统自动发布", "不想再收到？打开下面的链接，按页面上的按钮退订："}


def test_hostile_facts_are_only_words(loaded: Engine, now: datetime, cast: Cast, settings: Settings) -> None:
    for number in (1, 2):
        yellow(loaded, now, number, title=HOSTILE, products=HOSTILE, comment_deadline_text=HOSTILE)
    pass_time(loaded, settings, now, at("04"))
    [(_, found, body)] = mails(loaded)
    assert "<script" not in body.html and not set("\u202e\u2028") & set(body.text + body.html)
    assert text_of(found, body).count("您订阅了") == 2


def test_who_left_before_the_mail_gets_none(loaded: Engine, now: datetime, cast: Cast, settings: Settings) -> None:
    yellow(loaded, now, 1)
    pass_time(loaded, settings, now)
    with writing(loaded) as session:
        end_subscriptions(session, session.get_one(Subscriber, cast.toys.id), now, UNSUBSCRIBED)
    pass_time(loaded, settings, at("04"))
    assert mails(loaded) == []


def test_each_person_has_a_mail_of_its_own(loaded: Engine, now: datetime, cast: Cast, settings: Settings) -> None:
    with writing(loaded) as session:
        enrol(session, now, email="usa@exporter.example", industries=["toys"], markets=["美国"])
    yellow(loaded, now, 1)
    yellow(loaded, now, 2, issuer="EU")
    pass_time(loaded, settings, now, at("04"))
    assert [(address.partition("@")[0], found.kind) for address, found, _ in mails(loaded)] == [
        ("toys", "warnings_daily"),
        ("usa", "warning_issue"),
    ]
