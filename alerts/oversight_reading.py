"""The queries behind the oversight of the network: each asks once for all places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from alerts.network_figures import Warned, industries_asked
from store.bureau import Bureau, Officer, OfficerSession
from store.industry import Industry
from store.mapping import Cluster, MappingRule, published_mapping
from store.review import OPEN, Decision, Escalation, Review
from store.subscription import HS, INDUSTRY, WORD, Exporter, Subscriber, Subscription, SubscriptionTerm
from store.warning import ISSUED, UNDER_REVIEW, TradeWarning, WarningIndustry, WarningVersion


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """How many reviews a desk has open, how many of them are overdue, how many fall due before the week ends."""

    open: int = 0
    overdue: int = 0
    due_this_week: int = 0


def read_open_reviews(session: Session, now: datetime, week_end: datetime) -> dict[int, ReviewCounts]:
    """Bureau id -> its open reviews."""
    due = col(Review.due_at)
    overdue = func.sum(case((due <= now, 1), else_=0))
    this_week = func.sum(case(((due > now) & (due < week_end), 1), else_=0))
    rows = session.exec(
        select(Review.bureau_id, func.count(), overdue, this_week)
        .where(Review.state == OPEN)
        .group_by(col(Review.bureau_id))
    )
    return {bureau: ReviewCounts(int(count), int(late), int(soon)) for bureau, count, late, soon in rows}


def read_decisions(session: Session, since: datetime) -> dict[int, list[float]]:
    """Bureau id -> hours from the opening of each review that was decided since then to its decision."""
    rows = session.exec(
        select(Review.bureau_id, Review.opened_at, Decision.at)
        .join(Decision, col(Decision.review_id) == Review.id)
        .where(col(Decision.at) >= since)
    )
    found: dict[int, list[float]] = defaultdict(list)
    for bureau, opened_at, at in rows:
        found[bureau].append((at - opened_at).total_seconds() / 3600)
    return found


def read_escalations(session: Session, since: datetime) -> dict[int, tuple[int, int]]:
    """Bureau id -> (reviews passed up since then, reviews whose warning went out unreviewed)."""
    up = func.sum(case((col(Escalation.to_review_id).is_not(None), 1), else_=0))
    rows = session.exec(
        select(Review.bureau_id, func.count(), up)
        .join(Escalation, col(Escalation.from_review_id) == Review.id)
        .where(col(Escalation.at) >= since)
        .group_by(col(Review.bureau_id))
    )
    return {bureau: (int(passed), int(count) - int(passed)) for bureau, count, passed in rows}


def read_warnings(session: Session, since: datetime) -> tuple[dict[int, Warned], dict[int, int]]:
    """(warning id -> how it stands, version id -> warning id), of what was raised since then and is out or reviewed."""
    rows = session.exec(
        select(WarningVersion.id, WarningVersion.warning_id, WarningVersion.severity, WarningVersion.raised_at)
        .join(TradeWarning, col(TradeWarning.id) == WarningVersion.warning_id)
        .where(
            col(WarningVersion.raised_at) >= since,
            col(WarningVersion.state).in_((UNDER_REVIEW, ISSUED)),
            TradeWarning.status == "actual",
        )
        .order_by(col(WarningVersion.warning_id), col(WarningVersion.number))
    )
    warnings: dict[int, Warned] = {}
    versions: dict[int, int] = {}
    for version_id, warning_id, severity, raised_at in rows:
        first = warnings.get(warning_id)
        warnings[warning_id] = Warned(severity, first.since if first else raised_at)
        versions[version_id or 0] = warning_id
    return warnings, versions


def read_warned_places(session: Session, versions: Mapping[int, int], since: datetime) -> dict[int, set[int]]:
    """Jurisdiction id -> the warnings that concern it: it hosts one of their industries, or its desk looked at them."""
    mapping = published_mapping(session)
    hosting = (
        select(WarningIndustry.version_id, Cluster.jurisdiction_id)
        .join(Cluster, col(Cluster.industry_id) == WarningIndustry.industry_id)
        .join(WarningVersion, col(WarningVersion.id) == WarningIndustry.version_id)
        .where(
            Cluster.version_id == (mapping.id if mapping else None),
            WarningIndustry.state != "removed",
            col(WarningVersion.raised_at) >= since,
        )
        .distinct()
    )
    looking = (
        select(Review.version_id, Bureau.jurisdiction_id)
        .join(Bureau, col(Bureau.id) == Review.bureau_id)
        .where(col(Review.opened_at) >= since)
    )
    found: dict[int, set[int]] = defaultdict(set)
    for query in (hosting, looking):
        for version_id, place_id in session.exec(query):
            if version_id in versions:
                found[place_id].add(versions[version_id])
    return found


def count_exporters(session: Session) -> dict[int, int]:
    """Bureau id -> firms of its own with a confirmed address and an open subscription."""
    rows = session.exec(
        select(Exporter.bureau_id, func.count(func.distinct(Exporter.id)))
        .join(Subscriber, col(Subscriber.exporter_id) == Exporter.id)
        .join(Subscription, col(Subscription.subscriber_id) == Subscriber.id)
        .where(*_IS_OPEN)
        .group_by(col(Exporter.bureau_id))
    )
    return {bureau: int(count) for bureau, count in rows}


_IS_OPEN = (
    col(Subscriber.confirmed_at).is_not(None),
    col(Subscriber.ended_at).is_(None),
    col(Subscription.ended_at).is_(None),
)


def read_clusters(session: Session) -> list[tuple[int, str, str, str]]:
    """(jurisdiction id, industry's slug, its name, town or "") of the mapping in force, by industry's name."""
    mapping = published_mapping(session)
    rows = session.exec(
        select(Cluster.jurisdiction_id, Industry.slug, Industry.name_zh, Cluster.town_zh)
        .join(Industry, col(Industry.id) == Cluster.industry_id)
        .where(Cluster.version_id == (mapping.id if mapping else None))
        .order_by(col(Cluster.jurisdiction_id), Industry.slug, Cluster.town_zh)
    )
    return [(place, slug, name, town) for place, slug, name, town in rows]


def read_reached(session: Session) -> dict[int, set[str]]:
    """Jurisdiction id -> slugs of the industries that a subscriber's firm there asks for, by name, HS code or word."""
    rows = session.exec(
        select(Exporter.jurisdiction_id, SubscriptionTerm.kind, SubscriptionTerm.value)
        .join(Subscriber, col(Subscriber.exporter_id) == Exporter.id)
        .join(Subscription, col(Subscription.subscriber_id) == Subscriber.id)
        .join(SubscriptionTerm, col(SubscriptionTerm.subscription_id) == Subscription.id)
        .where(
            *_IS_OPEN,
            col(Exporter.jurisdiction_id).is_not(None),
            col(SubscriptionTerm.kind).in_((INDUSTRY, HS, WORD)),
        )
        .distinct()
    )
    wanted: dict[tuple[str, str], set[int]] = defaultdict(set)  # thousands of firms ask for a few hundred things
    for place_id, kind, value in rows:
        wanted[kind, value].add(place_id or 0)
    hs_rules, words = _hs_rules(session), _words(session)
    found: dict[int, set[str]] = defaultdict(set)
    for (kind, value), places in wanted.items():
        slugs = industries_asked(kind, value, hs_rules, words)
        for place_id in places:
            found[place_id] |= slugs
    return found


def _hs_rules(session: Session) -> list[tuple[str, str]]:
    mapping = published_mapping(session)
    rows = session.exec(
        select(Industry.slug, MappingRule.value)
        .join(MappingRule, col(MappingRule.industry_id) == Industry.id)
        .where(MappingRule.version_id == (mapping.id if mapping else None), MappingRule.kind == HS)
    )
    return [(slug, prefix) for slug, prefix in rows]


def _words(session: Session) -> dict[str, frozenset[str]]:
    """Product words that some subscription asks for and an industry calls its own -> the industries' slugs."""
    mapping = published_mapping(session)
    rows = session.exec(
        select(SubscriptionTerm.value, Industry.slug)
        .join(MappingRule, func.lower(MappingRule.value) == SubscriptionTerm.value)
        .join(Industry, col(Industry.id) == MappingRule.industry_id)
        .where(
            SubscriptionTerm.kind == WORD,
            MappingRule.kind == WORD,
            MappingRule.version_id == (mapping.id if mapping else None),
        )
        .distinct()
    )
    found: dict[str, set[str]] = defaultdict(set)
    for word, slug in rows:
        found[word].add(slug)
    return {word: frozenset(slugs) for word, slugs in found.items()}


def read_officers(session: Session) -> list[tuple[Officer, datetime | None]]:
    """The officers in office, A before B, each with the last sign-in that is still kept."""
    last = (
        select(OfficerSession.officer_id, func.max(OfficerSession.began_at).label("at"))
        .group_by(col(OfficerSession.officer_id))
        .subquery()
    )
    rows = session.exec(
        select(Officer, last.c.at)
        .outerjoin(last, last.c.officer_id == Officer.id)
        .where(col(Officer.ended_at).is_(None))
        .order_by(Officer.role, col(Officer.id))
    )
    return [(officer, at) for officer, at in rows]
