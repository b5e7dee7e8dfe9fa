"""What no county has screened by its day: its city and the province are told, once for each warning."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from alerts.comment_matter import Matter, matter_of
from alerts.escalation import bureau_above
from alerts.officer_mails import tell_officers
from alerts.wording import day_zh
from store.bureau import Bureau, called_now
from store.clock import shanghai_day
from store.comment import RECEIVED, Comment
from store.engine import writing
from store.officer_mail import OfficerMail
from store.warning import TradeWarning

SILENT, TO_COMPILE = "comment_silent", "comment_compile"


def tell_those_above(engine: Engine, now: datetime) -> dict[str, int]:
    """Tell the bureau above of silent counties, and the province on the cities' day what is to be compiled.

    Returns mails written; a second run on the same day writes none. Nothing is lost by silence: what nobody screened
    goes into the province's document, marked so.
    """
    with writing(engine) as session:
        before = _mails(session)
        waiting = session.exec(
            select(TradeWarning)
            .join(Comment, col(Comment.warning_id) == TradeWarning.id)
            .where(Comment.state == RECEIVED, col(Comment.is_late).is_(False), col(Comment.document_id).is_(None))
            .distinct()
        ).all()
        for warning in waiting:
            matter = matter_of(session, warning)
            if matter is not None and matter.ladder is not None:
                _tell(session, now, matter)
        return {"written": _mails(session) - before}


def _tell(session: Session, now: datetime, matter: Matter) -> None:
    today, ladder = shanghai_day(now), matter.ladder
    assert ladder is not None  # the caller asked
    mine = select(Comment.bureau_id, Comment.screened).where(
        Comment.warning_id == matter.warning.id, Comment.state == RECEIVED, col(Comment.is_late).is_(False)
    )
    rows = session.exec(mine).all()
    silent = {bureau_id for bureau_id, screened in rows if screened is None}
    if ladder.firms < today <= ladder.final:
        for bureau_id in sorted(silent):
            above = bureau_above(session, session.get_one(Bureau, bureau_id))
            if above is not None:
                text = (
                    f"县级到期（{day_zh(ladder.firms)}）仍有企业评议意见未筛选，请在{day_zh(ladder.city)}前代为处理。"
                )
                _write(session, now, matter, above, SILENT, text)
    if ladder.city <= today <= ladder.final:
        province = _top(session, session.get_one(Bureau, rows[0][0]))
        text = f"请在{day_zh(ladder.province)}前汇总成文件并报送；未经县级筛选的意见也会列入并注明。"
        _write(session, now, matter, province, TO_COMPILE, text)


def _write(session: Session, now: datetime, matter: Matter, bureau: Bureau, kind: str, text: str) -> None:
    tell_officers(
        session,
        now,
        called_now(session, bureau.id or 0, now),
        kind=kind,
        key=matter.warning.public_id,
        title=f"企业评议意见待处理：{matter.headline}",
        lines=[text],
        path=f"/comments/{matter.warning.public_id}",
    )


def _top(session: Session, bureau: Bureau) -> Bureau:
    while (above := bureau_above(session, bureau)) is not None:
        bureau = above
    return bureau


def _mails(session: Session) -> int:
    kinds = col(OfficerMail.kind).in_((SILENT, TO_COMPILE))
    return session.exec(select(func.count()).select_from(OfficerMail).where(kinds)).one()
