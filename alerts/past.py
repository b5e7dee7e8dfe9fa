"""Reading the past for a back-test: twelve months of classified notices, in short batches, nothing written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Engine, func
from sqlmodel import Session, col, select

from alerts.backtest import Incidence, Past
from alerts.concerns import Concern, concerns_of
from alerts.facts import MATTERING, Facts, facts_of, order_in_thread
from alerts.flags import signs_of
from alerts.incidents import Incident
from alerts.network import desks_among, read_hosts, read_network
from alerts.raising import HOME, TRIVIAL
from alerts.severity import case_of
from alerts.threads import classifications_of
from store.classification import Classification, Suggestion
from store.country import Country
from store.engine import reading
from store.incident import NoticeIncident
from store.industry import Industry
from store.notice import Notice

BACK = timedelta(days=365)
THREADS_AT_ONCE = 300


@dataclass(frozen=True)
class World:
    """What every notice is graded and routed by."""

    industries: dict[int, Industry]
    weights: dict[str, int]  # wto_symbol -> weight tier
    desks: Callable[[tuple[int, ...]], tuple[str, ...]]  # industry ids, the surest first -> codes of places


def read_past(engine: Engine, since: date, until: date) -> list[Past]:
    """The warnings that the notices published in these days would have made; news and history alike.

    Left out are our own country's measures, notices without an industry, and corrections that change nothing.
    A notice is graded as on the day of its publication, from its thread as it stood then. Nobody's subscriptions and
    no earlier dismissal are known to it.
    """
    with reading(engine) as session:
        world = read_world(session)
        threads = list(
            session.exec(
                select(Notice.thread_id).where(*_in_days(since, until)).distinct().order_by(col(Notice.thread_id))
            )
        )
    found: list[Past] = []
    for start in range(0, len(threads), THREADS_AT_ONCE):
        with reading(engine) as session:  # a session a batch: no long transaction, and the rows are let go of
            found += _pasts(session, threads[start : start + THREADS_AT_ONCE], since, until, world)
    return found


def read_incidences(engine: Engine, since: date, until: date) -> list[Incidence]:
    """The incidents of these days, by day."""
    with reading(engine) as session:
        rows = session.exec(
            select(NoticeIncident, Notice.thread_id)
            .join(Notice, col(Notice.id) == NoticeIncident.notice_id)
            .where(col(NoticeIncident.published_on).between(since, until), col(Notice.merged_into_id).is_(None))
            .order_by(col(NoticeIncident.published_on), col(NoticeIncident.notice_id))
        )
        return [
            Incidence(row.notice_id, thread, row.published_on, Incident(row.product, row.hazard, row.firm))
            for row, thread in rows
        ]


def count_past(session: Session, since: date, until: date) -> int:
    """How many notices a back-test of these days would read."""
    return session.exec(select(func.count()).select_from(Notice).where(*_in_days(since, until))).one()


def read_world(session: Session) -> World:
    """Industries, markets' weights, and the desks of any set of industries (by clusters alone), each asked once."""
    industries = {i.id or 0: i for i in session.exec(select(Industry))}
    network = read_network(session)
    hosts = read_hosts(session, list(industries), network)
    known: dict[tuple[int, ...], tuple[str, ...]] = {}

    def desks(ids: tuple[int, ...]) -> tuple[str, ...]:
        if ids not in known:
            found = desks_among([industries[key] for key in ids], hosts, (), network)
            known[ids] = tuple(desk.place for desk, _ in found)
        return known[ids]

    asked = select(Country.wto_symbol, Country.weight_tier)
    weights = {symbol: tier for symbol, tier in session.exec(asked)}  # noqa: C416 - rows
    for row in industries.values():
        session.expunge(row)
    return World(industries, weights, desks)


def _in_days(since: date, until: date) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Notice.published_on).between(since, until),
        col(Notice.classified_at).is_not(None),
        col(Notice.merged_into_id).is_(None),
    )


def _pasts(session: Session, threads: Sequence[int], since: date, until: date, world: World) -> Iterator[Past]:
    """The pasts of whole threads, since an addendum is read together with what it adds to."""
    rows = session.exec(
        select(Notice).where(col(Notice.thread_id).in_(threads), col(Notice.merged_into_id).is_(None))
    ).all()
    by_thread: dict[int, list[Notice]] = defaultdict(list)
    for notice in sorted(rows, key=order_in_thread):
        by_thread[notice.thread_id].append(notice)
    classified = classifications_of(session, rows)
    suggested = _suggested(session, list(classified.values()))
    incidents = _incidents(session, rows)
    for notices in by_thread.values():
        for place, head in enumerate(notices):
            if head.published_on is None or not since <= head.published_on <= until or head.id not in classified:
                continue
            past = _past(notices[: place + 1], classified, suggested, incidents, world)
            if past is not None:
                yield past


def _past(
    thread: Sequence[Notice],
    classified: dict[int, Classification],
    suggested: dict[int, list[Concern]],
    incidents: dict[int, Incident],
    world: World,
) -> Past | None:
    head = thread[-1]
    key, day = head.id or 0, head.published_on or date.max
    if set(head.members or [head.issuer]) == {HOME}:
        return None
    facts = facts_of(thread, [], day)
    if len(thread) > 1 and _is_trivial(facts_of(thread[:-1], [], day), facts):
        return None
    is_addendum = head.thread_reason is not None
    earlier = [c for n in thread[:-1] for c in suggested.get(n.id or 0, ())] if is_addendum else []
    concerns = concerns_of(suggested.get(key, ()), earlier, (), is_addendum=is_addendum)
    ids = tuple(c.industry_id for c in concerns if c.counts)
    if not ids:
        return None
    weights = [world.weights[member] for member in facts["members"] if member in world.weights]
    case = case_of(facts, [world.industries[i].priority for i in ids], weights, day)
    signs = signs_of(concerns, classified[key].doubts, facts)
    return Past(key, head.thread_id, head.source, day, case, signs, world.desks(ids), incidents.get(key))


def _is_trivial(before: Facts, now: Facts) -> bool:
    same = all(before[name] == now[name] for name in MATTERING)  # type: ignore[literal-required]
    return same and now["thread_reason"] in TRIVIAL


def _suggested(session: Session, classifications: Sequence[Classification]) -> dict[int, list[Concern]]:
    """notice id -> the suggestions of its classification."""
    notice_of = {c.id or 0: c.notice_id for c in classifications}
    wanted = [Suggestion.classification_id, Suggestion.industry_id, Suggestion.score, Suggestion.state]
    found: dict[int, list[Concern]] = defaultdict(list)
    rows = session.execute(select(*wanted).where(col(Suggestion.classification_id).in_(notice_of)))  # type: ignore[call-overload]
    for classification_id, industry_id, score, state in rows:
        found[notice_of[classification_id]].append(Concern(industry_id, score, state))
    return found


def _incidents(session: Session, notices: Sequence[Notice]) -> dict[int, Incident]:
    rows = session.exec(select(NoticeIncident).where(col(NoticeIncident.notice_id).in_([n.id for n in notices])))
    return {row.notice_id: Incident(row.product, row.hazard, row.firm) for row in rows}
