"""我的订阅: the door by a fresh link, and the page behind it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.changing import FLOORS
from alerts.enrolling import BadEnrolment
from alerts.explaining import explain
from alerts.exporting import as_zip, rows_about
from alerts.feed import feed_of, feed_path
from alerts.visits import LIVES, BadVisit, ask_for_link, end_visit, open_visit, visit_of_link, visitor
from store.clock import shanghai_day
from store.engine import reading, writing
from store.subscription import Subscriber
from web.guests import guest_page, set_cookie
from web.pages.routing import get_page
from web.reading.industries import sectors
from web.reading.mine import mine_of, places_to_choose
from web.site import site_of
from web.throttle import begin_attempt, keyed

router = APIRouter()
COOKIE = "tbtwatch_mine"
WORTHLESS = "链接不完整、已经用过，或已超过30分钟：请到“我的订阅”重新申请一封邮件。"
BAD_ADDRESS = "邮箱地址不完整，请检查后再填一次。"
TOO_OFTEN = "申请次数过多，请15分钟后再试。"
DONE = {
    "changed": "已保存修改。",
    "ended": "已停止这一项订阅。",
    "firm": "已保存。",
    "stopped": "已取消关注。",
    "calendar": "日历地址已更换，旧地址已失效。",
}


@get_page(router, "/mine", "mine")
async def mine(request: Request, why: str = "", done: str = "") -> Response:
    """The page of whoever opened a fresh link in this browser; for all others the form that asks for one."""
    with reading(site_of(request).engine) as session:
        subscriber = visitor(session, request.cookies.get(COOKIE), site_of(request).now)
        if subscriber is None:
            return guest_page(request, "mine_door.html", asked=False, mistake="")
        return own_page(request, session, subscriber, told=DONE.get(done, ""), why=why[:300])


@router.post("/mine", name="mine_asked")
def mine_asked(request: Request, email: Annotated[str, Form(max_length=254)] = "") -> Response:
    """Mail a fresh link. The answer is the same whether the address is known or not."""
    site = site_of(request)
    secret, client = site.settings.secret_bytes(), request.client.host if request.client else ""
    keys = (keyed(secret, "own", email.strip().lower()), keyed(secret, "own-client", client))
    if begin_attempt(site.engine, site.now, *keys) is None:
        return guest_page(request, "mine_door.html", 429, asked=False, mistake=TOO_OFTEN)
    try:
        with writing(site.engine) as session:
            ask_for_link(session, site.now, site.settings, email)
    except BadEnrolment:
        return guest_page(request, "mine_door.html", 422, asked=False, mistake=BAD_ADDRESS)
    return guest_page(request, "mine_door.html", asked=True, mistake="")


@get_page(router, "/mine/open/{public_id}", "mine_open")
async def mine_open(request: Request, public_id: str, token: str = "") -> Response:
    """One button. Mailboxes open links by themselves, so opening does not use the link up."""
    site = site_of(request)
    with reading(site.engine) as session:
        try:
            visit_of_link(session, public_id, token, site.now, site.settings.secret_bytes())
        except BadVisit:
            raise HTTPException(404, WORTHLESS) from None
    return guest_page(request, "mine_open.html")


@router.post("/mine/open/{public_id}", name="mine_opened")
def mine_opened(request: Request, public_id: str, token: str = "") -> Response:
    """Use the link up and begin the visit in this browser."""
    site = site_of(request)
    with writing(site.engine) as session:
        try:
            cookie = open_visit(session, public_id, token, site.now, site.settings.secret_bytes())
        except BadVisit:
            raise HTTPException(404, WORTHLESS) from None
    answer = RedirectResponse("/mine", 303)
    set_cookie(request, answer, COOKIE, cookie, int(LIVES.total_seconds()))
    return answer


@router.post("/mine/leave", name="mine_left")
def mine_left(request: Request) -> Response:
    """End the visit."""
    site = site_of(request)
    if cookie := request.cookies.get(COOKIE):
        with writing(site.engine) as session:
            end_visit(session, cookie, site.now)
    answer = RedirectResponse("/mine", 303)
    answer.delete_cookie(COOKIE)
    return answer


@router.api_route("/mine/export.zip", methods=["GET"], name="mine_export")
def mine_export(request: Request) -> Response:
    """Everything about me, as JSON and CSV."""
    site = site_of(request)
    with reading(site.engine) as session:
        subscriber = visitor(session, request.cookies.get(COOKIE), site.now)
        if subscriber is None:
            return RedirectResponse("/mine", 303)
        content = as_zip(rows_about(session, subscriber))
    name = f"tbtwatch-{shanghai_day(site.now).isoformat()}.zip"
    return Response(
        content, media_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def own_page(
    request: Request,
    session: Session,
    subscriber: Subscriber,
    status: int = 200,
    *,
    told: str = "",
    mistake: str = "",
    why: str = "",
) -> Response:
    """The page with all of one's own data."""
    settings = site_of(request).settings
    feed = feed_of(session, subscriber)
    return guest_page(
        request,
        "mine.html",
        status,
        mine=mine_of(session, subscriber),
        sectors=sectors(session),
        places=places_to_choose(session),
        floors=FLOORS,
        feed=settings.base_url + feed_path(settings.secret_bytes(), feed) if feed else "",
        told=told,
        mistake=mistake,
        why=why,
        answers=explain(session, subscriber, why) if why.strip() else [],
    )
