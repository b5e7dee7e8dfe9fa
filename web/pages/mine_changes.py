"""我的订阅: the buttons of the page. Each needs the visit that a fresh link opened, and the page's form token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from alerts.changing import CHANGED, begin_subscription, replace_subscription, terms_in
from alerts.choosing import choose_digests
from alerts.erasing import erase
from alerts.feed import renew_feed
from alerts.following import stop_following
from alerts.rhythms import UnknownRhythm
from alerts.visits import visitor
from alerts.wishes import BadWish, change_firm, wish_of
from store.audit import write_audit
from store.engine import reading, writing
from store.following import Following
from store.subscription import KIND, Subscriber, Subscription
from web.guests import guest_page
from web.pages.mine import COOKIE, own_page
from web.site import site_of

router = APIRouter()
MISTAKES = {
    "nothing": "请至少选一个行业，或填一个海关编码、产品词。",
    "many": "填得太多了：行业、编码、产品词和市场合计最多200个。",
    "hs": "海关编码“{}”不对：请填2位或4至10位数字，多个用逗号隔开。",
    "words": "产品词“{}”太短或太长。",
    "markets": "市场“{}”没有看懂：请填国家（地区）名称，如美国、德国、欧盟，多个用逗号隔开；留空表示全部市场。",
    "credit_code": "统一社会信用代码“{}”不对：应为18位数字和大写字母，请对照营业执照核对。",
    "mobile": "手机号码“{}”不对：应为11位数字。",
    "place": "请从列表里选择所在地。",
}
UNKNOWN = "请按页面上的内容填写。"
NOT_TICKED = "要删除全部资料，请先勾选“我确认”。"

Fields = dict[str, list[str]]
Deed = Callable[[Session, Subscriber, Fields], str]  # returns what /mine says afterwards, a key of DONE


async def sent(request: Request) -> Fields:
    """The fields of the form, each with all its values."""
    form = await request.form()
    return {name: [value for value in form.getlist(name) if isinstance(value, str)] for name in form}


@router.post("/mine/subscription", name="mine_subscription")
def mine_subscription(request: Request, fields: Fields = Depends(sent)) -> Response:
    """Change one subscription (it ends and a new one begins), begin another, or end one."""
    return _do(request, fields, lambda session, subscriber, form: _subscription(request, session, subscriber, form))


@router.post("/mine/firm", name="mine_firm")
def mine_firm(request: Request, fields: Fields = Depends(sent)) -> Response:
    """Keep what the firm says of itself, and how often it wants what."""
    return _do(request, fields, lambda session, subscriber, form: _firm(request, session, subscriber, form))


@router.post("/mine/following", name="mine_following")
def mine_following(request: Request, fields: Fields = Depends(sent)) -> Response:
    """Stop following one notice."""
    return _do(request, fields, lambda session, subscriber, form: _stop(request, session, subscriber, form))


@router.post("/mine/calendar", name="mine_calendar")
def mine_calendar(request: Request, fields: Fields = Depends(sent)) -> Response:
    """Make a calendar address; the one before is revoked."""
    return _do(request, fields, lambda session, subscriber, _: _renew(request, session, subscriber))


@router.post("/mine/erase", name="mine_erased")
def mine_erased(request: Request, sure: Annotated[str, Form(max_length=3)] = "") -> Response:
    """Erase at once. What was sent for which reason stays without address and name."""
    site = site_of(request)
    with writing(site.engine) as session:
        subscriber = visitor(session, request.cookies.get(COOKIE), site.now)
        if subscriber is None:
            return RedirectResponse("/mine", 303)
        if sure != "yes":
            return own_page(request, session, subscriber, 422, mistake=NOT_TICKED)
        erase(session, subscriber, site.now)
    answer = guest_page(request, "mine_erased.html")
    answer.delete_cookie(COOKIE)
    return answer


def _do(request: Request, fields: Fields, deed: Deed) -> Response:
    """Do the deed in one transaction; a mistake leaves everything as it was and is told on the page."""
    site, cookie = site_of(request), request.cookies.get(COOKIE)
    try:
        with writing(site.engine) as session:
            subscriber = visitor(session, cookie, site.now)
            done = deed(session, subscriber, fields) if subscriber is not None else ""
        return RedirectResponse(f"/mine?done={done}" if done else "/mine", 303)
    except BadWish as bad:
        mistake = MISTAKES.get(bad.field, UNKNOWN).format(bad.given[:40])
    except UnknownRhythm:
        mistake = UNKNOWN
    with reading(site.engine) as session:
        subscriber = visitor(session, cookie, site.now)
        if subscriber is None:
            return RedirectResponse("/mine", 303)
        return own_page(request, session, subscriber, 422, mistake=mistake)


def _subscription(request: Request, session: Session, subscriber: Subscriber, form: Fields) -> str:
    now, which = site_of(request).now, _one(form, "which")
    row = _own_subscription(session, subscriber, which) if which else None
    if _one(form, "deed") == "end" and row is not None:
        row.ended_at, row.ended_reason = now, "ended by its subscriber"
        session.add(row)
        _audit(request, session, "subscription.end", row)
        return "ended"
    wish = wish_of(
        session,
        industries=form.get("industries", []),
        **{name: _one(form, name) for name in ("hs", "words", "markets", "said", "floor")},
    )
    if row is not None:
        kinds = {term for term in terms_in(session, row) if term[0] == KIND}  # the form does not ask for them
        replace_subscription(session, now, row, wish.terms | kinds, said=wish.said, floor=wish.floor)
        return CHANGED
    subscriber.ended_at, subscriber.ended_reason = None, ""  # one who had left is a subscriber again
    subscriber.confirmed_at = subscriber.confirmed_at or now  # the fresh link proved the address
    new = begin_subscription(session, now, subscriber.id or 0, wish.terms, wish.said, wish.floor)
    _audit(request, session, "subscription.begin", new)
    return CHANGED


def _firm(request: Request, session: Session, subscriber: Subscriber, form: Fields) -> str:
    now = site_of(request).now
    given = {name: _one(form, name) for name in ("name", "credit_code", "place", "mobile")}
    change_firm(session, now, subscriber, **given)
    wants = {name: _one(form, name) == "yes" for name in ("standards", "consultations")}
    choose_digests(session, subscriber, now, rhythm=_one(form, "rhythm"), actor="subscriber", **wants)
    return "firm"


def _stop(request: Request, session: Session, subscriber: Subscriber, form: Fields) -> str:
    mine = (Following.subscriber_id == subscriber.id, Following.public_id == _one(form, "which"))
    row = session.exec(select(Following).where(*mine, col(Following.ended_at).is_(None))).first()
    if row is None:
        raise HTTPException(404)
    stop_following(session, site_of(request).now, row)
    return "stopped"


def _renew(request: Request, session: Session, subscriber: Subscriber) -> str:
    renew_feed(session, site_of(request).now, subscriber)
    return "calendar"


def _own_subscription(session: Session, subscriber: Subscriber, public_id: str) -> Subscription:
    mine = (Subscription.subscriber_id == subscriber.id, Subscription.public_id == public_id)
    row = session.exec(select(Subscription).where(*mine, col(Subscription.ended_at).is_(None))).first()
    if row is None:
        raise HTTPException(404)
    return row


def _audit(request: Request, session: Session, action: str, row: Subscription) -> None:
    write_audit(
        session, site_of(request).now, action=action, object_kind="subscription", object_id=row.public_id,
        actor="subscriber",
    )  # fmt: skip


def _one(form: Fields, name: str) -> str:
    return form.get(name, [""])[0][:4000]
