"""The bureaus: a public list, and each bureau's own entry, kept and confirmed by its officers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, select

from alerts.bureau_entries import LENGTHS, BadEntry, Entry, entry_of, keep_entry, may_keep
from alerts.network import read_network
from store.bureau import Bureau, Officer
from store.engine import reading, writing
from store.jurisdiction import Jurisdiction
from web.pages.routing import get_page
from web.reading.bureaus import kept_by, listed_bureaus
from web.rendering import render
from web.site import site_of

router = APIRouter()
LABELS = {
    "unit_zh": "承办科室",
    "duty_phone": "值班电话",
    "reply_address": "回复邮箱",
    "role_a_zh": "A角岗位",
    "role_b_zh": "B角岗位",
}
MISTAKES = {
    "duty_phone": "请填写值班电话，写法如 0754-12345678（确认前必须填写）。",
    "reply_address": "回复邮箱不能使用，请检查写法。",
}
Cell = Annotated[str, Form(max_length=400)]


@get_page(router, "/bureaus", "bureaus")
async def bureaus(request: Request) -> Response:
    """All bureaus, city by city; telephone numbers only where the bureau has confirmed them."""
    with reading(site_of(request).engine) as session:
        return render(
            request,
            "bureaus.html",
            groups=listed_bureaus(session),
            kept=kept_by(session, request.state.who) if request.state.who else set(),
        )


@get_page(router, "/bureaus/{public_id}", "bureau")
async def bureau(request: Request, public_id: str) -> Response:
    """One bureau's entry as a form."""
    with reading(site_of(request).engine) as session:
        found, _ = _found(session, request, public_id)
        return _page(request, session, found, entry_of(found), done=request.query_params.get("done", ""))


@router.post("/bureaus/{public_id}", name="bureau_kept")
def bureau_kept(
    request: Request,
    public_id: str,
    action: Annotated[str, Form()] = "",
    unit_zh: Cell = "",
    duty_phone: Cell = "",
    reply_address: Cell = "",
    role_a_zh: Cell = "",
    role_b_zh: Cell = "",
) -> Response:
    """Keep the entry; with the button 确认 say that it is right."""
    site = site_of(request)
    entry = Entry(unit_zh, duty_phone, reply_address, role_a_zh, role_b_zh)
    with writing(site.engine) as session:
        found, officer = _found(session, request, public_id)
        if action not in ("save", "confirm"):
            return _page(request, session, found, entry, 422, mistake="请用页面下方的按钮提交。")
        try:
            keep_entry(session, site.now, found, officer, entry, confirming=action == "confirm")
        except BadEntry as error:
            most = LENGTHS[error.column]
            told = MISTAKES.get(error.column, f"“{LABELS[error.column]}”太长，请缩短到{most}字以内。")
            return _page(request, session, found, entry, 422, mistake=told)
    return RedirectResponse(f"/bureaus/{public_id}?done={action}", 303)


def _found(session: Session, request: Request, public_id: str) -> tuple[Bureau, Officer]:
    """The bureau and the officer before the page, or 404 both for none and for one that is another's to keep."""
    who = request.state.who
    found = session.exec(
        select(Bureau, Jurisdiction.code)
        .join(Jurisdiction, Bureau.jurisdiction_id == Jurisdiction.id)  # type: ignore[arg-type]
        .where(Bureau.public_id == public_id)
    ).first()
    officer = session.get_one(Officer, who.officer_id)
    if found is None or not may_keep(read_network(session), who.place, officer.kind, found[1]):
        raise HTTPException(404)
    return found[0], officer


def _page(
    request: Request, session: Session, found: Bureau, entry: Entry, status: int = 200, **values: Any
) -> Response:
    confirmer = session.exec(select(Officer).where(Officer.public_id == found.confirmed_by)).first()
    by = session.get(Bureau, confirmer.bureau_id) if confirmer else None
    shown = {"mistake": "", "done": "", **values}
    return render(
        request,
        "bureau.html",
        status,
        bureau=found,
        cells=entry,
        labels=LABELS,
        lengths=LENGTHS,
        confirmer=confirmer,
        confirmed_for=by,
        **shown,
    )
