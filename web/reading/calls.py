"""The call list as an officer may see it: the firms of the own bureau and of those below it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from alerts.calling import REASONS_ZH
from store.bureau import Bureau, Officer
from store.mail_care import CallListEntry
from store.subscription import Exporter, Subscriber
from store.warning import TradeWarning, WarningVersion
from web.access import Who, bureaus_below

PAGE_SIZE = 50


@dataclass(frozen=True)
class CallRow:
    """A firm to call: who, on what number, why, and the warning it is about."""

    entry: CallListEntry
    firm: str
    mobile: str
    bureau: str
    warning_id: str  # public id; "": it is about the address alone
    about: str
    caller: str

    @property
    def reason_zh(self) -> str:
        """Why, in Chinese."""
        return REASONS_ZH.get(self.entry.reason, self.entry.reason)


def call_rows(session: Session, who: Who, *, done: bool, page: int = 1) -> tuple[list[CallRow], bool]:
    """A page of the list, the newest first, and whether there is more; `done`: those that were called."""
    wanted = (
        core_select(CallListEntry, Exporter, Subscriber, Bureau, WarningVersion, TradeWarning, Officer)
        .join(Subscriber, col(Subscriber.id) == CallListEntry.subscriber_id)
        .join(Exporter, col(Exporter.id) == Subscriber.exporter_id)
        .join(Bureau, col(Bureau.id) == CallListEntry.bureau_id)
        .outerjoin(WarningVersion, col(WarningVersion.id) == CallListEntry.version_id)
        .outerjoin(TradeWarning, col(TradeWarning.id) == WarningVersion.warning_id)
        .outerjoin(Officer, col(Officer.id) == CallListEntry.called_by_id)
        .where(col(CallListEntry.bureau_id).in_(bureaus_below(session, who)))
        .where(col(CallListEntry.called_at).is_not(None) if done else col(CallListEntry.called_at).is_(None))
        .order_by(col(CallListEntry.id).desc())
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    )
    rows = [_row(*found) for found in session.execute(wanted).all()]
    return rows[:PAGE_SIZE], len(rows) > PAGE_SIZE


def find_call(session: Session, who: Who, public_id: str) -> CallListEntry | None:
    """One entry; None when there is none, or it is not this officer's to see."""
    found = session.exec(select(CallListEntry).where(CallListEntry.public_id == public_id)).first()
    return found if found is not None and found.bureau_id in bureaus_below(session, who) else None


def _row(
    entry: CallListEntry,
    exporter: Exporter,
    subscriber: Subscriber,
    bureau: Bureau,
    version: WarningVersion | None,
    warning: TradeWarning | None,
    officer: Officer | None,
) -> CallRow:
    about = str(version.facts.get("title_zh") or version.facts.get("title") or "") if version else ""
    return CallRow(
        entry,
        exporter.name,
        subscriber.mobile,
        bureau.called_zh,
        warning.public_id if warning else "",
        about,
        officer.name if officer else "",
    )
