"""评议渠道: China's own channel to an enquiry point and the days each tier needs; the province edits it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from alerts.channels import BadLadder, StaleChannel, change_channel
from store.bureau import Officer
from store.calendar import mainland_calendar, year_missing
from store.channel import DEFAULTS, channel_of
from store.clock import shanghai_day
from store.engine import reading, writing
from web.pages.routing import get_page
from web.rendering import render
from web.site import site_of

router = APIRouter()
BAD_LADDER = "县级天数须不少于市级，市级不少于省级，各在0到60天之间；渠道名称不能为空。"


@get_page(router, "/channels", "channels")
async def channels(request: Request) -> Response:
    """Both channels with their days, and whether the table of holidays is complete."""
    site = site_of(request)
    with reading(site.engine) as session:
        rows = [channel_of(session, domain) for domain in DEFAULTS]
    return render(
        request,
        "channels.html",
        rows=rows,
        missing=year_missing(mainland_calendar(), shanghai_day(site.now)),
        saved=request.query_params.get("saved", "") == "1",
    )


@router.post("/channels/{domain}", name="channel_changed")
def channel_changed(
    request: Request,
    domain: str,
    name_zh: Annotated[str, Form(max_length=200)] = "",
    county_days: Annotated[int, Form()] = 0,
    city_days: Annotated[int, Form()] = 0,
    province_days: Annotated[int, Form()] = 0,
    revision: Annotated[int, Form()] = 0,
) -> Response:
    """Change one; a page that is older than the last change overwrites nothing."""
    site = site_of(request)
    if domain not in DEFAULTS:
        raise HTTPException(404)
    days = (county_days, city_days, province_days)
    with writing(site.engine) as session:
        officer = session.get_one(Officer, request.state.who.officer_id)
        try:
            change_channel(session, domain, officer, site.now, name_zh=name_zh, days=days, expected_revision=revision)
        except BadLadder:
            raise HTTPException(422, BAD_LADDER) from None
        except StaleChannel:
            raise HTTPException(409, "这个渠道刚被同事改过，您的修改没有生效。请返回刷新后再改。") from None
    return RedirectResponse("/channels?saved=1", 303)
