"""仍可评议: history that can still be commented on, and its release by the province."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import select

from alerts.releasing import NotHistory, release
from store.bureau import Officer
from store.engine import reading, writing
from store.notice import Notice
from web.pages.routing import get_page, page_of
from web.reading.still_open import still_open_rows
from web.rendering import render
from web.site import site_of

router = APIRouter()


@get_page(router, "/still-open", "still_open")
async def still_open(request: Request) -> Response:
    """Notices of first fills and imports whose comment period runs on."""
    site, page = site_of(request), page_of(request.query_params)
    with reading(site.engine) as session:
        rows, more = still_open_rows(session, site.now, page)
    return render(
        request,
        "still_open.html",
        rows=rows,
        more=more,
        page=page,
        released=request.query_params.get("released", "") == "1",
    )


@router.post("/still-open/{public_id}", name="notice_released")
def notice_released(request: Request, public_id: str) -> Response:
    """Let one of them be news: the next stage raises it like any other."""
    site = site_of(request)
    with writing(site.engine) as session:
        notice = session.exec(select(Notice).where(Notice.public_id == public_id)).first()
        if notice is None:
            raise HTTPException(404)
        try:
            release(session, notice, session.get_one(Officer, request.state.who.officer_id), site.now)
        except NotHistory:
            raise HTTPException(409, "这条公告已经放行，或评议期已经结束，不能再放行。") from None
    return RedirectResponse("/still-open?released=1", 303)
