"""What a subscription asks for, in words."""

from __future__ import annotations

from sqlmodel import Session, col, select

from alerts.wording import listed_zh
from store.display_names import display_name
from store.industry import Industry
from store.subscription import HS, INDUSTRY, MARKET, WORD, Subscription, SubscriptionTerm

_SHOWN = 12  # of one kind; the rest are counted


def asked_zh(session: Session, subscription: Subscription, *, with_words: bool = True) -> list[str]:
    """Its terms, a line each kind; without words and `said`, which are whoever's filled in a form, where asked so."""
    terms: dict[str, list[str]] = {}
    rows = session.exec(
        select(SubscriptionTerm)
        .where(SubscriptionTerm.subscription_id == subscription.id)
        .order_by(col(SubscriptionTerm.value))
    )
    for term in rows:
        terms.setdefault(term.kind, []).append(term.value)
    names = session.exec(
        select(Industry.name_zh).where(col(Industry.slug).in_(terms.get(INDUSTRY, []))).order_by(col(Industry.id))
    ).all()
    markets = [display_name("country", symbol) for symbol in terms.get(MARKET, [])]
    lines = [
        f"产品：{subscription.said}" if with_words and subscription.said else "",
        f"行业：{listed_zh(names, _SHOWN, '个行业')}" if names else "",
        f"海关编码：{listed_zh(terms[HS], _SHOWN, '个')}" if HS in terms else "",
        f"产品词：{listed_zh(terms[WORD], _SHOWN, '个')}" if with_words and WORD in terms else "",
        f"市场：{listed_zh(markets, _SHOWN, '个国家（地区）') if markets else '不限'}",
        _floor_zh(subscription.severity_floor),
    ]
    return [line for line in lines if line]


def _floor_zh(floor: str) -> str:
    return f"预警级别：{display_name('severity', floor)}及以上" if floor else ""
