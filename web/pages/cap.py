"""Warnings that are out as CAP 1.2 messages, for other systems: the newest version of one, or a numbered one."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from alerts.cap import CONTENT_TYPE
from alerts.cap_gathering import cap_of
from store.engine import reading
from web.reading.warnings import whole_warning
from web.site import site_of

router = APIRouter()
METHODS = ["GET", "HEAD"]


@router.api_route("/warnings/{public_id}/cap.xml", methods=METHODS, name="warning_cap")
async def warning_cap(request: Request, public_id: str) -> Response:
    """The newest version that is out."""
    return _message(request, public_id)


@router.api_route("/warnings/{public_id}/{number}/cap.xml", methods=METHODS, name="warning_version_cap")
async def warning_version_cap(request: Request, public_id: str, number: str) -> Response:
    """The version with this number; 404 when that one never went out."""
    return _message(request, public_id, number)


def _message(request: Request, public_id: str, number: str | None = None) -> Response:
    site = site_of(request)
    with reading(site.engine) as session:
        versions = [issued.version for issued in whole_warning(session, public_id)]
        wanted = [version for version in versions if number is None or str(version.number) == number]
        if not wanted:
            raise HTTPException(404)
        return Response(cap_of(session, wanted[0], site.settings), media_type=CONTENT_TYPE)
