"""The firms as rows of `tbtwatch exporters list`."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from alerts.accounts import bureau_by_code
from store.bureau import Bureau
from store.subscription import Exporter, Subscriber


def exporter_rows(session: Session, bureau: str, limit: int | None) -> list[dict[str, Any]]:
    """One row an address, the newest first, of one bureau or all; `state`: waiting, confirmed, why it ended."""
    wanted = (
        select(Exporter, Subscriber, Bureau)
        .join(Subscriber, col(Subscriber.exporter_id) == Exporter.id)
        .join(Bureau, col(Bureau.id) == Exporter.bureau_id)
        .order_by(col(Subscriber.id).desc())
        .limit(limit)
    )
    if bureau:
        wanted = wanted.where(Bureau.id == bureau_by_code(session, bureau).id)
    return [
        {
            "id": exporter.public_id,
            "subscriber": subscriber.public_id,
            "email": subscriber.email,
            "name": exporter.name,
            "credit_code": exporter.credit_code,
            "bureau": own.name_zh,
            "state": subscriber.ended_reason
            if subscriber.ended_at
            else "confirmed"
            if subscriber.confirmed_at
            else "waiting",
            "since": subscriber.ended_at or subscriber.confirmed_at or subscriber.created_at,
            "invitations": subscriber.invitations,
        }
        for exporter, subscriber, own in session.exec(wanted)
    ]
