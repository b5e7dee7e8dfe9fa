"""Which records are one notice, what a notice says when several sources speak of it, what changed, news or history.

Pure: values in, value out; the store is written by crawlers/pipelines.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from json.encoder import encode_basestring
from typing import Any

from crawlers.items import CONTENT, Link, NoticeItem, as_json
from crawlers.jobs import Mode
from store.clock import shanghai_day

NEWS, HISTORY = "news", "history"
NEWS_MODES = ("recent", "as_news")
OLD_AFTER = timedelta(days=30)  # issue 2: distributed over 30 days ago and no longer open for comments

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
    """`comparable(item)` as compact JSON with its names in order, field by field: a tenth of json's own time."""
    parts = []
    for start, name, day in _WRITTEN:
        value = getattr(item, name)
        if type(value) is str:
            if day and getattr(item, day):
                parts.append(f'{start}""')
            else:
                parts.append(start + encode_basestring(value))
        elif value is None:
            parts.append(f"{start}null")
        elif not value and type(value) is tuple:
            parts.append(f"{start}[]")
        else:
            parts.append(start + _written(name, value))
    return f"{{{','.join(parts)}}}"


def _written(name: str, value: Any) -> str:
    if name == "links":
        value = sorted({link.url for link in value})
    elif isinstance(value, date):
        return f'"{value.isoformat()}"'
    if type(value) in (tuple, list) and set(map(type, value)) == {str}:
        return f"[{','.join(map(encode_basestring, value))}]"
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# Each field as its beginning in the text, its name, and the date beside which its words do not count.
_DAY_OF = {words: day for day, words in _PAIRS[1:]}
_WRITTEN = [(f'"{name}":', name, _DAY_OF.get(name)) for name in sorted(CONTENT) if name != "published_text"]


def difference(before: NoticeItem, now: NoticeItem) -> dict[str, list[object]]:
    """Field by field what changed: {field: [before, now]}, values as JSON."""
    old, new = comparable(before), comparable(now)
    return {name: [old[name], new[name]] for name in old if old[name] != new[name]}


def admission(item: NoticeItem, mode: Mode, now: datetime | None) -> tuple[str, str]:
    """(news | history, reason) for a notice seen for the first time; without `now` age is not judged.

    History never alerts: what fills, the workbook, imports and re-parsing bring, and anything distributed over
    30 days ago whose comment period is closed or unknown. A later addendum is a notice of its own and judged alone.
    """
    if mode not in NEWS_MODES:
        return HISTORY, mode
    if now is None or item.published_on is None:
        return NEWS, mode
    today = shanghai_day(now)
    is_open = item.comment_deadline is not None and item.comment_deadline >= today
    if today - item.published_on > OLD_AFTER and not is_open:
        return HISTORY, "old"
    return NEWS, mode
