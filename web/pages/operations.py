"""How the machine is doing, for the province."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from store.engine import reading
from web.pages.routing import get_page
from web.reading.operations import crawl_runs, parked, source_issues, waiting
from web.rendering import render
from web.site import site_of

router = APIRouter()


@get_page(router, "/operations", "operations")
async def operations(request: Request) -> Response:
    """What waits, what is parked, what went wrong, the last visits to sources."""
    site = site_of(request)
    with reading(site.engine) as session:
        return render(
            request,
            "operations.html",
            waiting=waiting(session, site.now),
            parked=parked(session),
            issues=source_issues(session),
            runs=crawl_runs(session),
        )
