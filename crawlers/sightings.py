"""Sightings: what one source says of a notice, kept as what differs from the notice itself.

Nearly every notice has one sighting, and that says what the notice says: its content is then {}. Rows written before
this was so hold every field, which reads the same. Whoever changes a notice unfolds its sightings first and folds them
after (crawlers/updating.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from crawlers.items import CONTENT, IDENTITY, NoticeItem, as_json
from store.notice import Notice, NoticeSighting, NoticeSymbol

_OF_NOTICE = (*CONTENT, "kind", "issuer", "members", "domain")
_EVERY = frozenset((*CONTENT, *IDENTITY))


def what_the_notice_says(notice: Notice, symbols: Sequence[str]) -> dict[str, Any]:
    """The notice's own columns and symbols as an item's JSON values."""
    said: dict[str, Any] = {"symbols": list(symbols)}
    for name in _OF_NOTICE:
        value = getattr(notice, name)
        said[name] = value.isoformat() if type(value) is date else value
    return said


def unfold(sighting: NoticeSighting, said: dict[str, Any]) -> None:
    """Give the sighting its whole content; `said` is of its own notice as stored."""
    if not sighting.content.keys() >= _EVERY:
        whole = {"source": sighting.source, "source_key": sighting.source_keys[0]}
        sighting.content = {**said, **whole, **sighting.content}


def folded(item: NoticeItem, said: dict[str, Any]) -> dict[str, Any]:
    """The content of a sighting that says `item` of a notice that says `said`: the fields that differ."""
    return {
        name: value
        for name, value in as_json(item).items()
        if name not in ("source", "source_key") and value != said.get(name, _NEVER)
    }


_NEVER = object()


def unfold_all(session: Session, notices: Iterable[Notice], sightings: Iterable[NoticeSighting]) -> None:
    """Unfold the sightings of several notices, before these are changed or become one."""
    by_id = {notice.id: notice for notice in notices}
    symbols = symbols_in_order(session, list(by_id))
    said = {key: what_the_notice_says(notice, symbols.get(key, ())) for key, notice in by_id.items()}
    for sighting in sightings:
        unfold(sighting, said[sighting.notice_id])


def symbols_in_order(session: Session, ids: Sequence[int | None]) -> dict[int | None, list[str]]:
    """notice id -> its symbols in printed order."""
    rows: Any = NoticeSymbol
    wanted = select(rows.notice_id, rows.symbol).where(rows.notice_id.in_(ids)).order_by(rows.position, rows.id)
    found: dict[int | None, list[str]] = {}
    for notice_id, symbol in session.execute(wanted):
        found.setdefault(notice_id, []).append(symbol)
    return found
