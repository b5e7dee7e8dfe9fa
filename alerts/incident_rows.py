"""Keeping incidents: the stage join reads each version of a recall or border notice once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from alerts.incidents import KINDS, incident_of
from alerts.inserting import insert_ignoring
from store.incident import NoticeIncident, forget_incidents
from store.notice import Notice


def keep_incidents(session: Session, notices: Sequence[Notice]) -> None:
    """Write the incidents of these notices anew, news and history; undated ones belong to no wave."""
    mine = [n for n in notices if n.kind in KINDS]
    if not mine:
        return
    forget_incidents(session, [n.id or 0 for n in mine])
    insert_ignoring(session, NoticeIncident, [row for n in mine if (row := _row(n))])


def _row(notice: Notice) -> dict[str, object] | None:
    found = incident_of(
        notice.kind,
        notice.title,
        notice.products,
        notice.attributes,
        description=notice.description,
        lang=notice.lang,
    )
    if found is None or notice.published_on is None:
        return None
    return {
        "notice_id": notice.id,
        "product": found.product,
        "hazard": found.hazard,
        "firm": found.firm,
        "published_on": notice.published_on,
    }
