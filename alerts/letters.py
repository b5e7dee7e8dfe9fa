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
from store.email import ORDINARY, PENDING, Email, MailBody
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
    urgency: int = ORDINARY,
) -> None:
    """A plain letter: a heading, paragraphs, perhaps one page it leads to; signed by the firm's own bureau.

    Written once per subscriber, kind and key (at most 20 and 80 characters): a second call changes nothing.
    `urgency`: URGENT, ORDINARY or BULK of store/email.py, what it overtakes when it leaves.
    """
    page_url = settings.base_url + path if path else ""
    rendered = render_note(title, lines, page_url=page_url, now=now, is_demo=settings.is_demo)
    keep_letter(
        session,
        now,
        subscriber_id=subscriber_id,
        kind=kind,
        key=key,
        rendered=rendered,
        fields={},
        body_key=key,
        urgency=urgency,
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
    urgency: int = ORDINARY,
) -> None:
    """Keep a rendered letter as rows: the body once per (kind, `body_key`), the mail once per subscriber and key.

    `fields` fill the places of the body, beside `bureau`, `phone` and `reply_to` of the firm's own bureau.
    """
    everybody = {subscriber_id: fields}
    keep_letters(
        session, now, kind=kind, key=key, rendered=rendered, fields=everybody, body_key=body_key, urgency=urgency
    )


def keep_letters(
    session: Session,
    now: datetime,
    *,
    kind: str,
    key: str,
    rendered: Rendered,
    fields: Mapping[int, Mapping[str, str]],
    body_key: str,
    urgency: int = ORDINARY,
) -> None:
    """The same letter to several at once; `fields`: subscriber id -> what is his own."""
    body = {"version_id": None, "kind": kind, "key": body_key, "lang": LANG, "rendered_at": now}
    parts = {name: getattr(rendered, name) for name in ("subject", "text", "html", "calendar")}
    insert_ignoring(session, MailBody, [{**body, **parts}])
    same = (col(MailBody.version_id).is_(None), MailBody.kind == kind, MailBody.key == body_key, MailBody.lang == LANG)
    body_id = session.exec(select(MailBody.id).where(*same)).one()
    refill(session, body_id, parts)
    common = {
        "version_id": None,
        "kind": kind,
        "key": key,
        "body_id": body_id,
        "state": PENDING,
        "urgency": urgency,
        "created_at": now,
    }
    signed = _signatures(session, list(fields))
    insert_ignoring(
        session,
        Email,
        [
            {**common, "public_id": new_public_id(), "subscriber_id": person, "fields": {**signed[person], **own}}
            for person, own in fields.items()
        ],
    )


def _signatures(session: Session, subscriber_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """subscriber id -> what his bureau signs with; places without a value are left out."""
    rows = session.exec(
        select(Subscriber.id, Bureau)
        .join(Exporter, col(Exporter.id) == Subscriber.exporter_id)
        .join(Bureau, col(Bureau.id) == Exporter.bureau_id)
        .where(col(Subscriber.id).in_(subscriber_ids))
    )
    found = {}
    for person, bureau in rows:
        fields = {"bureau": bureau.name_zh, "phone": bureau.duty_phone, "reply_to": bureau.reply_address}
        found[person or 0] = {name: value for name, value in fields.items() if value}
    return found
