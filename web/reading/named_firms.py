"""Whether the officer before a notice's page may read the local firm that it names."""

from __future__ import annotations

from sqlmodel import Session, select

from alerts.named_firms import named_firm
from store.jurisdiction import Jurisdiction
from store.notice import Notice
from web.access import Who


def firm_for(session: Session, notice: Notice, who: Who | None) -> str:
    """The firm's name for an officer of the bureau of its place; "" for everybody else."""
    if who is None or who.kind != "officer":
        return ""
    rows = session.exec(select(Jurisdiction.code, Jurisdiction.name_en, Jurisdiction.name_zh)).all()
    found = named_firm(notice.kind, notice.origins, notice.attributes, rows)
    return found.name if found is not None and found.place == who.place else ""
