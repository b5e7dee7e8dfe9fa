"""疑似同一事项: notices of several sources that may be one matter, and an officer's word on it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from alerts import join_deciding
from alerts.join_deciding import STATES_IN_WORDS, JoinSettled, UnknownJoin, join_by_id
from alerts.reviewing import NotAllowed
from store.bureau import Officer
from store.engine import reading, writing
from web.pages.routing import get_page, page_of
from web.reading.joins import STATES, join_rows
from web.rendering import render
from web.site import site_of

router = APIRouter()
DEEDS = {
    "join": join_deciding.join,
    "join_again": join_deciding.join_again,
    "refuse": join_deciding.refuse,
    "undo": join_deciding.undo,
}


@get_page(router, "/joins", "joins")
async def joins(request: Request) -> Response:
    """Proposals and joins, both notices side by side."""
    site, page = site_of(request), page_of(request.query_params)
    asked = request.query_params.get("state", "")
    state = asked if asked in STATES else STATES[0]
    with reading(site.engine) as session:
        rows, more = join_rows(session, state, page)
    done = request.query_params.get("done", "")
    return render(
        request,
        "joins.html",
        rows=rows,
        more=more,
        page=page,
        state=state,
        states=STATES_IN_WORDS,
        done=done if done in DEEDS else "",
    )


@router.post("/joins/{public_id}", name="join_decided")
def join_decided(request: Request, public_id: str, deed: Annotated[str, Form()] = "") -> Response:
    """Join, refuse or undo."""
    site = site_of(request)
    with writing(site.engine) as session:
        try:
            found = join_by_id(session, public_id)
        except UnknownJoin:
            raise HTTPException(404) from None
        if deed not in DEEDS:
            raise HTTPException(422, "请选择合并、不是同一事项或拆分。")
        try:
            DEEDS[deed](session, found, session.get_one(Officer, request.state.who.officer_id), site.now)
        except NotAllowed:
            raise HTTPException(403) from None
        except JoinSettled as settled:
            state = STATES_IN_WORDS[settled.state]
            raise HTTPException(409, f"这一组公告已有结论（{state}），请返回列表查看。") from None
    return RedirectResponse(f"/joins?done={deed}", 303)
