"""One's own data: by a fresh link alone, whole, nobody else's, and gone when erased."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import SQLModel, col, select
from starlette.testclient import TestClient

from alerts.letters import write_letter
from alerts.own_links import opened_path
from alerts.sending import send_pending
from alerts.unsubscribing import end_subscriptions
from settings import Settings
from store.clock import fixed_clock
from store.email import DeliveryAttempt, Email
from store.engine import reading, writing
from store.erasure import ERASED
from store.judgement import Judgement
from store.subscription import Exporter, Match, Subscriber, Subscription
from store.warning import TradeWarning, WarningVersion
from tests.web.conftest import Browser, form_token_of
from tests.web.scene import Scene
from web.app import create_app

TOYS, CERAMICS = "toys@exporter.example", "tableware@exporter.example"


def ask(client: TestClient, address: str) -> str:
    """Ask for a fresh link; the page that comes."""
    token = form_token_of(client.get("/mine").text)
    answer = client.post("/mine", data={"form_token": token, "email": address})
    assert answer.status_code == 200
    return re.sub(r'value="[0-9a-f]{64}"', "", answer.text)


def links(engine: Engine, settings: Settings) -> list[str]:
    """The fresh links that were mailed, as their reader sees them."""
    with reading(engine) as session:
        rows = session.exec(select(Email).where(Email.kind == "fresh_link").order_by(col(Email.id)))
        return [opened_path(settings.secret_bytes(), row.fields["path"]) for row in rows if "path" in row.fields]


def visit(client: TestClient, engine: Engine, settings: Settings, address: str = TOYS) -> str:
    """Ask, open the link and press the button; the page's form token."""
    ask(client, address)
    link = links(engine, settings)[-1]
    token = form_token_of(client.get(link).text)
    assert client.post(link, data={"form_token": token}).status_code == 303
    return form_token_of(client.get("/mine").text)


@pytest.fixture
def matched(loaded: Engine, scene: Scene, now: datetime) -> Engine:
    """A store in which the toy firm was told of the scene's warning, and why."""
    with writing(loaded) as session:
        version = _version(session, scene)
        session.get_one(WarningVersion, version).matched_at = now
        session.add(
            Match(
                version_id=version, subscriber_id=scene.cast.toys.id or 0, reason="您订阅了行业“玩具”。", created_at=now
            )
        )
    return loaded


def _version(session, scene: Scene) -> int:  # type: ignore[no-untyped-def]
    wanted = select(WarningVersion.id).join(TradeWarning, col(TradeWarning.id) == WarningVersion.warning_id)
    return session.exec(wanted.where(TradeWarning.public_id == scene.warning)).one()


def test_the_door_answers_alike_and_writes_to_known_addresses_alone(
    browser: Browser, loaded: Engine, settings: Settings
) -> None:
    assert ask(browser(), TOYS) == ask(browser(), "nobody@else.example")
    assert len(links(loaded, settings)) == 1
    for _ in range(8):
        ask(browser(), CERAMICS) if len(links(loaded, settings)) < 4 else None
    assert len(links(loaded, settings)) <= 6


def test_a_fresh_link_opens_once_within_half_an_hour(
    browser: Browser, app: FastAPI, loaded: Engine, settings: Settings, now: datetime
) -> None:
    ask(browser(), TOYS)
    link = links(loaded, settings)[0]
    for minutes, status in ((31, 404), (29, 200)):
        later = create_app(settings, loaded, fixed_clock(now + timedelta(minutes=minutes)))
        client = browser(of=later)
        assert client.get(link).status_code == status
    token = form_token_of(client.get(link).text)  # opening it again and again used nothing up
    assert client.post(link.split("?")[0], data={"form_token": token}).status_code == 404
    assert client.post(link, data={"form_token": token}).status_code == 303
    assert TOYS in client.get("/mine").text
    assert client.get(link).status_code == client.post(link, data={"form_token": token}).status_code == 404
    assert TOYS not in browser().get("/mine").text  # another browser has no visit
    over = browser(of=create_app(settings, loaded, fixed_clock(now + timedelta(minutes=60))))
    over.cookies = client.cookies
    assert TOYS not in over.get("/mine").text


def test_one_who_left_may_still_ask_and_gets_that_letter_alone(
    browser: Browser, loaded: Engine, settings: Settings, scene: Scene, now: datetime
) -> None:
    with writing(loaded) as session:
        end_subscriptions(session, session.get_one(Subscriber, scene.cast.toys.id), now, "unsubscribed")
        write_letter(
            session,
            now,
            settings,
            subscriber_id=scene.cast.toys.id or 0,
            kind="note",
            key="1",
            title="题",
            lines=["文"],
        )
    ask(browser(), TOYS)
    demo = Settings(profile="demo", var=settings.var, base_url=settings.base_url)
    while send_pending(loaded, now, demo):
        pass
    with reading(loaded) as session:
        mails = session.exec(select(Email).where(col(Email.kind).in_(("note", "fresh_link"))))
        states = {mail.kind: mail.state for mail in mails}
    assert states == {"note": "failed", "fresh_link": "captured"}


def test_changing_ends_a_subscription_and_begins_another(
    browser: Browser, loaded: Engine, settings: Settings, scene: Scene
) -> None:
    client = browser()
    token = visit(client, loaded, settings)
    with reading(loaded) as session:
        old = session.exec(select(Subscription).where(Subscription.subscriber_id == scene.cast.toys.id)).one()
    form = {"form_token": token, "which": old.public_id, "deed": "change", "industries": ["toys", "lighting-led"]}
    form |= {"markets": "美国、德国和东盟", "words": "积木", "floor": "orange"}
    wrong = client.post("/mine/subscription", data=form | {"markets": "火星"})
    assert wrong.status_code == 422 and "火星" in wrong.text
    assert client.post("/mine/subscription", data=form).status_code == 303
    page = client.get("/mine").text
    assert all(words in page for words in ("积木", "德国", "橙色和红色"))
    with reading(loaded) as session:
        mine = select(Subscription).where(Subscription.subscriber_id == scene.cast.toys.id)
        rows = session.exec(mine.order_by(col(Subscription.id))).all()
        assert [(row.ended_reason, row.severity_floor) for row in rows] == [("changed", ""), ("", "orange")]
    stranger = browser()
    other = visit(stranger, loaded, settings, CERAMICS)
    theirs = stranger.post("/mine/subscription", data=form | {"form_token": other, "which": rows[1].public_id})
    assert theirs.status_code == 404


def test_the_page_says_why(browser: Browser, matched: Engine, settings: Settings, scene: Scene) -> None:
    mine, other = browser(), browser()
    visit(mine, matched, settings)
    visit(other, matched, settings, CERAMICS)
    address = f"http://testserver/warnings/{scene.warning}"
    assert "您订阅了行业“玩具”" in mine.get("/mine", params={"why": address}).text
    assert "都不相符" in other.get("/mine", params={"why": f"/w/{scene.short}"}).text
    assert "没有找到" in mine.get("/mine", params={"why": "G/TBT/N/XYZ/1"}).text
    assert "研判" in mine.get("/mine", params={"why": "g/tbt/n/usa/2101"}).text


def test_the_export_holds_all_rows_about_me_and_nobody_elses(
    browser: Browser, matched: Engine, settings: Settings, scene: Scene, now: datetime
) -> None:
    with writing(matched) as session:
        warning = session.exec(select(TradeWarning).where(TradeWarning.public_id == scene.warning)).one()
        for who in (scene.cast.toys, scene.cast.ceramics):
            session.add(
                Judgement(subscriber_id=who.id or 0, warning_id=warning.id or 0, relevant=False, why="product", at=now)
            )
    client = browser()
    visit(client, matched, settings)
    answer = client.get("/mine/export.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        text, sheet = archive.read("all.json").decode(), archive.read("subscriber.csv").decode()
    rows = json.loads(text)
    assert TOYS in text and TOYS in sheet and CERAMICS not in text and "大埔陶瓷" not in text
    with reading(matched) as session:
        for name, table in SQLModel.metadata.tables.items():
            if "subscriber_id" in table.c and table.c.subscriber_id.foreign_keys:  # what has none is the machine's log
                wanted = select(table.c.id).where(table.c.subscriber_id == scene.cast.toys.id)
                assert sorted(row["id"] for row in rows.get(name, [])) == sorted(session.connection().scalars(wanted))
    assert rows["deliveryattempt"] and rows["subscriptionterm"] and len(rows["judgement"]) == 1
    assert "token_hash" not in text and client.cookies["tbtwatch_mine"] not in text


def test_erasing_leaves_the_ledger_without_the_address(
    browser: Browser, matched: Engine, settings: Settings, scene: Scene
) -> None:
    with writing(matched) as session:
        for attempt in session.exec(select(DeliveryAttempt)):
            attempt.smtp_text = f"250 {TOYS} accepted"
            session.add(attempt)
    client = browser()
    token = visit(client, matched, settings)
    calendar = client.post("/mine/calendar", data={"form_token": token})
    assert calendar.status_code == 303
    assert client.post("/mine/erase", data={"form_token": token}).status_code == 422
    answer = client.post("/mine/erase", data={"form_token": token, "sure": "yes"})
    assert answer.status_code == 200 and "已删除" in answer.text
    assert TOYS not in client.get("/mine").text
    with reading(matched) as session:
        subscriber = session.get_one(Subscriber, scene.cast.toys.id)
        assert (subscriber.email, subscriber.email_key) == ("", ERASED + subscriber.public_id)
        assert session.get_one(Exporter, subscriber.exporter_id).name == ""
        assert session.exec(select(Match).where(Match.subscriber_id == subscriber.id)).one().reason
        for table in SQLModel.metadata.tables.values():
            found = [str(row) for row in session.connection().execute(select(table))]
            assert not [row for row in found if TOYS in row or "澄海玩具测试企业" in row], table.name
    assert CERAMICS in visit_page(client, matched, settings)


def visit_page(client: TestClient, engine: Engine, settings: Settings) -> str:
    """The other firm's page, as it was before."""
    visit(client, engine, settings, CERAMICS)
    return str(client.get("/mine").text)


def test_a_calendar_is_its_owners_until_it_is_renewed(
    browser: Browser, matched: Engine, settings: Settings, scene: Scene, now: datetime
) -> None:
    client = browser()
    token = visit(client, matched, settings)
    assert client.post("/mine/calendar", data={"form_token": token}).status_code == 303
    first = _feed(client)
    answer = browser().get(first)
    assert answer.headers["content-type"].startswith("text/calendar") and answer.text.count("BEGIN:VEVENT") >= 1
    assert browser().get(first.replace(".ics", "0.ics")).status_code == 404
    with writing(matched) as session:
        warning = session.exec(select(TradeWarning).where(TradeWarning.public_id == scene.warning)).one()
        session.add(
            Judgement(subscriber_id=scene.cast.toys.id or 0, warning_id=warning.id or 0, relevant=False, at=now)
        )
    assert "BEGIN:VEVENT" not in browser().get(first).text
    assert client.post("/mine/calendar", data={"form_token": token}).status_code == 303
    assert browser().get(first).status_code == 404 and browser().get(_feed(client)).status_code == 200


def _feed(client: TestClient) -> str:
    found = re.search(r"http://testserver(/calendar/\S+\.ics)", client.get("/mine").text)
    assert found
    return found.group(1)
