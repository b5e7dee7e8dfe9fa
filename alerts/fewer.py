"""少收一点: the ways to get less that stand on the page of a mail, named by what that mail itself says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.candidates import eu_members
from alerts.changing import FLOORS, open_subscriptions, replace_subscription
from alerts.choosing import choose_digests
from alerts.criteria import Hit, Told, hit_of, markets_met
from alerts.enrolling import Terms
from alerts.judging import warnings_of_mail
from alerts.matching import told_by
from alerts.preview import wanted_of
from settings import TbtwatchError
from store.country import Country
from store.display_names import display_name
from store.email import Email
from store.industry import Industry
from store.subscription import INDUSTRY, MARKET, WEEKLY, Subscriber, Subscription

FLOOR, RHYTHM, WITHOUT_MARKET, WITHOUT_INDUSTRY = "floor", "weekly", "market", "industry"
ORANGE = "orange"
_RANK = list(FLOORS)


class UnknownWay(TbtwatchError):
    """Raised for a way to get less that the page did not offer."""


@dataclass(frozen=True, slots=True)
class Way:
    """One button: what it does (`kind`, `value`) and what stands on it."""

    kind: str
    value: str
    label: str


def ways_of(session: Session, email: Email) -> list[Way]:
    """The buttons for a mail. Only what the warning itself is about is named: a forwarded mail tells no more."""
    ways = [Way(FLOOR, ORANGE, "只收橙色和红色预警"), Way(RHYTHM, WEEKLY, "资讯摘要改为每周一封")]
    told = [told_by(session, version) for _, version in warnings_of_mail(session, email)]
    issuers = dict.fromkeys(issuer for one in told for issuer in one.issuers)
    ways += [Way(WITHOUT_MARKET, issuer, f"不再收“{display_name('country', issuer)}”的预警") for issuer in issuers]
    slugs = {slug for one in told for slug in one.industries}
    rows = session.exec(select(Industry).where(col(Industry.slug).in_(slugs)).order_by(Industry.slug))
    return ways + [Way(WITHOUT_INDUSTRY, row.slug, f"不再收行业“{row.name_zh}”的预警") for row in rows]


def take_way(session: Session, now: datetime, email: Email, subscriber: Subscriber, kind: str, value: str) -> int:
    """Do what one button says; returns how many things changed (0: it was so already). Raises UnknownWay.

    Subscriptions that meet what the mail told are ended and begun anew; the others stay as they are.
    """
    if not any((way.kind, way.value) == (kind, value) for way in ways_of(session, email)):
        raise UnknownWay(f"the page offers no '{kind} {value}'")
    if kind == RHYTHM:
        return int(choose_digests(session, subscriber, now, rhythm=WEEKLY, actor="subscriber"))
    members = eu_members(session)
    every = frozenset(session.exec(select(Country.wto_symbol)))
    changed = 0
    told = [told_by(session, version) for _, version in warnings_of_mail(session, email)]
    for subscription, terms in open_subscriptions(session, subscriber):
        if kind != FLOOR and not (told and _meets(terms, told, members)):
            continue
        floor, left = subscription.severity_floor, terms
        if kind == FLOOR:
            floor = max(floor, value, key=_RANK.index)
        elif kind == WITHOUT_INDUSTRY:
            left = terms - {(INDUSTRY, value)}
        else:
            left = without_market(terms, value, members, every)
        changed += _changed(session, now, subscription, terms, left, floor)
    return changed


def without_market(terms: Terms, issuer: str, members: frozenset[str], every: frozenset[str]) -> Terms:
    """The terms when notices of `issuer` are no longer wanted; a subscription for all markets names all others then.

    Empty when no market is left. Selling to the EU and to Germany, a German notice is met by either: both go.
    """
    met = markets_met([issuer], members)
    named = {value for kind, value in terms if kind == MARKET} or every
    left = named - met
    if not left:
        return frozenset()
    return frozenset({term for term in terms if term[0] != MARKET} | {(MARKET, market) for market in left})


def _changed(session: Session, now: datetime, subscription: Subscription, terms: Terms, left: Terms, floor: str) -> int:
    if left == terms and floor == subscription.severity_floor:
        return 0
    replace_subscription(session, now, subscription, left, floor=floor)
    return 1


def _meets(terms: Terms, told: list[Told], members: frozenset[str]) -> bool:
    return any(hit_in(terms, one, members) for one in told)


def hit_in(terms: Terms, told: Told, members: frozenset[str]) -> Hit | None:
    """Why these terms meet what is told; None when they do not."""
    return hit_of(wanted_of(terms), told, members)
