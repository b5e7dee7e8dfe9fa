"""演练: started and ended by the province, and what it showed, for each officer's own line."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.drill_report import OUTCOMES, TIERS_ZH
from alerts.drills import MOST_TITLE, BadDrill, DrillEnded, UnknownDrill, drill_by_id, end_drill, start_drill
from alerts.reviewing import NoIndustry
from alerts.severity import SEVERITIES
from store.bureau import Officer
from store.engine import reading, writing
from store.industry import UnknownIndustry
from web.pages.routing import get_page
from web.reading.drills import drill_report, drill_reports
from web.reading.industries import sectors
from web.rendering import render
from web.site import site_of

router = APIRouter()


@get_page(router, "/drills", "drills")
async def drills(request: Request) -> Response:
    """The drills of the own line; for the province, the form that starts one."""
    with reading(site_of(request).engine) as session:
        return _list_page(request, session)


@router.post("/drills", name="drill_started")
def drill_started(
    request: Request,
    title: Annotated[str, Form()] = "",
    severity: Annotated[str, Form()] = "",
    industries: Annotated[list[str], Form()] = [],  # noqa: B006  (FastAPI copies it)
) -> Response:
    """Start one."""
    site = site_of(request)
    with writing(site.engine) as session:
        officer = session.get_one(Officer, request.state.who.officer_id)
        given: dict[str, Any] = {"title": title, "severity": severity, "industries": sorted(set(industries))}
        try:
            drill = start_drill(session, officer, site.now, **given)
        except (BadDrill, NoIndustry, UnknownIndustry):
            return _list_page(request, session, 422, sent=given)
        return RedirectResponse(f"/drills/{drill.public_id}", 303)


@get_page(router, "/drills/{public_id}", "drill")
async def drill(request: Request, public_id: str) -> Response:
    """How long each bureau of the own line took."""
    site = site_of(request)
    with reading(site.engine) as session:
        report = drill_report(session, request.state.who, public_id, site.now)
        if report is None:
            raise HTTPException(404)
        return render(request, "drill.html", report=report, outcomes=OUTCOMES, tiers=TIERS_ZH)


@router.post("/drills/{public_id}/end", name="drill_ended")
def drill_ended(request: Request, public_id: str) -> Response:
    """End one."""
    site = site_of(request)
    with writing(site.engine) as session:
        try:
            found = drill_by_id(session, public_id)
            end_drill(session, found, session.get_one(Officer, request.state.who.officer_id), site.now)
        except UnknownDrill:
            raise HTTPException(404) from None
        except DrillEnded:
            raise HTTPException(409, "这次演练已经结束。") from None
    return RedirectResponse(f"/drills/{public_id}", 303)


def _list_page(request: Request, session: Session, status: int = 200, sent: dict[str, Any] | None = None) -> Response:
    return render(
        request,
        "drills.html",
        status,
        reports=drill_reports(session, request.state.who, site_of(request).now),
        sectors=sectors(session),
        severities=SEVERITIES,
        most_title=MOST_TITLE,
        sent=sent or {},
        mistake="请写明演练内容（不超过120字），选一个预警级别，并至少勾选一个行业。" if sent else "",
    )
