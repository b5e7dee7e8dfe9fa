"""Warnings that are out: the list and one with its versions."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from alerts.composing import told_of
from alerts.passing_on import words_to_pass_on
from alerts.telling_changes import changes_of
from store.engine import reading
from store.notice import Notice
from web.pages.routing import get_page, page_of
from web.reading.joins import other_sources
from web.reading.warnings import issued_warnings, whole_warning
from web.rendering import render
from web.site import site_of

router = APIRouter()
SEVERITIES = ("red", "orange", "yellow", "blue")


@get_page(router, "/warnings", "warnings")
async def warnings(request: Request) -> Response:
    """The list, the newest first."""
    severity = request.query_params.get("severity", "")
    severity = severity if severity in SEVERITIES else ""
    page = page_of(request.query_params)
    with reading(site_of(request).engine) as session:
        rows, more = issued_warnings(session, severity=severity, page=page)
    return render(request, "warnings.html", rows=rows, more=more, page=page, severity=severity, severities=SEVERITIES)


@get_page(router, "/warnings/{public_id}", "warning")
async def warning(request: Request, public_id: str) -> Response:
    """One warning: what it says now, and its earlier versions."""
    site = site_of(request)
    with reading(site.engine) as session:
        versions = whole_warning(session, public_id)
        if not versions:
            raise HTTPException(404)
        told = told_of(session, versions[0].version, site.now)
        own = session.get_one(Notice, versions[0].version.notice_id).thread_id
        others = other_sources(session, own)
    return render(
        request,
        "warning.html",
        versions=versions,
        newest=versions[0],
        told=told,
        pass_on=words_to_pass_on(versions[0].headline, told, f"{site.settings.base_url}/w/{versions[0].warning.id}"),
        about=public_id,
        others=others,
        changes=lambda version: changes_of(version.facts.get("changes", {}), None, version.severity),
    )
