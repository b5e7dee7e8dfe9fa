"""One notice with everything that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from store.document import Document, documents_of
from store.join import joined_threads
from store.notice import DRILL, Notice, NoticeSighting, NoticeVersion, symbols_of
from store.warning import ISSUED, UNDER_REVIEW, TradeWarning, WarningVersion
from web.reading.joins import OtherSource, other_sources, told_within
from web.reading.suggestions import SuggestedIndustry, suggestions_of

HIDDEN_DIFFERENCES = frozenset({"content_hash", "links", "attributes"})


@dataclass(frozen=True)
class ThreadEntry:
    """A notice of the same thread, with its symbols."""

    notice: Notice
    symbols: list[str]
    is_this: bool


@dataclass(frozen=True)
class WholeNotice:
    """What the page of one notice shows."""

    notice: Notice
    symbols: list[str]
    suggestions: list[SuggestedIndustry]
    thread: list[ThreadEntry]
    versions: list[NoticeVersion]
    sightings: list[NoticeSighting]
    warning: TradeWarning | None
    warning_version: WarningVersion | None  # the newest that is out
    under_review: bool
    others: list[OtherSource]  # notices of other sources about the same matter
    told_within: TradeWarning | None  # the warning to which this notice added nothing
    documents: list[Document]


def whole_notice(session: Session, public_id: str) -> WholeNotice | None:
    """The notice of this public id with all that belongs to it; one that was merged gives the one it went into.

    None for what was made up for a drill, too.
    """
    notice = session.exec(select(Notice).where(Notice.public_id == public_id)).first()
    while notice is not None and notice.merged_into_id is not None:
        notice = session.get(Notice, notice.merged_into_id)
    if notice is None or notice.id is None or notice.admitted == DRILL:
        return None
    thread = _thread(session, notice)
    warning, issued, under_review = _warning(session, joined_threads(session, [notice.thread_id]))
    return WholeNotice(
        notice=notice,
        symbols=next(entry.symbols for entry in thread if entry.is_this),
        suggestions=suggestions_of(session, [notice.id])[notice.id],
        thread=thread,
        versions=list(
            session.exec(
                select(NoticeVersion)
                .where(NoticeVersion.notice_id == notice.id)
                .order_by(col(NoticeVersion.number).desc())
            )
        ),
        sightings=list(
            session.exec(
                select(NoticeSighting)
                .where(NoticeSighting.notice_id == notice.id)
                .order_by(col(NoticeSighting.first_seen_at))
            )
        ),
        warning=warning,
        warning_version=issued,
        under_review=under_review,
        others=other_sources(session, notice.thread_id),
        told_within=told_within(session, notice),
        documents=documents_of(session, notice.id),
    )


def _thread(session: Session, notice: Notice) -> list[ThreadEntry]:
    members = list(
        session.exec(select(Notice).where(Notice.thread_id == notice.thread_id, col(Notice.merged_into_id).is_(None)))
    )
    members.sort(key=lambda member: (member.published_on or date.max, member.id or 0))
    symbols = symbols_of(session, [member.id for member in members if member.id is not None])
    return [ThreadEntry(member, symbols[member.id or 0], member.id == notice.id) for member in members]


def _warning(session: Session, threads: Sequence[int]) -> tuple[TradeWarning | None, WarningVersion | None, bool]:
    """The warning of joined threads, its newest version that is out, and whether one is under review.

    Threads that were joined late may each have one; the first speaks for all, see alerts/threads.py.
    """
    rows = session.exec(
        select(TradeWarning, WarningVersion)
        .join(WarningVersion, col(WarningVersion.warning_id) == TradeWarning.id)
        .where(col(TradeWarning.thread_id).in_(threads), TradeWarning.status == "actual")
        .order_by(col(TradeWarning.id), col(WarningVersion.number).desc())
    ).all()
    issued = next(((warning, version) for warning, version in rows if version.state == ISSUED), (None, None))
    return issued[0], issued[1], any(version.state == UNDER_REVIEW for _, version in rows)


def shown_difference(version: NoticeVersion) -> dict[str, list[object]]:
    """The fields of a version's difference that mean something to a reader: name -> [before, now]."""
    shown = {name: pair for name, pair in version.difference.items() if name not in HIDDEN_DIFFERENCES}
    return {name: pair for name, pair in shown.items() if len(pair) == 2}
