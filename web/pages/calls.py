"""待致电企业: firms that a red warning did not reach by mail, or whose address is no more; the tick 已致电."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from alerts.calling import AlreadyCalled, tick_call
from store.bureau import Officer
from store.engine import reading, writing
from web.pages.routing import get_page, page_of
from web.reading.calls import call_rows, find_call
from web.rendering import render
from web.site import site_of

router = APIRouter()


@get_page(router, "/desk/calls", "calls")
async def calls(request: Request) -> Response:
    """The list of the own bureau and those below it."""
    page, done = page_of(request.query_params), request.query_params.get("state") == "done"
    with reading(site_of(request).engine) as session:
        rows, more = call_rows(session, request.state.who, done=done, page=page)
    return render(request, "calls.html", rows=rows, more=more, page=page, done=done)


@router.post("/desk/calls/{public_id}", name="call_made")
def call_made(request: Request, public_id: str) -> Response:
    """Tick one; a second tick, by whomever, changes nothing."""
    site, who = site_of(request), request.state.who
    with writing(site.engine) as session:
        entry = find_call(session, who, public_id)
        if entry is None:
            raise HTTPException(404)
        try:
            tick_call(session, entry, session.get_one(Officer, who.officer_id), site.now)
        except AlreadyCalled:
            raise HTTPException(409, "这一条已经登记过致电。") from None
    return RedirectResponse("/desk/calls", 303)
