"""When a new model is worth making: after the first fill, then when enough was decided, and every quarter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from store.classification import NO_MODEL, PUBLISHED, ModelVersion
from store.drill import is_no_drill, is_published
from store.notice import Notice
from store.review import Decision, Review
from store.warning import WarningVersion

if TYPE_CHECKING:
    from sqlmodel import Session

FIRST_FILL = 2000  # notices from which on the store teaches more than the shipped corpus alone
ENOUGH_DECISIONS = 50  # decisions since the last model
OLD = timedelta(days=90)


def why_due(session: Session, now: datetime) -> str:
    """Why a model should be made now; "" when there is no reason yet."""
    rows, decisions = _columns(ModelVersion), _columns(Decision)
    last = session.execute(
        select(rows.number, rows.created_at, rows.figures)
        .where(rows.state == PUBLISHED, rows.number > NO_MODEL)
        .order_by(rows.number.desc())
        .limit(1)
    ).first()
    if last is None:
        return ""  # the first one is the seed model's affair
    held = notices_in_store(session)
    learned = int(dict(last.figures).get("notices_in_store", 0))
    if learned < FIRST_FILL <= held:
        return f"the store holds {held} notices now"
    decided = session.execute(
        select(func.count())
        .select_from(Decision)
        .join(Review, _columns(Review).id == decisions.review_id)
        .join(WarningVersion, _columns(WarningVersion).id == _columns(Review).version_id)
        .where(decisions.at > last.created_at, decisions.taken_back_at.is_(None), is_no_drill())
    ).scalar_one()
    if decided >= ENOUGH_DECISIONS:
        return f"{decided} decisions since model {last.number}"
    if decided and now - last.created_at >= OLD:
        return f"model {last.number} is older than {OLD.days} days"
    return ""


def notices_in_store(session: Session) -> int:
    """How many notices there are, joined ones counted once, and none of a drill."""
    notices = _columns(Notice)
    wanted = select(func.count()).select_from(Notice).where(notices.merged_into_id.is_(None), is_published())
    return int(session.execute(wanted).scalar_one())


def _columns(table: type[Any]) -> Any:
    """A table class without its instance types: columns of statements are not the values of rows."""
    return table
