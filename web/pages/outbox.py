"""The outbox: every mail as a row, and one as its reader sees it."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from alerts.message import comment_links, sender_of
from alerts.own_links import own_links
from alerts.places import filled
from store.engine import reading
from web.pages.routing import get_page, page_of
from web.reading.outbox import OutboxRow, attempts_of, find_email, outbox_rows
from web.rendering import render
from web.site import Site, site_of

router = APIRouter()
STATES = ("pending", "captured", "accepted", "failed")
NOT_OURS = "（收件人专属的链接，不在此显示）"
# The mail brings its own inline styles; it may run and load nothing, and only our own page may frame it.
MAIL_HEADERS = {
    "Content-Security-Policy": "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}


@dataclass(frozen=True)
class Message:
    """A mail with its recipient's fields filled in."""

    subject: str
    text: str
    html: str


@get_page(router, "/outbox", "outbox")
async def outbox(request: Request) -> Response:
    """The list, the newest first."""
    page, state = page_of(request.query_params), request.query_params.get("state", "")
    state = state if state in STATES else ""
    with reading(site_of(request).engine) as session:
        rows, more = outbox_rows(session, state, page)
    return render(request, "outbox.html", rows=rows, more=more, page=page, state=state, states=STATES)


@get_page(router, "/outbox/{public_id}", "email")
async def email(request: Request, public_id: str) -> Response:
    """One mail: its state, the server's answers, and both of its forms."""
    site = site_of(request)
    with reading(site.engine) as session:
        row = find_email(session, public_id)
        if row is None:
            raise HTTPException(404)
        attempts = attempts_of(session, row.email)
    return render(request, "email.html", row=row, attempts=attempts, message=_message(site, row))


@get_page(router, "/outbox/{public_id}/html", "email_html")
async def email_html(request: Request, public_id: str) -> Response:
    """The HTML form alone, for the frame in the page above: sandboxed, its links open beside it."""
    site = site_of(request)
    with reading(site.engine) as session:
        row = find_email(session, public_id)
    if row is None:
        raise HTTPException(404)
    page = _message(site, row).html.replace("<head>", '<head><base target="_blank">', 1)
    return HTMLResponse(page, headers=MAIL_HEADERS)


def _message(site: Site, row: OutboxRow) -> Message:
    """The mail as it reads. The links that act are the recipient's own; only the demo, whose firms are made up,
    shows them."""
    base, secret, name = site.settings.base_url, site.settings.secret_bytes(), row.email.public_id
    links = own_links(base, secret, name, row.email.fields)
    sender = sender_of(site.settings)
    shared = {
        "foot": sender.foot,
        "reply_to": sender.reply_to or row.email.fields.get("reply_to", ""),
        "reply_stops": sender.reply_to,
    }
    fields = {**row.email.fields, **shared, **(links if site.settings.is_demo else dict.fromkeys(links, NOT_OURS))}
    if site.settings.is_demo:
        fields |= comment_links(base, secret, name, row.email.fields.get("about", ""))
    else:
        fields |= dict.fromkeys((f"comment_{letter}" for letter in ascii_lowercase), NOT_OURS)
    body = row.body
    return Message(filled(body.subject, fields), filled(body.text, fields), filled(body.html, fields, as_html=True))
