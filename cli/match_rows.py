"""What `tbtwatch match` says: counts, the reasons, and one subscriber's case; public ids only."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from alerts.match_reasons import Explained, explain, why
from cli.lookups import slices
from settings import TbtwatchError
from store.notice import Notice
from store.subscription import Subscriber, Subscription


class UnknownSubscriber(TbtwatchError):
    """Raised when no subscriber has this public id."""


def summary_of(session: Session, notice: Notice) -> tuple[dict[str, Any], Explained]:
    """What the notice tells and how many it meets; and the whole of it for the other rows."""
    found = explain(session, notice)
    told = {
        "notice": notice.public_id,
        "version": found.version.public_id if found.version else None,
        "severity": found.told.severity or None,
        "kind": found.told.kind,
        "industries": sorted(found.told.industries),
        "hs": list(found.told.hs),
        "markets": list(found.told.issuers),
        "asking": found.asking,
        "kept_back": found.asking - len(found.reached),
        "reached": len(found.reached),
        "exact_for": found.exact_for,
    }
    return told, found


def matched_rows(session: Session, found: Explained, limit: int | None) -> list[dict[str, Any]]:
    """A row per subscriber it reaches, in the order in which they came."""
    keys = sorted(found.reached)[:limit]
    people, asked = dict[int, str](), dict[int, str]()
    for some in slices(keys):
        people |= _public_ids(session, Subscriber, some)
        asked |= _public_ids(session, Subscription, [found.reached[key][0] or 0 for key in some])
    return [
        {
            "subscriber": people[key],
            "subscription": asked.get(found.reached[key][0] or 0),
            "reason": found.reached[key][1],
        }
        for key in keys
    ]


def why_row(session: Session, found: Explained, public_id: str) -> dict[str, Any]:
    """Whether it reaches one subscriber, and why in Chinese; raises UnknownSubscriber."""
    one = session.exec(select(Subscriber).where(Subscriber.public_id == public_id)).first()
    if one is None:
        raise UnknownSubscriber(f"no subscriber '{public_id}': `tbtwatch match NOTICE --explain` shows their ids")
    meets = one.id in found.reached
    return {"subscriber": public_id, "meets": meets, "why": why(session, found, one)}


def _public_ids(session: Session, table: type[Any], keys: Any) -> dict[int, str]:
    rows = session.execute(select(col(table.id), col(table.public_id)).where(col(table.id).in_(keys)))
    return {key: public_id for key, public_id in rows}  # noqa: C416 - rows, not pairs
