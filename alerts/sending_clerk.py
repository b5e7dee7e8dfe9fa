"""The store's side of sending: claims mails, the most urgent first, reads addresses late, keeps what became of each."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, bindparam, func, insert, select, true, update
from sqlmodel import Session, SQLModel, col

from alerts.message import Letter, Sender, letter_of, sender_of
from alerts.smtp_lane import Parcel
from alerts.smtp_pool import Done
from alerts.transports import Answer, is_listed
from settings import Settings
from store.clock import system_clock
from store.email import ACCEPTED, CAPTURED, PENDING, Email, MailBody
from store.engine import reading, writing
from store.work import claim, fail, worker_name

log = logging.getLogger(__name__)

FEWEST, MOST = 20, 500  # mails claimed at once: about as many as leave in PACE_S, so that urgent ones wait no longer
PACE_S = 0.25
ADDRESSES = 100  # read at once, right before these mails leave: who has ended since is not written to
WAITS_PER_MAIL = 6  # a slow server may use up the time-out at each step of one mail: connect, MAIL, RCPT, DATA, dot

_EMAILS, _SUBSCRIBERS = SQLModel.metadata.tables["email"], SQLModel.metadata.tables["subscriber"]
_ATTEMPT = insert(SQLModel.metadata.tables["deliveryattempt"])
_MINE = (_EMAILS.c.state == PENDING, _EMAILS.c.claimed_by == bindparam("me"))
_ADDRESSES = (
    select(
        _EMAILS.c.id, _EMAILS.c.public_id, _EMAILS.c.fields, _EMAILS.c.body_id, _EMAILS.c.urgency,
        _SUBSCRIBERS.c.email, _SUBSCRIBERS.c.ended_at,
    )
    .join(_SUBSCRIBERS, _EMAILS.c.subscriber_id == _SUBSCRIBERS.c.id)
    .where(_EMAILS.c.id.in_(bindparam("ids", expanding=True)), *_MINE)
    .order_by(_EMAILS.c.urgency, _EMAILS.c.id)
)  # fmt: skip
_GOOD = {"accepted": ACCEPTED, "captured": CAPTURED}


@dataclass(frozen=True, slots=True)
class Claimed:
    """Mails this process holds, and until when one of them may still be begun."""

    ids: deque[int]
    until: datetime


@dataclass(frozen=True, slots=True)
class Addressed:
    """A mail with its address, whose bytes are made when its turn comes."""

    row: Any  # of _ADDRESSES
    letter: Letter
    until: datetime
    now: datetime

    @property
    def email_id(self) -> int:
        """The row's id."""
        return int(self.row.id)

    @property
    def urgency(self) -> int:
        """Smaller leaves earlier."""
        return int(self.row.urgency)

    def build(self) -> Parcel | None:
        """The mail's bytes; None when the claim has run out. Raises whatever is wrong with it."""
        if system_clock() > self.until:
            return None
        recipient, row = str(self.row.email), self.row
        recipient.encode("ascii")
        content = self.letter.to(recipient, row.public_id, row.fields, self.now)  # a signature of our own goes on here
        return Parcel(row.id, envelope_sender(self.letter.sender, row.public_id), recipient, content)


class StoreClerk:
    """Settles, claims and addresses for one run of the sender."""

    def __init__(
        self,
        engine: Engine,
        now: datetime,
        settings: Settings,
        record: Callable[[Session, int, Answer | None, datetime], None],
        limit: int,
        allowed: frozenset[str] | None,
    ) -> None:
        """`record` judges every answer that is not an acceptance; to others than `allowed` no mail leaves."""
        self._engine, self._now, self._settings, self._record = engine, now, settings, record
        self._left, self._began = limit, system_clock()
        self._sender: Sender = sender_of(settings)
        self._allowed = allowed
        self._letters: dict[int, Letter] = {}
        self._claimed = Claimed(deque(), system_clock())
        self._many, self._asked_at = FEWEST, time.monotonic()
        self.handled = 0
        self._out: set[int] = set()  # claimed and not settled yet
        self._begun: set[int] = set()  # of these: what a connection has, or had

    def round(self, done: Sequence[Done], wanted: bool, at_once: int = ADDRESSES) -> list[Addressed]:
        """Keep answers; if wanted, up to `at_once` next mails. An empty list means that no mail waits."""
        self._keep(done)
        while wanted:
            if not self._claimed.ids and not self._claim():
                return []
            if found := self._addressed(at_once):
                return found
        return []

    def begun(self, email_id: int) -> None:
        """A connection has this mail now: until its answer is kept, nobody else may send it."""
        self._begun.add(email_id)

    def not_begun(self, email_id: int) -> None:
        """The mail came back untouched."""
        self._begun.discard(email_id)

    def untouched(self) -> list[int]:
        """The ids of mails that are claimed and were not begun."""
        return sorted(self._out - self._begun)

    def _keep(self, done: Sequence[Done]) -> None:
        good = [(key, answer) for key, answer in done if isinstance(answer, Answer) and answer.outcome in _GOOD]
        if good:
            with writing(self._engine) as session:
                settle_good(session, good, self._now)
        self._count([key for key, _ in good])
        for key, answer in done:
            if isinstance(answer, Answer) and answer.outcome in _GOOD:
                continue
            with writing(self._engine) as session:
                if isinstance(answer, Exception):
                    fail(session, Email, key, f"{type(answer).__name__}: {answer}")
                else:
                    self._record(session, key, answer, self._now)
            self._count([key])

    def _count(self, ids: Sequence[int]) -> None:
        self.handled += len(ids)
        self._out.difference_update(ids)
        self._begun.difference_update(ids)

    def _claim(self) -> bool:
        """Take the most urgent mails that wait: about as many as left in the last quarter of a second."""
        took, self._asked_at = time.monotonic() - self._asked_at, time.monotonic()
        self._many = min(MOST, self._many * 2) if took < PACE_S else max(FEWEST, self._many // 2)
        lease = timedelta(seconds=2 * WAITS_PER_MAIL * self._settings.smtp_timeout_s)
        until = system_clock() + lease / 2
        with writing(self._engine) as session:
            ids = claim_mails(session, min(self._many, self._left), lease, self._began)
        self._left -= len(ids)
        self._out.update(ids)
        self._claimed = Claimed(deque(ids), until)
        return bool(ids)

    def _addressed(self, at_once: int) -> list[Addressed]:
        """The next of what is claimed, each with addresses; what goes to nobody ends here."""
        ids = [self._claimed.ids.popleft() for _ in range(min(at_once, len(self._claimed.ids)))]
        with reading(self._engine) as session:
            rows = session.connection().execute(_ADDRESSES, {"ids": ids, "me": worker_name()}).all()
            self._read_bodies(session, {row.body_id for row in rows})
        self._out.difference_update(set(ids) - {row.id for row in rows})  # no longer ours
        self._end([row.id for row in rows if row.ended_at is not None], None)
        present = [row for row in rows if row.ended_at is None]
        if self._allowed is not None:
            unlisted = [row.id for row in present if not is_listed(row.email, self._allowed)]
            self._end(unlisted, Answer("captured", "captured"))
            present = [row for row in present if is_listed(row.email, self._allowed)]
        return [Addressed(row, self._letters[row.body_id], self._claimed.until, self._now) for row in present]

    def _end(self, ids: Sequence[int], answer: Answer | None) -> None:
        if ids:
            with writing(self._engine) as session:
                for key in ids:
                    self._record(session, key, answer, self._now)
            self._count(ids)

    def _read_bodies(self, session: Session, wanted: set[int]) -> None:
        if not wanted <= self._letters.keys():
            self._letters = {key: letter for key, letter in self._letters.items() if key in wanted}
            missing = wanted - self._letters.keys()
            for body in session.scalars(select(MailBody).where(col(MailBody.id).in_(missing))):
                self._letters[body.id or 0] = letter_of(self._sender, body.subject, body.text, body.html)


def envelope_sender(sender: Sender, email_public_id: str) -> str:
    """Where a bounce of this mail goes."""
    return sender.address


def something_waits(engine: Engine) -> bool:
    """Whether a mail could be claimed now."""
    free = func.coalesce(col(Email.claimed_until) < system_clock(), true())
    with reading(engine) as session:
        waits = select(col(Email.id)).where(col(Email.state) == PENDING, col(Email.parked_at).is_(None), free).limit(1)
        return session.scalar(waits) is not None


def claim_mails(session: Session, limit: int, lease: timedelta, since: datetime) -> list[int]:
    """Claim waiting mails for this process, the most urgent first; returns their ids in that order.

    What was put off after `since`, the beginning of the run, waits for the next run. This is the one place that says
    which of the waiting mails may leave now.
    """
    if limit <= 0:
        return []
    rank = (col(Email.urgency), col(Email.id))
    waits = (col(Email.state) == PENDING) & func.coalesce(col(Email.claimed_until) < since, true())
    ids = claim(session, Email, waits, limit=limit, order_by=rank[:1], lease=lease)
    return list(session.scalars(select(col(Email.id)).where(col(Email.id).in_(ids)).order_by(*rank))) if ids else []


def settle_good(session: Session, done: Sequence[tuple[int, Answer]], now: datetime) -> None:
    """Write accepted and captured mails down, all at once: the attempts and the states."""
    attempts = [
        {"email_id": key, "at": now, "transport": answer.transport, "outcome": answer.outcome,
         "smtp_code": answer.code, "smtp_text": answer.text}
        for key, answer in done
    ]  # fmt: skip
    session.connection().execute(_ATTEMPT, attempts)
    for outcome, state in _GOOD.items():
        if ids := [key for key, answer in done if answer.outcome == outcome]:
            session.execute(
                update(Email)
                .where(col(Email.id).in_(ids))
                .values(state=state, settled_at=now, last_error=None, claimed_by=None, claimed_until=None)
                .execution_options(synchronize_session=False)
            )
