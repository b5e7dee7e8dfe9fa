"""The foreign publications (境外来源) we watch."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from store.engine import reading
from web.pages.routing import get_page
from web.reading.sources import watched_sources
from web.rendering import render
from web.site import site_of

router = APIRouter()


@get_page(router, "/sources", "sources")
async def sources(request: Request) -> Response:
    """Each source with its status in words."""
    site = site_of(request)
    with reading(site.engine) as session:
        watched = watched_sources(session, site.sources, site.now)
    return render(request, "sources.html", watched=watched)
