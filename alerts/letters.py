"""Letters: mails to one subscriber about no single warning version (what became of a comment, a digest ...)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.bodies import refill
from alerts.inserting import insert_ignoring
from alerts.rendering import Rendered, render_note
from settings import Settings
from store.bureau import Bureau
from store.columns import new_public_id
from store.email import PENDING, Email, MailBody
from store.subscription import Exporter, Subscriber

LANG = "zh"


def write_letter(
    session: Session,
    now: datetime,
    settings: Settings,
    *,
    subscriber_id: int,
    kind: str,
    key: str,
    title: str,
    lines: Sequence[str],
    path: str = "",
) -> None:
    """A plain letter: a heading, paragraphs, perhaps one page it leads to; signed by the firm's own bureau.

    Written once per subscriber, kind and key (at most 20 and 80 characters): a second call changes nothing.
    """
    page_url = settings.base_url + path if path else ""
    rendered = render_note(title, lines, page_url=page_url, now=now, is_demo=settings.is_demo)
    keep_letter(
        session, now, subscriber_id=subscriber_id, kind=kind, key=key, rendered=rendered, fields={}, body_key=key
    )


def keep_letter(
    session: Session,
    now: datetime,
    *,
    subscriber_id: int,
    kind: str,
    key: str,
    rendered: Rendered,
    fields: Mapping[str, str],
    body_key: str,
) -> None:
    """Keep a rendered letter as rows: the body once per (kind, `body_key`), the mail once per subscriber and key.

    `fields` fill the places of the body, beside `bureau` and `phone` of the firm's own bureau.
    """
    body = {"version_id": None, "kind": kind, "key": body_key, "lang": LANG, "rendered_at": now}
    parts = {"subject": rendered.subject, "text": rendered.text, "html": rendered.html}
    insert_ignoring(session, MailBody, [{**body, **parts}])
    same = (col(MailBody.version_id).is_(None), MailBody.kind == kind, MailBody.key == body_key, MailBody.lang == LANG)
    body_id = session.exec(select(MailBody.id).where(*same)).one()
    refill(session, body_id, parts)
    mail = {
        "public_id": new_public_id(),
        "subscriber_id": subscriber_id,
        "version_id": None,
        "kind": kind,
        "key": key,
        "body_id": body_id,
        "fields": {**_signature(session, subscriber_id), **fields},
        "state": PENDING,
        "created_at": now,
    }
    insert_ignoring(session, Email, [mail])


def _signature(session: Session, subscriber_id: int) -> dict[str, str]:
    bureau = session.exec(
        select(Bureau)
        .join(Exporter, col(Exporter.bureau_id) == Bureau.id)
        .join(Subscriber, col(Subscriber.exporter_id) == Exporter.id)
        .where(Subscriber.id == subscriber_id)
    ).one()
    return {"bureau": bureau.name_zh} | ({"phone": bureau.duty_phone} if bureau.duty_phone else {})
