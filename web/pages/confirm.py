"""Confirming a sign-up by the link in its invitation: opening it changes nothing, the button does."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response
from sqlmodel import Session

from alerts.confirming import Request as Asking
from alerts.confirming import confirm as confirm_request
from alerts.confirming import request_of_link
from alerts.consent import consent_lines
from alerts.subscription_words import asked_zh
from alerts.unsubscribing import BadLink
from store.bureau import Bureau
from store.engine import reading, writing
from store.subscription import Exporter
from web.pages.routing import get_page
from web.pages.subscribe import processor
from web.rendering import render
from web.site import site_of

router = APIRouter()
INCOMPLETE = "确认链接不完整或已损坏：请从邮件里完整复制，或在邮件里重新点开。"


@get_page(router, "/confirm/{public_id}", "confirm")
async def confirm(request: Request, public_id: str) -> Response:
    """What was asked, and one button. Mail gateways open every link, so opening does nothing."""
    site = site_of(request)
    token = request.query_params.get("token", "")
    try:
        with reading(site.engine) as session:
            found = request_of_link(session, public_id, token, site.settings.secret_bytes(), site.now)
            return _page(request, session, found, done=False)
    except BadLink:
        raise HTTPException(404, INCOMPLETE) from None


@router.post("/confirm/{public_id}", name="confirmed")
def confirmed(request: Request, public_id: str) -> Response:
    """Confirm. The link's token is the authority."""
    site = site_of(request)
    token = request.query_params.get("token", "")
    try:
        with writing(site.engine) as session:
            found = confirm_request(session, public_id, token, site.now, site.settings)
            return _page(request, session, found, done=True)
    except BadLink:
        raise HTTPException(404, INCOMPLETE) from None


def _page(request: Request, session: Session, found: Asking, *, done: bool) -> Response:
    site = site_of(request)
    exporter = session.get_one(Exporter, found.subscriber.exporter_id)
    bureau = session.get_one(Bureau, exporter.bureau_id)
    return render(
        request,
        "confirm.html",
        asking=found,
        asked=asked_zh(session, found.subscription),
        consent=consent_lines(processor(site), site.settings.contact, bureau.name_zh),
        done=done,
    )
