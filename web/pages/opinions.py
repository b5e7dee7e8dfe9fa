"""评议意见 of a firm by the link in its mail: opening it changes nothing, the form's POST keeps what was written."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from sqlmodel import Session

from alerts.comment_days import is_late
from alerts.comment_letters import STATES_IN_WORDS
from alerts.comment_links import BadCommentLink, parties_of_link
from alerts.comment_matter import Matter, matter_of
from alerts.comment_words import BadComment, Words, words_in, words_of
from alerts.commenting import AlreadyScreened, comment_of_firm, receive
from store.clock import shanghai_day
from store.comment import RECEIVED, Comment
from store.engine import reading, writing
from store.subscription import Exporter, Subscriber
from web.pages.routing import get_page
from web.reading.comments import history_of
from web.rendering import render
from web.site import site_of

router = APIRouter()
INCOMPLETE = "链接不完整或已损坏：请从邮件里完整复制，或在邮件里重新点开。"
EMPTY = dict.fromkeys(Words.__dataclass_fields__, "")
MISTAKES = {
    "affected": "请选择是否受影响。",
    "harm": "请写明受到什么影响，或希望怎样修改（每项最多4000字）。",
    "wording": "“希望怎样修改”最多4000字。",
    "products": "“涉及的产品”最多4000字。",
    "yearly_value": "“年出口额”请填数字，单位万元，例如 120 或 120.5。",
    "value_year": "“哪一年”请填四位年份，例如 2025。",
    "hs": "海关编码请填数字，2位或4至10位，多个编码用逗号隔开。",
    "firm_name": "请填名称，最多120字。",
    "lang": "请选择语言。",
}


async def sent_fields(request: Request) -> dict[str, str]:
    """The text fields of a form; files and repeated names are left out."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


@get_page(router, "/opinions/{public_id}", "opinion")
async def opinion(request: Request, public_id: str) -> Response:
    """The form, with what the firm said before and what became of it."""
    with reading(site_of(request).engine) as session:
        subscriber, matter = _parties(session, request, public_id)
        return _page(request, session, subscriber, matter)


@router.post("/opinions/{public_id}", name="opinion_sent")
def opinion_sent(request: Request, public_id: str, sent: dict[str, str] = Depends(sent_fields)) -> Response:
    """Keep the comment. The link's token is the authority."""
    site = site_of(request)
    with writing(site.engine) as session:
        subscriber, matter = _parties(session, request, public_id)
        try:
            words = words_of(sent, shanghai_day(site.now).year)
            receive(session, site.now, site.settings, matter, subscriber, words)
        except BadComment as bad:
            return _page(request, session, subscriber, matter, 422, mistake=MISTAKES[bad.field], sent=sent)
        except AlreadyScreened:
            told = "主管部门已经看过您的意见，不能在这里修改了。如需补充，请与当地市场监督管理局联系。"
            return _page(request, session, subscriber, matter, 409, mistake=told)
        return _page(request, session, subscriber, matter, done=True)


def _parties(session: Session, request: Request, public_id: str) -> tuple[Subscriber, Matter]:
    site = site_of(request)
    token, about = request.query_params.get("token", ""), request.query_params.get("about", "")
    try:
        subscriber, warning = parties_of_link(session, public_id, token, site.settings.secret_bytes(), about)
    except BadCommentLink:
        raise HTTPException(404, INCOMPLETE) from None
    matter = matter_of(session, warning)
    if matter is None:
        raise HTTPException(404)
    return subscriber, matter


def _page(
    request: Request,
    session: Session,
    subscriber: Subscriber,
    matter: Matter,
    status: int = 200,
    *,
    mistake: str = "",
    done: bool = False,
    sent: Mapping[str, str] | None = None,
) -> Response:
    exporter = session.get_one(Exporter, subscriber.exporter_id)
    standing = comment_of_firm(session, matter, exporter.id or 0)
    can_change = standing is None or (
        standing.screened is None and standing.document_id is None and standing.state == RECEIVED
    )
    return render(
        request,
        "opinion.html",
        status,
        matter=matter,
        facts=matter.facts,
        late=is_late(matter.ladder, shanghai_day(site_of(request).now)),
        standing=standing,
        history=history_of(session, standing) if standing else [],
        states=STATES_IN_WORDS,
        can_change=can_change,
        mistake=mistake,
        done=done,
        given=EMPTY | dict(sent) if sent is not None else shown_words(standing, exporter.name),
    )


def shown_words(standing: Comment | None, name: str = "") -> dict[str, str]:
    """What the form shows when it opens: what was said before, as text."""
    if standing is None:
        return EMPTY | {"firm_name": name}
    values = words_in(standing).as_columns() | {"hs": "，".join(standing.hs)}
    shown = EMPTY | {key: str(value) for key, value in values.items() if value not in (None, False)}
    if standing.yearly_value is not None:
        shown["yearly_value"] = f"{standing.yearly_value:.2f}".rstrip("0").rstrip(".")
    return shown
