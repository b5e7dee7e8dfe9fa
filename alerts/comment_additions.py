"""What bureaus add to their firms' comments: a joint opinion, data, a candidate for a specific trade concern."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from alerts.comment_matter import Matter
from alerts.comment_words import MOST_TEXT, MOST_VALUE, BadComment
from alerts.commenting import require_line
from settings import TbtwatchError
from store.audit import write_audit
from store.bureau import Officer
from store.comment import CommentData, JointOpinion, TradeConcern

COMMITTEES = ("TBT", "SPS")


class UnknownConcern(TbtwatchError):
    """Raised when no open candidate for a trade concern has the given public id."""


def write_opinion(session: Session, now: datetime, matter: Matter, officer: Officer, text: str) -> JointOpinion:
    """Write the joint opinion (联合意见) of the officer's own bureau, in the place of an earlier one.

    Raises NotAllowed, BadComment.
    """
    require_line(session, officer, officer.bureau_id)
    kept = _text("opinion", text)
    found = session.exec(
        select(JointOpinion).where(
            JointOpinion.warning_id == matter.warning.id, JointOpinion.bureau_id == officer.bureau_id
        )
    ).first()
    opinion = found or JointOpinion(
        warning_id=matter.warning.id or 0, bureau_id=officer.bureau_id, officer_id=0, text="", written_at=now
    )
    opinion.text, opinion.officer_id, opinion.written_at = kept, officer.id or 0, now
    session.add(opinion)
    session.flush()
    _audit(session, now, "comment.opinion", matter, officer, {"text": kept})
    return opinion


def write_data(
    session: Session,
    now: datetime,
    matter: Matter,
    officer: Officer,
    *,
    export_value: float | None = None,
    value_year: int | None = None,
    firms: int | None = None,
    cases: str = "",
) -> CommentData:
    """Write the data of the officer's own bureau (`export_value` in 万元 a year), in the place of earlier ones.

    Raises NotAllowed, BadComment.
    """
    require_line(session, officer, officer.bureau_id)
    if export_value is not None and not 0 <= export_value <= MOST_VALUE:
        raise BadComment("export_value", f"between 0 and {MOST_VALUE:g} 万元")
    if firms is not None and not 0 <= firms <= 1_000_000:
        raise BadComment("firms", "between 0 and 1000000")
    found = session.exec(
        select(CommentData).where(
            CommentData.warning_id == matter.warning.id, CommentData.bureau_id == officer.bureau_id
        )
    ).first()
    data = found or CommentData(
        warning_id=matter.warning.id or 0, bureau_id=officer.bureau_id, officer_id=0, written_at=now
    )
    data.export_value, data.value_year, data.firms = export_value, value_year, firms
    data.cases = _text("cases", cases) if cases.strip() else ""
    data.officer_id, data.written_at = officer.id or 0, now
    session.add(data)
    session.flush()
    _audit(session, now, "comment.data", matter, officer, {"export_value": export_value, "firms": firms})
    return data


def propose_concern(
    session: Session, now: datetime, matter: Matter, officer: Officer, reason: str, committee: str = ""
) -> TradeConcern:
    """Propose the measure as a specific trade concern; the same officer's bureau proposes a warning once.

    `committee`: TBT or SPS, "" takes the notice's own (TBT where it names none). Raises NotAllowed, BadComment.
    """
    require_line(session, officer, officer.bureau_id)
    chosen = committee or matter.facts["domain"] or COMMITTEES[0]
    if chosen not in COMMITTEES:
        raise BadComment("committee", "TBT or SPS")
    found = session.exec(
        select(TradeConcern).where(
            TradeConcern.warning_id == matter.warning.id,
            TradeConcern.bureau_id == officer.bureau_id,
            TradeConcern.withdrawn_at.is_(None),  # type: ignore[union-attr]
        )
    ).first()
    concern = found or TradeConcern(
        warning_id=matter.warning.id or 0,
        bureau_id=officer.bureau_id,
        officer_id=officer.id or 0,
        committee=chosen,
        reason="",
        proposed_at=now,
    )
    concern.reason, concern.committee = _text("reason", reason), chosen
    session.add(concern)
    session.flush()
    _audit(session, now, "concern.propose", matter, officer, {"committee": chosen, "reason": concern.reason})
    return concern


def withdraw_concern(session: Session, now: datetime, officer: Officer, public_id: str) -> None:
    """Take a candidate back. Raises UnknownConcern, also for one that this officer may not see, and NotAllowed."""
    concern = session.exec(select(TradeConcern).where(TradeConcern.public_id == public_id)).first()
    if concern is None or concern.withdrawn_at is not None:
        raise UnknownConcern(f"no open candidate for a trade concern '{public_id}'")
    require_line(session, officer, concern.bureau_id)
    concern.withdrawn_at = now
    session.add(concern)
    write_audit(
        session, now, action="concern.withdraw", object_kind="concern", object_id=public_id, officer_id=officer.id
    )


def _text(field: str, text: str) -> str:
    kept = text.replace("\r\n", "\n").strip()
    if not kept:
        raise BadComment(field, "must not be empty")
    if len(kept) > MOST_TEXT:
        raise BadComment(field, f"at most {MOST_TEXT} characters")
    return kept


def _audit(
    session: Session, now: datetime, action: str, matter: Matter, officer: Officer, details: dict[str, object]
) -> None:
    write_audit(
        session,
        now,
        action=action,
        object_kind="warning",
        object_id=matter.warning.public_id,
        officer_id=officer.id,
        details=details,
    )
