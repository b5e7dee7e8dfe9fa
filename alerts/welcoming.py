"""The first letter to a new subscriber: what is open for him now, so that nothing is missed for having come late."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from alerts.candidates import eu_members
from alerts.letters import write_letter
from alerts.preview import met_by
from alerts.retelling import a_year_before, open_now, retold_since
from alerts.subscription_words import asked_zh
from settings import Settings
from store.clock import shanghai_day
from store.display_names import display_name
from store.subscription import Subscriber, Subscription, SubscriptionTerm

KIND = "welcome"
MOST = 20


def write_welcome(
    session: Session, now: datetime, settings: Settings, subscriber: Subscriber, subscription: Subscription
) -> None:
    """What was subscribed to, and the warnings that are out and whose dates still lie ahead."""
    rows = session.exec(select(SubscriptionTerm).where(SubscriptionTerm.subscription_id == subscription.id))
    terms = frozenset((row.kind, row.value) for row in rows)
    past = open_now(retold_since(session, a_year_before(now), only_issued=True), now)
    found = met_by(past, terms, subscription.severity_floor, eu_members(session))
    today = shanghai_day(now)
    lines = [
        f"【{display_name('severity', row.severity)}】{row.headline}，{row.when(today)}："
        f"{settings.base_url}/warnings/{row.warning}"
        for row in found[:MOST]
    ]
    if len(found) > MOST:
        lines.append(f"另有{len(found) - MOST}件，见：{settings.base_url}/warnings")
    asked = asked_zh(session, subscription)
    head = f"现在与您有关、还来得及应对的有{len(found)}件：" if found else "现在没有与您有关、仍在期限内的预警。"
    write_letter(
        session, now, settings, subscriber_id=subscriber.id or 0, kind=KIND, key=subscription.public_id,
        title=f"订阅已生效：现有{len(found)}件与您有关" if found else "订阅已生效",
        lines=["您的订阅已确认。今后与下列内容有关的预警会发到这个邮箱：", *asked, head, *lines],
    )  # fmt: skip
