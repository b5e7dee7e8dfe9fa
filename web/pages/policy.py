"""研判规则: what is flagged, the province's form for it, what the past would have looked like, and earlier versions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from alerts.backtest import exceeded
from alerts.flags import FLAGS
from alerts.past import BACK, count_past
from alerts.policy import Policy, WaveRule, policy_in_force, policy_of
from alerts.policy_saving import (
    AboveLimits,
    BadPolicy,
    StalePolicy,
    check_policy,
    fresh_trial,
    save_policy,
    try_policy,
)
from store.bureau import Officer
from store.clock import shanghai_day
from store.engine import reading, writing
from store.policy import PolicyTrial, trial_by_id
from web.pages.routing import get_page
from web.reading.policy import Figures, policy_rows, severity_rows
from web.rendering import render
from web.site import Site, site_of

router = APIRouter()
MOST_AT_ONCE = 30_000  # notices; a back-test of more is the command's, so that no page waits for minutes
BAD = "数值或选项不在允许范围内：次数2至100，品牌或企业数1至50且不多于次数，天数1至180。"
LARGE = "近12个月公告较多，请由运维人员运行 tbtwatch policy backtest 试算同样的规则，再回到本页保存。"
STALE = "别的工作人员刚刚保存了新的规则。请核对下面的现行规则，再决定是否修改。"
ABOVE = "试算结果超出上限。请调整规则，或在说明中写明理由后再保存。"


@get_page(router, "/policy", "policy")
async def policy(request: Request) -> Response:
    """The rules in force, the form, and the figures of a back-test when one is named."""
    site = site_of(request)
    asked = request.query_params.get("trial", "")
    with reading(site.engine) as session:
        trial = trial_by_id(session, asked) if asked else None
        if asked and trial is None:
            raise HTTPException(404)
    saved = request.query_params.get("saved", "") == "1"
    draft = policy_of(trial.rules) if trial else None
    return _page(request, draft=draft, trial=trial, saved=saved)


@router.post("/policy", name="policy_saved")
def policy_saved(
    request: Request,
    deed: Annotated[str, Form()] = "try",
    flags: Annotated[list[str] | None, Form()] = None,
    sign_off_from: Annotated[str, Form()] = "",
    size: Annotated[str, Form()] = "",
    firms: Annotated[str, Form()] = "",
    days: Annotated[str, Form()] = "",
    number: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """Try the rules of the form on the past, or save them."""
    site = site_of(request)
    try:
        draft = Policy(0, _off(flags or []), sign_off_from, WaveRule(_number(size), _number(firms), _number(days)))
        check_policy(draft)
        expected = _number(number)
    except BadPolicy:
        return _page(request, status=422, problem=BAD, note=note)
    trial = _trial(site, draft, again=deed != "save")
    if trial is None:
        return _page(request, draft=draft, status=422, problem=LARGE, note=note)
    if deed != "save":
        return RedirectResponse(f"/policy?trial={trial.public_id}", 303)
    try:
        with writing(site.engine) as session:
            officer = session.get_one(Officer, request.state.who.officer_id)
            save_policy(session, draft, trial, officer, site.now, expected_number=expected, note=note)
    except AboveLimits:
        return _page(request, draft=draft, trial=trial, status=422, problem=ABOVE, note=note)
    except StalePolicy:
        return _page(request, draft=draft, trial=trial, status=409, problem=STALE, note=note)
    return RedirectResponse("/policy?saved=1", 303)


def _trial(site: Site, draft: Policy, *, again: bool) -> PolicyTrial | None:
    """The back-test of these rules: today's if there is one, else a new one; None when the past is too large."""
    until = shanghai_day(site.now)
    with reading(site.engine) as session:
        known = fresh_trial(session, draft, site.now)
        is_large = count_past(session, until - BACK, until) > MOST_AT_ONCE
    if known is not None and (is_large or not again):
        return known
    return None if is_large else try_policy(site.engine, draft, site.now)


def _page(
    request: Request,
    *,
    draft: Policy | None = None,
    trial: PolicyTrial | None = None,
    status: int = 200,
    **values: Any,
) -> Response:
    site = site_of(request)
    with reading(site.engine) as session:
        present = policy_in_force(session)
        rows = policy_rows(session)
        severities = severity_rows(session)
    figures = trial.figures if trial else rows[0].policy.figures if rows else None
    shared = {"problem": "", "note": "", "saved": False}
    return render(
        request,
        "policy.html",
        status,
        present=present,
        draft=draft or present,
        is_trial=trial is not None,
        figures=Figures(figures) if figures else None,
        broken=exceeded(figures) if figures else [],
        rows=rows,
        severities=severities,
        flags=FLAGS,
        **(shared | values),
    )


def _off(kept: list[str]) -> frozenset[str]:
    """What a form leaves unticked; the severity is chosen apart."""
    if unknown := sorted(set(kept) - set(FLAGS)):
        raise BadPolicy(f"no flag '{unknown[0]}': the form is not ours")
    return frozenset(FLAGS) - set(kept) - {"sign_off"}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise BadPolicy(f"'{text[:20]}' is no number: give digits")
    return int(text)
