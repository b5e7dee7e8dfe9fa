"""The officers' webhook: messages kept as rows, then posted one by one, signed, until the receiver takes them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, update
from sqlmodel import Session, col

from alerts.inserting import insert_ignoring
from alerts.webhook_posting import CallRefused, Message, post
from alerts.wording import DEMO_PREFIX
from settings import Settings
from store.clock import system_clock
from store.columns import new_public_id
from store.email import ACCEPTED, PENDING
from store.engine import reading, writing
from store.webhook_call import WebhookCall
from store.work import claim, fail, finish

log = logging.getLogger(__name__)


def keep_call(
    session: Session,
    now: datetime,
    settings: Settings,
    *,
    kind: str,
    key: str,
    bureau: str,
    is_province: bool,
    title: str,
    lines: Sequence[str],
    path: str = "",
) -> None:
    """Keep one message for the bureau at this code, in the present transaction; one that stands already is left alone.

    Nothing is kept without a webhook. A group robot is one room, so it gets what the province's officers get.
    """
    if not settings.webhook_address or (settings.officer_webhook_format == "wecom" and not is_province):
        return
    row = {
        "public_id": new_public_id(),
        "kind": kind,
        "key": f"{key}:{bureau}",
        "bureau": bureau,
        "title": (DEMO_PREFIX if settings.is_demo else "") + title,
        "text": "\n".join(lines),
        "path": path,
        "state": PENDING,
        "created_at": now,
        "attempts": 0,
    }
    insert_ignoring(session, WebhookCall, [row])


def send_calls(engine: Engine, settings: Settings) -> int:
    """Post the oldest message that waits; 1 when the receiver took it, 0 when there is none or it did not.

    After a failure the other stages go on before the next try: a dead receiver holds them up ten seconds at most.
    """
    if not settings.webhook_address:
        return 0
    with writing(engine) as session:
        taken = claim(session, WebhookCall, col(WebhookCall.state) == PENDING, limit=1)
    if not taken:
        return 0
    with reading(engine) as session:
        call = session.get_one(WebhookCall, taken[0])
    try:
        post(message_of(call, settings), settings, system_clock())
    except CallRefused as error:
        return _give_back(engine, taken[0], str(error))
    except Exception as error:  # one bad message must not hold up the stages; the row keeps the reason
        log.exception("the call %s of the officers' webhook failed", taken[0])
        return _give_back(engine, taken[0], f"{type(error).__name__}: {error}")
    with writing(engine) as session:
        finish(session, WebhookCall, taken)
        settled = update(WebhookCall).where(col(WebhookCall.id) == taken[0])
        done = settled.values(state=ACCEPTED, settled_at=system_clock())
        session.execute(done.execution_options(synchronize_session=False))
    return 1


def message_of(call: WebhookCall, settings: Settings) -> Message:
    """The call in the form its body is made of."""
    url = settings.base_url + call.path if call.path else ""
    return Message(call.public_id, call.kind, call.title, call.text, url, call.bureau, call.created_at)


def _give_back(engine: Engine, call_id: int, why: str) -> int:
    log.error("%s (call %s)", why, call_id)
    with writing(engine) as session:
        fail(session, WebhookCall, call_id, why)
    return 0
