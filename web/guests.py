"""Forms of pages that need no sign-in: their token is tied to a cookie of this browser, as the sign-in's is."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from web.rendering import render
from web.sessions import COOKIE, GUEST_COOKIE, form_token, new_token
from web.site import site_of


def render_with_form(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Render a page whose form anybody may send; `form_token` fits whoever is before it, signed in or not."""
    if request.state.who:
        return render(request, template, status, **values, form_token=form_token(request.cookies[COOKIE]))
    guest = request.cookies.get(GUEST_COOKIE) or new_token()
    page = render(request, template, status, **values, form_token=form_token(guest))
    secure = site_of(request).settings.base_url.startswith("https://")
    page.set_cookie(GUEST_COOKIE, guest, path="/", httponly=True, samesite="lax", secure=secure)
    return page


def network_address(request: Request) -> str:
    """Where a request comes from, as the throttle counts it."""
    return request.client.host if request.client else ""
