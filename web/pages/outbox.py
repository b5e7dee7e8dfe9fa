"""The outbox: every mail as a row, and one as its reader sees it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from store.engine import reading
from web.pages.routing import get_page, page_of
from web.reading.outbox import outbox_rows
from web.rendering import render
from web.site import site_of

router = APIRouter()
STATES = ("pending", "captured", "accepted", "failed")
# The mail brings its own inline styles and may load and run nothing; only our own page may frame it.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


@get_page(router, "/outbox", "outbox")
async def outbox(request: Request) -> Response:
    """The list, the newest first."""
    page, state = page_of(request.query_params), request.query_params.get("state", "")
    state = state if state in STATES else ""
    with reading(site_of(request).engine) as session:
        rows, more = outbox_rows(session, state, page)
    return render(request, "outbox.html", rows=rows, more=more, page=page, state=state, states=STATES)
