"""The front page, and the sign of life for monitors."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from store.engine import reading
from web.pages.routing import get_page
from web.reading.notices import NoticesAsked, notice_rows
from web.reading.warnings import issued_warnings
from web.rendering import render
from web.site import site_of

router = APIRouter()
NEWEST = 8


@get_page(router, "/", "home")
async def home(request: Request) -> Response:
    """What this is, the newest warnings and notices, and how to sign up."""
    with reading(site_of(request).engine) as session:
        warnings, _ = issued_warnings(session, size=NEWEST)
        notices, _ = notice_rows(session, NoticesAsked())
    return render(request, "home.html", warnings=warnings, notices=notices[:NEWEST])


@router.api_route("/healthz", methods=["GET", "HEAD"], name="healthz")
async def healthz(request: Request) -> Response:
    """200 when the store answers, 503 when not; says nothing else."""
    try:
        with reading(site_of(request).engine) as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return JSONResponse({"status": "store unreachable"}, status_code=503)
    return JSONResponse({"status": "ok"})
