"""A notice of which a source says more or other than before: new members, new symbols, a new version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from crawlers.changes import (
    HISTORY,
    NEWS,
    NEWS_MODES,
    OLD_AFTER,
    content_hash,
    difference,
    join_records,
    join_sightings,
    key_order,
)
from crawlers.items import NoticeItem, as_json, from_json
from crawlers.jobs import Mode
from crawlers.merging import merge_notices
from crawlers.rows import UNCLAIMED, notice_values, version
from crawlers.sightings import folded, what_the_notice_says
from crawlers.symbols import family_of
from crawlers.threads import settle_threads
from store.clock import shanghai_day
from store.inserting import add_rows
from store.notice import Notice, NoticeSighting, NoticeSymbol, NoticeVersion

REPARSE = "reparse"


@dataclass
class Batch:
    """What one batch did: notice id -> new | changed | unchanged, and the notices that became part of an older one."""

    statuses: dict[int, str] = field(default_factory=dict)
    merged: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Pass:
    """What all rows of one batch share."""

    session: Session
    source: str
    mode: Mode
    now: datetime | None
    seen_at: datetime
    keep_raw: Callable[[], int | None]
    last_success_at: datetime | None = None


def symbol_rows(notice_id: int, item: NoticeItem, known: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The symbols of `item` that are not `known`, as rows in printed order."""
    return [
        {"notice_id": notice_id, "symbol": symbol, "family": family_of(symbol), "position": position}
        for position, symbol in enumerate(item.symbols)
        if symbol not in known
    ]


def change(this: Pass, ids: list[int], joined: NoticeItem, keys: list[str], batch: Batch) -> None:
    """A notice of which this source says more or other than before, or several that turn out to be one."""
    notice, sightings = merge_notices(this.session, ids)
    batch.merged.update(ids[1:])
    assert notice.id is not None
    before = join_sightings([from_json(s.content) for s in sightings])
    own = next((s for s in sightings if s.source == this.source), None)
    is_first = own is None
    if own is None:
        own = NoticeSighting(
            notice_id=notice.id,
            source=this.source,
            source_keys=[],
            content_hash="",
            first_seen_at=this.seen_at,
            last_seen_at=this.seen_at,
        )
        sightings = [*sightings, own]
    _update_sighting(own, joined, keys, this.seen_at)
    this.session.add(own)
    now_says = join_sightings([from_json(s.content) for s in sightings])
    _update_symbols(this.session, notice, now_says)
    notice.thread_id = settle_threads(this.session, [now_says], [notice.thread_id])[0]
    _write_version(this, notice, before, now_says, batch)
    if is_first and _becomes_news(notice, now_says, this):
        _set(notice, UNCLAIMED | {"admitted": NEWS, "admitted_reason": this.mode, "raised_at": None})
    this.session.add(notice)
    said = what_the_notice_says(notice, now_says.symbols)
    for one in sightings:
        one.content = folded(from_json(one.content), said)
    this.session.flush()


def _update_sighting(own: NoticeSighting, joined: NoticeItem, keys: list[str], seen_at: datetime) -> None:
    """Join the records now seen with those seen before: the lowest id gives the texts, all give members and symbols."""
    content = joined
    if own.source_keys:
        stored = from_json(own.content)
        leads = key_order(keys[0]) <= key_order(own.source_keys[0])
        texts, other = (joined, stored) if leads else (stored, joined)
        united = join_records([replace(texts, source_key="1"), replace(other, source_key="2")])
        content = replace(united, source_key=texts.source_key)
    own.content, own.content_hash, own.last_seen_at = as_json(content), content_hash(content), seen_at
    own.source_keys = sorted({*own.source_keys, *keys}, key=key_order)


def _update_symbols(session: Session, notice: Notice, item: NoticeItem) -> None:
    assert notice.id is not None
    rows: Any = NoticeSymbol
    present = {row.symbol: row for row in session.execute(select(rows).where(rows.notice_id == notice.id)).scalars()}
    for position, symbol in enumerate(item.symbols):
        if symbol in present:
            present[symbol].position = position
    add_rows(session, NoticeSymbol, symbol_rows(notice.id, item, list(present)))
    notice.members, notice.issuer = list(item.members), item.issuer


def _write_version(this: Pass, notice: Notice, before: NoticeItem, now_says: NoticeItem, batch: Batch) -> None:
    assert notice.id is not None
    digest = content_hash(now_says)
    if digest == notice.content_hash:
        batch.statuses.setdefault(notice.id, "unchanged")
        return
    _set(
        notice,
        notice_values(now_says)
        | UNCLAIMED
        | {
            "number": notice.number + 1,
            "content_hash": digest,
            "classified_at": None,
        }
        | ({} if this.mode == REPARSE else {"raised_at": None}),  # nobody is alerted because our parser was mended
    )
    add_rows(
        this.session,
        NoticeVersion,
        [
            version(
                notice.id,
                notice.number,
                digest,
                this.source,
                this.keep_raw(),
                this.seen_at,
                difference(before, now_says),
            )
        ],
    )
    batch.statuses[notice.id] = "changed"


def _set(notice: Notice, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(notice, name, value)


def _becomes_news(notice: Notice, item: NoticeItem, this: Pass) -> bool:
    """A recent notice that only the workbook or an import had shown is news once a watched source shows it.

    Else a workbook fetched an hour before the API's visit would silence everything of that hour.
    """
    if notice.admitted != HISTORY or this.mode not in NEWS_MODES or this.now is None or item.published_on is None:
        return False
    return bool(shanghai_day(this.now) - item.published_on <= OLD_AFTER)
