"""The network of bureaus: the province on one screen, a city with its counties, one county; as a download too."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response
from sqlmodel import Session

from alerts.oversight import Oversight, read_oversight
from alerts.oversight_rows import as_csv, subtree
from store.engine import reading
from web.access import PROVINCE_TIER, Permission, Who, may
from web.pages.routing import get_page
from web.reading.desk import queue
from web.rendering import render
from web.site import site_of
from web.tiles import TILES

# Plain functions, not async: with many firms the figures take half a second, which must not stop the other pages.
router = APIRouter()
MOST_REVIEWS = 20


@get_page(router, "/network", "network")
def network(request: Request) -> Response:
    """The whole network for the province; for all others their own place."""
    who = request.state.who
    with reading(site_of(request).engine) as session:
        return _page(request, session, _scope(session, request, who.place), who.place)


@router.get("/network.csv", name="network_csv")
def network_csv(request: Request, place: str = "") -> Response:
    """The place and all below it as a table for spreadsheet programs."""
    code = place or request.state.who.place
    with reading(site_of(request).engine) as session:
        text = as_csv(subtree(_scope(session, request, code), code))
    name = {"Content-Disposition": f'attachment; filename="network-{code}.csv"'}
    # the mark at the beginning tells spreadsheet programs that it is UTF-8
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=name)


@get_page(router, "/network/{code}", "network_place")
def network_place(request: Request, code: str) -> Response:
    """One place: its bureau, officers, clusters and reviews, and the places below it."""
    with reading(site_of(request).engine) as session:
        return _page(request, session, _scope(session, request, code), code)


def _scope(session: Session, request: Request, code: str) -> Oversight:
    """The network, or 404 where there is no such place or it is not this officer's to see."""
    site, who = site_of(request), request.state.who
    oversight = read_oversight(session, site.now)
    if code not in oversight.places or not may(who, Permission.DESK, line=oversight.line(code)):
        raise HTTPException(404)
    return oversight


def _page(request: Request, session: Session, oversight: Oversight, code: str) -> Response:
    place, who = oversight.places[code], request.state.who
    reviews = queue(session, who, place.bureau.public_id)[0][:MOST_REVIEWS] if place.bureau else []
    return render(
        request,
        "network.html",
        place=place,
        below=oversight.below(code),
        is_province=place.tier == PROVINCE_TIER,
        tiles=TILES,
        reviews=reviews,
        above=_visible_above(oversight, who, code),
        server=oversight.places[place.served_by],
    )


def _visible_above(oversight: Oversight, who: Who, code: str) -> list[tuple[str, str]]:
    """(code, name) of the places above, the highest first, as far as `who` may see them."""
    line = oversight.line(code)[1:]
    seen = [above for above in line if may(who, Permission.DESK, line=oversight.line(above))]
    return [(above, oversight.places[above].name_zh) for above in reversed(seen)]
