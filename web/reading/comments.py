"""Comments as the desks show them: by warning, one by one as far as the reader may see, and sums of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from alerts.comment_days import Ladder
from alerts.comment_matter import Matter, matter_of
from alerts.comment_sight import NAMED, SUMS_ONLY, WITHHELD, Share, Sums, sight_of, sums_of
from alerts.reviewing import bureau_line, may_decide
from store.audit import write_audit
from store.bureau import ASSOCIATION, Bureau, Officer
from store.clock import shanghai_day
from store.comment import Comment, CommentData, CommentDocument, CommentState, JointOpinion
from store.warning import TradeWarning
from web.access import Who, bureaus_below


@dataclass(frozen=True)
class MatterRow:
    """One warning with comments of the reader's line; `silent` counts those past the county's day, unscreened."""

    matter: Matter
    states: Mapping[str, int]
    unscreened: int
    silent: int


@dataclass(frozen=True)
class SeenComment:
    """A comment as one reader sees it; `name` is words in the place of a name that is not shown."""

    comment: Comment
    bureau: str
    name: str
    may_screen: bool


@dataclass(frozen=True)
class WholeMatter:
    """What the page of one warning's comments shows to one reader."""

    matter: Matter
    seen: list[SeenComment]
    sums: Sums | None
    opinions: list[tuple[Bureau, JointOpinion]]
    data: list[tuple[Bureau, CommentData]]
    documents: list[CommentDocument]
    own_opinion: JointOpinion | None
    own_data: CommentData | None
    is_association: bool
    own_comment: Comment | None  # an association's


def matter_rows(session: Session, who: Who, now: datetime) -> list[MatterRow]:
    """The warnings with comments of firms in the reader's line, the one that is due first first."""
    if _officer(session, who).kind == ASSOCIATION:
        return []
    mine = select(Comment, TradeWarning).join(TradeWarning, col(TradeWarning.id) == Comment.warning_id)
    found: dict[int, tuple[TradeWarning, list[Comment]]] = {}
    for comment, warning in session.exec(mine.where(col(Comment.bureau_id).in_(bureaus_below(session, who)))):
        found.setdefault(comment.warning_id, (warning, []))[1].append(comment)
    today = shanghai_day(now)
    rows = []
    for warning, comments in found.values():
        matter = matter_of(session, warning)
        if matter is not None:
            rows.append(_row(matter, comments, today))
    return sorted(rows, key=lambda row: _due(row, today))


def _row(matter: Matter, comments: list[Comment], today: date) -> MatterRow:
    waiting = sum(comment.screened is None for comment in comments)
    is_past = matter.ladder is not None and today > matter.ladder.firms
    return MatterRow(matter, Counter(comment.state for comment in comments), waiting, waiting if is_past else 0)


def _due(row: MatterRow, today: date) -> tuple[bool, date, int]:
    """Those still open, by the province's day; then the past ones, the newest first in age of their rows."""
    last = row.matter.ladder.province if row.matter.ladder else date.max
    return last < today, last, -(row.matter.warning.id or 0)


def whole_matter(session: Session, who: Who, matter: Matter) -> WholeMatter:
    """The comments of one warning as `who` may see them."""
    officer = _officer(session, who)
    decides, below = officer.kind != ASSOCIATION, bureaus_below(session, who)
    comments = session.exec(
        select(Comment, Bureau)
        .join(Bureau, col(Bureau.id) == Comment.bureau_id)
        .where(Comment.warning_id == matter.warning.id)
        .order_by(col(Comment.received_at), col(Comment.id))
    ).all()
    seen: list[SeenComment] = []
    others: list[Share] = []
    lines: dict[int, list[str]] = {}
    for comment, bureau in comments:
        line = lines.setdefault(comment.bureau_id, bureau_line(session, comment.bureau_id))
        sight = sight_of(who.place, who.tier, line, may_be_named=comment.may_be_named, decides=decides)
        if sight == SUMS_ONLY:
            others.append(Share(str(comment.exporter_id or comment.public_id), comment.affected, comment.yearly_value))
            continue
        name = (comment.firm_name or "（未填企业名称）") if sight == NAMED else WITHHELD
        seen.append(SeenComment(comment, bureau.called_zh, name, may_decide(who.place, line)))
    opinions, data = _opinions(session, matter, below), _data(session, matter, below)
    return WholeMatter(
        matter=matter,
        seen=seen,
        sums=sums_of(others),
        opinions=opinions if decides else [],
        data=data if decides else [],
        documents=_documents(session, matter) if who.tier == "province" and decides else [],
        own_opinion=next((o for _, o in opinions if o.bureau_id == who.bureau_id), None),
        own_data=next((d for _, d in data if d.bureau_id == who.bureau_id), None),
        is_association=not decides,
        own_comment=next((c for c, _ in comments if c.officer_id == officer.id), None),
    )


def note_views(session: Session, now: datetime, who: Who, seen: list[SeenComment]) -> None:
    """Write down that this officer looked at each of these firms' words."""
    for row in seen:
        write_audit(
            session,
            now,
            action="comment.view",
            object_kind="comment",
            object_id=row.comment.public_id,
            officer_id=who.officer_id,
        )


def history_of(session: Session, comment: Comment) -> list[CommentState]:
    """The states a comment went through, the first first."""
    mine = select(CommentState).where(CommentState.comment_id == comment.id)
    return list(session.exec(mine.order_by(col(CommentState.id))))


def own_day(ladder: Ladder | None, tier: str) -> date | None:
    """The last day of a tier."""
    if ladder is None:
        return None
    return {"province": ladder.province, "city": ladder.city}.get(tier, ladder.firms)


def _officer(session: Session, who: Who) -> Officer:
    return session.get_one(Officer, who.officer_id)


def _opinions(session: Session, matter: Matter, bureaus: list[int]) -> list[tuple[Bureau, JointOpinion]]:
    rows = session.exec(
        select(Bureau, JointOpinion)
        .join(JointOpinion, col(JointOpinion.bureau_id) == Bureau.id)
        .where(JointOpinion.warning_id == matter.warning.id, col(JointOpinion.bureau_id).in_(bureaus))
        .order_by(col(JointOpinion.id))
    )
    return [(bureau, opinion) for bureau, opinion in rows]


def _data(session: Session, matter: Matter, bureaus: list[int]) -> list[tuple[Bureau, CommentData]]:
    rows = session.exec(
        select(Bureau, CommentData)
        .join(CommentData, col(CommentData.bureau_id) == Bureau.id)
        .where(CommentData.warning_id == matter.warning.id, col(CommentData.bureau_id).in_(bureaus))
        .order_by(col(CommentData.id))
    )
    return [(bureau, data) for bureau, data in rows]


def _documents(session: Session, matter: Matter) -> list[CommentDocument]:
    mine = select(CommentDocument).where(CommentDocument.warning_id == matter.warning.id)
    return list(session.exec(mine.order_by(col(CommentDocument.id))))
