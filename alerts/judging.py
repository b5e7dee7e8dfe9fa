"""与我有关 / 与我无关: what readers say of a warning, and what follows from it (no reminder, no update)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.recipients import matter_of
from alerts.threads import actual_warnings
from settings import TbtwatchError
from store.audit import write_audit
from store.digest import INFORMATION, Digest, DigestItem
from store.email import Email
from store.judgement import NOT_MY_MARKET, NOT_MY_PRODUCT, TOO_MANY, Judgement
from store.warning import ACTUAL, TradeWarning, WarningVersion

WHYS = {NOT_MY_PRODUCT: "不是我的产品", NOT_MY_MARKET: "不是我的市场", TOO_MANY: "收到的太多"}


class BadJudgement(TbtwatchError):
    """Raised when a mail told of no such warning, or the reason is none of WHYS."""


def warnings_of_mail(session: Session, email: Email) -> list[tuple[TradeWarning, WarningVersion]]:
    """What a mail told of: its own version, or those it gathered; what only informed (not yet out) is left out."""
    gathered = (
        select(DigestItem.version_id)
        .join(Digest, col(Digest.id) == DigestItem.digest_id)
        .where(Digest.email_id == email.id, DigestItem.lane != INFORMATION)
    )
    rows = session.exec(
        select(TradeWarning, WarningVersion)
        .join(WarningVersion, col(WarningVersion.warning_id) == TradeWarning.id)
        .where(
            (col(WarningVersion.id) == email.version_id) | col(WarningVersion.id).in_(gathered),
            TradeWarning.status == ACTUAL,
        )
        .order_by(col(WarningVersion.id))
    )
    return [(warning, version) for warning, version in rows]


def judge(
    session: Session, now: datetime, email: Email, warning_public_id: str, *, relevant: bool, why: str = ""
) -> Judgement:
    """Keep what the reader of a mail says of one of its warnings; earlier words stay as rows. Raises BadJudgement.

    Saying the same again changes nothing, but for a reason (a key of WHYS) that is given now.
    """
    told = {warning.public_id: (warning, version) for warning, version in warnings_of_mail(session, email)}
    if warning_public_id not in told or (why and (relevant or why not in WHYS)):
        raise BadJudgement("this mail told of no such warning, or the reason is unknown")
    warning, version = told[warning_public_id]
    last = _last(session, email.subscriber_id, warning.id or 0)
    if last is not None and last.relevant == relevant and why in ("", last.why):
        return last
    made = Judgement(
        subscriber_id=email.subscriber_id,
        warning_id=warning.id or 0,
        version_id=version.id,
        email_id=email.id,
        relevant=relevant,
        why=why,
        at=now,
    )
    session.add(made)
    write_audit(
        session,
        now,
        action="warning.judge",
        object_kind="warning",
        object_id=warning.public_id,
        actor="subscriber",
        details={"mail": email.public_id, "relevant": relevant, "why": why},
    )
    session.flush()
    return made


def judged_irrelevant(session: Session, subscriber_ids: Sequence[int], warning_id: int) -> set[int]:
    """Those of the subscribers who said last of this warning, or of one joined with it, that it does not concern them.

    They get no reminder and no update of it.
    """
    warnings = {warning_id, *(w.id or 0 for w in actual_warnings(session, matter_of(session, warning_id)))}
    rows = session.exec(
        select(Judgement.subscriber_id, Judgement.relevant)
        .where(col(Judgement.warning_id).in_(warnings))
        .order_by(col(Judgement.at), col(Judgement.id))
    )
    last = dict(rows.all())
    return {key for key in subscriber_ids if last.get(key) is False}


def _last(session: Session, subscriber_id: int, warning_id: int) -> Judgement | None:
    mine = select(Judgement).where(Judgement.subscriber_id == subscriber_id, Judgement.warning_id == warning_id)
    return session.exec(mine.order_by(col(Judgement.at).desc(), col(Judgement.id).desc())).first()
