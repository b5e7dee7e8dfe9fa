"""The way to one's own data: a fresh link by mail, good once and for half an hour, then a visit of half an hour."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from alerts.enrolling import checked_address
from alerts.letters import keep_letter
from alerts.own_links import is_opened_by
from alerts.places import place
from alerts.rendering import render_note
from settings import Settings, TbtwatchError
from store.audit import write_audit
from store.clock import shanghai_day
from store.own import OwnVisit
from store.subscription import Subscriber

KIND = "fresh_link"
PAGE = "/mine/open/"
LIVES = timedelta(minutes=30)  # a link until it is opened, and the visit it opens
MOST_A_DAY = 5  # letters to one address: asking floods nobody


class BadVisit(TbtwatchError):
    """Raised when a fresh link is cut, foreign, used or older than thirty minutes."""


def ask_for_link(session: Session, now: datetime, settings: Settings, email: str) -> None:
    """Write the letter with a fresh link, if this address is known; whoever asks learns nothing by it.

    Raises BadEnrolment for what is no address. One who left may look too, as long as the address is kept.
    """
    _, key = checked_address(email)
    subscriber = session.exec(select(Subscriber).where(Subscriber.email_key == key)).first()
    if subscriber is None or subscriber.erased_at is not None:
        return
    recent = (OwnVisit.subscriber_id == subscriber.id, OwnVisit.asked_at > now - timedelta(days=1))
    if session.exec(select(func.count()).where(*recent)).one() >= MOST_A_DAY:
        return
    visit = OwnVisit(subscriber_id=subscriber.id or 0, asked_at=now, link_until=now + LIVES)
    session.add(visit)
    session.flush()
    title = "查看、修改或删除您的订阅资料"
    lines = [
        "有人用这个邮箱要求查看订阅资料。是您本人的，请在30分钟内打开下面的网页，按一下按钮；链接只能用一次。",
        "不是您本人的，请不用理会：没有这封邮件，谁也看不到您的资料。请不要转发这封邮件。",
    ]
    rendered = render_note(title, lines, page_url=place("open"), now=now, is_demo=settings.is_demo)
    keep_letter(
        session, now, subscriber_id=visit.subscriber_id, kind=KIND, key=visit.public_id, rendered=rendered,
        fields={"path": PAGE + visit.public_id}, body_key=shanghai_day(now).isoformat(),
    )  # fmt: skip


def visit_of_link(session: Session, public_id: str, token: str, now: datetime, secret: bytes) -> OwnVisit:
    """The visit a link would open; changes nothing. Raises BadVisit."""
    return _good(session, public_id, token, now, secret, select(OwnVisit))


def _good(
    session: Session, public_id: str, token: str, now: datetime, secret: bytes, rows: SelectOfScalar[OwnVisit]
) -> OwnVisit:
    genuine = is_opened_by(secret, PAGE + public_id, token)
    visit = session.exec(rows.where(OwnVisit.public_id == public_id)).first() if genuine else None
    if visit is None or visit.opened_at is not None or visit.ended_at is not None or now > visit.link_until:
        raise BadVisit("this link is cut, used or older than thirty minutes: ask for a new one at /mine")
    return visit


def open_visit(session: Session, public_id: str, token: str, now: datetime, secret: bytes) -> str:
    """Use the link up; returns the token for the cookie, which is kept nowhere else. Raises BadVisit."""
    # locked: of two presses at once the second finds it used
    visit = _good(session, public_id, token, now, secret, select(OwnVisit).with_for_update())
    cookie = secrets.token_urlsafe(32)
    visit.opened_at, visit.until, visit.token_hash = now, now + LIVES, _hash(cookie)
    session.add(visit)
    subscriber = session.get_one(Subscriber, visit.subscriber_id)
    write_audit(
        session, now, action="own.open", object_kind="subscriber", object_id=subscriber.public_id, actor="subscriber"
    )
    return cookie


def visitor(session: Session, cookie: str | None, now: datetime) -> Subscriber | None:
    """Whose visit this cookie is; None when it is unknown, over, or its data are erased."""
    if not cookie:
        return None
    return session.exec(
        select(Subscriber)
        .join(OwnVisit, col(OwnVisit.subscriber_id) == Subscriber.id)
        .where(
            OwnVisit.token_hash == _hash(cookie),
            col(OwnVisit.until) > now,
            col(OwnVisit.ended_at).is_(None),
            col(Subscriber.erased_at).is_(None),
        )
    ).first()


def end_visit(session: Session, cookie: str, now: datetime) -> None:
    """Leave: the cookie is worth nothing from now on."""
    visit = session.exec(select(OwnVisit).where(OwnVisit.token_hash == _hash(cookie))).first()
    if visit is not None and visit.ended_at is None:
        visit.ended_at = now
        session.add(visit)


def _hash(cookie: str) -> str:
    return hashlib.sha256(b"own:" + cookie.encode()).hexdigest()
