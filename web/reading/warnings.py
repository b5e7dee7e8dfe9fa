"""Warnings that are out: the list, and one with its versions."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.telling import about_zh, matter_zh
from alerts.versions import facts_in
from alerts.wording import market_zh
from store.industry import Industry
from store.warning import ISSUED, TradeWarning, WarningIndustry, WarningVersion

PAGE_SIZE = 30
REMOVED = "removed"  # the state of an industry that an officer took out
PROPOSED = "proposed"  # of one that a lead would take out


@dataclass(frozen=True)
class IssuedWarning:
    """A warning as its newest issued version tells it."""

    warning: TradeWarning
    version: WarningVersion
    industries: list[Industry]

    @property
    def headline(self) -> str:
        """Whose, about what, what kind of thing: in Chinese."""
        return headline_of(self.version, [industry.name_zh for industry in self.industries])


def issued_warnings(
    session: Session, *, severity: str = "", page: int = 1, size: int = PAGE_SIZE
) -> tuple[list[IssuedWarning], bool]:
    """One page of warnings that are out, the newest first, and whether another page follows."""
    newest = (
        select(func.max(WarningVersion.id))
        .where(WarningVersion.state == ISSUED)
        .group_by(col(WarningVersion.warning_id))
    )
    wanted = (
        select(TradeWarning, WarningVersion)
        .join(WarningVersion, col(WarningVersion.warning_id) == TradeWarning.id)
        .where(TradeWarning.status == "actual", col(WarningVersion.id).in_(newest))
    )
    if severity:
        wanted = wanted.where(WarningVersion.severity == severity)
    wanted = wanted.order_by(col(WarningVersion.issued_at).desc(), col(WarningVersion.id).desc())
    rows = session.exec(wanted.offset((page - 1) * size).limit(size + 1)).all()
    industries = industries_of(session, [version.id or 0 for _, version in rows])
    shown = [IssuedWarning(warning, version, industries[version.id or 0]) for warning, version in rows[:size]]
    return shown, len(rows) > size


def whole_warning(session: Session, public_id: str) -> list[IssuedWarning]:
    """The versions of a warning that went out, the newest first; none for one that is unknown or still under review."""
    warning = session.exec(select(TradeWarning).where(TradeWarning.public_id == public_id)).first()
    if warning is None or warning.status != "actual":
        return []
    versions = session.exec(
        select(WarningVersion)
        .where(WarningVersion.warning_id == warning.id, col(WarningVersion.issued_at).is_not(None))
        .order_by(col(WarningVersion.number).desc())
    ).all()
    industries = industries_of(session, [version.id or 0 for version in versions])
    return [IssuedWarning(warning, version, industries[version.id or 0]) for version in versions]


def headline_of(version: WarningVersion, industries: list[str]) -> str:
    """What heads the mail about this version too: 日本：水产品新规草案."""
    facts = facts_in(version)
    mark = "【演练】" if facts.get("exercise") else ""
    return f"{mark}{market_zh(facts)}：{about_zh(industries) or '出口产品'}{matter_zh(facts)}"


def industries_of(session: Session, version_ids: list[int]) -> dict[int, list[Industry]]:
    """version id -> the industries it names, the most certain first."""
    found: dict[int, list[Industry]] = {key: [] for key in version_ids}
    rows = session.exec(
        select(WarningIndustry.version_id, Industry)
        .join(Industry, col(WarningIndustry.industry_id) == Industry.id)
        .where(col(WarningIndustry.version_id).in_(version_ids), col(WarningIndustry.state).not_in((REMOVED, PROPOSED)))
        .order_by(col(WarningIndustry.score).desc(), Industry.slug)
    )
    for version_id, industry in rows:
        found[version_id].append(industry)
    return found
