"""Operators get one mail when sources begin to fail and one when they are well again, over a real server, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alerts.operator_mails import send_operator_mails, tell_operators
from scheduler import run_stages
from settings import Settings
from store.crawl import SourceState
from store.engine import reading, writing
from store.operator_mail import OperatorMail
from tests.smtp_servers import free_port, smtp_server

HOUR = timedelta(hours=1)


def put(engine: Engine, source: str, status: str, since: datetime | None, kind: str = "HtmlInstead") -> None:
    with writing(engine) as session:
        state = session.exec(select(SourceState).where(SourceState.source == source)).first()
        state = state or SourceState(source=source, name_zh=f"来源{source}")
        state.status, state.failing_since = status, since
        state.error_kind, state.reason = (kind, "an HTML page came instead") if since else ("", "")
        session.add(state)


def subjects(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [mail.subject for mail in session.exec(select(OperatorMail).order_by(OperatorMail.id))]  # type: ignore[arg-type]


def test_one_mail_when_it_fails_and_one_when_it_heals(store: Engine, now: datetime) -> None:
    settings = Settings(profile="live")
    put(store, "a", "failing", now)
    assert tell_operators(store, now, settings) == 1
    assert tell_operators(store, now + HOUR, settings) == 0
    put(store, "a", "ok", None)
    assert tell_operators(store, now + 2 * HOUR, settings) == 1
    assert tell_operators(store, now + 3 * HOUR, settings) == 0
    assert subjects(store) == ["来源故障：来源a", "来源恢复：来源a"]


def test_sources_that_fail_together_share_a_mail_that_says_what_and_since_when(store: Engine, now: datetime) -> None:
    put(store, "a", "failing", now)
    put(store, "b", "failing", now, kind="DeadHost")
    put(store, "c", "needs_key", now, kind="MissingKey")
    put(store, "d", "limited", now, kind="Throttled")
    assert tell_operators(store, now, Settings(profile="live")) == 2
    with reading(store) as session:
        [mail] = session.exec(select(OperatorMail)).all()
    assert mail.subject == "来源故障：来源a等2个"
    for words in ("返回的是网页而不是数据", "连不上来源的服务器", "2026年6月3日 09:00", "从未成功", "/sources"):
        assert words in mail.text and words in mail.html
    assert (
        tell_operators(store, now + timedelta(days=1), Settings(profile="live")) == 1
    )  # asked to wait for a whole day


def test_it_reaches_each_operator_once_over_a_real_server(store: Engine, now: datetime) -> None:
    put(store, "a", "failing", now)
    with smtp_server() as server:
        settings = Settings(
            profile="live", smtp_host="127.0.0.1", smtp_port=server.port, operators="one@op.example, two@op.example"
        )
        for _ in range(2):
            run_stages(store, now, settings)
    assert server.recipients() == ["one@op.example", "two@op.example"]
    first = server.taken[0][1]
    assert str(first["Subject"]) == "来源故障：来源a" and first.is_multipart()


def test_while_the_server_is_away_the_mail_waits_whole(store: Engine, now: datetime) -> None:
    put(store, "a", "failing", now)
    away = Settings(profile="live", smtp_host="127.0.0.1", smtp_port=free_port(), operators="one@op.example")
    tell_operators(store, now, away)
    assert send_operator_mails(store, now, away) == 0
    with smtp_server() as server:
        there = Settings(profile="live", smtp_host="127.0.0.1", smtp_port=server.port, operators="one@op.example")
        assert send_operator_mails(store, now, there) == 1
        assert len(server.taken) == 1


def test_without_operators_it_is_captured(store: Engine, now: datetime) -> None:
    put(store, "a", "failing", now)
    run_stages(store, now, Settings(profile="live"))
    with reading(store) as session:
        assert [mail.state for mail in session.exec(select(OperatorMail))] == ["captured"]


def test_a_wrong_address_is_refused_by_the_setting() -> None:
    with pytest.raises(ValueError, match="no plain address"):
        Settings(profile="live", operators="ops@example.cn\r\nBcc: x@example.cn")


def test_who_looks_while_another_tells_it_writes_no_second_mail(store: Engine, now: datetime) -> None:
    put(store, "a", "failing", now)
    with ThreadPoolExecutor(1) as pool:
        with writing(store) as session:
            state = session.exec(select(SourceState).with_for_update()).one()
            state.told_failing_at = now
            session.add(state)
            session.flush()
            other = pool.submit(tell_operators, store, now, Settings(profile="live"))
            with pytest.raises(TimeoutError):  # it has seen the source failing, and waits for the row
                other.result(timeout=1)
        assert other.result() == 0 and subjects(store) == []


def test_a_mail_that_cannot_be_built_keeps_its_reason_and_stops_nothing(store: Engine, now: datetime) -> None:
    put(store, "a", "failing", now)
    settings = Settings(profile="live", operators="one@op.example")
    tell_operators(store, now, settings)
    with writing(store) as session:
        mail = session.exec(select(OperatorMail)).one()
        mail.public_id = "two\nlines"
        session.add(mail)
    assert send_operator_mails(store, now, settings) == 1
    with reading(store) as session:
        kept = session.exec(select(OperatorMail)).one()
        assert kept.state == "pending" and kept.last_error and kept.last_error.startswith("ValueError")
