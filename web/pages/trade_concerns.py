"""特别贸易关注: the candidates by the committees' next meetings, and taking one back."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from alerts.comment_additions import UnknownConcern, withdraw_concern
from alerts.reviewing import NotAllowed
from store.bureau import Officer
from store.engine import reading, writing
from web.pages.routing import get_page
from web.reading.trade_concerns import concerns_by_meeting
from web.rendering import render
from web.site import site_of

router = APIRouter()


@get_page(router, "/trade-concerns", "trade_concerns")
async def trade_concerns(request: Request) -> Response:
    """Candidates of the own line, with the days left until the call for topics ends."""
    site = site_of(request)
    with reading(site.engine) as session:
        groups = concerns_by_meeting(session, request.state.who, site.now)
    withdrawn = request.query_params.get("withdrawn", "") == "1"
    return render(request, "trade_concerns.html", groups=groups, withdrawn=withdrawn)


@router.post("/trade-concerns/{public_id}", name="trade_concern_withdrawn")
def trade_concern_withdrawn(request: Request, public_id: str) -> Response:
    """Take a candidate back."""
    site = site_of(request)
    try:
        with writing(site.engine) as session:
            withdraw_concern(session, site.now, session.get_one(Officer, request.state.who.officer_id), public_id)
    except (UnknownConcern, NotAllowed):
        raise HTTPException(404) from None
    return RedirectResponse("/trade-concerns?withdrawn=1", 303)
