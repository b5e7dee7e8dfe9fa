"""The private calendar of a subscriber, for calendar programmes: its address alone opens it."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from alerts.feed import calendar_for, subscriber_of_feed
from store.engine import reading
from web.site import site_of

router = APIRouter()


@router.api_route("/calendar/{key}.ics", methods=["GET", "HEAD"], name="calendar")
def calendar(request: Request, key: str) -> Response:
    """The file; 404 for an address that was revoked or never made. It names no firm and no address."""
    site = site_of(request)
    with reading(site.engine) as session:
        subscriber = subscriber_of_feed(session, key, site.settings.secret_bytes())
        if subscriber is None:
            raise HTTPException(404)
        content = calendar_for(session, subscriber, site.now, site.settings)
    return Response(content, media_type="text/calendar; charset=utf-8")
