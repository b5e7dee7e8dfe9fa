"""Two notices that a later list of symbols shows to be one: the older keeps its id, the other points to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import Session

from crawlers.changes import NEWS, content_hash, join_records, key_order
from crawlers.items import as_json, from_json
from crawlers.rows import UNCLAIMED
from crawlers.sightings import unfold_all
from store.notice import Notice, NoticeSighting, NoticeSymbol


def merge_notices(session: Session, ids: Sequence[int]) -> tuple[Notice, list[NoticeSighting]]:
    """The notice with the lowest of `ids` (ascending) and its sightings, after the others became part of it.

    Symbols move; what two sources said is joined; the others keep their versions and get `merged_into_id`.
    News stays news: had one of them been announced, the whole is.
    """
    rows: Any = Notice
    found = {row.id: row for row in session.execute(select(rows).where(rows.id.in_(ids))).scalars()}
    survivor, others = found[ids[0]], [found[n] for n in ids[1:]]
    spoken: Any = NoticeSighting
    wanted = select(spoken).where(spoken.notice_id.in_(ids)).order_by(spoken.notice_id, spoken.source)
    sightings = list(session.execute(wanted).scalars())
    unfold_all(session, found.values(), sightings)
    if others:
        sightings = _join(session, survivor, ids[1:], sightings)
        if survivor.admitted != NEWS and any(other.admitted == NEWS for other in others):
            survivor.admitted, survivor.admitted_reason, survivor.raised_at = NEWS, "joined", None
            for name, value in UNCLAIMED.items():
                setattr(survivor, name, value)
    return survivor, sightings


def _join(
    session: Session, survivor: Notice, others: Sequence[int], sightings: list[NoticeSighting]
) -> list[NoticeSighting]:
    symbols: Any = NoticeSymbol
    notices: Any = Notice
    quietly = {"synchronize_session": False}
    session.execute(
        update(symbols).where(symbols.notice_id.in_(others)).values(notice_id=survivor.id).execution_options(**quietly)
    )
    session.execute(
        update(notices)
        .where(notices.merged_into_id.in_(others) | notices.id.in_(others))
        .values(merged_into_id=survivor.id)
        .execution_options(**quietly)
    )
    kept: dict[str, NoticeSighting] = {}
    doubled: list[int | None] = []
    for one in sightings:
        if one.source in kept:
            _unite(kept[one.source], one)
            doubled.append(one.id)
        else:
            kept[one.source] = one
            one.notice_id = survivor.id or 0
    spoken: Any = NoticeSighting
    for one in [s for s in sightings if s.id in doubled]:
        session.expunge(one)
    session.execute(delete(spoken).where(spoken.id.in_(doubled)).execution_options(**quietly))
    session.flush()
    return list(kept.values())


def _unite(kept: NoticeSighting, other: NoticeSighting) -> None:
    """Two records of one source as one: the lowest id gives the texts."""
    first, second = sorted((kept, other), key=lambda s: key_order(s.source_keys[0]))
    joined = join_records(
        [replace(from_json(first.content), source_key="1"), replace(from_json(second.content), source_key="2")]
    )
    joined = replace(joined, source_key=str(first.content["source_key"]))
    kept.content, kept.content_hash = as_json(joined), content_hash(joined)
    kept.source_keys = sorted({*kept.source_keys, *other.source_keys}, key=key_order)
