"""One batch of one source's items into the store: new notices, new versions, joint ones that meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, tuple_, update
from sqlmodel import Session

from crawlers.changes import admission, content_hash, groups, identity_of, join_records, key_order
from crawlers.items import NoticeItem
from crawlers.jobs import Mode
from crawlers.rows import new_notice, sighting, slices, version
from crawlers.sightings import symbols_in_order
from crawlers.threads import settle_threads
from crawlers.updating import Batch, Pass, change, symbol_rows
from store.columns import new_public_ids
from store.inserting import add_keyed_rows, add_rows, among, table_of
from store.notice import Notice, NoticeSighting, NoticeSymbol, NoticeVersion
from store.search_index import Entry, index_notices, notice_text, reindex_notices


def upsert(
    session: Session,
    items: Sequence[NoticeItem],
    *,
    source: str,
    mode: Mode,
    now: datetime | None,
    seen_at: datetime,
    last_success_at: datetime | None = None,
    keep_raw: Callable[[], int | None] = lambda: None,
) -> Batch:
    """Write `items` (records of one source) and say what became of each notice. The caller owns the transaction.

    `keep_raw` stores the raw answer and returns its id; it is called once, and only when a version needs it.
    """
    this = Pass(session, source, mode, now, seen_at, _once(keep_raw), last_success_at)
    batch = Batch()
    owners = _owners(session, items)
    parts = groups([(*identity_of(item), *(("notice", n) for n in _ids(item, owners))) for item in items])
    fresh: list[NoticeItem] = []
    fresh_keys: list[list[str]] = []
    known: list[tuple[list[int], list[NoticeItem]]] = []
    for part in parts:
        records = [items[i] for i in part]
        ids = sorted({n for record in records for n in _ids(record, owners)})
        if ids:
            known.append((ids, records))
        else:
            fresh.append(join_records(records))
            fresh_keys.append(_keys(records))
    _add_new(this, fresh, fresh_keys, batch)
    _meet_known(this, known, batch)
    return batch


def _once(keep: Callable[[], int | None]) -> Callable[[], int | None]:
    kept: list[int | None] = []

    def call() -> int | None:
        if not kept:
            kept.append(keep())
        return kept[0]

    return call


def _keys(records: Sequence[NoticeItem]) -> list[str]:
    return sorted({record.source_key for record in records}, key=key_order)


def _ids(item: NoticeItem, owners: dict[Any, int]) -> list[int]:
    return sorted({owners[key] for key in identity_of(item) if key in owners})


_NOTICES = table_of(Notice)
# Made once: SQLAlchemy takes longer to make a statement than SQLite to answer it.
_BY_KEY = select(_NOTICES.c.source, _NOTICES.c.source_key, _NOTICES.c.id).where(
    tuple_(_NOTICES.c.source, _NOTICES.c.source_key).in_(bindparam("some", expanding=True))
)


def _owners(session: Session, items: Sequence[NoticeItem]) -> dict[Any, int]:
    """Identity key -> notice id, for those that a notice has already."""
    owners: dict[Any, int] = {}
    printed = sorted({symbol for item in items for symbol in item.symbols})
    owners.update((symbol, n) for symbol, n in among(session, "symbol, notice_id", "noticesymbol", "symbol", printed))
    pairs = sorted({(item.source, item.source_key) for item in items if not item.symbols})
    for some in slices(pairs, 1000):
        found = session.execute(_BY_KEY, {"some": some})
        owners.update({(source, key): n for source, key, n in found})
    return owners


def _add_new(this: Pass, items: list[NoticeItem], keys: list[list[str]], batch: Batch) -> None:
    """Whole rows for notices nobody has seen before."""
    if not items:
        return
    threads = settle_threads(this.session, items, [None] * len(items))
    hashes = [content_hash(item) for item in items]
    rows = [
        new_notice(item, name, thread, digest, admission(item, this.mode, this.now, this.last_success_at), this.seen_at)
        for item, name, thread, digest in zip(items, new_public_ids(len(items)), threads, hashes, strict=True)
    ]
    ids = add_keyed_rows(this.session, Notice, rows)
    raw = this.keep_raw()
    add_rows(
        this.session, NoticeSymbol, [row for n, item in zip(ids, items, strict=True) for row in symbol_rows(n, item)]
    )
    add_rows(
        this.session,
        NoticeSighting,
        [
            sighting(n, this.source, own, item, digest, this.seen_at)
            for n, own, item, digest in zip(ids, keys, items, hashes, strict=True)
        ],
    )
    add_rows(
        this.session,
        NoticeVersion,
        [version(n, 1, digest, this.source, raw, this.seen_at) for n, digest in zip(ids, hashes, strict=True)],
    )
    index_notices(
        this.session,
        [
            Entry(n, item.published_on, notice_text(row, item.symbols))
            for n, row, item in zip(ids, rows, items, strict=True)
        ],
    )
    batch.statuses.update(dict.fromkeys(ids, "new"))


def _meet_known(this: Pass, known: list[tuple[list[int], list[NoticeItem]]], batch: Batch) -> None:
    """Notices that are there: most say what they said, and only those that do not are read in full."""
    if not known:
        return
    mine = _own_sightings(this.session, this.source, [n for ids, _ in known for n in ids])
    of_notice = symbols_in_order(this.session, list(mine)) if mine else {}
    seen_again: list[int] = []
    touched: list[int] = []
    for ids, records in known:
        joined, keys = join_records(records), _keys(records)
        if len(ids) == 1 and (old := mine.get(ids[0])) and _says_nothing_new(old, of_notice, joined, keys):
            batch.statuses[ids[0]] = "unchanged"
            seen_again.append(old.id)
        else:
            change(this, ids, joined, keys, batch)
            touched += ids
    reindex_notices(this.session, touched)
    rows: Any = NoticeSighting
    for chunk in slices(seen_again):
        this.session.execute(
            update(rows)
            .where(rows.id.in_(chunk))
            .values(last_seen_at=this.seen_at)
            .execution_options(synchronize_session=False)
        )


def _own_sightings(session: Session, source: str, ids: Sequence[int]) -> dict[int, Any]:
    """notice id -> (id, keys, hash, symbols) of what `source` said last."""
    rows: Any = NoticeSighting
    found: dict[int, Any] = {}
    for chunk in slices(ids):
        # SQLite and PostgreSQL both reach into JSON here; the whole content is not needed to see that nothing changed.
        wanted = select(
            rows.id, rows.notice_id, rows.source_keys, rows.content_hash, rows.content["symbols"].label("symbols")
        ).where(rows.notice_id.in_(chunk), rows.source == source)
        found.update({row.notice_id: row for row in session.execute(wanted)})
    return found


def _says_nothing_new(
    old: Any, of_notice: dict[int | None, list[str]], joined: NoticeItem, keys: Sequence[str]
) -> bool:
    symbols = of_notice.get(old.notice_id, ()) if old.symbols is None else old.symbols
    if not set(keys) <= set(old.source_keys) or not set(joined.symbols) <= set(symbols):
        return False
    # Texts are those of the record with the lowest id; others of a joint notification need not repeat them.
    return bool(keys[0] != old.source_keys[0] or content_hash(joined) == old.content_hash)
