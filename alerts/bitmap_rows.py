"""The rows of the store as the index of subscriptions wants them: all of them at once, or some that changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Connection, Select, select
from sqlmodel import col

from alerts.bitmaps import BUREAU, FLOOR, LIMITED, LIVE, Bitmaps, Row
from alerts.criteria import Wanted
from store.subscription import HS, INDUSTRY, KIND, MARKET, WORD, Exporter, Subscriber, Subscription, SubscriptionTerm
from store.subscription_change import SubscriptionChange

_AT_ONCE = 10_000  # ids in one statement; SQLite binds at most 32,766 values
_FETCHED = 20_000  # rows at a time


def build(connection: Connection) -> Bitmaps:
    """The index of all rows as this transaction sees them; the terms come in the order of their index in the store."""
    made, heads = Bitmaps(), defaultdict[tuple[str, str], BitMap](BitMap)
    for batch in _batches(connection, _open()):
        for subscription_id, subscriber_id, _, _ in batch:
            made.own(subscription_id, subscriber_id)
        heads[LIVE, ""].update([row[0] for row in batch])
        for kind, place in ((BUREAU, 2), (FLOOR, 3)):
            by_value = defaultdict[str, list[int]](list)
            for row in batch:
                by_value[str(row[place])].append(row[0])
            for value, ids in by_value.items():
                if value:
                    heads[kind, value].update(ids)
    live = heads[LIVE, ""]
    for kind, value, ids in _terms(connection):
        ids &= live
        if kind in (MARKET, KIND):
            heads[LIMITED, kind] |= ids
        made.add_set(kind, value, _tight(ids))
    for (kind, value), ids in heads.items():
        made.add_set(kind, value, _tight(ids))
    return made


def rows_of(connection: Connection, subscription_ids: Sequence[int]) -> Iterator[Row]:
    """Those of the subscriptions that count: open, and their subscriber confirmed and not ended."""
    for some in _slices(subscription_ids):
        terms = defaultdict[int, list[tuple[str, str]]](list)
        term = SubscriptionTerm
        for key, kind, value in connection.execute(
            select(col(term.subscription_id), col(term.kind), col(term.value)).where(
                col(term.subscription_id).in_(some)
            )
        ):
            terms[key].append((kind, value))
        for key, subscriber_id, bureau_id, floor in connection.execute(_open().where(col(Subscription.id).in_(some))):
            yield Row(key, subscriber_id, bureau_id, floor, terms[key])


def changed_ids(connection: Connection, changes: Iterable[Sequence[Any]]) -> set[int]:
    """Ids of the subscriptions that rows of the log are about: (number, subscription, subscriber, exporter, mark)."""
    found, subscribers, exporters = set[int](), set[int](), set[int]()
    for _, subscription_id, subscriber_id, exporter_id, _ in changes:
        for key, named in ((subscription_id, found), (subscriber_id, subscribers), (exporter_id, exporters)):
            if key is not None:
                named.add(key)
    subscription = select(col(Subscription.id))
    for some in _slices(sorted(subscribers)):
        found.update(connection.scalars(subscription.where(col(Subscription.subscriber_id).in_(some))))
    of_firm = subscription.join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
    for some in _slices(sorted(exporters)):
        found.update(connection.scalars(of_firm.where(col(Subscriber.exporter_id).in_(some))))
    return found


def changes_since(connection: Connection, number: int) -> list[Any]:
    """The log from this number on, that one included: (number, subscription, subscriber, exporter, mark)."""
    # by the driver itself: a match asks it each time, and mostly there is nothing new
    raw: Any = connection.connection.driver_connection
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    found: list[Any] = raw.execute(_SINCE + mark + " ORDER BY number", (number,)).fetchall()
    return found


def newest_change(connection: Connection) -> tuple[int, str]:
    """Number and mark of the last change; (0, "") where there is no log yet."""
    change = SubscriptionChange
    last = select(col(change.number), col(change.mark)).order_by(col(change.number).desc()).limit(1)
    found = connection.execute(last).first()
    return (found[0], found[1]) if found else (0, "")


def wanted_of(row: Row) -> Wanted:
    """A row as the rule of criteria.py takes it."""
    by_kind = defaultdict[str, set[str]](set)
    for kind, value in row.terms:
        by_kind[kind].add(value)
    return Wanted(*(frozenset(by_kind[kind]) for kind in (INDUSTRY, HS, WORD, MARKET, KIND)), row.floor)


_SINCE = "SELECT number, subscription_id, subscriber_id, exporter_id, mark FROM subscriptionchange WHERE number >= "


def _open() -> Select[Any]:
    return (
        select(
            col(Subscription.id),
            col(Subscription.subscriber_id),
            col(Exporter.bureau_id),
            col(Subscription.severity_floor),
        )
        .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
        .join(Exporter, col(Exporter.id) == Subscriber.exporter_id)
        .where(
            col(Subscription.ended_at).is_(None),
            col(Subscriber.ended_at).is_(None),
            col(Subscriber.confirmed_at).is_not(None),
        )
    )


def _terms(connection: Connection) -> Iterator[tuple[str, str, BitMap]]:
    """(kind, value, ids) of each term."""
    term = SubscriptionTerm
    in_order = select(col(term.kind), col(term.value), col(term.subscription_id))
    in_order = in_order.order_by(col(term.kind), col(term.value), col(term.subscription_id))
    rows = (row for batch in _batches(connection, in_order) for row in batch)
    for (kind, value), same in groupby(rows, key=itemgetter(0, 1)):
        yield kind, value, BitMap([row[2] for row in same])


def _batches(connection: Connection, wanted: Select[Any]) -> Iterator[Sequence[Any]]:
    result = connection.execution_options(stream_results=True).execute(wanted)
    while batch := result.fetchmany(_FETCHED):
        yield batch


def _slices(ids: Collection[int]) -> Iterator[Sequence[int]]:
    ordered = sorted(ids)
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))


def _tight(ids: BitMap) -> BitMap:
    """The same ids in no more memory than they need."""
    ids.run_optimize()
    ids.shrink_to_fit()
    return ids
