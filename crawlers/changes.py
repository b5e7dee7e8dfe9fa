"""Which records are one notice, what a notice says when several sources speak of it, what changed, news or history.

Pure: values in, value out; the store is written by crawlers/pipelines.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]
from typing import Any

from crawlers.items import CONTENT, Link, NoticeItem, as_json
from crawlers.jobs import Mode
from store.clock import shanghai_day

NEWS, HISTORY = "news", "history"
NEWS_MODES = ("recent", "as_news")
OLD_AFTER = timedelta(days=30)  # issue 2: distributed over 30 days ago and no longer open for comments
MOST_CAUGHT_UP = timedelta(days=30)  # of an outage: a source switched on again after a year is no flood of mail

# The keyed API first, then the workbook, then a file somebody imported; other sources speak for themselves alone.
PRECEDENCE = {"wto_notifications_workbook": 1, "import": 2}
_PAIRS = (
    ("published_on", "published_text"),
    ("comment_deadline", "comment_deadline_text"),
    ("adoption_on", "adoption_text"),
    ("force_on", "force_text"),
)
_PAIRED = frozenset(name for pair in _PAIRS for name in pair)


def groups(keys: Sequence[Iterable[Hashable]]) -> list[list[int]]:
    """Positions that belong together because they share any key, directly or through others (union-find).

    Each group ascends, and the groups stand in the order of their first member.
    """
    parent = list(range(len(keys)))
    owner: dict[Hashable, int] = {}
    for position, own in enumerate(keys):
        for key in own:
            first = owner.setdefault(key, position)
            a, b = _root(parent, first), _root(parent, position)
            parent[max(a, b)] = min(a, b)
    found: dict[int, list[int]] = {}
    for position in range(len(keys)):
        found.setdefault(_root(parent, position), []).append(position)
    return list(found.values())


def _root(parent: list[int], position: int) -> int:
    while parent[position] != position:
        parent[position] = parent[parent[position]]
        position = parent[position]
    return position


def identity_of(item: NoticeItem) -> tuple[Hashable, ...]:
    """The keys by which records meet: any shared symbol; else the source's own id."""
    return item.symbols or ((item.source, item.source_key),)


def key_order(source_key: str) -> tuple[int, str]:
    """Sort key for a source's own ids: 9 before 10, as numbers are meant."""
    return len(source_key), source_key


def join_records(items: Sequence[NoticeItem]) -> NoticeItem:
    """One source's records of one notice (joint notifications come once per member) as one item.

    The texts are those of the record with the lowest id, so the order of arrival does not matter; members and
    symbols are all that any record names. The issuer of a joint notice is the member printed first.
    """
    first = min(items, key=lambda item: key_order(item.source_key))
    if len(items) == 1:
        return _led(first)
    lists = sorted(items, key=lambda item: (-len(item.symbols), key_order(item.source_key)))
    symbols = tuple(dict.fromkeys(symbol for item in lists for symbol in item.symbols))
    members = tuple(dict.fromkeys(member for item in lists for member in item.members))
    return _led(replace(first, symbols=symbols, members=members))


def _led(item: NoticeItem) -> NoticeItem:
    return replace(item, issuer=item.members[0]) if len(item.members) > 1 else item


def join_sightings(sightings: Sequence[NoticeItem]) -> NoticeItem:
    """The notice: of each field the first value that is not empty, by precedence of the sources.

    A date and its words come from the same sighting. Links and attributes are gathered from all.
    """
    if len(sightings) == 1:
        return sightings[0]
    ordered = sorted(sightings, key=lambda item: (PRECEDENCE.get(item.source, 0), item.source))
    values: dict[str, Any] = {}
    for name in CONTENT:
        if name not in _PAIRED:
            values[name] = next((v for v in (getattr(item, name) for item in ordered) if v), getattr(ordered[0], name))
    for day, words in _PAIRS:
        chosen = next((item for item in ordered if getattr(item, day)), None) or next(
            (item for item in ordered if getattr(item, words)), ordered[0]
        )
        values[day], values[words] = getattr(chosen, day), getattr(chosen, words)
    values["links"] = _gathered(link for item in ordered for link in item.links)
    values["attributes"] = {key: value for item in reversed(ordered) for key, value in item.attributes.items()}
    identity = join_records([replace(item, source_key="") for item in ordered])
    return replace(ordered[0], issuer=identity.issuer, members=identity.members, symbols=identity.symbols, **values)


def _gathered(links: Iterable[Link]) -> tuple[Link, ...]:
    seen: dict[str, Link] = {}
    for link in links:
        seen.setdefault(link.url.lower(), link)
    return tuple(seen.values())


def comparable(item: NoticeItem) -> dict[str, Any]:
    """What counts as content: who notified and the printed symbols do not, nor the words of a date that was read."""
    plain = as_json(item)
    content = {name: plain[name] for name in CONTENT if name != "published_text"}
    for day, words in _PAIRS[1:]:
        if content[day]:
            content[words] = ""
    content["links"] = sorted({link.url for link in item.links})
    return content


def content_hash(item: NoticeItem) -> str:
    """SHA-256 of the content, in hexadecimal: equal for two records that tell a reader the same."""
    return hashlib.sha256(content_text(item).encode()).hexdigest()


def content_text(item: NoticeItem) -> str:
    """`comparable(item)` as compact JSON, its names in order."""
    return "".join(_encode(_compared(item), 0))


def _compared(item: NoticeItem) -> dict[str, Any]:
    """The same as `comparable`, written out: the hash of a notice is asked for more often than anything else."""
    links = item.links
    return {
        "adoption_on": _iso(item.adoption_on),
        "adoption_text": "" if item.adoption_on else item.adoption_text,
        "attributes": item.attributes,
        "comment_deadline": _iso(item.comment_deadline),
        "comment_deadline_text": "" if item.comment_deadline else item.comment_deadline_text,
        "description": item.description,
        "force_on": _iso(item.force_on),
        "force_text": "" if item.force_on else item.force_text,
        "hs": item.hs,
        "ics": item.ics,
        "keywords": item.keywords,
        "lang": item.lang,
        "links": [links[0].url] if len(links) == 1 else sorted({link.url for link in links}),
        "notification_type": item.notification_type,
        "objectives": item.objectives,
        "origins": item.origins,
        "products": item.products,
        "published_on": _iso(item.published_on),
        "regions_affected": item.regions_affected,
        "title": item.title,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


# The encoder itself, made once: json.dumps makes another for each call. Sorted, compact, characters as they are.
_encode = c_make_encoder(None, str, encode_basestring, None, ":", ",", True, False, True)


def difference(before: NoticeItem, now: NoticeItem) -> dict[str, list[object]]:
    """Field by field what changed: {field: [before, now]}, values as JSON."""
    old, new = comparable(before), comparable(now)
    return {name: [old[name], new[name]] for name in old if old[name] != new[name]}


def admission(
    item: NoticeItem, mode: Mode, now: datetime | None, last_success_at: datetime | None = None
) -> tuple[str, str]:
    """(news | history, reason) for a notice seen for the first time; without `now` age is not judged.

    History never alerts: what fills, the workbook, imports and re-parsing bring, and anything distributed over
    30 days ago whose comment period is closed or unknown. A later addendum is a notice of its own and judged alone.
    The 30 days are counted back from the last visit that worked, at most 30 days ago: what came out while the source
    could not be read is caught up with.
    """
    if mode not in NEWS_MODES:
        return HISTORY, mode
    if now is None or item.published_on is None:
        return NEWS, mode
    today = shanghai_day(now)
    is_open = item.comment_deadline is not None and item.comment_deadline >= today
    seen = max(shanghai_day(last_success_at), today - MOST_CAUGHT_UP) if last_success_at else today
    if min(seen, today) - item.published_on > OLD_AFTER and not is_open:
        return HISTORY, "old"
    return NEWS, mode
