"""Planning gathered mails as rows, and settling what they told: shared by both lanes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, exists, select, update
from sqlmodel import Session, col

from alerts.inserting import insert_ignoring
from settings import TbtwatchError
from store.columns import new_public_id
from store.digest import TOLD, Digest, DigestItem
from store.email import Email
from store.engine import reading, writing
from store.subscription import Subscriber
from store.work import finish

AT_ONCE = 500  # persons planned in one transaction

Due = tuple[int, str, str]  # (subscriber id, source of a shared mail or "", rhythm of the subscriber)


class GatheredMeanwhile(TbtwatchError):
    """Raised when another process told some of the items since they were read; the digest is tried again."""


def plan_digests(
    engine: Engine,
    now: datetime,
    lane: str,
    key_of: Callable[[str, str], str],
    postponed_to: Callable[[str], datetime],
) -> int:
    """A row for each person to whom something of `lane` is due; returns how many persons were looked at.

    `key_of(source, rhythm)` makes the mail of its day or week unique: what becomes due after that mail was written
    waits until `postponed_to(rhythm)`.
    """
    with reading(engine) as session:
        due = _due(session, lane, now)
    if not due:
        return 0  # no write, so no nudge
    with writing(engine) as session:
        for subscriber_id, source, rhythm in due:
            key = key_of(source, rhythm)
            if _is_written(session, subscriber_id, lane, key):
                _postpone(session, subscriber_id, lane, now, postponed_to(rhythm))
                continue
            row = {"subscriber_id": subscriber_id, "lane": lane, "key": key, "source": source, "planned_at": now}
            insert_ignoring(session, Digest, [{**row, "public_id": new_public_id(), "entries": 0, "attempts": 0}])
    return len(due)


def _due(session: Session, lane: str, now: datetime) -> list[Due]:
    planned = exists().where(
        col(Digest.subscriber_id) == DigestItem.subscriber_id,
        col(Digest.lane) == lane,
        col(Digest.source) == DigestItem.source,
        col(Digest.written_at).is_(None),
    )
    rows = session.execute(
        select(col(DigestItem.subscriber_id), col(DigestItem.source), col(Subscriber.digest_rhythm))
        .join(Subscriber, col(Subscriber.id) == DigestItem.subscriber_id)
        .where(is_due(now), col(DigestItem.lane) == lane, ~planned)
        .distinct()
        .limit(AT_ONCE)
    )
    return [tuple(row) for row in rows]


def is_due(now: datetime) -> ColumnElement[bool]:
    """Items that are to be told by now."""
    return col(DigestItem.settled_at).is_(None) & (col(DigestItem.due_at) <= now)


def _is_written(session: Session, subscriber_id: int, lane: str, key: str) -> bool:
    same = (col(Digest.subscriber_id) == subscriber_id, col(Digest.lane) == lane, col(Digest.key) == key)
    return session.scalars(select(col(Digest.id)).where(*same, col(Digest.written_at).is_not(None))).first() is not None


def _postpone(session: Session, subscriber_id: int, lane: str, now: datetime, until: datetime) -> None:
    mine = (col(DigestItem.subscriber_id) == subscriber_id, col(DigestItem.lane) == lane)
    session.execute(
        update(DigestItem).where(*mine, is_due(now)).values(due_at=until).execution_options(synchronize_session=False)
    )


def is_unwritten(now: datetime, lanes: Collection[str]) -> ColumnElement[bool]:
    """Planned digests to write now; one that was planned later (a clock set back by hand) waits for its time."""
    return col(Digest.written_at).is_(None) & col(Digest.lane).in_(lanes) & (col(Digest.planned_at) <= now)


def due_items(session: Session, digest: Digest, now: datetime) -> list[DigestItem]:
    """The items that a planned digest is to tell, the first first."""
    mine = (col(DigestItem.subscriber_id) == digest.subscriber_id, col(DigestItem.lane) == digest.lane)
    rows = select(DigestItem).where(*mine, col(DigestItem.source) == digest.source, is_due(now))
    return list(session.scalars(rows.order_by(col(DigestItem.id))))


def settle_items(session: Session, digest: Digest, outcomes: Mapping[int, str], now: datetime) -> None:
    """Stamp the items with what became of them; raises GatheredMeanwhile when one was stamped already."""
    settled = 0
    for outcome in sorted(set(outcomes.values())):
        ids = [key for key, became in outcomes.items() if became == outcome]
        values = {"settled_at": now, "outcome": outcome, "digest_id": digest.id if outcome == TOLD else None}
        mine = (col(DigestItem.id).in_(ids), col(DigestItem.settled_at).is_(None))
        done = session.execute(
            update(DigestItem).where(*mine).values(values).execution_options(synchronize_session=False)
        )
        settled += int(done.rowcount)  # type: ignore[attr-defined]
    if settled != len(outcomes):
        raise GatheredMeanwhile(f"digest {digest.public_id}: other items are due now; it is written again by itself")


def close_digest(session: Session, digest: Digest, now: datetime, email_id: int | None, entries: int) -> None:
    """Stamp a digest as written, by this mail or by none."""
    values = {"written_at": now, "email_id": email_id, "entries": entries}
    session.execute(
        update(Digest).where(col(Digest.id) == digest.id).values(values).execution_options(synchronize_session=False)
    )
    finish(session, Digest, [digest.id or 0])


def email_of_letter(session: Session, subscriber_id: int, kind: str, key: str) -> int:
    """The id of the letter that was kept for a subscriber under this kind and key."""
    same: Sequence[ColumnElement[bool]] = (
        col(Email.version_id).is_(None),
        col(Email.subscriber_id) == subscriber_id,
        col(Email.kind) == kind,
        col(Email.key) == key,
    )
    return session.scalars(select(col(Email.id)).where(*same)).one() or 0
