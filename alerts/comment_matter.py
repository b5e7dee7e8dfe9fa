"""What comments are about: a warning as its newest version tells it, with the last day of each tier."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from alerts.comment_days import Ladder, ladder_in
from alerts.facts import Facts
from alerts.telling import about_zh, matter_zh
from alerts.versions import concerns_in, facts_in, industries_of
from alerts.wording import market_zh
from settings import TbtwatchError
from store.warning import TradeWarning, WarningVersion


class UnknownWarning(TbtwatchError):
    """Raised when no warning that is out has the given public id."""


@dataclass(frozen=True)
class Matter:
    """A warning that is out; `ladder` is None when the notice names no date for comments."""

    warning: TradeWarning
    version: WarningVersion
    facts: Facts
    headline: str
    ladder: Ladder | None


def matter_by_id(session: Session, public_id: str) -> Matter:
    """The matter of an actual warning that went out; raises UnknownWarning."""
    warning = session.exec(
        select(TradeWarning).where(TradeWarning.public_id == public_id, TradeWarning.status == "actual")
    ).first()
    found = matter_of(session, warning) if warning else None
    if found is None:
        raise UnknownWarning(f"no warning '{public_id}' is out: `tbtwatch warnings list` shows the ids")
    return found


def matter_of(session: Session, warning: TradeWarning) -> Matter | None:
    """The matter as the newest version that went out tells it; None while none did."""
    version = session.exec(
        select(WarningVersion)
        .where(WarningVersion.warning_id == warning.id, col(WarningVersion.issued_at).is_not(None))
        .order_by(col(WarningVersion.number).desc())
    ).first()
    if version is None:
        return None
    facts = facts_in(version)
    industries = [industry.name_zh for industry in industries_of(session, concerns_in(session, version))]
    headline = f"{market_zh(facts)}：{about_zh(industries) or '出口产品'}{matter_zh(facts)}"
    return Matter(warning, version, facts, headline, ladder_in(facts))
