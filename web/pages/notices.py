"""Notices: the list and one of them."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from store.engine import reading
from web.evidence import reasons_of
from web.pages.routing import get_page
from web.reading.industries import sectors
from web.reading.named_firms import firm_for
from web.reading.notice import shown_difference, whole_notice
from web.reading.notices import NoticesAsked, markets_seen, notice_rows
from web.rendering import render
from web.site import site_of

router = APIRouter()
KINDS = ("notification", "regulation", "standard", "recall", "border")
DOMAINS = ("TBT", "SPS")


@get_page(router, "/notices", "notices")
async def notices(request: Request) -> Response:
    """The list, searched and narrowed by the address alone, so that it can be kept and passed on."""
    asked = NoticesAsked.from_query(request.query_params)
    site = site_of(request)
    with reading(site.engine) as session:
        rows, more = notice_rows(session, asked)
        markets = sorted((site.names.market(symbol), symbol) for symbol in markets_seen(session))
        grouped = sectors(session)
    return render(
        request,
        "notices.html",
        asked=asked,
        rows=rows,
        more=more,
        markets=markets,
        sectors=grouped,
        kinds=KINDS,
        domains=DOMAINS,
    )


@get_page(router, "/notices/{public_id}", "notice")
async def notice(request: Request, public_id: str) -> Response:
    """Everything about one notice."""
    site = site_of(request)
    with reading(site.engine) as session:
        whole = whole_notice(session, public_id)
        if whole is None:
            raise HTTPException(404)
        return render(
            request,
            "notice.html",
            whole=whole,
            notice=whole.notice,
            named_firm=firm_for(session, whole.notice, request.state.who),
            difference=shown_difference,
            attribution=site.attribution(whole.notice.source),
            reasons=lambda evidence: reasons_of(evidence, site.headings),
        )
