"""Unsubscribing by the link in a mail: opening it changes nothing, the button does, and so does RFC 8058's POST."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from alerts.unsubscribing import BadLink, subscriber_of_link, unsubscribe
from store.engine import reading, writing
from web.pages.routing import get_page
from web.rendering import render
from web.site import site_of

router = APIRouter()
INCOMPLETE = "退订链接不完整或已损坏：请从邮件里完整复制，或在邮件里重新点开。"


@get_page(router, "/unsubscribe/{public_id}", "unsubscribe")
async def unsubscribe_page(request: Request, public_id: str) -> Response:
    """One button. Mail gateways open every link, so opening does nothing."""
    site = site_of(request)
    try:
        with reading(site.engine) as session:
            token = request.query_params.get("token", "")
            subscriber = subscriber_of_link(session, public_id, token, site.settings.secret_bytes())
            already = subscriber.ended_at is not None
    except BadLink:
        raise HTTPException(404, INCOMPLETE) from None
    return render(request, "unsubscribe.html", done=False, already=already)


@router.post("/unsubscribe/{public_id}", name="unsubscribe_confirmed")
def unsubscribe_confirmed(request: Request, public_id: str) -> Response:
    """End the subscriptions. The link's token is the authority: mail providers post without cookie or form token."""
    site = site_of(request)
    try:
        with writing(site.engine) as session:
            token = request.query_params.get("token", "")
            unsubscribe(session, public_id, token, site.now, site.settings.secret_bytes())
    except BadLink:
        raise HTTPException(404, INCOMPLETE) from None
    return render(request, "unsubscribe.html", done=True, already=False)
