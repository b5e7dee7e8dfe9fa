"""Pages with a form for people who are not signed in: a cookie ties the form to the browser it was made for."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from web.rendering import render
from web.sessions import COOKIE, GUEST_COOKIE, form_token, new_token
from web.site import site_of


def guest_page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """`render`, with a `form_token` for whoever is before the page, officer or not."""
    guest = request.cookies.get(GUEST_COOKIE) or new_token()
    ours = request.cookies.get(COOKIE) if getattr(request.state, "who", None) else guest
    page = render(request, template, status, **(values | {"form_token": form_token(ours or guest)}))
    set_cookie(request, page, GUEST_COOKIE, guest)
    return page


def set_cookie(request: Request, answer: Response, name: str, value: str, lifetime_s: int | None = None) -> None:
    """A cookie that scripts cannot read and other sites' forms do not send."""
    secure = site_of(request).settings.base_url.startswith("https://")
    answer.set_cookie(name, value, max_age=lifetime_s, path="/", httponly=True, samesite="lax", secure=secure)


def network_address(request: Request) -> str:
    """Where a request comes from, as the throttle counts it."""
    return request.client.host if request.client else ""
