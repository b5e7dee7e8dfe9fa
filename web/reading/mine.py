"""What one subscriber sees of its own: what it asked for in words, what it was sent and why, what it follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.changing import FLOORS, open_subscriptions
from alerts.enrolling import Terms
from alerts.judging import WHYS
from store.display_names import display_name
from store.email import Email, MailBody
from store.following import Following
from store.industry import Industry
from store.judgement import Judgement
from store.jurisdiction import Jurisdiction
from store.notice import Notice
from store.subscription import HS, INDUSTRY, MARKET, WORD, Exporter, Match, Subscriber, Subscription
from store.warning import TradeWarning, WarningVersion
from web.reading.warnings import headline_of, industries_of

MOST_SHOWN = 100  # mails in the history; the export has all
STATES = {
    "pending": "等待发送",
    "accepted": "已发出",
    "captured": "留存在发件箱（演示）",
    "failed": "未能送达",
}


@dataclass(frozen=True)
class Asked:
    """One subscription as its form shows it."""

    row: Subscription
    slugs: frozenset[str]
    industries: str
    hs: str
    words: str
    markets: str
    floor: str


@dataclass(frozen=True)
class Sent:
    """One mail: when, what, why, what became of it, and what its reader said of it."""

    at: datetime
    subject: str
    reason: str
    state: str
    warning: str  # public id; "" for a letter
    said: str


@dataclass(frozen=True)
class Followed:
    """One notice that is followed."""

    row: Following
    title: str
    notice: str


@dataclass(frozen=True)
class Mine:
    """Everything the page shows."""

    subscriber: Subscriber
    firm: Exporter
    place: str
    asked: list[Asked]
    followed: list[Followed]
    sent: list[Sent]


def mine_of(session: Session, subscriber: Subscriber) -> Mine:
    """The page's content for this subscriber."""
    firm = session.get_one(Exporter, subscriber.exporter_id)
    place = session.get(Jurisdiction, firm.jurisdiction_id) if firm.jurisdiction_id else None
    names = dict(session.exec(select(Industry.slug, Industry.name_zh)).all())
    asked = [_asked(row, terms, names) for row, terms in open_subscriptions(session, subscriber)]
    return Mine(
        subscriber, firm, place.code if place else "", asked, _followed(session, subscriber), _sent(session, subscriber)
    )


def places_to_choose(session: Session) -> list[tuple[str, list[Jurisdiction]]]:
    """(city, its counties and towns with the city itself first), for a list to choose from."""
    rows = session.exec(select(Jurisdiction).where(Jurisdiction.status == "active").order_by(Jurisdiction.code)).all()
    below: dict[int, list[Jurisdiction]] = {}
    for row in rows:
        below.setdefault(row.parent_id or 0, []).append(row)
    cities = [row for row in rows if row.tier == "city"]
    return [(city.name_zh, [city, *below.get(city.id or 0, [])]) for city in cities]


def _asked(row: Subscription, terms: Terms, names: dict[str, str]) -> Asked:
    def of(kind: str) -> list[str]:
        return sorted(value for other, value in terms if other == kind)

    return Asked(
        row=row,
        slugs=frozenset(of(INDUSTRY)),
        industries="、".join(names.get(slug, slug) for slug in of(INDUSTRY)),
        hs="、".join(of(HS)),
        words="、".join(of(WORD)),
        markets="、".join(display_name("country", symbol) for symbol in of(MARKET)),
        floor=FLOORS.get(row.severity_floor, row.severity_floor),
    )


def _followed(session: Session, subscriber: Subscriber) -> list[Followed]:
    rows = session.exec(
        select(Following)
        .where(
            Following.subscriber_id == subscriber.id,
            col(Following.began_at).is_not(None),
            col(Following.ended_at).is_(None),
        )
        .order_by(col(Following.id))
    ).all()
    found = []
    for row in rows:
        notice = session.exec(select(Notice).where(Notice.thread_id == row.thread_id).order_by(col(Notice.id))).first()
        if notice is not None:
            found.append(Followed(row, notice.title or notice.products or "（原文无标题）", notice.public_id))
    return found


def _sent(session: Session, subscriber: Subscriber) -> list[Sent]:
    """The newest mails first; the reason of a warning is that of its match."""
    rows = session.exec(
        select(Email, MailBody, WarningVersion, TradeWarning, Match)  # type: ignore[call-overload]
        .join(MailBody, col(MailBody.id) == Email.body_id)
        .outerjoin(WarningVersion, col(WarningVersion.id) == Email.version_id)
        .outerjoin(TradeWarning, col(TradeWarning.id) == WarningVersion.warning_id)
        .outerjoin(
            Match, (col(Match.version_id) == Email.version_id) & (col(Match.subscriber_id) == Email.subscriber_id)
        )
        .where(Email.subscriber_id == subscriber.id)
        .order_by(col(Email.id).desc())
        .limit(MOST_SHOWN)
    ).all()
    said = _judgements(session, subscriber)
    versions = [version.id or 0 for _, _, version, _, _ in rows if version is not None]
    names = industries_of(session, versions)
    return [
        Sent(
            at=email.created_at,
            subject=body.subject if version is None else _headline(version, names),
            reason=match.reason if match else "",
            state=STATES.get(email.state, email.state),
            warning=warning.public_id if warning else "",
            said=said.get(warning.id or 0, "") if warning else "",
        )
        for email, body, version, warning, match in rows
    ]


def _headline(version: WarningVersion, names: dict[int, list[Industry]]) -> str:
    return headline_of(version, [industry.name_zh for industry in names[version.id or 0]])


def _judgements(session: Session, subscriber: Subscriber) -> dict[int, str]:
    """warning id -> what was said of it last, in words."""
    rows = session.exec(select(Judgement).where(Judgement.subscriber_id == subscriber.id).order_by(col(Judgement.id)))
    return {
        row.warning_id: "与我有关" if row.relevant else "与我无关" + (f"（{WHYS[row.why]}）" if row.why else "")
        for row in rows
    }
