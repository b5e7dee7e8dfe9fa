"""The stage raise: from classified news to warning versions, issued at once or put on the desks that must look."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from alerts.bundles import bundle_of
from alerts.drafting import Draft, draft_of
from alerts.facts import MATTERING, Facts, changes_between, order_in_thread
from alerts.flags import flags_of
from alerts.joining import look_at
from alerts.joint import hold_back, joint_draft
from alerts.network import desks_of, grade_of, read_network
from alerts.routing import Desk
from alerts.signing_off import release_now
from alerts.subscribers import places_of_matched
from alerts.threads import Warned, is_ready, warned_of_thread, warned_so_far
from alerts.timing import new_review, note_window, set_out_by
from alerts.versions import concerns_in, facts_in, industries_of, issue, lock_version, supersede
from store.engine import writing
from store.incident import incident_of_notice
from store.industry import Industry
from store.join import lock_joined
from store.notice import HISTORY, Notice
from store.warning import AUTOMATIC, DISMISSED, OUTGOING, UNDER_REVIEW, TradeWarning, WarningIndustry, WarningVersion
from store.work import claim, fail, finish, still_mine

log = logging.getLogger(__name__)

HOME = "CHN"  # our own country's measures are no barrier abroad
TELLING = ("deadline_changed", "scope_changed", "adopted", "in_force", "withdrawn")  # reasons that always matter
TRIVIAL = ("corrected", "other")
HISTORY_AT_ONCE = 5_000
RED_FOR_ALL = "红色预警，各级同时研判"


def raise_pending(engine: Engine, now: datetime, *, limit: int = 50) -> int:
    """Raise classified notices; returns how many were handled (0: nothing left).

    History is stamped and raises nothing. News is taken in the order of its thread, each notice in one transaction;
    one that fails is given back with its error and the others go on.
    """
    with writing(engine) as session:
        stamped = stamp_history(session, now)
        ids = [] if stamped else claim(session, Notice, is_ready(), limit=limit)
    for notice_id in ids:
        _raise_claimed(engine, notice_id, now)
    return stamped + len(ids)


def stamp_history(session: Session, now: datetime, *, limit: int = HISTORY_AT_ONCE) -> int:
    """Mark classified history as raised: it never alerts. Returns how many."""
    waiting = (
        select(Notice.id)
        .where(col(Notice.raised_at).is_(None), col(Notice.classified_at).is_not(None), Notice.admitted == HISTORY)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    done = session.execute(
        update(Notice)
        .where(col(Notice.id).in_(waiting))
        .values(raised_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def _raise_claimed(engine: Engine, notice_id: int, now: datetime) -> None:
    try:
        with writing(engine) as session:
            if not still_mine(session, Notice, notice_id):
                return
            notice = session.get(Notice, notice_id, populate_existing=True)
            if notice is not None and notice.classified_at is not None and notice.raised_at is None:
                raise_notice(session, notice, now)
            finish(session, Notice, [notice_id])
    except Exception as error:  # one bad notice must not hold up the others; the row keeps the reason
        log.exception("raising notice %s failed", notice_id)
        with writing(engine) as session:
            fail(session, Notice, notice_id, f"{type(error).__name__}: {error}")


def raise_notice(session: Session, notice: Notice, now: datetime) -> WarningVersion | None:
    """Stamp a notice and raise what it asks for: the new version, or None when there is nothing to tell.

    1. see what it is joined with; 2. lock the threads and the version that stands; 3. draft what stands now; 4. leave
    it when nothing that matters changed, or when it adds nothing to what a joined source told; 5. supersede what
    nobody has received; 6. write the version, issued or with its reviews.
    """
    if notice.joined_number != notice.number and notice.merged_into_id is None:  # the stage join has not come by
        look_at(session, [notice], now)
    notice.raised_at = now
    session.add(notice)
    if notice.merged_into_id is not None or set(notice.members or [notice.issuer]) == {HOME}:
        return None
    threads = lock_joined(session, [notice.thread_id])
    warned = warned_so_far(session, threads)
    if warned.latest is not None:  # a desk may be deciding on it: wait, then read what came of it
        latest = lock_version(session, warned.latest.id or 0)
        if latest.state == OUTGOING:  # signed in a joined thread, or this moment: what was decided is told
            release_now(session, latest, now)
        warned = warned_so_far(session, threads)
    own = warned if len(threads) == 1 else warned_of_thread(session, threads, notice.thread_id)
    draft = draft_of(session, _head_of(session, notice, own), own, now)
    if own.latest is not None and draft.facts["stage"] == "withdrawn" and own.issued is None:
        _supersede_pending(session, own, "措施已撤回", now)
    if not is_worth_telling(session, draft, notice, own, now):
        return None
    if len(threads) > 1:
        joint = joint_draft(session, draft, warned, own, threads, now)
        if joint is None:
            hold_back(session, draft, warned, now)
            return None
        draft = joint
    if not draft.industries:
        return None
    _supersede_pending(session, warned, f"已由新公告代替：{_called(draft.facts)}", now)
    return write_version(session, draft, warned, now)


def _called(facts: Facts) -> str:
    return ", ".join(facts["symbols"]) or facts["title"]


def _supersede_pending(session: Session, warned: Warned, reason: str, now: datetime) -> None:
    if warned.latest is not None and warned.latest.state == UNDER_REVIEW:
        supersede(session, warned.latest, now, reason)


def _head_of(session: Session, notice: Notice, warned: Warned) -> Notice:
    """The notice the thread's state is read from: this one, unless a later one has been warned of already."""
    told = session.get(Notice, warned.latest.notice_id) if warned.latest else None
    return told if told is not None and order_in_thread(told) > order_in_thread(notice) else notice


def is_worth_telling(session: Session, draft: Draft, notice: Notice, warned: Warned, now: datetime) -> bool:
    """True for the first version of a thread, and afterwards when something that a reader plans by has changed.

    Both states are graded on the same day: that time has passed is no news. A correction that moves no date and
    touches no code or industry is none either, nor a withdrawal of what is withdrawn already or nobody heard of.
    """
    latest = warned.latest
    if latest is None:
        return True
    reason = draft.facts["thread_reason"]
    if draft.facts["stage"] == "withdrawn" and (warned.issued is None or facts_in(latest)["stage"] == "withdrawn"):
        return False
    if notice.id == draft.notice.id != latest.notice_id and (reason is None or reason in TELLING):
        return True
    before = concerns_in(session, latest)
    if {c.industry_id for c in before if c.counts} != {c.industry_id for c in draft.concerns if c.counts}:
        return True
    if any(facts_in(latest)[name] != draft.facts[name] for name in MATTERING):  # type: ignore[literal-required]
        return True
    return reason not in TRIVIAL and _severity_changed(session, draft, latest, now)


def _severity_changed(session: Session, draft: Draft, latest: WarningVersion, now: datetime) -> bool:
    told = industries_of(session, concerns_in(session, latest))
    return grade_of(session, facts_in(latest), told, now).severity != draft.grade.severity


def was_turned_down(version: WarningVersion) -> bool:
    """Whether officers dismissed this version, or cancelled the warning by it."""
    return version.state == DISMISSED or (version.kind == "cancel" and "amended" in version.facts)


def kind_of(draft: Draft, issued: WarningVersion | None) -> str:
    """issue | update | cancel, as seen by those who got the last version that went out."""
    if issued is None or issued.kind == "cancel":
        return "issue"
    return "cancel" if draft.facts["stage"] == "withdrawn" else "update"


def write_version(session: Session, draft: Draft, warned: Warned, now: datetime) -> WarningVersion:
    """Write the next version of the thread's warning with its industries; issue it, or open its reviews."""
    warning = warned.warning or TradeWarning(thread_id=draft.notice.thread_id, created_at=now)
    session.add(warning)
    session.flush()
    kind = kind_of(draft, warned.issued)
    before = warned.issued if kind != "issue" else None
    facts: Facts = {**draft.facts, "changes": changes_between(facts_in(before), draft.facts) if before else {}}
    flags = (
        []
        if kind == "cancel"
        else flags_of(
            draft.concerns,
            draft.doubts,
            draft.grade.severity,
            facts,
            dismissed_before=warned.latest is not None and was_turned_down(warned.latest),
            policy=draft.policy,
        )
    )
    version = WarningVersion(
        warning_id=warning.id or 0,
        number=warned.number + 1,
        kind=kind,
        references_id=before.id if before else None,
        notice_id=draft.notice.id or 0,
        notice_number=draft.notice.number,
        classification_id=draft.classification_id,
        severity=draft.grade.severity,
        severity_reason=draft.grade.reason,
        flags=flags,
        policy_number=draft.policy.number,
        bundle=bundle_of(draft.notice.source, incident_of_notice(session, draft.notice.id or 0)) if flags else "",
        facts=dict(facts),
        state=UNDER_REVIEW,
        raised_at=now,
    )
    session.add(version)
    session.flush()
    session.add_all(
        WarningIndustry(version_id=version.id or 0, industry_id=c.industry_id, score=c.score, state=c.state)
        for c in draft.concerns
    )
    note_window(session, version)
    if flags:
        open_reviews(session, version, draft.industries, now)
    else:
        issue(session, version, AUTOMATIC, now)
    session.flush()
    return version


def open_reviews(session: Session, version: WarningVersion, industries: Sequence[Industry], now: datetime) -> None:
    """A review at each desk: those of the industries' hosts and of matched subscribers' places; never none.

    Red opens at once for the cities above them and the province too: its second signature may come from any tier.
    """
    network = read_network(session)
    set_out_by(session, version, now)
    desks = {
        bureau_id: desk
        for desk, bureau_id in desks_of(session, industries, places_of_matched(session, version), network)
    }
    if version.severity == "red":
        for desk in list(desks.values()):
            for code in network.line(desk.place)[1:]:
                if code in network.bureau_id_of:
                    desks.setdefault(network.bureau_id_of[code], Desk(code, False, (RED_FOR_ALL,)))
    session.add_all(
        new_review(session, version, bureau_id, now, is_lead=desk.is_lead, reasons=desk.reasons)
        for bureau_id, desk in desks.items()
    )
