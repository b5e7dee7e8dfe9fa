"""The weekly summary: one a bureau and week, to whoever answers; what it says; nothing where there is nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, update
from sqlmodel import col, select

from alerts.network_figures import Figures, Warned, week_of
from alerts.summaries import write_summaries
from alerts.summary_words import summary_of
from scheduler import summary_job
from settings import Settings
from store.bureau import Officer
from store.clock import fixed_clock, parse_instant
from store.engine import reading, writing
from store.jurisdiction import Jurisdiction
from store.officer_mail import OfficerMail
from store.planning import plan_due, run_next_slot
from store.timetable import next_slot
from store.webhook_call import WebhookCall
from tests.alerts.raised import SYMBOL, UNSURE, put, run
from tests.cast import CHENGHAI, PROVINCE, SHANTOU, insert_cast, insert_officer

MONDAY = parse_instant("2026-06-08T09:00+08:00")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path, _env_file=None)


def mails(engine: Engine) -> dict[str, OfficerMail]:
    """Sign-in -> its summary."""
    with reading(engine) as session:
        rows = session.exec(select(Officer.sign_in, OfficerMail).join(OfficerMail)).all()
    assert len({sign_in for sign_in, _ in rows}) == len(rows)
    return dict(rows)


def raise_one(engine: Engine, now: datetime) -> None:
    with writing(engine) as session:
        insert_cast(session, now)
    put(engine, now, SYMBOL, UNSURE)
    run(engine, now)


def test_each_bureau_with_anything_to_say_gets_one(loaded: Engine, now: datetime, settings: Settings) -> None:
    raise_one(loaded, now)
    assert write_summaries(loaded, MONDAY, settings) == 3  # not the stranger, whose county makes no toys
    told = mails(loaded)
    assert set(told) == {"chenghai", "shantou", "guangdong"}
    county, province = told["chenghai"], told["guangdong"]
    assert county.title.startswith("每周摘要：澄海区待研判1件") and "上周新增预警1件" in county.title
    assert (county.key, county.path) == ("2026-W24", f"/network/{CHENGHAI}")
    assert any("上报汕头市市场监管局" in line for line in county.lines)
    assert any("上周（6月1日至6月7日）新增预警1件" in line for line in county.lines)
    assert any("还没有企业订阅" in line and "玩具" not in line for line in county.lines)  # its toy firm subscribes
    assert any("未经研判" in line for line in province.lines)


def test_a_second_run_writes_nothing_in_that_week_and_again_in_the_next(
    loaded: Engine, now: datetime, settings: Settings
) -> None:
    raise_one(loaded, now)
    assert write_summaries(loaded, MONDAY, settings) == 3
    assert write_summaries(loaded, MONDAY + timedelta(days=6), settings) == 0
    assert write_summaries(loaded, MONDAY + timedelta(days=7), settings) == 3


def test_nothing_to_say_nothing_written(loaded: Engine, now: datetime, settings: Settings) -> None:
    with writing(loaded) as session:
        insert_cast(session, now)
    assert write_summaries(loaded, MONDAY, settings) == 0


def test_with_a_absent_b_gets_it_and_a_gets_no_second_one_on_coming_back(
    loaded: Engine, now: datetime, settings: Settings
) -> None:
    raise_one(loaded, now)
    with writing(loaded) as session:
        second = insert_officer(session, CHENGHAI, "chenghai-b", "澄海区测试账号乙", now)
        second.role = "B"
        session.add(second)
        leave = MONDAY + timedelta(days=1)
        session.execute(update(Officer).where(col(Officer.sign_in) == "chenghai").values(absent_until=leave))
    write_summaries(loaded, MONDAY, settings)
    assert "chenghai-b" in mails(loaded) and "chenghai" not in mails(loaded)
    write_summaries(loaded, MONDAY + timedelta(days=2), settings)
    assert "chenghai" not in mails(loaded)


def test_a_county_that_is_no_node_gets_none_and_its_city_tells_of_it(
    loaded: Engine, now: datetime, settings: Settings
) -> None:
    with writing(loaded) as session:
        session.execute(update(Jurisdiction).where(col(Jurisdiction.code) == CHENGHAI).values(is_node=False))
    raise_one(loaded, now)
    write_summaries(loaded, MONDAY, settings)
    told = mails(loaded)
    assert "chenghai" not in told and "待研判1件" in told["shantou"].title


def test_the_webhook_is_told_too(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    raise_one(loaded, now)
    url, secret = SecretStr("http://127.0.0.1:9/hook"), SecretStr("only-for-tests")
    with_hook = Settings(var=tmp_path, _env_file=None, officer_webhook_url=url, officer_webhook_secret=secret)
    for _ in range(2):
        write_summaries(loaded, MONDAY, with_hook)
    with reading(loaded) as session:
        rows = session.exec(select(WebhookCall)).all()
    assert {CHENGHAI, SHANTOU, PROVINCE} <= {row.bureau for row in rows}
    assert len({row.bureau for row in rows}) == len(rows)


def test_the_job_runs_on_monday_at_nine_and_a_missed_run_is_made_up_once(
    loaded: Engine, now: datetime, settings: Settings
) -> None:
    raise_one(loaded, now)
    wednesday = fixed_clock(MONDAY + timedelta(days=2, hours=5))
    job = summary_job(loaded, wednesday, settings)
    assert next_slot(job.cron, now) == MONDAY
    for _ in range(2):
        plan_due(loaded, [job], wednesday())
        while run_next_slot(loaded, [job], wednesday):
            pass
    assert len(mails(loaded)) == 3


def test_what_a_summary_says(now: datetime) -> None:
    week = week_of(MONDAY)
    last = Warned("red", week.before.begin)
    figures = Figures(open=3, overdue=1, due_this_week=2, exporters=2, clusters=3, unreached=1, warnings={1: last})
    summary = summary_of("澄海区", figures, week, ["陶瓷"], above="汕头市市场监管局")
    assert summary is not None
    assert summary.title == "每周摘要：澄海区待研判3件，逾期1件，上周新增预警1件"
    assert summary.lines == (
        "待研判3件，其中已逾期1件，本周内到期2件。逾期不研判的，自动上报汕头市市场监管局。",
        "上周（6月1日至6月7日）新增预警1件：红色1件。",
        "订阅企业2家。产业集群3个，其中1个还没有企业订阅：陶瓷。",
    )
    old = Figures(clusters=3, unreached=3, warnings={1: Warned("red", week.begin)})
    assert summary_of("澄海区", old, week, above="") is None  # this week's comes next Monday
