"""The buttons of a mail: a robot that opens every link changes nothing; each link does its one thing and no other."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel, col, select

from alerts.composing import compose_pending
from alerts.following import ask_to_follow
from alerts.judging import judged_irrelevant
from alerts.matching import match_pending, match_rows
from alerts.message import letter_of, sender_of
from alerts.own_links import FEWER, RELEVANCE, own_path
from alerts.visits import ask_for_link
from settings import Settings
from store.email import Email, MailBody
from store.engine import reading, writing
from store.following import Following
from store.judgement import Judgement
from store.notice import Notice
from store.subscription import MARKET, Subscriber, Subscription, SubscriptionTerm
from store.warning import TradeWarning, WarningVersion
from tests.alerts.mailed import parsed, part
from tests.cast import insert_exporter
from tests.web.conftest import Browser, form_token_of
from tests.web.scene import Scene

TOYS = "toys@exporter.example"
HREF = re.compile(r'href="(http://testserver[^"]*)"')


@pytest.fixture
def mailed(loaded: Engine, scene: Scene, settings: Settings, now: datetime) -> Engine:
    """The scene with the toy warning matched and its mail composed, beside a fresh link and a letter to follow."""
    with writing(loaded) as session:
        for body in session.exec(select(MailBody)):
            body.text = ""  # as after thirty days: it is written anew by the stage
            session.add(body)
        insert_exporter(session, "另一家测试企业", None, "second@exporter.example", [("industry", "toys")], now)
    while match_pending(loaded, now):
        pass
    while compose_pending(loaded, now, settings.model_copy(update={"warning_lanes": "at_once"})):
        pass
    with writing(loaded) as session:
        ask_for_link(session, now, settings, TOYS)
        thread = session.exec(select(Notice.thread_id).where(Notice.public_id == scene.notice)).one()
        ask_to_follow(session, now, settings, "follower@else.example", thread)
    return loaded


def whole_store(engine: Engine) -> dict[str, list[str]]:
    with reading(engine) as session:
        tables = SQLModel.metadata.tables.values()
        return {t.name: sorted(str(row) for row in session.connection().execute(select(t))) for t in tables}


def links_of(engine: Engine, settings: Settings, now: datetime) -> dict[str, list[str]]:
    """kind of mail -> every address in its HTML, its text and its header."""
    found: dict[str, list[str]] = {}
    sender = sender_of(settings)
    with reading(engine) as session:
        rows = select(Email, MailBody).join(MailBody, col(MailBody.id) == Email.body_id).order_by(col(Email.id))
        for email, body in session.exec(rows):
            letter = letter_of(sender, body.subject, body.text, body.html)
            message = parsed(letter.to("reader@example.cn", email.public_id, email.fields, now))
            text = re.findall(r"http://testserver\S*", part(message, "plain"))
            head = re.findall(r"<(http[^>]*)>", message["List-Unsubscribe"])
            found.setdefault(email.kind, []).extend(HREF.findall(part(message, "html")) + text + head)
    return found


def test_a_robot_that_opens_every_link_of_every_mail_changes_nothing(
    mailed: Engine, browser: Browser, settings: Settings, now: datetime
) -> None:
    links = links_of(mailed, settings, now)
    assert {"warning_issue", "fresh_link", "follow"} <= set(links)
    pages = {re.sub(r"http://testserver/([a-z]+).*", r"\1", link) for found in links.values() for link in found}
    assert {"relevance", "fewer", "unsubscribe", "mine", "follow", "warnings"} <= pages
    before, robot = whole_store(mailed), browser()
    for link in {link.replace("&amp;", "&") for found in links.values() for link in found}:
        for method in ("GET", "HEAD"):
            assert robot.request(method, link.removeprefix("http://testserver")).status_code == 200, link
    assert whole_store(mailed) == before


def test_a_token_of_one_purpose_is_none_for_another(
    mailed: Engine, browser: Browser, settings: Settings, now: datetime
) -> None:
    every = {link.replace("&amp;", "&") for found in links_of(mailed, settings, now).values() for link in found}
    signed = [link.removeprefix("http://testserver") for link in every if "token=" in link]
    tokens = {link.split("token=")[1]: link.split("?")[0] for link in signed}
    assert len(tokens) >= 6
    before = whole_store(mailed)
    for token, own in tokens.items():
        for path in set(tokens.values()) - {own}:
            guest = browser()
            form = {"form_token": form_token_of(guest.get("/mine").text)} if path.startswith("/mine") else {}
            assert guest.post(f"{path}?token={token}", data=form).status_code == 404
    assert whole_store(mailed) == before


def _mail(engine: Engine) -> Email:
    with reading(engine) as session:
        return session.exec(
            select(Email)
            .join(Subscriber, col(Subscriber.id) == Email.subscriber_id)
            .where(Subscriber.email == TOYS, Email.kind == "warning_issue")
        ).one()


def test_irrelevant_ends_updates_and_reminders_until_taken_back(
    mailed: Engine, browser: Browser, settings: Settings, scene: Scene, now: datetime
) -> None:
    email = _mail(mailed)
    link = own_path(settings.secret_bytes(), email.public_id, RELEVANCE)
    page = browser().get(link).text
    assert page.count('name="said"') == 2 and TOYS not in page
    assert browser().post(link, data={"warning": scene.hidden_warning, "said": "no"}).status_code == 422
    answer = browser().post(link, data={"warning": scene.warning, "said": "no"})
    assert answer.status_code == 200 and "不是我的产品" in answer.text
    assert browser().post(link, data={"warning": scene.warning, "said": "no", "why": "product"}).status_code == 200
    with writing(mailed) as session:
        rows = session.exec(select(Judgement).order_by(col(Judgement.id))).all()
        assert [(row.relevant, row.why) for row in rows] == [(False, ""), (False, "product")]
        people, warning = [email.subscriber_id, scene.cast.ceramics.id or 0], rows[0].warning_id
        assert judged_irrelevant(session, people, warning) == {email.subscriber_id}
        assert not _next_goes_to(session, warning, email.subscriber_id, now)
    assert browser().post(link, data={"warning": scene.warning, "said": "yes"}).status_code == 200
    with writing(mailed) as session:
        assert judged_irrelevant(session, people, warning) == set()
        assert _next_goes_to(session, warning, email.subscriber_id, now)


def _next_goes_to(session, warning_id: int, subscriber_id: int, now: datetime) -> bool:  # type: ignore[no-untyped-def]
    """Whether an update of the warning would be matched with the subscriber; nothing of it is kept."""
    first = session.exec(select(WarningVersion).where(WarningVersion.warning_id == warning_id)).one()
    values = first.model_dump(exclude={"id", "public_id", "number", "kind", "references_id", "notice_number"})
    update = WarningVersion(**values, number=2, kind="update", references_id=first.id, notice_number=2)
    session.add(update)
    session.flush()
    found = {row["subscriber_id"] for row in match_rows(session, update, now)[0]}
    session.delete(update)
    session.flush()
    return subscriber_id in found


def test_fewer_names_only_what_the_mail_is_about_and_acts_by_a_new_subscription(
    mailed: Engine, browser: Browser, settings: Settings, scene: Scene
) -> None:
    with writing(mailed) as session:
        mine = session.exec(select(Subscription).where(Subscription.subscriber_id == scene.cast.toys.id)).one()
        session.add_all(
            SubscriptionTerm(subscription_id=mine.id or 0, kind=kind, value=value)
            for kind, value in (("industry", "furniture"), ("word", "积木"), (MARKET, "TPKM"), (MARKET, "USA"))
        )
    link = own_path(settings.secret_bytes(), _mail(mailed).public_id, FEWER)
    page = browser().get(link).text
    assert "玩具" in page and not any(word in page for word in ("家具", "积木", "美国", TOYS))
    for way in ("industry furniture", "market USA", "floor red", "nothing"):
        assert browser().post(link, data={"way": way}).status_code == 422
    for way in ("floor orange", "weekly weekly", "market TPKM", "industry toys"):
        assert browser().post(link, data={"way": way}).status_code == 200
    with reading(mailed) as session:
        rows = session.exec(
            select(Subscription).where(Subscription.subscriber_id == scene.cast.toys.id).order_by(col(Subscription.id))
        ).all()
        assert [row.ended_reason for row in rows] == ["changed", "changed", ""]
        terms = session.exec(select(SubscriptionTerm).where(SubscriptionTerm.subscription_id == rows[-1].id))
        # once the market is gone the mail's warning is no longer met: its industry stays for the other markets
        assert {(t.kind, t.value) for t in terms} == {
            ("industry", "toys"), ("industry", "furniture"), ("word", "积木"), (MARKET, "USA"),
        }  # fmt: skip
        assert rows[-1].severity_floor == "orange"
    assert "已经退订" in browser().post(link, data={"way": "stop"}).text


def test_following_begins_by_the_letters_button_and_brings_updates(
    mailed: Engine, browser: Browser, settings: Settings, scene: Scene, now: datetime
) -> None:
    guest = browser()
    page = guest.get(f"/follow?about={scene.warning}").text
    form = {"form_token": form_token_of(page), "about": scene.warning, "email": "new@else.example"}
    assert "请查收邮件" in guest.post("/follow", data=form).text
    assert guest.post("/follow", data=form | {"email": "no address"}).status_code == 422
    link = [one for one in links_of(mailed, settings, now)["follow"] if "/follow/" in one][-1]
    path = link.removeprefix("http://testserver")
    with reading(mailed) as session:
        row = session.exec(select(Following).order_by(col(Following.id).desc())).first()
        warning = session.exec(select(TradeWarning).where(TradeWarning.public_id == scene.warning)).one()
        assert row is not None and row.began_at is None and row.thread_id == warning.thread_id
    with writing(mailed) as session:
        assert not _next_goes_to(session, warning.id or 0, row.subscriber_id, now)
    assert guest.post(path).status_code == 200
    with writing(mailed) as session:
        assert _next_goes_to(session, warning.id or 0, row.subscriber_id, now)
        assert session.get_one(Subscriber, row.subscriber_id).confirmed_at is None  # of a subscription nothing is said


def test_the_public_page_carries_words_to_pass_on_and_no_token(browser: Browser, scene: Scene) -> None:
    page = browser().get(f"/warnings/{scene.warning}").text
    found = re.search(r"<textarea[^>]*readonly>([^<]*)</textarea>", page)
    assert found and f"http://testserver/w/{scene.short}" in found.group(1) and "token" not in page
    assert ("玩具" in found.group(1) and "2026年" in found.group(1)) or "日" in found.group(1)
    answer = browser().get(f"/w/{scene.short}")
    assert (answer.status_code, answer.headers["location"]) == (302, f"/warnings/{scene.warning}")
