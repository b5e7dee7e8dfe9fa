"""CAP 1.2: each version by the schema, with references, times, codes and places; the tables of how bad and how soon."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import Engine
from sqlmodel import select

from alerts.cap import CERTAINTY, RESPONSE, Alert, Area, Info, Sent, cap_xml, instant, sender_of, urgency_of
from alerts.cap_gathering import NotIssued, cap_of
from alerts.facts import STAGES
from alerts.reviewing import accept
from alerts.severity import SEVERITIES
from store.engine import reading, writing
from store.review import Review
from store.warning import WarningVersion
from tests.alerts.cap_read import pairs, read_cap, texts
from tests.alerts.drilled import start
from tests.alerts.mailed import settings_at
from tests.alerts.raised import SURE, SYMBOL, UNSURE, put, put_next, run, versions
from tests.cast import bureau_at, insert_cast

AT = datetime(2026, 6, 3, 1, 0, tzinfo=UTC)
ALERT = Alert(
    sent=Sent("tbtwatch@warn.example", "abc", AT),
    status="Actual",
    kind="issue",
    stage="draft",
    severity="yellow",
    infos=[Info("zh-CN", "技术性贸易措施预警", "广东", "标题", "内容", "做法", [Area("广东省", ["440000"])])],
)


def live(folder: Path):  # type: ignore[no-untyped-def]
    return settings_at(folder, profile="live", contact="020-00000000")


def message(engine: Engine, version: WarningVersion, folder: Path, **settings: object) -> etree._Element:
    with reading(engine) as session:
        given = settings_at(folder, **({"profile": "live", "contact": "020-00000000"} | settings))
        return read_cap(cap_of(session, session.get_one(WarningVersion, version.id), given))


def test_an_issue_tells_everything_in_two_languages(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    put(loaded, now, SYMBOL, SURE, ics=["97.200.50"], force_on=date(2026, 12, 1), title="Sûreté <des> jouets & jeux")
    run(loaded, now)
    (version,) = versions(loaded)
    root = message(loaded, version, tmp_path)
    assert texts(root, "identifier") == [version.public_id]
    assert texts(root, "sender") == ["tbtwatch@warn.example"]
    assert texts(root, "sent") == ["2026-06-03T09:00:00+08:00"]
    assert (texts(root, "status"), texts(root, "msgType"), texts(root, "scope")) == (["Actual"], ["Alert"], ["Public"])
    assert texts(root, "references") == texts(root, "note") == []
    assert texts(root, "info/language") == ["zh-CN", "en-US"]
    assert texts(root, "info/category") == ["Other", "Other"]
    assert texts(root, "info/event") == ["技术性贸易措施预警", "Technical barrier to trade"]
    assert texts(root, "info/effective") == texts(root, "sent") * 2
    assert texts(root, "info/onset") == ["2026-12-01T00:00:00+08:00"] * 2
    assert texts(root, "info/expires") == ["2026-12-01T23:59:59+08:00"] * 2
    assert set(texts(root, "info/contact")) == {"020-00000000"}
    assert all(url.startswith("https://warn.example/warnings/") for url in texts(root, "info/web"))
    chinese, english = texts(root, "info/headline")
    assert chinese.startswith("【") and "美国：玩具新规草案" in chinese
    assert english.endswith("warning: Sûreté <des> jouets & jeux")
    assert "世界贸易组织" in texts(root, "info/description")[0]
    assert "提意见" in texts(root, "info/instruction")[0]
    told = pairs(root, "info/parameter")
    for pair in (("通报编号", SYMBOL), ("HS", "9503"), ("ICS", "97.200.50"), ("行业", "玩具"), ("industry", "toys")):
        assert pair in told, pair
    assert dict(told)["预警级别"] in ("红色", "橙色", "黄色", "蓝色")


def test_it_names_the_province_and_the_counties_of_the_industry(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    put(loaded, now)
    run(loaded, now)
    root = message(loaded, versions(loaded)[0], tmp_path)
    areas = texts(root, "info/area/areaDesc")
    assert areas[0] == "广东省" and "澄海区" in areas[1] and areas[2] == "Guangdong Province"
    codes = pairs(root, "info/area/geocode")
    assert ("GBT2260", "440000") in codes and ("GBT2260", "440515") in codes
    assert all(len(code) == {"GBT2260": 6, "GBT10114": 9}[name] for name, code in codes)


def test_update_and_cancel_refer_to_all_before_them(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    first = put(loaded, now)
    run(loaded, now)
    for step, (name, reason) in enumerate((("Add.1", "deadline_changed"), ("Add.2", "withdrawn")), start=1):
        later = now + timedelta(days=step)
        put_next(
            loaded,
            later,
            first,
            name,
            reason,
            SURE,
            comment_deadline=date(2026, 9, 1) if step == 1 else None,
            published_on=date(2026, 6, 2 + step),
        )
        run(loaded, later)
    issued, updated, cancelled = (message(loaded, version, tmp_path) for version in versions(loaded))
    one, two, _ = versions(loaded)
    reference_one = f"tbtwatch@warn.example,{one.public_id},2026-06-03T09:00:00+08:00"
    reference_two = f"tbtwatch@warn.example,{two.public_id},2026-06-04T09:00:00+08:00"
    assert texts(issued, "references") == []
    assert (texts(updated, "msgType"), texts(updated, "references")) == (["Update"], [reference_one])
    assert texts(cancelled, "msgType") == ["Cancel"]
    assert texts(cancelled, "references") == [f"{reference_one} {reference_two}"]
    assert texts(cancelled, "info/responseType") == ["AllClear"] * 2
    assert texts(cancelled, "info/urgency") == ["Past"] * 2
    assert texts(cancelled, "info/expires") == []
    assert "评议截止" in texts(updated, "info/description")[0]
    assert "（撤销）" in texts(cancelled, "info/headline")[0]


def test_a_message_counts_no_days_that_pass(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    put(loaded, now)
    run(loaded, now)
    (version,) = versions(loaded)
    root = message(loaded, version, tmp_path)
    assert "还剩" not in "".join(texts(root, "info/description") + texts(root, "info/instruction"))


def test_what_is_under_review_is_no_message(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    put(loaded, now, SYMBOL, UNSURE)
    run(loaded, now)
    with pytest.raises(NotIssued), reading(loaded) as session:
        cap_of(session, session.get_one(WarningVersion, versions(loaded)[0].id), live(tmp_path))


def test_a_drill_is_an_exercise_and_the_demo_a_test(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    with writing(loaded) as session:
        cast = insert_cast(session, now)
    start(loaded, cast.province, now)
    with writing(loaded) as session:
        county = bureau_at(session, "440515").id
        accept(session, session.exec(select(Review).where(Review.bureau_id == county)).one(), cast.county, now)
    drill = message(loaded, versions(loaded)[0], tmp_path)
    assert texts(drill, "status") == ["Exercise"]
    assert "演练" in texts(drill, "note")[0] and texts(drill, "info/web") == []
    chinese, english = texts(drill, "info/headline")
    assert chinese.startswith("【演练】") and english.startswith("EXERCISE: ")
    put(loaded, now)
    run(loaded, now)
    demo = message(loaded, versions(loaded)[-1], tmp_path, profile="demo")
    assert texts(demo, "status") == ["Test"] and "演示" in texts(demo, "note")[0]


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_and_colour_gives_a_message_the_schema_takes(stage: str, severity: str) -> None:
    read_cap(cap_xml(replace(ALERT, stage=stage, severity=severity)))
    assert stage in RESPONSE and (stage in CERTAINTY or stage in ("standard", "other"))


@pytest.mark.parametrize(
    ("stage", "severity", "urgency"),
    [
        ("draft", "yellow", "Future"),
        ("draft", "red", "Expected"),
        ("draft", "blue", "Future"),
        ("adopted", "orange", "Expected"),
        ("adopted", "red", "Immediate"),
        ("adopted", "blue", "Future"),
        ("emergency", "red", "Immediate"),
        ("recall", "blue", "Expected"),
        ("withdrawn", "red", "Past"),
        ("other", "red", "Unknown"),
    ],
)
def test_urgency_follows_stage_and_colour(stage: str, severity: str, urgency: str) -> None:
    assert urgency_of(stage, severity) == urgency


@given(st.text())
def test_no_text_of_a_source_breaks_a_message(text: str) -> None:
    info = replace(ALERT.infos[0], headline=text, description=text, parameters=[("HS", text)])
    read_cap(cap_xml(replace(ALERT, infos=[info])))


@pytest.mark.parametrize("name", ["", "a b", "a,b", "a&b", "a<b"])
def test_a_name_that_cap_forbids_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name"):
        cap_xml(replace(ALERT, sent=replace(ALERT.sent, identifier=name)))


def test_instants_are_those_of_guangdong_without_fractions() -> None:
    assert instant(datetime(2026, 12, 31, 23, 30, 1, 999, tzinfo=UTC)) == "2027-01-01T07:30:01+08:00"
    assert sender_of("http://127.0.0.1:8000") == "tbtwatch@127.0.0.1:8000"


def test_the_schema_of_the_tests_is_no_rubber_stamp() -> None:
    root = etree.fromstring(cap_xml(ALERT))
    root.append(root[0])  # the identifier in the last place
    with pytest.raises(etree.DocumentInvalid):
        read_cap(etree.tostring(root))
