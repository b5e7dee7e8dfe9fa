"""The naive loop that the index must equal: every open subscription's rows, judged one by one by the rule."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from alerts.criteria import Hit, Told, Wanted, folded, hit_of
from store.bureau import Bureau
from store.columns import new_public_id
from store.subscription import HS, INDUSTRY, KIND, MARKET, WORD, Exporter, Subscriber, Subscription, SubscriptionTerm

EU = frozenset({"DEU", "FRA"})
SLUGS, MEMBERS = ("toys", "footwear", "glass"), ("USA", "EU", "DEU", "FRA", "JPN")
CODES = ("95", "9503", "950300", "95030041", "64", "6401", "640110", "70", "7013")
WORDS = ("toy", "battery", "积木", "童鞋", "glass", "usb 2", "积", "y")
TEXTS = ("toys and batteries", "the toyota", "玻璃积木 glassware", "usb 20", "childrens' shoes 童鞋", "y-tube", "")
COLOURS, NOTICE_KINDS = ("", "blue", "yellow", "orange", "red"), ("notification", "recall", "border")


def naive_hits(session: Session, told: Told) -> dict[int, dict[int, Hit]]:
    """subscriber id -> subscription id -> why, without any index."""
    terms: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for term in session.exec(select(SubscriptionTerm)):
        terms[term.subscription_id][term.kind].add(term.value)
    found: dict[int, dict[int, Hit]] = defaultdict(dict)
    for one, owner in session.exec(select(Subscription, Subscriber).join(Subscriber)):
        if one.ended_at or owner.ended_at or not owner.confirmed_at:
            continue
        asked = [frozenset(terms[one.id or 0][kind]) for kind in (INDUSTRY, HS, WORD, MARKET, KIND)]
        hit = hit_of(Wanted(*asked, one.severity_floor), told, EU)
        if hit is not None:
            found[owner.id or 0][one.id or 0] = hit
    return dict(found)


def some_told(chance: random.Random) -> Told:
    """Any notice."""
    return Told(
        frozenset(chance.sample(SLUGS, chance.choice([0, 1, 2]))),
        tuple(chance.sample(CODES, chance.choice([0, 1, 3]))),
        folded(" ".join(chance.sample(TEXTS, 2))),
        tuple(chance.sample(MEMBERS, chance.choice([1, 2]))),
        chance.choice(COLOURS),
        chance.choice(("", *NOTICE_KINDS)),
    )


def edit(session: Session, chance: random.Random, now: datetime) -> None:
    """Any change to the rows by which somebody is matched, not only those that the service itself makes."""
    subscribers = list(session.exec(select(Subscriber).order_by(col(Subscriber.id))))
    subscriptions = list(session.exec(select(Subscription).order_by(col(Subscription.id))))
    what = chance.randrange(9) if subscriptions else 0
    if what <= 2:
        _begin(session, chance, now, subscribers)
    elif what == 3:
        one = chance.choice(subscriptions)
        one.ended_at = None if one.ended_at else now
        session.add(one)
    elif what == 4:
        owner = chance.choice(subscribers)
        owner.confirmed_at = None if owner.confirmed_at else now
        session.add(owner)
    elif what == 5:
        owner = chance.choice(subscribers)
        owner.ended_at = None if owner.ended_at else now
        session.add(owner)
    elif what == 6:
        one = chance.choice(subscriptions)
        one.severity_floor = chance.choice(COLOURS)
        session.add(one)
    else:
        one = chance.choice(subscriptions)
        session.execute(delete(SubscriptionTerm).where(col(SubscriptionTerm.subscription_id) == one.id))
        if what == 7:
            _ask(session, chance, one)
        else:
            session.flush()
            session.delete(one)
    session.flush()


def _begin(session: Session, chance: random.Random, now: datetime, subscribers: Collection[Subscriber]) -> None:
    if not subscribers or chance.random() < 0.6:
        firm = session.exec(select(Exporter)).first()
        if firm is None or chance.random() < 0.3:
            bureaus = session.exec(select(Bureau.id).order_by(col(Bureau.id)).limit(5)).all()
            firm = Exporter(bureau_id=chance.choice(bureaus) or 0, created_at=now)
            session.add(firm)
            session.flush()
        address = f"{new_public_id()}@exporter.example"
        owner = Subscriber(exporter_id=firm.id or 0, email=address, email_key=address, created_at=now, confirmed_at=now)
        session.add(owner)
        session.flush()
    else:
        owner = chance.choice(list(subscribers))
    one = Subscription(subscriber_id=owner.id or 0, began_at=now, severity_floor=chance.choice(("", "", *COLOURS)))
    session.add(one)
    session.flush()
    _ask(session, chance, one)


def _ask(session: Session, chance: random.Random, one: Subscription) -> None:
    for kind, values, numbers in (
        (INDUSTRY, SLUGS, (0, 1, 1, 2)),
        (HS, CODES, (0, 0, 1, 2)),
        (WORD, WORDS, (0, 1, 1)),
        (MARKET, MEMBERS, (0, 0, 1, 2)),
        (KIND, NOTICE_KINDS, (0, 0, 0, 1)),
    ):
        for value in chance.sample(values, chance.choice(numbers)):
            session.add(SubscriptionTerm(subscription_id=one.id or 0, kind=kind, value=value))
