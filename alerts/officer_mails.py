"""Mails to officers: written once per officer, kind and matter, in the transaction of what they tell; then sent."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime

from sqlalchemy import Engine, update
from sqlmodel import Session, col

from alerts.inserting import insert_ignoring
from alerts.message import Sender, sender_of, single_message
from alerts.rendering import Rendered, render_note
from alerts.transports import Envelope, MailServerUnreachable, Transport, transport_for
from alerts.welcome_links import signed_path
from settings import Settings
from store.bureau import Officer
from store.columns import new_public_id
from store.email import ACCEPTED, CAPTURED, FAILED, PENDING
from store.engine import reading, writing
from store.officer_mail import OfficerMail
from store.work import claim, fail, finish

log = logging.getLogger(__name__)

_FINAL = {"accepted": ACCEPTED, "captured": CAPTURED, "permanent": FAILED}


def tell_officers(
    session: Session,
    now: datetime,
    officers: Sequence[Officer],
    *,
    kind: str,
    key: str,
    title: str,
    lines: Sequence[str],
    path: str = "",
) -> None:
    """Write one mail for each of `officers` in the present transaction; one that stands already is left alone.

    `key` says what it is about (at most 80 characters), `path` the page it leads to. No personal data of firms.
    """
    common = {"kind": kind, "key": key, "title": title, "lines": list(lines), "path": path, "state": PENDING}
    rows = [{**common, "public_id": new_public_id(), "officer_id": o.id, "created_at": now} for o in officers]
    insert_ignoring(session, OfficerMail, rows)


def send_officer_mails(
    engine: Engine, now: datetime, settings: Settings, transport: Transport | None = None, *, limit: int = 20
) -> int:
    """Send what waits; returns mails handled. Who has left or has no address gets nothing, and the row says so."""
    with writing(engine) as session:
        taken = claim(session, OfficerMail, col(OfficerMail.state) == PENDING, limit=limit)
    if not taken:
        return 0
    sender, handled = sender_of(settings), 0
    with closing(transport or transport_for(settings)) as open_transport:
        for mail_id in taken:
            try:
                _send(engine, mail_id, sender, settings, now, open_transport)
            except MailServerUnreachable as error:
                log.error("%s; %s mails to officers wait", error, len(taken) - handled)
                with writing(engine) as session:
                    finish(session, OfficerMail, taken[handled:])  # the try does not count
                return handled
            except Exception as error:  # one bad mail must not hold up the others; the row keeps the reason
                log.exception("the mail %s to an officer failed", mail_id)
                with writing(engine) as session:
                    fail(session, OfficerMail, mail_id, f"{type(error).__name__}: {error}")
            handled += 1
    return handled


def rendered_of(mail: OfficerMail, settings: Settings, now: datetime) -> Rendered:
    """The mail in its layout."""
    page_url = settings.base_url + signed_path(mail.path, settings.secret_bytes()) if mail.path else ""
    return render_note(mail.title, mail.lines, page_url=page_url, now=now, is_demo=settings.is_demo, to_officer=True)


def _send(
    engine: Engine, mail_id: int, sender: Sender, settings: Settings, now: datetime, transport: Transport
) -> None:
    with reading(engine) as session:
        mail = session.get_one(OfficerMail, mail_id)
        officer = session.get_one(Officer, mail.officer_id)
    if officer.ended_at is not None or not officer.email:
        _settle(engine, mail_id, FAILED, now, "no address, or the officer has left: not sent")
        return
    rendered = rendered_of(mail, settings, now)
    content = single_message(sender, officer.email, mail.public_id, rendered, now)
    answer = transport.send(Envelope(sender.address, officer.email, content))
    words = f"{answer.code or ''} {answer.text}".strip()
    if answer.outcome in _FINAL:
        _settle(engine, mail_id, _FINAL[answer.outcome], now, words if answer.outcome == "permanent" else None)
    else:
        with writing(engine) as session:
            fail(session, OfficerMail, mail_id, words)


def _settle(engine: Engine, mail_id: int, state: str, now: datetime, why: str | None) -> None:
    with writing(engine) as session:
        finish(session, OfficerMail, [mail_id])
        values = {"state": state, "settled_at": now, "last_error": why}
        settled = update(OfficerMail).where(col(OfficerMail.id) == mail_id).values(**values)
        session.execute(settled.execution_options(synchronize_session=False))
