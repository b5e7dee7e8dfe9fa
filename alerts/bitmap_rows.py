"""The rows of the store as the index of subscriptions wants them: all of them at once, or some that changed."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Connection, Select, String, cast, func, select
from sqlmodel import col

from alerts.bitmaps import BUREAU, FLOOR, LIMITED, LIVE, Bitmaps, Row
from alerts.criteria import Wanted
from store.subscription import HS, INDUSTRY, KIND, MARKET, WORD, Exporter, Subscriber, Subscription, SubscriptionTerm
from store.subscription_change import SubscriptionChange

_AT_ONCE = 10_000  # ids in one statement; SQLite binds at most 32,766 values


def build(connection: Connection) -> Bitmaps:
    """The index of all rows as this transaction sees them.

    The store joins the ids of each value into one text: a million subscriptions are some thousand rows then.
    """
    made, heads = Bitmaps(), defaultdict[tuple[str, str], BitMap](BitMap)
    for bureau_id, floor, ids, owners in connection.execute(_heads()):
        keys = _numbers(ids)
        made.own_all(keys, _numbers(owners))
        for kind, value in ((LIVE, ""), (BUREAU, str(bureau_id)), (FLOOR, floor)):
            if value or kind == LIVE:
                heads[kind, value] |= BitMap(keys)
    live = heads[LIVE, ""]
    for kind, value, ids in connection.execution_options(stream_results=True, max_row_buffer=100).execute(_terms()):
        some = BitMap(_numbers(ids)) & live
        if kind in (MARKET, KIND):
            heads[LIMITED, kind] |= some
        made.add_set(kind, value, _tight(some))
    for (kind, value), every in heads.items():
        made.add_set(kind, value, _tight(every))
    return made


def wanted_by(connection: Connection, subscription_ids: Sequence[int]) -> dict[int, Wanted]:
    """What each of the subscriptions asks for, also the ended ones."""
    found = dict[int, Wanted]()
    for some in _slices(subscription_ids):
        terms = _terms_of(connection, some)
        floors: Any = select(col(Subscription.id), col(Subscription.severity_floor)).where(
            col(Subscription.id).in_(some)
        )
        for key, floor in connection.execute(floors):
            found[key or 0] = _wanted(terms[key or 0], floor)
    return found


def rows_of(connection: Connection, subscription_ids: Sequence[int]) -> Iterator[Row]:
    """Those of the subscriptions that count: open, and their subscriber confirmed and not ended."""
    for some in _slices(subscription_ids):
        terms = _terms_of(connection, some)
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
    last: Any = select(col(change.number), col(change.mark)).order_by(col(change.number).desc()).limit(1)
    found = connection.execute(last).first()
    return (found[0] or 0, found[1]) if found else (0, "")


def wanted_of(row: Row) -> Wanted:
    """A row as the rule of criteria.py takes it."""
    return _wanted(row.terms, row.floor)


def _wanted(terms: Iterable[tuple[str, str]], floor: str) -> Wanted:
    by_kind = defaultdict[str, set[str]](set)
    for kind, value in terms:
        by_kind[kind].add(value)
    industries, hs, words, markets, kinds = (frozenset(by_kind[k]) for k in (INDUSTRY, HS, WORD, MARKET, KIND))
    return Wanted(industries, hs, words, markets, kinds, floor)


def _terms_of(connection: Connection, subscription_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    terms, term = defaultdict[int, list[tuple[str, str]]](list), SubscriptionTerm
    mine = select(col(term.subscription_id), col(term.kind), col(term.value))
    for key, kind, value in connection.execute(mine.where(col(term.subscription_id).in_(subscription_ids))):
        terms[key].append((kind, value))
    return terms


_SINCE = "SELECT number, subscription_id, subscriber_id, exporter_id, mark FROM subscriptionchange WHERE number >= "


def _open() -> Select[Any]:
    wanted: Any = select(
        col(Subscription.id),
        col(Subscription.subscriber_id),
        col(Exporter.bureau_id),
        col(Subscription.severity_floor),
    )
    return _counting(wanted)


def _counting(wanted: Select[Any]) -> Select[Any]:
    """Only subscriptions that are open and whose subscriber is confirmed and not ended."""
    return (
        wanted.join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
        .join(Exporter, col(Exporter.id) == Subscriber.exporter_id)
        .where(
            col(Subscription.ended_at).is_(None),
            col(Subscriber.ended_at).is_(None),
            col(Subscriber.confirmed_at).is_not(None),
        )
    )


def _heads() -> Select[Any]:
    """(bureau id, floor, subscription ids, their subscribers' ids in the same order)."""
    by = (col(Exporter.bureau_id), col(Subscription.severity_floor))
    ids, owners = _joined(col(Subscription.id)), _joined(col(Subscription.subscriber_id))
    return _counting(select(*by, ids, owners).select_from(Subscription)).group_by(*by)


def _terms() -> Select[Any]:
    """(kind, value, subscription ids) of each value."""
    by = (col(SubscriptionTerm.kind), col(SubscriptionTerm.value))
    return select(*by, _joined(col(SubscriptionTerm.subscription_id))).group_by(*by)


def _joined(ids: Any) -> Any:
    return func.aggregate_strings(cast(ids, String), ",")


def _numbers(joined: str) -> array[int]:
    return array("I", map(int, joined.split(",")))


def _slices(ids: Collection[int]) -> Iterator[Sequence[int]]:
    ordered = sorted(ids)
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))


def _tight(ids: BitMap) -> BitMap:
    """The same ids in no more memory than they need."""
    ids.run_optimize()
    ids.shrink_to_fit()
    return ids
