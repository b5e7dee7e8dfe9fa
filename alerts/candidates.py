"""Subscriptions that may meet a warning, found by the index of terms, then judged by the exact rule of criteria.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, func, or_, select, union
from sqlmodel import Session, col

from alerts.criteria import Hit, Told, Wanted, hit_of
from alerts.markets import EU_GROUP
from store.country import Country
from store.subscription import HS, INDUSTRY, MARKET, WORD, Subscriber, Subscription, SubscriptionTerm

_CODES_AT_ONCE = 200  # ranges in one OR; SQLite allows expressions 1,000 deep
_ABOVE_DIGITS = "a"  # sorts after any digit, in ASCII as in any collation of PostgreSQL


def hits_for(session: Session, told: Told, members: Collection[str]) -> dict[int, dict[int, Hit]]:
    """subscriber id -> subscription id -> why it meets; only confirmed subscribers and open subscriptions count.

    `members` are the wto_symbols of the EU's member states, see `eu_members`.
    """
    found: dict[int, dict[int, Hit]] = defaultdict(dict)
    for (subscriber_id, subscription_id), wanted in _candidates(session, told).items():
        hit = hit_of(wanted, told, members)
        if hit is not None:
            found[subscriber_id][subscription_id] = hit
    return dict(found)


def eu_members(session: Session) -> frozenset[str]:
    """The wto_symbols of the member states of the EU."""
    rows = session.execute(select(col(Country.wto_symbol), col(Country.groups)))
    return frozenset(symbol for symbol, groups in rows if EU_GROUP in groups)


def _candidates(session: Session, told: Told) -> dict[tuple[int, int], Wanted]:
    """(subscriber id, subscription id) -> all its terms, for every subscription with a term that may meet."""
    meeting = _meeting(told, session.get_bind().dialect.name)
    if not meeting:
        return {}
    term = SubscriptionTerm
    rows = session.execute(
        select(col(Subscription.subscriber_id), col(term.subscription_id), col(term.kind), col(term.value))
        .join(Subscription, col(Subscription.id) == term.subscription_id)
        .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
        .where(
            col(term.subscription_id).in_(union(*meeting)),
            col(Subscription.ended_at).is_(None),
            col(Subscriber.ended_at).is_(None),
            col(Subscriber.confirmed_at).is_not(None),
        )
    )
    terms: dict[tuple[int, int], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for subscriber_id, subscription_id, kind, value in rows:
        terms[subscriber_id, subscription_id][kind].add(value)
    return {key: _wanted(kinds) for key, kinds in terms.items()}


def _wanted(kinds: Mapping[str, Collection[str]]) -> Wanted:
    return Wanted(*(frozenset(kinds.get(kind, ())) for kind in (INDUSTRY, HS, WORD, MARKET)))


def _meeting(told: Told, dialect: str) -> list[Select[int]]:
    """Selects of the subscription ids with an industry, an HS prefix or a word that may meet."""
    kind, value = col(SubscriptionTerm.kind), col(SubscriptionTerm.value)
    conditions: list[Any] = []
    if told.industries:
        conditions.append((kind == INDUSTRY) & value.in_(told.industries))
    if told.hs:
        beginnings = {code[:size] for code in told.hs for size in range(2, len(code) + 1)}
        conditions.append((kind == HS) & value.in_(beginnings))
    codes = sorted(set(told.hs))
    for start in range(0, len(codes), _CODES_AT_ONCE):
        longer = [value.between(code, code + _ABOVE_DIGITS) for code in codes[start : start + _CODES_AT_ONCE]]
        conditions.append((kind == HS) & or_(*longer))
    if told.text:
        within = func.strpos if dialect == "postgresql" else func.instr
        stem = func.rtrim(value, "y")  # battery is found in batteries, see criteria.occurs
        conditions.append((kind == WORD) & (within(told.text, stem) > 0))
    return [select(col(SubscriptionTerm.subscription_id)).where(condition) for condition in conditions]
