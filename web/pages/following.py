"""关注此件: an address for one notice's updates; the letter's link begins it, opening that link does not."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.enrolling import BadEnrolment
from alerts.explaining import find_matter
from alerts.following import BadFollowLink, ask_to_follow, begin_following, following_of_link
from store.engine import reading, writing
from store.warning import TradeWarning
from web.guests import guest_page
from web.pages.mine import BAD_ADDRESS, TOO_OFTEN
from web.pages.routing import get_page
from web.reading.notice import whole_notice
from web.reading.warnings import whole_warning
from web.rendering import render
from web.site import site_of
from web.throttle import begin_attempt, keyed

router = APIRouter()
WORTHLESS = "链接不完整，或已超过14天：请到公告或预警的网页上重新申请。"


@get_page(router, "/follow", "follow")
async def follow(request: Request, about: str = "") -> Response:
    """The form; `about` is the public id of a notice or a warning."""
    with reading(site_of(request).engine) as session:
        _, title = _matter(session, about)
    return guest_page(request, "follow.html", about=about, title=title, asked=False, mistake="")


@router.post("/follow", name="follow_asked")
def follow_asked(
    request: Request,
    about: Annotated[str, Form(max_length=32)] = "",
    email: Annotated[str, Form(max_length=254)] = "",
) -> Response:
    """Mail the letter with the button; the answer tells nothing of who is known here."""
    site = site_of(request)
    secret, client = site.settings.secret_bytes(), request.client.host if request.client else ""
    with reading(site.engine) as session:
        thread_id, title = _matter(session, about)
    page: dict[str, Any] = {"about": about, "title": title}
    keys = (keyed(secret, "own", email.strip().lower()), keyed(secret, "own-client", client))
    if begin_attempt(site.engine, site.now, *keys) is None:
        return guest_page(request, "follow.html", 429, **page, asked=False, mistake=TOO_OFTEN)
    try:
        with writing(site.engine) as session:
            ask_to_follow(session, site.now, site.settings, email, thread_id)
    except BadEnrolment:
        return guest_page(request, "follow.html", 422, **page, asked=False, mistake=BAD_ADDRESS)
    return guest_page(request, "follow.html", **page, asked=True, mistake="")


@get_page(router, "/follow/{public_id}", "follow_link")
async def follow_link(request: Request, public_id: str, token: str = "") -> Response:
    """One button."""
    site = site_of(request)
    try:
        with reading(site.engine) as session:
            following_of_link(session, public_id, token, site.now, site.settings.secret_bytes())
    except BadFollowLink:
        raise HTTPException(404, WORTHLESS) from None
    return render(request, "follow_confirm.html", done=False)


@router.post("/follow/{public_id}", name="follow_begun")
def follow_begun(request: Request, public_id: str, token: str = "") -> Response:
    """Begin. The link's token is the authority."""
    site = site_of(request)
    try:
        with writing(site.engine) as session:
            begin_following(session, public_id, token, site.now, site.settings.secret_bytes())
    except BadFollowLink:
        raise HTTPException(404, WORTHLESS) from None
    return render(request, "follow_confirm.html", done=True)


@get_page(router, "/w/{number}", "short")
async def short(request: Request, number: str) -> Response:
    """The short address of a warning's page, for passing on: it never changes."""
    if number.isascii() and number.isdigit() and len(number) < 10:
        with reading(site_of(request).engine) as session:
            warning = session.get(TradeWarning, int(number))
            if warning is not None and whole_warning(session, warning.public_id):
                return RedirectResponse(f"/warnings/{warning.public_id}", 302)
    raise HTTPException(404)


def _matter(session: Session, about: str) -> tuple[int, str]:
    """(thread, title in one line) of a warning that is out or a notice; raises 404."""
    warning, notice = find_matter(session, about)
    if warning is not None and (versions := whole_warning(session, warning.public_id)):
        return warning.thread_id, versions[0].headline
    whole = whole_notice(session, about) if notice is not None else None
    if whole is None:
        raise HTTPException(404)
    return whole.notice.thread_id, whole.notice.title or whole.notice.products or "（原文无标题）"
