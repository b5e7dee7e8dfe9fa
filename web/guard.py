"""What each request passes before its page: permission, same-site origin, form token; the headers of each answer."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from store.engine import reading
from web.access import BEFORE_CHANGE, ROUTES, TOKEN_ROUTES, Permission, Who, may
from web.sessions import COOKIE, GUEST_COOKIE, is_form_token, who_of
from web.site import Site, site_of

MOST_BODY_BYTES = 256 * 1024
REFUSED = {
    Permission.DECIDE: "本工作台的账号只能查看和提意见，不能研判。",
    Permission.ACCOUNTS: "只有主管部门的工作人员可以管理账号。",
    Permission.AUDIT: "审计记录由省级、市级主管部门查阅。",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",  # browsers that know no frame-ancestors
    "X-Content-Type-Options": "nosniff",
    # "no-referrer" would make browsers send "Origin: null" with our own forms
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class SignInNeeded(Exception):
    """Raised for a page of the officers when nobody is signed in; answered by the sign-in page."""


class ChangeNeeded(Exception):
    """Raised for a page of the officers while the password is one that somebody else chose; answered by /account."""


class Headers:
    """Adds the security headers to every answer; a page's own headers win."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the headers when the answer begins."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    answer.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


async def admit(request: Request) -> None:
    """Let the request through to its route, or raise: SignInNeeded, ChangeNeeded, 403, 404 without a permission.

    Leaves `request.state.who`, the officer or None.
    """
    site = site_of(request)
    request.state.who = who = signed_in(request)
    name = request.scope["route"].name
    permission = ROUTES.get(name)
    if permission is None:
        raise HTTPException(404)
    if who and who.must_change and permission is not Permission.PUBLIC and name not in BEFORE_CHANGE:
        raise ChangeNeeded
    if not may(who, permission, is_demo=site.settings.is_demo):
        if who is None:
            raise SignInNeeded
        raise HTTPException(403, REFUSED.get(permission, "这一页需要省级账号"))
    if request.method not in SAFE_METHODS and name not in TOKEN_ROUTES:
        await _check_form(request, site)


def signed_in(request: Request) -> Who | None:
    """The officer whose cookie came with the request; without a cookie the store is not asked."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    site = site_of(request)
    with reading(site.engine) as session:
        return who_of(session, token, site.now)


async def _check_form(request: Request, site: Site) -> None:
    """Raise 403 unless the form was sent by a page of ours that was made for this browser."""
    if not is_same_site(request, site):
        raise HTTPException(403, "请求来自其他网站，已拒绝")
    form = await request.form()
    cookie = request.cookies.get(COOKIE if request.state.who else GUEST_COOKIE)
    if not is_form_token(form.get("form_token"), cookie):
        raise HTTPException(403, "表单已失效：请返回上一页，刷新后再提交（浏览器须允许本站 Cookie）")


def is_same_site(request: Request, site: Site) -> bool:
    """Whether the browser says that the request comes from our own pages; old browsers that say nothing pass."""
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc in (request.headers.get("host"), urlsplit(site.settings.base_url).netloc)


def sign_in_address(request: Request) -> str:
    """Where to sign in, and come back to this page afterwards (only for pages that are safe to open again)."""
    if request.method not in SAFE_METHODS:
        return "/sign-in"
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/sign-in?next={quote(here, safe='')}"


def safe_next(address: str) -> str:
    """`address` when it is a path of this site, else the desk: a foreign page must not hide behind our sign-in."""
    parts = urlsplit(address)
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc
    return address if is_ours and address.isprintable() else "/desk"
