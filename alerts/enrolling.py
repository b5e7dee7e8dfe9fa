"""Enrolling exporters: the firm, its address, what it asks for, and the one bureau it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from sqlmodel import Session, col, select

from alerts.criteria import folded
from alerts.market_groups import vocabulary
from alerts.markets import market_of, market_words
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import Bureau, bureau_of
from store.country import Country
from store.display_names import display_names
from store.hs_names import hs_names
from store.industry import industry_by_slug
from store.jurisdiction import Jurisdiction, jurisdiction_by_code, lineage
from store.subscription import HS, INDUSTRY, MARKET, WORD, Exporter, Subscriber, Subscription, SubscriptionTerm

_HS = re.compile(r"\d{2}|\d{4,10}")
_MOST_WORD = 100  # characters, the column's width

Terms = frozenset[tuple[str, str]]  # (kind, value) of SubscriptionTerm


class BadEnrolment(TbtwatchError):
    """Raised when an address, a code or a word of an enrolment cannot be used."""


@dataclass(frozen=True)
class Enrolled:
    """The rows of one enrolment; `is_new` is False when the very same was asked before."""

    exporter: Exporter
    subscriber: Subscriber
    subscription: Subscription
    bureau: Bureau
    terms: Terms
    is_new: bool


def enrol(
    session: Session,
    now: datetime,
    *,
    email: str,
    industries: Sequence[str] = (),
    hs: Sequence[str] = (),
    words: Sequence[str] = (),
    markets: Sequence[str] = (),
    name: str = "",
    jurisdiction: str = "",
    actor: str = "operator",
) -> Enrolled:
    """Enrol an address, confirmed, for what it asks; asking the same again changes nothing.

    `industries` are slugs, `hs` prefixes of digits, `markets` names or codes (none: all), `jurisdiction` a code of
    data/regions.csv ("": the province). Raises BadEnrolment, UnknownIndustry, UnknownMarket; nothing is written then.
    """
    address, key = checked_address(email)
    terms = terms_of(session, industries=industries, hs=hs, words=words, markets=markets)
    place = place_called(session, jurisdiction) if jurisdiction else None
    bureau = bureau_for(session, place)
    subscriber = session.exec(select(Subscriber).where(Subscriber.email_key == key)).first()
    if subscriber is None:
        subscriber = _add_subscriber(session, now, address, key, name.strip(), place, bureau)
    exporter = session.get_one(Exporter, subscriber.exporter_id)
    standing = _standing(session, subscriber, terms)
    if standing is not None:
        return Enrolled(exporter, subscriber, standing, session.get_one(Bureau, exporter.bureau_id), terms, False)
    subscription = _add_subscription(session, now, subscriber, terms)
    write_audit(
        session,
        now,
        action="subscription.begin",
        object_kind="subscription",
        object_id=subscription.public_id,
        actor=actor,
        details={"subscriber": subscriber.public_id, "terms": [list(term) for term in sorted(terms)]},
    )
    return Enrolled(exporter, subscriber, subscription, session.get_one(Bureau, exporter.bureau_id), terms, True)


def checked_address(email: str) -> tuple[str, str]:
    """(address as written, key that makes it one): the key is lower case with the domain in ASCII.

    Raises BadEnrolment. Local parts outside ASCII are refused: few mail servers take them.
    """
    try:
        found = validate_email(email.strip(), allow_smtputf8=False, check_deliverability=False)
    except EmailNotValidError as error:
        raise BadEnrolment(f"'{email.strip()}' is no mail address that can be used: {error}") from None
    ascii_form = f"{found.ascii_local_part}@{found.ascii_domain}"
    return ascii_form, ascii_form.lower()


def terms_of(
    session: Session, *, industries: Sequence[str], hs: Sequence[str], words: Sequence[str], markets: Sequence[str]
) -> Terms:
    """The terms in their stored form. Raises BadEnrolment, UnknownIndustry, UnknownMarket."""
    known = read_market_words(session) if markets else {}
    where = {(MARKET, market_of(market, known)) for market in markets}
    asked = {(INDUSTRY, industry_by_slug(session, slug.strip()).slug) for slug in industries}
    asked |= {(HS, checked_prefix(prefix)) for prefix in hs}
    asked |= {(WORD, checked_word(word)) for word in words}
    if not asked:
        raise BadEnrolment("nothing is asked for: give an industry, an HS code or a product word")
    return frozenset(asked | where)


def checked_prefix(prefix: str) -> str:
    """An HS prefix of 2 or 4 to 10 digits, without dots and spaces; raises BadEnrolment."""
    digits = re.sub(r"[\s.]", "", prefix)
    if not _HS.fullmatch(digits):
        raise BadEnrolment(f"'{prefix}' is no HS code: write 2 or 4 to 10 digits, e.g. 9503")
    if digits[:4] not in hs_names():
        raise BadEnrolment(f"there is no HS heading {digits[:4]}: data/hs_names_zh.csv lists chapters and headings")
    return digits


def checked_word(word: str) -> str:
    """A product word, folded for comparing; raises BadEnrolment when one would meet everything."""
    text = folded(word)
    if not 2 <= len(text) <= _MOST_WORD:
        raise BadEnrolment(f"'{word}' cannot be a product word: write 2 to {_MOST_WORD} characters")
    return text


def read_market_words(session: Session) -> dict[str, str]:
    """What firms may call each market: its codes, its names in the store and in the table of display names."""
    names = display_names()

    def calls(row: Country) -> Iterable[str]:
        yield from (row.iso2, row.iso3, row.name_zh, row.name_en, *row.legacy_symbols)
        if found := names.get(("country", row.wto_symbol)):
            yield from (found.zh, found.en, found.wto_zh, found.wto_en)

    rows = session.exec(select(Country).order_by(col(Country.id))).all()
    return market_words((row.wto_symbol, calls(row)) for row in rows)


def read_vocabulary(session: Session) -> dict[str, tuple[str, tuple[str, ...]]]:
    """All words for markets and groups of them, as `alerts.market_groups.understand` asks for them."""
    called: dict[str, list[str]] = {}
    for word, symbol in read_market_words(session).items():
        called.setdefault(symbol, []).append(word)
    rows = session.exec(select(Country).order_by(col(Country.id))).all()
    return vocabulary((row.wto_symbol, row.name_zh, called.get(row.wto_symbol, []), row.groups) for row in rows)


def bureau_for(session: Session, place: Jurisdiction | None) -> Bureau:
    """The bureau a firm belongs to: its county's or town's, else its city's, else the province's."""
    line = lineage(session, place) if place else [_province(session)]
    found = next((bureau for above in line if (bureau := bureau_of(session, above.id or 0))), None)
    if found is None:
        raise BadEnrolment("no bureau for this place: run `tbtwatch data load` first")
    return found


def place_called(session: Session, code: str) -> Jurisdiction:
    """The county, town or city with this code; raises BadEnrolment."""
    found = jurisdiction_by_code(session, code.strip())
    if found is None:
        raise BadEnrolment(f"no county, town or city '{code}': data/regions.csv lists the codes")
    return found


def _province(session: Session) -> Jurisdiction:
    found = session.exec(select(Jurisdiction).where(Jurisdiction.tier == "province")).first()
    if found is None:
        raise BadEnrolment("no province in the store: run `tbtwatch data load` first")
    return found


def _add_subscriber(
    session: Session, now: datetime, address: str, key: str, name: str, place: Jurisdiction | None, bureau: Bureau
) -> Subscriber:
    exporter = Exporter(
        name=name, jurisdiction_id=place.id if place else None, bureau_id=bureau.id or 0, created_at=now
    )
    session.add(exporter)
    session.flush()
    subscriber = Subscriber(
        exporter_id=exporter.id or 0, email=address, email_key=key, created_at=now, confirmed_at=now
    )
    session.add(subscriber)
    session.flush()
    return subscriber


def _standing(session: Session, subscriber: Subscriber, terms: Terms) -> Subscription | None:
    """The subscriber's open subscription for exactly these terms."""
    rows = session.exec(
        select(Subscription, SubscriptionTerm)
        .join(SubscriptionTerm, col(SubscriptionTerm.subscription_id) == Subscription.id)
        .where(Subscription.subscriber_id == subscriber.id, col(Subscription.ended_at).is_(None))
    ).all()
    held: dict[int, set[tuple[str, str]]] = {}
    for subscription, term in rows:
        held.setdefault(subscription.id or 0, set()).add((term.kind, term.value))
    found = next((key for key, present in held.items() if present == terms), None)
    if found is None or subscriber.ended_at is not None or subscriber.confirmed_at is None:
        return None
    return session.get(Subscription, found)


def _add_subscription(session: Session, now: datetime, subscriber: Subscriber, terms: Terms) -> Subscription:
    """A new subscription; one who had left, or had not confirmed yet, is a subscriber again from now on."""
    subscriber.confirmed_at = subscriber.confirmed_at or now
    subscriber.ended_at, subscriber.ended_reason = None, ""
    subscription = Subscription(subscriber_id=subscriber.id or 0, began_at=now)
    session.add_all([subscriber, subscription])
    session.flush()
    session.add_all(
        SubscriptionTerm(subscription_id=subscription.id or 0, kind=kind, value=value) for kind, value in sorted(terms)
    )
    session.flush()
    return subscription
