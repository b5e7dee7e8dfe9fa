"""Letters to firms and mails to officers: written once, rendered plainly, sent, and stopped for who has left."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from alerts.letters import write_letter
from alerts.officer_mails import rendered_of, send_officer_mails, tell_officers
from alerts.places import filled
from alerts.sending import send_pending
from settings import Settings
from store.bureau import Officer, called_now
from store.email import CAPTURED, FAILED, Email, MailBody
from store.engine import reading, writing
from store.officer_mail import OfficerMail
from tests.cast import insert_cast, insert_officer


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var", _env_file=None)


def test_a_letter_is_written_once_and_signed_by_the_firms_bureau(
    loaded: Engine, now: datetime, settings: Settings
) -> None:
    with writing(loaded) as session:
        cast = insert_cast(session, now)
        for _ in range(2):
            write_letter(
                session,
                now,
                settings,
                subscriber_id=cast.toys.id or 0,
                kind="comment_news",
                key="one",
                title="您的意见已报送",
                lines=["第一段<b>", "第二段"],
                path="/comments/x",
            )
    assert send_pending(loaded, now, settings) == 1
    with reading(loaded) as session:
        mail, body = session.exec(select(Email, MailBody).join(MailBody)).one()
        assert (mail.state, mail.version_id, body.version_id) == (CAPTURED, None, None)
        text = filled(body.text, {**mail.fields, "unsubscribe": "LINK"})
        html = filled(body.html, {**mail.fields, "unsubscribe": "LINK"}, as_html=True)
    assert "汕头市澄海区市场监督管理局" in text and "LINK" in text and f"{settings.base_url}/comments/x" in text
    assert "第一段&lt;b&gt;" in html and "电话" not in text


def test_a_mail_to_officers_goes_once_and_not_to_one_who_left(
    loaded: Engine, now: datetime, settings: Settings
) -> None:
    with writing(loaded) as session:
        cast = insert_cast(session, now)
        cast.county.email, cast.city.email = "county@bureau.example", "city@bureau.example"
        cast.city.ended_at = now
        session.add_all([cast.county, cast.city])
        for _ in range(2):
            tell_officers(
                session,
                now,
                [cast.county, cast.city],
                kind="reminder",
                key="r1",
                title="请研判",
                lines=["一件"],
                path="/desk",
            )
    assert send_officer_mails(loaded, now, settings) == 2
    assert send_officer_mails(loaded, now, settings) == 0
    with reading(loaded) as session:
        rows = {row.officer_id: row for row in session.exec(select(OfficerMail))}
        assert rows[cast.county.id or 0].state == CAPTURED
        assert rows[cast.city.id or 0].state == FAILED and "left" in (rows[cast.city.id or 0].last_error or "")
        rendered = rendered_of(rows[cast.county.id or 0], settings, now)
    assert f"{settings.base_url}/desk" in rendered.text and "退订" not in rendered.text


def test_b_is_called_while_a_is_absent(loaded: Engine, now: datetime) -> None:
    with writing(loaded) as session:
        cast = insert_cast(session, now)
        second = insert_officer(session, "440515", "chenghai-b", "澄海区测试账号乙", now)
        second.role = "B"
        session.add(second)
        session.flush()
        bureau = cast.county.bureau_id
        assert called_now(session, bureau, now) == [cast.county]
        cast.county.absent_until = now.replace(year=now.year + 1)
        session.add(cast.county)
        session.flush()
        assert [o.sign_in for o in called_now(session, bureau, now)] == ["chenghai-b"]
        assert all(isinstance(o, Officer) for o in called_now(session, bureau, now))
