"""A person's reply goes on to a person: the firm's bureau, else the operators, whole, as it came. Never stored."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from sqlalchemy import Engine
from sqlmodel import Session

from alerts.message import Sender, message_id, sender_of
from alerts.places import plain
from alerts.transports import Envelope, MailServerUnreachable, Transport
from settings import Settings
from store.bureau import Bureau, called_now
from store.clock import SHANGHAI
from store.columns import new_public_id
from store.engine import reading


def forward(
    engine: Engine, message: Message, bureau_id: int | None, now: datetime, settings: Settings, transport: Transport
) -> str:
    """Send a reply on; "forwarded", or "not_forwarded" when there is nobody to send it to, or none of them takes it.

    To the bureau's reply address, else to the officers who answer there, else to the operators. The original is
    attached; answering the mail answers the firm. Raises MailServerUnreachable when it should be tried again.
    """
    with reading(engine) as session:
        addresses = _readers(session, bureau_id, now) or list(settings.operator_addresses)
    sender, taken = sender_of(settings), False
    for address in addresses:
        content = sender.signed(_wrapped(sender, address, message, now))
        answer = transport.send(Envelope(sender.address, address, content))
        if answer.outcome in ("temporary", "ambiguous") and not taken:
            raise MailServerUnreachable("a reply could not be forwarded yet")
        taken = taken or answer.outcome in ("accepted", "captured")
    return "forwarded" if taken else "not_forwarded"


def _readers(session: Session, bureau_id: int | None, now: datetime) -> list[str]:
    bureau = session.get(Bureau, bureau_id) if bureau_id else None
    if bureau is None:
        return []
    if bureau.reply_address:
        return [bureau.reply_address]
    return [officer.email for officer in called_now(session, bureau.id or 0, now) if officer.email]


def _wrapped(sender: Sender, address: str, message: Message, now: datetime) -> bytes:
    """The reply as an attachment of a mail of ours, which says so (RFC 3834: Auto-Submitted)."""
    made = EmailMessage(policy=SMTP)
    user, _, domain = sender.address.rpartition("@")
    made["From"] = Address(plain(sender.name), user, domain)
    made["To"] = address
    made["Subject"] = "企业回复了预警邮件，请阅处"
    made["Date"] = format_datetime(now.astimezone(SHANGHAI))
    made["Message-ID"] = message_id(new_public_id(), sender.host)
    made["Auto-Submitted"] = "auto-generated"
    firm = parseaddr(str(message["Reply-To"] or message["From"] or ""))[1]
    if firm and firm.isascii() and "@" in firm:
        made["Reply-To"] = plain(firm)
    made.set_content("企业回复了系统发出的邮件，原文见附件。直接回复本邮件，即回复该企业。\n", cte="base64")
    # The original as a file: its own bytes, whatever they are, break nothing in the mail around it.
    raw = message.as_bytes()
    made.add_attachment(raw, maintype="application", subtype="octet-stream", filename="reply.eml")
    return made.as_bytes()
