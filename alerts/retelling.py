"""Past warnings as subscriptions would meet them: read in a few statements, for previews and first letters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from sqlmodel import Session, col, select

from alerts.concerns import Concern
from alerts.criteria import Told, folded
from alerts.facts import Facts
from alerts.telling import about_zh, matter_zh, when_zh
from alerts.wording import market_zh
from store.clock import shanghai_day
from store.industry import Industry
from store.warning import ACTUAL, ISSUED, UNSENT, TradeWarning, WarningIndustry, WarningVersion

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Retold:
    """One warning version: its warning's public id, what it says, and the Shanghai day it went out or was raised."""

    warning: str
    warning_id: int
    number: int
    kind: str
    severity: str
    on: date
    is_out: bool
    told: Told
    headline: str
    facts: Facts

    def is_open(self, today: date) -> bool:
        """Whether opinions can still be given, or it has yet to enter into force."""
        days = {name: date.fromisoformat(day) for name in ("comment_deadline", "force_on") if (day := self._day(name))}
        return days.get("comment_deadline", date.min) >= today or days.get("force_on", date.min) > today

    def _day(self, name: str) -> str | None:
        return cast(str | None, self.facts.get(name))

    def when(self, today: date) -> str:
        """Its next date in words."""
        return when_zh(self.facts, today)


def retold_since(session: Session, since: datetime, *, only_issued: bool = False) -> list[Retold]:
    """The actual versions raised since then that went out or may yet (`only_issued`: those that went out), by id."""
    wanted = (
        select(TradeWarning.public_id, WarningVersion)
        .join(TradeWarning, col(TradeWarning.id) == WarningVersion.warning_id)
        .where(TradeWarning.status == ACTUAL, WarningVersion.raised_at >= since)
        .where(col(WarningVersion.state).in_([ISSUED] if only_issued else [ISSUED, *UNSENT]))
        .order_by(col(WarningVersion.id))
    )
    rows = session.exec(wanted).all()
    industries = _industries(session, [version.id or 0 for _, version in rows])
    return [_retold(public_id, version, industries.get(version.id or 0, [])) for public_id, version in rows]


def open_now(rows: Sequence[Retold], now: datetime) -> list[Retold]:
    """The newest issued version of each warning that is still open, the nearest date first; withdrawn ones are not."""
    today = shanghai_day(now)
    newest = {row.warning_id: row for row in rows if row.is_out}  # rows come by id: the last one stays
    held = [row for row in newest.values() if row.kind != "cancel" and row.is_open(today)]
    return sorted(held, key=lambda row: (row.facts["comment_deadline"] or "9", row.warning_id))


def a_year_before(now: datetime) -> datetime:
    """Twelve months ago."""
    return now - timedelta(days=365)


def _retold(public_id: str, version: WarningVersion, industries: Sequence[tuple[str, str]]) -> Retold:
    facts = cast(Facts, version.facts)
    told = Told(
        industries=frozenset(slug for slug, _ in industries),
        hs=tuple(facts["hs"]),
        text=folded("\n".join((facts["title"], facts["products"], facts["description"], *facts.get("also", [])))),
        issuers=tuple(facts["members"] or [facts["market"]]),
    )
    names = [name for _, name in industries]
    return Retold(
        warning=public_id,
        warning_id=version.warning_id,
        number=version.number,
        kind=version.kind,
        severity=version.severity,
        on=shanghai_day(version.issued_at or version.raised_at),
        is_out=version.state == ISSUED,
        told=told,
        headline=f"{market_zh(facts)}：{about_zh(names) or '出口产品'}{matter_zh(facts)}",
        facts=facts,
    )


def _industries(session: Session, version_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """version id -> (slug, name) of the industries that count, the surest first."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for ids in _slices(version_ids):
        rows = session.exec(
            select(WarningIndustry, Industry.slug, Industry.name_zh)
            .join(Industry, col(Industry.id) == WarningIndustry.industry_id)
            .where(col(WarningIndustry.version_id).in_(ids))
            .order_by(col(WarningIndustry.score).desc(), col(WarningIndustry.industry_id))
        )
        for row, slug, name in rows:
            if Concern(row.industry_id, row.score, row.state).counts:
                found[row.version_id].append((slug, name))
    return found


def _slices(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
