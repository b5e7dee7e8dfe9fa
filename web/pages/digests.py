"""The page of a digest: everything its mail had no room for. Its address is known only to who got the mail."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from alerts.digests import chosen
from store.digest import INFORMATION
from store.engine import reading
from web.pages.routing import get_page
from web.reading.digests import entries_told, find_digest
from web.rendering import render
from web.site import site_of

router = APIRouter()


@get_page(router, "/digests/{public_id}", "digest")
async def digest(request: Request, public_id: str) -> Response:
    """The whole digest. It names no firm and no address: only what is public anyway."""
    site = site_of(request)
    with reading(site.engine) as session:
        found = find_digest(session, public_id)
        if found is None:
            raise HTTPException(404)
        entries = entries_told(session, found, site.now)
    groups, _ = chosen(entries, most=len(entries))
    is_information = found.lane == INFORMATION
    return render(request, "digest.html", digest=found, groups=groups, is_information=is_information)
