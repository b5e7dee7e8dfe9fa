"""Mails to operators: one when sources begin to fail, one when they are well again; each a row before it is sent."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from alerts.message import Sender, sender_of, single_message
from alerts.rendering import Rendered, render_operator_mail
from alerts.transports import Envelope, MailServerUnreachable, Transport, transport_for
from settings import Settings
from store.clock import SHANGHAI
from store.crawl import SourceState
from store.display_names import display_name
from store.email import ACCEPTED, CAPTURED, FAILED, PENDING
from store.engine import reading, writing
from store.operator_mail import OperatorMail
from store.work import claim, fail, finish

log = logging.getLogger(__name__)

KIND = "sources_changed"
FAILING, LIMITED = "failing", "limited"
PATIENCE = timedelta(days=1)  # a source that asks us to slow down is told of when a day of it has passed


@dataclass(frozen=True, slots=True)
class Told:
    """What a mail says of one source."""

    name: str
    source: str
    since: str  # instant in Chinese
    what: str  # the error in Chinese
    detail: str  # the error's own words
    last_success: str


def is_worth_telling(state: SourceState, now: datetime) -> bool:
    """Whether operators should be told that a source fails: at once when it does, later when it only asks to wait."""
    if state.failing_since is None or state.told_failing_at is not None:
        return False
    return state.status == FAILING or (state.status == LIMITED and now - state.failing_since >= PATIENCE)


def is_healed(state: SourceState) -> bool:
    """Whether operators were told that it fails, and it does no more."""
    return state.told_failing_at is not None and state.failing_since is None


def tell_operators(engine: Engine, now: datetime, settings: Settings) -> int:
    """Write one mail about all sources that began to fail or healed since the last one; returns how many sources."""
    with reading(engine) as session:
        if not any(_changed(session, now)):
            return 0
    with writing(engine) as session:
        failing, healed = _changed(session, now, lock=True)  # a second process waits, then finds that it is told
        if not failing and not healed:
            return 0  # another process told it
        rendered = render_operator_mail(
            KIND,
            failing=[_told(state) for state in failing],
            healed=[_told(state) for state in healed],
            page_url=f"{settings.base_url}/sources",
            is_demo=settings.is_demo,
        )
        session.add(
            OperatorMail(kind=KIND, subject=rendered.subject, text=rendered.text, html=rendered.html, created_at=now)
        )
        for state in failing:
            state.told_failing_at = now
        for state in healed:
            state.told_failing_at = None
        session.add_all([*failing, *healed])
    return len(failing) + len(healed)


def _changed(session: Session, now: datetime, *, lock: bool = False) -> tuple[list[SourceState], list[SourceState]]:
    wanted = (
        select(SourceState)
        .where(col(SourceState.failing_since).is_not(None) | col(SourceState.told_failing_at).is_not(None))
        .order_by(SourceState.source)
    )
    states = session.exec(wanted.with_for_update() if lock else wanted).all()
    return [s for s in states if is_worth_telling(s, now)], [s for s in states if is_healed(s)]


def _told(state: SourceState) -> Told:
    return Told(
        name=state.name_zh or state.source,
        source=state.source,
        since=_instant(state.failing_since or state.told_failing_at),
        what=display_name("source_error", state.error_kind) if state.error_kind else "",
        detail=state.reason,
        last_success=_instant(state.last_success_at),
    )


def _instant(at: datetime | None) -> str:
    if at is None:
        return "从未成功"
    local = at.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def send_operator_mails(engine: Engine, now: datetime, settings: Settings, transport: Transport | None = None) -> int:
    """Send what waits to each of TBTWATCH_OPERATORS; without any the mail is only captured. Returns mails handled."""
    with writing(engine) as session:
        taken = claim(session, OperatorMail, col(OperatorMail.state) == PENDING, limit=10)
    if not taken:
        return 0
    sender, addresses = sender_of(settings), settings.operator_addresses
    handled = 0
    with closing(transport or transport_for(settings)) as open_transport:
        for mail_id in taken:
            try:
                _send(engine, mail_id, sender, addresses, now, open_transport)
            except MailServerUnreachable as error:
                log.error("%s; %s mails to operators wait", error, len(taken) - handled)
                _give_back(engine, taken[handled:])
                return handled
            except Exception as error:  # one bad mail must not stop the stages; the row keeps the reason
                log.exception("the mail %s to operators failed", mail_id)
                with writing(engine) as session:
                    fail(session, OperatorMail, mail_id, f"{type(error).__name__}: {error}")
            handled += 1
    return handled


def _send(
    engine: Engine, mail_id: int, sender: Sender, addresses: Sequence[str], now: datetime, transport: Transport
) -> None:
    """One mail to those who do not have it yet; each acceptance is written down before the next address is tried."""
    with reading(engine) as session:
        mail = session.get_one(OperatorMail, mail_id)
    rendered = Rendered(mail.subject, mail.text, mail.html)
    outcomes = []
    for address in addresses:
        digest = hashlib.sha256(address.encode()).hexdigest()
        if digest in mail.accepted_by:
            continue
        answer = transport.send(
            Envelope(sender.address, address, single_message(sender, address, mail.public_id, rendered, now))
        )
        outcomes.append(answer.outcome)
        if answer.outcome in ("temporary", "ambiguous"):
            with writing(engine) as session:
                fail(session, OperatorMail, mail_id, f"{answer.code or ''} {answer.text}".strip())
            return
        mail.accepted_by = [*mail.accepted_by, digest]
        _note(engine, mail_id, accepted_by=mail.accepted_by)
    state = CAPTURED if not outcomes or set(outcomes) == {"captured"} else ACCEPTED
    _note(engine, mail_id, state=FAILED if outcomes and set(outcomes) == {"permanent"} else state, settled_at=now)
    with writing(engine) as session:
        finish(session, OperatorMail, [mail_id])


def _note(engine: Engine, mail_id: int, **values: object) -> None:
    with writing(engine) as session:
        changed = update(OperatorMail).where(col(OperatorMail.id) == mail_id).values(**values)
        session.execute(changed.execution_options(synchronize_session=False))


def _give_back(engine: Engine, ids: Sequence[int]) -> None:
    with writing(engine) as session:
        finish(session, OperatorMail, ids)
