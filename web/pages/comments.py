"""评议意见 on the desks: by warning, screened by the county, joined, given data, compiled, proposed as a concern."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.comment_additions import propose_concern, write_data, write_opinion
from alerts.comment_documents import STATUS_IN_WORDS, compile_document
from alerts.comment_letters import STATES_IN_WORDS
from alerts.comment_matter import Matter, UnknownWarning, matter_by_id
from alerts.comment_words import BadComment, words_of
from alerts.commenting import (
    AlreadyScreened,
    CommentSettled,
    UnknownComment,
    comment_by_id,
    receive_for_members,
    screen,
)
from alerts.reviewing import NotAllowed
from store.bureau import Officer
from store.clock import shanghai_day
from store.engine import reading, writing
from web.pages.opinions import MISTAKES, sent_fields, shown_words
from web.pages.routing import get_page
from web.reading.comments import matter_rows, note_views, own_day, whole_matter
from web.rendering import render
from web.site import site_of

router = APIRouter()
AFFECTED = {"yes": "受影响", "no": "不受影响", "unsure": "还说不清"}
DONE = {
    "screen": "筛选结果已记录。",
    "opinion": "联合意见已保存。",
    "data": "数据已保存。",
    "concern": "已列为特别贸易关注的候选。",
    "add": "协会意见已保存。",
}


@get_page(router, "/comments", "comments")
async def comments(request: Request) -> Response:
    """The warnings with comments of the own line, due first."""
    site, who = site_of(request), request.state.who
    with reading(site.engine) as session:
        rows = matter_rows(session, who, site.now)
    return render(
        request, "comments.html", rows=rows, states=STATES_IN_WORDS, own_day=lambda ladder: own_day(ladder, who.tier)
    )


@get_page(router, "/comments/{public_id}", "comment_matter")
def comment_matter(request: Request, public_id: str) -> Response:
    """The comments on one warning. Whoever reads a firm's words is written down, so this page writes."""
    site, who = site_of(request), request.state.who
    with writing(site.engine) as session:
        whole = whole_matter(session, who, _matter(session, public_id))
        note_views(session, site.now, who, whole.seen)
        return render(
            request,
            "comment_matter.html",
            whole=whole,
            matter=whole.matter,
            facts=whole.matter.facts,
            states=STATES_IN_WORDS,
            statuses=STATUS_IN_WORDS,
            affected=AFFECTED,
            day=own_day(whole.matter.ladder, who.tier),
            given=shown_words(whole.own_comment),
            done=DONE.get(request.query_params.get("done", ""), ""),
        )


@router.post("/comments/{public_id}/screen", name="comment_screened")
def comment_screened(
    request: Request,
    public_id: str,
    comment: Annotated[str, Form()] = "",
    usable: Annotated[str, Form()] = "",
    note: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Say whether one comment can be used."""
    site = site_of(request)
    with _deed(request, public_id) as (session, matter, officer):
        found = comment_by_id(session, comment)
        if found.warning_id != matter.warning.id:
            raise HTTPException(404)
        if usable not in ("yes", "no"):
            raise HTTPException(422, "请选择可用或不可用。")
        screen(session, site.now, site.settings, found, matter, officer, usable=usable == "yes", note=note)
    return _back(public_id, "screen")


@router.post("/comments/{public_id}/opinion", name="comment_joined")
def comment_joined(request: Request, public_id: str, text: Annotated[str, Form()] = "") -> Response:
    """Write the joint opinion of the own bureau."""
    with _deed(request, public_id) as (session, matter, officer):
        write_opinion(session, site_of(request).now, matter, officer, text)
    return _back(public_id, "opinion")


@router.post("/comments/{public_id}/data", name="comment_data")
def comment_data(request: Request, public_id: str, sent: dict[str, str] = Depends(sent_fields)) -> Response:
    """Write the data of the own bureau."""
    given: dict[str, Any] = {"cases": sent.get("cases", "")}
    for name, kind in (("export_value", float), ("value_year", int), ("firms", int)):
        printed = sent.get(name, "").strip().replace(",", "")
        try:
            given[name] = kind(printed) if printed else None
        except ValueError:
            raise HTTPException(422, "出口额、年份和企业数请填数字。") from None
    with _deed(request, public_id) as (session, matter, officer):
        write_data(session, site_of(request).now, matter, officer, **given)
    return _back(public_id, "data")


@router.post("/comments/{public_id}/concern", name="comment_concern")
def comment_concern(
    request: Request, public_id: str, reason: Annotated[str, Form()] = "", committee: Annotated[str, Form()] = ""
) -> Response:
    """Propose the measure as a specific trade concern."""
    with _deed(request, public_id) as (session, matter, officer):
        propose_concern(session, site_of(request).now, matter, officer, reason, committee)
    return _back(public_id, "concern")


@router.post("/comments/{public_id}/add", name="comment_added")
def comment_added(request: Request, public_id: str, sent: dict[str, str] = Depends(sent_fields)) -> Response:
    """Keep what an association says for its members."""
    site = site_of(request)
    with _deed(request, public_id) as (session, matter, officer):
        words = words_of(sent, shanghai_day(site.now).year)
        receive_for_members(session, site.now, site.settings, matter, officer, words)
    return _back(public_id, "add")


@router.post("/comments/{public_id}/compile", name="comment_compiled")
def comment_compiled(request: Request, public_id: str) -> Response:
    """Begin the province's document, or take up its draft."""
    with _deed(request, public_id) as (session, matter, officer):
        document = compile_document(session, site_of(request).now, matter, officer)
    return RedirectResponse(f"/comment-documents/{document.public_id}", 303)


@contextmanager
def _deed(request: Request, public_id: str) -> Iterator[tuple[Session, Matter, Officer]]:
    """One transaction on one warning's comments; what goes wrong becomes the answer a person understands.

    A comment of another line answers as one that does not exist.
    """
    try:
        with writing(site_of(request).engine) as session:
            yield session, _matter(session, public_id), session.get_one(Officer, request.state.who.officer_id)
    except (NotAllowed, UnknownComment):
        raise HTTPException(404) from None
    except BadComment as bad:
        raise HTTPException(422, MISTAKES.get(bad.field, "请把内容填写完整；说“不可用”时要写明原因。")) from None
    except (AlreadyScreened, CommentSettled):
        raise HTTPException(409, "这条意见已经写入盖章的文件或已经筛选，不能再改。") from None


def _matter(session: Session, public_id: str) -> Matter:
    try:
        return matter_by_id(session, public_id)
    except UnknownWarning:
        raise HTTPException(404) from None


def _back(public_id: str, done: str) -> Response:
    return RedirectResponse(f"/comments/{public_id}?done={done}", 303)
