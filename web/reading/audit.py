"""审计记录 as an officer may search it: the province all of it, a city what its own line did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import Session, col, select

from store.audit import AuditEntry
from store.audit_proof import Wanted, find_entries
from store.bureau import Bureau, Officer
from store.clock import SHANGHAI
from store.jurisdiction import Jurisdiction
from web.access import PROVINCE_TIER, Who, bureaus_below

PER_PAGE = 50


@dataclass(frozen=True)
class Sought:
    """The search form as it was filled in; `first` and `last` are ISO days, `bureau` a jurisdiction's code."""

    action: str = ""
    bureau: str = ""
    first: str = ""
    last: str = ""
    object_id: str = ""


@dataclass(frozen=True)
class ShownEntry:
    """An entry with the officer who acted and the bureau."""

    entry: AuditEntry
    officer: Officer | None
    bureau: str


def sought_in(query: Mapping[str, str]) -> Sought:
    """The search in an address; days that are none are left out."""
    return Sought(
        action=query.get("action", "").strip()[:40],
        bureau=query.get("bureau", "").strip()[:20],
        first=_iso_day(query.get("from", "")),
        last=_iso_day(query.get("to", "")),
        object_id=query.get("object", "").strip()[:64],
    )


def entries_for(session: Session, who: Who, sought: Sought, page: int) -> tuple[list[ShownEntry], bool]:
    """One page of what is sought, the newest first, and whether another follows."""
    wanted = Wanted(
        action=sought.action,
        object_id=sought.object_id,
        officers=_officers(session, who, sought.bureau),
        since=_midnight(sought.first),
        until=_midnight(sought.last, days=1),
    )
    rows = find_entries(session, wanted, limit=PER_PAGE + 1, offset=(page - 1) * PER_PAGE)
    names = {b.id: b.called_zh for b in session.exec(select(Bureau))}
    shown = [ShownEntry(entry, by, names.get(by.bureau_id, "") if by else "") for entry, by in rows]
    return shown[:PER_PAGE], len(shown) > PER_PAGE


def bureaus_for(session: Session, who: Who) -> list[tuple[str, str]]:
    """(code, name) of the bureaus that have an account and that the person before the page may ask about."""
    rows = session.exec(
        select(Jurisdiction.code, Bureau.name_zh)
        .join(Bureau, col(Bureau.jurisdiction_id) == Jurisdiction.id)
        .where(col(Bureau.id).in_(bureaus_below(session, who)), col(Bureau.id).in_(select(Officer.bureau_id)))
        .order_by(Jurisdiction.code)
    )
    return [(code, name) for code, name in rows]


def _officers(session: Session, who: Who, bureau: str) -> list[int] | None:
    """Ids of the officers whose deeds are meant; None: everybody's and the machine's, for the province alone."""
    if who.tier == PROVINCE_TIER and not bureau:
        return None
    of_line = select(Officer.id).where(col(Officer.bureau_id).in_(bureaus_below(session, who)))
    if bureau:
        of_line = (
            of_line.join(Bureau, col(Bureau.id) == Officer.bureau_id)
            .join(Jurisdiction, col(Jurisdiction.id) == Bureau.jurisdiction_id)
            .where(Jurisdiction.code == bureau)
        )
    return [key for key in session.exec(of_line) if key is not None]


def _iso_day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return ""
    return day.isoformat() if 2000 <= day.year < 9999 else ""


def _midnight(day: str, days: int = 0) -> datetime | None:
    return datetime.combine(date.fromisoformat(day), time(), SHANGHAI) + timedelta(days=days) if day else None
