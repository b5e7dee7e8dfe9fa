"""Drills (演练): the province puts a made-up warning on the real desks; it runs the real course and reaches no firm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.facts import Facts, facts_of
from alerts.raising import open_reviews
from alerts.reviewing import NoIndustry, NotAllowed, bureau_line
from alerts.severity import SEVERITIES
from alerts.versions import close_reviews, lock_version, supersede
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import Officer
from store.clock import shanghai_day
from store.columns import new_public_id
from store.drill import Drill
from store.industry import Industry, industry_by_slug
from store.notice import DRILL, Notice, NoticeThread
from store.warning import (
    DISMISSED,
    EXERCISE,
    ISSUED,
    SUPERSEDED,
    UNDER_REVIEW,
    TradeWarning,
    WarningIndustry,
    WarningVersion,
    versions_of,
)

MARK = "【演练】"
ISSUER = "DRILL"  # no market: nobody abroad is said to have done what was made up
MOST_TITLE = 120  # characters
ENDED = "演练已由省级结束"
TEXT = "本公告为演练虚构，没有任何来源发布过，不会发给任何企业。请按真实预警的程序研判。"
REASON = "演练：预警级别由省级指定"
_DONE = (ISSUED, DISMISSED, SUPERSEDED)


class UnknownDrill(TbtwatchError):
    """Raised when no drill has the given public id."""


class BadDrill(TbtwatchError):
    """Raised when a drill is to be started without a title, with one too long, or with a severity there is not."""


class DrillEnded(TbtwatchError):
    """Raised when a drill is to be ended that has ended already."""


def start_drill(
    session: Session, officer: Officer, now: datetime, *, title: str, severity: str, industries: Sequence[str]
) -> Drill:
    """Put a made-up warning of `severity` about `industries` (slugs) on the desks that a real one would come to.

    Only the province may. Raises NotAllowed, BadDrill, NoIndustry, UnknownIndustry.
    """
    _check_province(session, officer)
    title = title.strip().removeprefix(MARK).strip()
    if not title or len(title) > MOST_TITLE:
        raise BadDrill(f"a drill needs a title of at most {MOST_TITLE} characters: say what the made-up measure is")
    if severity not in SEVERITIES:
        raise BadDrill(f"no severity '{severity}': choose one of {', '.join(SEVERITIES)}")
    if not industries:
        raise NoIndustry("a drill needs at least one industry: its desks follow from it")
    found = [industry_by_slug(session, slug) for slug in dict.fromkeys(industries)]
    version = _write_version(session, _write_notice(session, title, severity, now), severity, found, now)
    drill = Drill(warning_id=version.warning_id, title=title, started_by_id=officer.id or 0, started_at=now)
    session.add(drill)
    open_reviews(session, version, found, now)
    session.flush()
    details: dict[str, object] = {"severity": severity, "industries": [industry.slug for industry in found]}
    _audit(session, drill, officer, now, "drill.start", details)
    return drill


def end_drill(session: Session, drill: Drill, officer: Officer, now: datetime) -> None:
    """End a drill: what is still under review goes no further, and its open reviews are closed.

    Only the province may. Raises NotAllowed, DrillEnded.
    """
    _check_province(session, officer)
    versions = [lock_version(session, version.id or 0) for version in versions_of(session, drill.warning_id)]
    session.refresh(drill)
    if drill.ended_at is not None:
        raise DrillEnded(f"drill {drill.public_id} has ended already: `tbtwatch drill report {drill.public_id}`")
    for version in versions:
        if version.state not in _DONE:
            supersede(session, version, now, ENDED)
        else:
            close_reviews(session, version, now, ENDED)
    drill.ended_by_id, drill.ended_at = officer.id, now
    session.add(drill)
    _audit(session, drill, officer, now, "drill.end", {"states": [version.state for version in versions]})
    session.flush()


def drill_by_id(session: Session, public_id: str) -> Drill:
    """The drill with this public id; raises UnknownDrill."""
    found = session.exec(select(Drill).where(Drill.public_id == public_id)).first()
    if found is None:
        raise UnknownDrill(f"no drill '{public_id}': `tbtwatch drill list` shows the ids")
    return found


def all_drills(session: Session) -> list[Drill]:
    """Every drill, the newest first."""
    return list(session.exec(select(Drill).order_by(col(Drill.id).desc())))


def _check_province(session: Session, officer: Officer) -> None:
    if len(bureau_line(session, officer.bureau_id)) > 1:
        raise NotAllowed(f"{officer.sign_in} may not start or end a drill: only the province's officers may")


def _write_notice(session: Session, title: str, severity: str, now: datetime) -> Notice:
    """The made-up notice, in a thread of its own, with every stage's stamp: none of them takes it up."""
    thread = NoticeThread()
    session.add(thread)
    session.flush()
    notice = Notice(
        source=DRILL,
        thread_id=thread.id or 0,
        kind="regulation",
        issuer=ISSUER,
        members=[ISSUER],
        title=f"{MARK}{title}",
        description=f"{MARK}{TEXT}",
        lang="zh",
        published_on=shanghai_day(now),
        attributes={"stage": "emergency" if severity == "red" else "draft"},
        admitted=DRILL,
        admitted_reason=DRILL,
        first_seen_at=now,
        content_hash=new_public_id(),
        classified_at=now,
        joined_number=1,
        raised_at=now,
    )
    session.add(notice)
    session.flush()
    return notice


def _write_version(
    session: Session, notice: Notice, severity: str, industries: Sequence[Industry], now: datetime
) -> WarningVersion:
    warning = TradeWarning(thread_id=notice.thread_id, status=EXERCISE, created_at=now)
    session.add(warning)
    session.flush()
    facts: Facts = {**facts_of([notice], [], shanghai_day(now)), "exercise": True}
    version = WarningVersion(
        warning_id=warning.id or 0,
        number=1,
        kind="issue",
        notice_id=notice.id or 0,
        notice_number=notice.number,
        severity=severity,
        severity_reason=REASON,
        flags=["drill"],
        facts=dict(facts),
        state=UNDER_REVIEW,
        raised_at=now,
        informed_at=now,  # no digest tells of a drill
    )
    session.add(version)
    session.flush()
    session.add_all(WarningIndustry(version_id=version.id or 0, industry_id=i.id or 0) for i in industries)
    session.flush()
    return version


def _audit(
    session: Session, drill: Drill, officer: Officer, now: datetime, action: str, details: dict[str, object]
) -> None:
    write_audit(
        session,
        now,
        action=action,
        object_kind="drill",
        object_id=drill.public_id,
        officer_id=officer.id,
        details=details,
    )
