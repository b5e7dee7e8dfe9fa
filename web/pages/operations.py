"""The machine's own pages for the province: how it is doing, and what history is still open for comments."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from store.engine import reading
from web.pages.routing import get_page, page_of
from web.reading.operations import crawl_runs, parked, source_issues, waiting
from web.reading.still_open import still_open_rows
from web.rendering import render
from web.site import site_of

router = APIRouter()


@get_page(router, "/operations", "operations")
async def operations(request: Request) -> Response:
    """What waits, what is parked, what went wrong, the last visits to sources."""
    site = site_of(request)
    with reading(site.engine) as session:
        return render(request, "operations.html", waiting=waiting(session, site.now), parked=parked(session),
                      issues=source_issues(session), runs=crawl_runs(session))


@get_page(router, "/still-open", "still_open")
async def still_open(request: Request) -> Response:
    """仍可评议: notices of first fills and imports whose comment period runs on."""
    site, page = site_of(request), page_of(request.query_params)
    with reading(site.engine) as session:
        rows, more = still_open_rows(session, site.now, page)
    return render(request, "still_open.html", rows=rows, more=more, page=page)
