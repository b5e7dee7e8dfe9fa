"""The buttons of a mail: 与我有关, 与我无关, 少收一点. Opening a link changes nothing; a page's button does."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from sqlmodel import Session

from alerts.fewer import UnknownWay, take_way, ways_of
from alerts.judging import WHYS, BadJudgement, judge, warnings_of_mail
from alerts.own_links import FEWER, RELEVANCE, BadOwnLink, mail_of_link
from alerts.unsubscribing import UNSUBSCRIBED, end_subscriptions
from store.email import Email
from store.engine import reading, writing
from store.subscription import Subscriber
from web.pages.routing import get_page
from web.reading.warnings import headline_of, industries_of
from web.rendering import render
from web.site import site_of

router = APIRouter()
INCOMPLETE = "链接不完整或已损坏：请从邮件里完整复制，或在邮件里重新点开。"
STOP = "stop"


@get_page(router, "/relevance/{public_id}", "relevance")
async def relevance(request: Request, public_id: str, token: str = "") -> Response:
    """Two buttons for each warning that the mail told of."""
    with reading(site_of(request).engine) as session:
        email, _ = _reader(session, request, public_id, token, RELEVANCE)
        return _relevance_page(request, session, email)


@router.post("/relevance/{public_id}", name="relevance_said")
def relevance_said(
    request: Request,
    public_id: str,
    token: str = "",
    warning: Annotated[str, Form(max_length=32)] = "",
    said: Annotated[str, Form(max_length=5)] = "",
    why: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Keep what was said; a reason may follow. The link's token is the authority."""
    site = site_of(request)
    with writing(site.engine) as session:
        email, _ = _reader(session, request, public_id, token, RELEVANCE)
        if said not in ("yes", "no"):
            raise HTTPException(422, "请按页面上的按钮。")
        try:
            judge(session, site.now, email, warning, relevant=said == "yes", why=why)
        except BadJudgement:
            raise HTTPException(422, "请按页面上的按钮。") from None
        return _relevance_page(request, session, email, done=said, about=warning, why=why)


@get_page(router, "/fewer/{public_id}", "fewer")
async def fewer(request: Request, public_id: str, token: str = "") -> Response:
    """The ways to get less, each a button; named by the warning alone, not by what its reader asked for."""
    with reading(site_of(request).engine) as session:
        email, subscriber = _reader(session, request, public_id, token, FEWER)
        ended = subscriber.ended_at is not None
        return render(request, "fewer.html", ways=ways_of(session, email), done="", ended=ended)


@router.post("/fewer/{public_id}", name="fewer_taken")
def fewer_taken(
    request: Request,
    public_id: str,
    token: str = "",
    way: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Do what one button says ("kind value", or stop). The link's token is the authority."""
    site = site_of(request)
    with writing(site.engine) as session:
        email, subscriber = _reader(session, request, public_id, token, FEWER)
        ways = ways_of(session, email)
        kind, _, value = way.partition(" ")
        if way == STOP and subscriber.ended_at is None:
            end_subscriptions(session, subscriber, site.now, UNSUBSCRIBED, details={"mail": email.public_id})
        elif way != STOP:
            try:
                take_way(session, site.now, email, subscriber, kind, value)
            except UnknownWay:
                raise HTTPException(422, "请按页面上的按钮。") from None
        done = "退订全部邮件" if way == STOP else next(w.label for w in ways if (w.kind, w.value) == (kind, value))
        return render(request, "fewer.html", ways=ways, done=done, ended=subscriber.ended_at is not None)


def _reader(session: Session, request: Request, public_id: str, token: str, purpose: str) -> tuple[Email, Subscriber]:
    secret = site_of(request).settings.secret_bytes()
    try:
        return mail_of_link(session, public_id, token, secret, purpose)
    except BadOwnLink:
        raise HTTPException(404, INCOMPLETE) from None


def _relevance_page(
    request: Request, session: Session, email: Email, *, done: str = "", about: str = "", why: str = ""
) -> Response:
    told = warnings_of_mail(session, email)
    if not told:
        raise HTTPException(404, INCOMPLETE)
    names = industries_of(session, [version.id or 0 for _, version in told])
    rows = [
        (warning.public_id, headline_of(version, [i.name_zh for i in names[version.id or 0]]))
        for warning, version in told
    ]
    return render(request, "relevance.html", rows=rows, done=done, about=about, why=why, whys=WHYS)
