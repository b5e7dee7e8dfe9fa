"""A notice within a joined matter: an update when it adds something to what was told, else held back in silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.additions import Additions, additions_of, ends_it, more_urgent, together
from alerts.candidates import eu_members
from alerts.concerns import GIVEN, REMOVED, Concern, surer
from alerts.criteria import folded
from alerts.drafting import Draft
from alerts.facts import Facts
from alerts.flags import flags_of
from alerts.network import grade_of
from alerts.severity import Grade
from alerts.threads import Warned, actual_warnings, versions_with_thread
from alerts.versions import concerns_in, facts_in, industries_of
from store.industry import Industry
from store.join import HeldBack
from store.warning import ISSUED, UNSENT, WarningVersion


def joint_draft(
    session: Session, draft: Draft, warned: Warned, own: Warned, threads: Sequence[int], now: datetime
) -> Draft | None:
    """The draft of one of joined `threads` as the matter's next version; None when it adds nothing to what was told.

    `warned` is the matter's warning, `own` what was told of the draft's own thread. The draft itself comes back when
    no other source was warned of. One that needs no review takes the place of a version that waits for one.
    """
    rows = versions_with_thread(session, [w.id or 0 for w in actual_warnings(session, threads)])
    told = [(v, thread) for v, thread in rows if thread in threads and v.state in (ISSUED, *UNSENT)]
    others = [facts_in(v) for v, thread in told if thread != draft.notice.thread_id]
    if not others:
        return draft
    added = _additions(session, draft, [v for v, _ in told], now)
    if not added and not (warned.latest and warned.latest.state in UNSENT and is_sure(draft)):
        return None
    last = max((version for version, _ in told), key=lambda version: version.id or 0)
    concerns = _concerns(draft.concerns, concerns_in(session, last))
    facts = together(
        draft.facts,
        facts_in(last),
        added,
        continues=own.latest is not None,
        ends=ends_it(draft.facts, others),
    )
    industries = industries_of(session, concerns)
    grade = grade_of(session, facts, industries, now)
    if more_urgent(draft.grade.severity, grade.severity) != grade.severity:
        grade = Grade(draft.grade.severity, draft.grade.reason)
    return Draft(draft.notice, draft.classification_id, facts, concerns, industries, grade, draft.doubts, draft.policy)


def is_sure(draft: Draft) -> bool:
    """Whether the draft could go out by itself."""
    flags = flags_of(draft.concerns, draft.doubts, draft.grade.severity, draft.facts, policy=draft.policy)
    return bool(draft.industries) and not flags


def _additions(session: Session, draft: Draft, told: Sequence[WarningVersion], now: datetime) -> Additions:
    industries = [industries_of(session, concerns_in(session, version)) for version in told]
    graded = [grade_of(session, facts_in(v), found, now) for v, found in zip(told, industries, strict=True)]
    severities = [v.severity for v in told] + [grade.severity for grade in graded]
    return additions_of(
        draft.facts,
        [facts_in(version) for version in told],
        industries=[i.slug for i in draft.industries],
        told_industries={i.slug for found in industries for i in found},
        severity=draft.grade.severity if draft.industries else severities[0],
        told_severities=severities,
        eu_members=eu_members(session),
    )


def _concerns(own: Sequence[Concern], told: Sequence[Concern]) -> list[Concern]:
    """The industries of both; what an officer gave or removed stays."""
    found = {concern.industry_id: concern for concern in own}
    for concern in told:
        known = found.get(concern.industry_id)
        settled = concern.state in (GIVEN, REMOVED) or known is None
        found[concern.industry_id] = concern if settled or known is None else surer(known, concern)
    return sorted(found.values(), key=lambda c: (-c.score, c.industry_id))


def hold_back(session: Session, draft: Draft, warned: Warned, now: datetime) -> HeldBack | None:
    """Keep what a silent notice would have told, so that its own readers get the warning, and it itself if parted."""
    if warned.warning is None:
        return None
    row = HeldBack(
        notice_id=draft.notice.id or 0,
        notice_number=draft.notice.number,
        warning_id=warned.warning.id or 0,
        reason=f"adds nothing to {warned.warning.public_id}",
        told=_told(draft.facts, draft.industries),
        held_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _told(facts: Facts, industries: Sequence[Industry]) -> dict[str, list[str] | str]:
    return {
        "industries": [industry.slug for industry in industries],
        "hs": list(facts["hs"]),
        "text": folded(f"{facts['title']}\n{facts['products']}\n{facts['description']}"),
        "issuers": list(facts["members"] or [facts["market"]]),
    }


def is_held_back(session: Session, notice_id: int) -> HeldBack | None:
    """Why this notice was not told of by itself: the last row that stands."""
    rows = select(HeldBack).where(HeldBack.notice_id == notice_id, col(HeldBack.released_at).is_(None))
    return session.exec(rows.order_by(col(HeldBack.id).desc())).first()
