"""Red at once: who answers at the desk, at its city and on duty at the province; once a version, whatever happens."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, update
from sqlmodel import col, select

from alerts.red import tell_red
from alerts.versions import lock_version, supersede
from scheduler import run_stages
from settings import Settings
from store.bureau import Officer
from store.email import CAPTURED
from store.engine import reading, writing
from store.officer_mail import OfficerMail
from store.review import Review
from store.warning import ISSUED, UNDER_REVIEW, TradeWarning, WarningVersion
from store.webhook_call import WebhookCall
from tests.alerts.raised import SURE, SYMBOL, UNSURE, put, run, versions
from tests.cast import CHENGHAI, PROVINCE, insert_cast, insert_officer


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path, _env_file=None)


def red_version(engine: Engine, now: datetime, state: str = UNDER_REVIEW) -> WarningVersion:
    """A red version with its reviews as raising leaves them, or one that went out by itself."""
    with writing(engine) as session:
        insert_cast(session, now)
    put(engine, now, SYMBOL, UNSURE if state == UNDER_REVIEW else SURE)
    run(engine, now)
    with writing(engine) as session:
        session.execute(update(WarningVersion).values(severity="red"))
    [version] = versions(engine)
    assert version.state == state
    return version


def mails(engine: Engine) -> dict[str, OfficerMail]:
    with reading(engine) as session:
        rows = session.exec(select(Officer.sign_in, OfficerMail).join(OfficerMail)).all()
    assert len({sign_in for sign_in, _ in rows}) == len(rows)
    return dict(rows)


def test_the_county_its_city_and_the_province_are_told_once(loaded: Engine, now: datetime, settings: Settings) -> None:
    version = red_version(loaded, now)
    assert [tell_red(loaded, now, settings) for _ in range(2)] == [1, 0]
    told = mails(loaded)
    assert set(told) == {"chenghai", "shantou", "guangdong"}
    with reading(loaded) as session:
        county = session.exec(select(Officer).where(Officer.sign_in == "chenghai")).one()
        own = session.exec(select(Review).where(Review.bureau_id == county.bureau_id)).one()
    assert told["chenghai"].path == told["shantou"].path == f"/desk/reviews/{own.public_id}"
    assert told["guangdong"].path.startswith("/desk/reviews/")
    assert {m.key for m in told.values()} == {version.public_id}
    assert told["chenghai"].title.startswith("红色预警待研判：美国：玩具")
    assert any(line.startswith("请在") for line in told["chenghai"].lines)


def test_one_that_went_out_by_itself_is_told_to_the_desks_it_would_have_come_to(
    loaded: Engine, now: datetime, settings: Settings
) -> None:
    version = red_version(loaded, now, ISSUED)
    assert tell_red(loaded, now, settings) == 1
    told = mails(loaded)
    assert {"chenghai", "shantou", "guangdong"} <= set(told) and "dabu" not in told
    with reading(loaded) as session:
        warning = session.get_one(TradeWarning, version.warning_id)
    assert told["chenghai"].path == f"/warnings/{warning.public_id}"
    assert told["chenghai"].title.startswith("红色预警已发出")


def test_on_duty_at_the_province_and_b_where_a_is_absent(loaded: Engine, now: datetime, settings: Settings) -> None:
    red_version(loaded, now)
    with writing(loaded) as session:
        duty = insert_officer(session, PROVINCE, "duty", "省值班测试账号", now)
        absent_duty = insert_officer(session, PROVINCE, "duty-absent", "省值班测试账号乙", now)
        second = insert_officer(session, CHENGHAI, "chenghai-b", "澄海区测试账号乙", now)
        reader = insert_officer(session, CHENGHAI, "toys-association", "玩具协会测试账号", now)
        duty.on_duty = absent_duty.on_duty = True
        duty.role = second.role = "B"
        reader.kind = "association"
        absent_duty.absent_until = now + timedelta(days=1)
        session.add_all([duty, absent_duty, second, reader])
        leave = now + timedelta(days=1)
        session.execute(update(Officer).where(col(Officer.sign_in) == "chenghai").values(absent_until=leave))
    tell_red(loaded, now, settings)
    assert set(mails(loaded)) == {"chenghai-b", "shantou", "duty"}


def test_other_colours_and_what_nobody_will_see_are_not_told(loaded: Engine, now: datetime, settings: Settings) -> None:
    red_version(loaded, now)
    with writing(loaded) as session:
        session.execute(update(WarningVersion).values(severity="orange"))
    assert tell_red(loaded, now, settings) == 0
    with writing(loaded) as session:
        session.execute(update(WarningVersion).values(severity="red"))
        version = lock_version(session, versions(loaded)[0].id or 0)
        supersede(session, version, now, "已由新公告代替")
    assert tell_red(loaded, now, settings) == 0 and mails(loaded) == {}


def test_an_exercise_says_so(loaded: Engine, now: datetime, settings: Settings) -> None:
    red_version(loaded, now)
    with writing(loaded) as session:
        session.execute(update(TradeWarning).values(status="exercise"))
    tell_red(loaded, now, settings)
    assert mails(loaded)["chenghai"].title.startswith("【演练】红色预警")


def test_the_stages_tell_and_send_and_the_webhook_has_its_rows(loaded: Engine, now: datetime, tmp_path: Path) -> None:
    url, secret = SecretStr("https://gateway.example/hook"), SecretStr("only-for-tests")
    kept = Settings(
        profile="live", var=tmp_path, _env_file=None, officer_webhook_url=url, officer_webhook_secret=secret
    )
    red_version(loaded, now)
    with writing(loaded) as session:
        session.execute(update(Officer).values(email="officer@bureau.example"))
    assert tell_red(loaded, now, kept) == 1
    off = Settings(var=tmp_path, _env_file=None)
    counts = run_stages(loaded, now, off)
    assert (counts["red"], counts["send_officers"], counts["call"]) == (0, 3, 0)
    assert {mail.state for mail in mails(loaded).values()} == {CAPTURED}
    with reading(loaded) as session:
        bureaus = set(session.exec(select(WebhookCall.bureau)))
    assert {CHENGHAI, PROVINCE} < bureaus
