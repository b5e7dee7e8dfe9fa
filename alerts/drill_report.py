"""What a drill showed: how long each bureau took, the median of each tier, and who never acted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlmodel import Session, col, select

from store.audit import AuditEntry
from store.bureau import Bureau, Officer
from store.drill import Drill
from store.jurisdiction import Jurisdiction
from store.review import CLOSED, DECIDED, ESCALATED, OPEN, Decision, Review
from store.warning import WarningVersion

TIERS = ("county", "town", "city", "province")
# How a desk's part ended, in Chinese.
OUTCOMES = {
    "accept": "采纳",
    "correct": "更正行业",
    "dismiss": "与本地无关",
    "passed_up": "主动上报",
    "overdue": "逾期未研判，自动上报",
    "closed": "由其他单位先行处理或演练结束",
    "open": "尚未研判",
}
TIERS_ZH = {"county": "县（市、区）级", "town": "镇街", "city": "市级", "province": "省级"}


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One bureau's part. `minutes`: from the opening to the decision or passing up; while open, to now."""

    bureau_id: int
    place: str  # the jurisdiction's code
    bureau: str
    tier: str
    is_lead: bool
    review: str  # public id
    opened_at: datetime
    due_at: datetime
    outcome: str  # one of OUTCOMES
    settled_at: datetime | None
    minutes: float
    by: str  # the bureau whose officer decided, if another one did (on its behalf)

    @property
    def acted(self) -> bool:
        """Whether the bureau's own officers decided or passed it up themselves."""
        return self.outcome in ("accept", "correct", "dismiss", "passed_up") and not self.by

    @property
    def never_acted(self) -> bool:
        """Whether the time went by, or an officer above had to decide; not where another desk was simply quicker."""
        return self.outcome == "overdue" or bool(self.by)

    @property
    def late(self) -> bool:
        """Whether it was settled after its time, or is open and past it."""
        return self.minutes > minutes_between(self.opened_at, self.due_at)


@dataclass(frozen=True, slots=True)
class TierLine:
    """One tier: its desks, how many acted themselves, and the median of their minutes (None: nobody acted)."""

    tier: str
    desks: int
    acted: int
    median_minutes: float | None


@dataclass(frozen=True, slots=True)
class DrillReport:
    """The lines of the bureaus asked for, the first opened first, and what they add up to."""

    drill: Drill
    versions: Sequence[WarningVersion]
    desks: Sequence[DeskLine]
    tiers: Sequence[TierLine]
    never_acted: Sequence[str]  # names of bureaus

    @property
    def newest(self) -> WarningVersion:
        """The version that stands."""
        return self.versions[-1]


def report_of(session: Session, drill: Drill, now: datetime, bureaus: Collection[int] | None = None) -> DrillReport:
    """The report of a drill as it stands at `now`, for the bureaus with these ids (None: all)."""
    versions = session.exec(
        select(WarningVersion).where(WarningVersion.warning_id == drill.warning_id).order_by(col(WarningVersion.number))
    ).all()
    rows = session.exec(
        select(Review, Bureau, Jurisdiction)
        .join(Bureau, col(Bureau.id) == Review.bureau_id)
        .join(Jurisdiction, col(Jurisdiction.id) == Bureau.jurisdiction_id)
        .where(col(Review.version_id).in_([version.id for version in versions]))
        .order_by(col(Review.opened_at), col(Review.id))
    ).all()
    wanted = [row for row in rows if bureaus is None or row[1].id in bureaus]
    decided = _decisions(session, [review.id or 0 for review, _, _ in wanted])
    by_hand = _passed_up_by_hand(session, [review.public_id for review, _, _ in wanted])
    desks = [_line(*row, decided.get(row[0].id or 0), by_hand, now) for row in wanted]
    missed = dict.fromkeys(line.bureau for line in desks if line.never_acted)
    return DrillReport(drill, versions, desks, tiers_of(desks), tuple(missed))


def tiers_of(desks: Iterable[DeskLine]) -> list[TierLine]:
    """The tiers that have desks, from below: how many acted, and the median of their minutes."""
    desks = list(desks)
    found = []
    for tier in TIERS:
        mine = [line for line in desks if line.tier == tier]
        took = [line.minutes for line in mine if line.acted]
        if mine:
            found.append(TierLine(tier, len(mine), len(took), round(median(took), 1) if took else None))
    return found


def minutes_between(start: datetime, end: datetime) -> float:
    """Minutes with one decimal."""
    return round((end - start).total_seconds() / 60, 1)


def _line(
    review: Review,
    bureau: Bureau,
    place: Jurisdiction,
    decided: tuple[Decision, Bureau] | None,
    by_hand: Collection[str],
    now: datetime,
) -> DeskLine:
    by = ""
    if review.state == DECIDED and decided is not None:
        outcome, by = decided[0].kind, "" if decided[1].id == bureau.id else _name(decided[1])
    elif review.state == ESCALATED:
        outcome = "passed_up" if review.public_id in by_hand else "overdue"
    else:
        outcome = {OPEN: "open", CLOSED: "closed"}.get(review.state, "closed")
    settled_at = None if review.state == OPEN else review.closed_at
    return DeskLine(
        bureau_id=bureau.id or 0,
        place=place.code,
        bureau=_name(bureau),
        tier=place.tier,
        is_lead=review.is_lead,
        review=review.public_id,
        opened_at=review.opened_at,
        due_at=review.due_at,
        outcome=outcome,
        settled_at=settled_at,
        minutes=minutes_between(review.opened_at, settled_at or now),
        by=by,
    )


def _decisions(session: Session, review_ids: Sequence[int]) -> dict[int, tuple[Decision, Bureau]]:
    """review id -> its last decision and the bureau of the officer who made it."""
    rows = session.exec(
        select(Decision, Bureau)
        .join(Officer, col(Officer.id) == Decision.officer_id)
        .join(Bureau, col(Bureau.id) == Officer.bureau_id)
        .where(col(Decision.review_id).in_(review_ids))
        .order_by(col(Decision.id))
    )
    return {decision.review_id: (decision, bureau) for decision, bureau in rows}


def _passed_up_by_hand(session: Session, review_ids: Sequence[str]) -> set[str]:
    """Of the reviews with these public ids those that an officer, not the clock, passed up."""
    rows = session.exec(
        select(AuditEntry.object_id).where(
            AuditEntry.action == "review.escalate",
            col(AuditEntry.officer_id).is_not(None),
            col(AuditEntry.object_id).in_(review_ids),
        )
    )
    return set(rows)


def _name(bureau: Bureau) -> str:
    return bureau.called_zh
