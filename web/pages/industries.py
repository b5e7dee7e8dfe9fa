"""The list of industries."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from store.engine import reading
from web.pages.routing import get_page
from web.reading.industries import notice_counts, sectors
from web.rendering import render
from web.site import site_of

router = APIRouter()


@get_page(router, "/industries", "industries")
async def industries(request: Request) -> Response:
    """All industries by sector, each with how many notices concern it."""
    with reading(site_of(request).engine) as session:
        grouped, counts = sectors(session), notice_counts(session)
    return render(request, "industries.html", sectors=grouped, counts=counts)
