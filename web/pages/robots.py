"""群机器人: a desk's or an association's robots; added, tried out, paused, taken up again and ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, select

from alerts.robot_guard import BadAddress
from alerts.robot_sending import TooSoon, try_out
from alerts.robots import BadRobot, TooManyRobots, add_robot, end_robot, pause_robot, resume_robot, secret_of
from store.bureau import Bureau, Officer
from store.email import ACCEPTED, CAPTURED
from store.engine import reading, writing
from store.industry import Industry
from store.robot import WEBHOOK, GroupRobot
from web.pages.routing import get_page
from web.reading.feeds import SEVERITIES
from web.reading.industries import sectors
from web.reading.notices import markets_seen
from web.reading.robots import answer_zh, is_own, robot_seen, shown_robots
from web.rendering import render
from web.site import site_of

router = APIRouter()
KINDS = {
    "wecom": "企业微信群机器人",
    "dingtalk": "钉钉群机器人",
    "feishu": "飞书群机器人",
    "webhook": "自有系统（签名的 webhook）",
}
MISTAKES: dict[type[Exception], str] = {
    BadRobot: "请填写名称（最多60个字）并选择种类；密钥最多200个字符。",
    BadAddress: "地址不对：请从机器人的设置页完整复制，以 https:// 开头，种类要与地址相符；不能是内部网络的地址。",
    TooManyRobots: "本单位的机器人已有20个，请先停用不用的。",
}
DONE = {
    "pause": "已暂停，暂停期间的预警不会补发。",
    "resume": "已恢复，从现在起发出的预警会发送。",
    "end": "已停用，地址和密钥已删除。",
}


@get_page(router, "/robots", "robots")
async def robots(request: Request) -> Response:
    """The robots and the form for another."""
    with reading(site_of(request).engine) as session:
        return _page(request, session, done=DONE.get(request.query_params.get("done", ""), ""))


@router.post("/robots", name="robot_added")
def robot_added(
    request: Request,
    name: Annotated[str, Form(max_length=200)] = "",
    kind: Annotated[str, Form(max_length=20)] = "",
    address: Annotated[str, Form(max_length=2000)] = "",
    secret: Annotated[str, Form(max_length=400)] = "",
    industry: Annotated[list[str], Form()] = [],  # noqa: B006  (FastAPI copies it)
    market: Annotated[list[str], Form()] = [],  # noqa: B006
    severity: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Add one to the own desk; a plain webhook's secret is shown this once."""
    site, who = site_of(request), request.state.who
    sent = {"name": name, "kind": kind, "industry": industry, "market": market, "severity": severity}
    chosen = {"industries": [s for s in industry if s], "markets": [s for s in market if s]}
    try:
        with writing(site.engine) as session:
            bureau, by = session.get_one(Bureau, who.bureau_id), session.get_one(Officer, who.officer_id)
            robot = add_robot(
                session, site.now, site.settings, bureau, by=by, name=name, kind=kind, address=address, secret=secret,
                severity_floor=severity, **chosen,
            )  # fmt: skip
            made = secret_of(robot, site.settings) if kind == WEBHOOK and not secret.strip() else ""
    except tuple(MISTAKES) as mistake:
        with reading(site.engine) as session:
            return _page(request, session, 422, mistake=MISTAKES[type(mistake)], sent=sent)
    with reading(site.engine) as session:
        return _page(request, session, done="已添加。请点“发测试消息”，看群里是否收到。", made=made)


@router.post("/robots/{public_id}", name="robot_managed")
def robot_managed(request: Request, public_id: str, deed: Annotated[str, Form()] = "") -> Response:
    """Do one thing to one robot; that of another line answers as one that does not exist."""
    site, who = site_of(request), request.state.who
    with writing(site.engine) as session:
        robot = robot_seen(session, who, public_id)
        if robot is None:
            raise HTTPException(404)
        if deed not in ("try", "pause", "resume", "end"):
            raise HTTPException(422)
        if deed in ("try", "resume") and not is_own(robot, who):
            raise HTTPException(403, "这项操作由机器人所属的单位办理。")
        if deed != "try":
            by = session.get_one(Officer, who.officer_id)
            {"pause": pause_robot, "resume": resume_robot, "end": end_robot}[deed](session, robot, site.now, by)
    return _tried(request, robot) if deed == "try" else RedirectResponse(f"/robots?done={deed}", 303)


def _tried(request: Request, robot: GroupRobot) -> Response:
    site = site_of(request)
    try:
        trial = try_out(site.engine, robot.id or 0, site.now, site.settings)
    except TooSoon:
        told, is_well = "这个机器人一分钟内收到的消息太多，请过一分钟再试。", False
    else:
        is_well = trial.state in (ACCEPTED, CAPTURED)
        told = f"测试消息没有发出：{answer_zh(trial.answer)}。"
        told = "测试消息已发出，请到群里查看。" if trial.state == ACCEPTED else told
        told = "演示环境不向外发送：测试消息只留存在本系统。" if trial.state == CAPTURED else told
    with reading(site.engine) as session:
        return _page(request, session, done=told if is_well else "", mistake="" if is_well else told)


def _page(
    request: Request,
    session: Session,
    status: int = 200,
    *,
    mistake: str = "",
    done: str = "",
    made: str = "",
    sent: Mapping[str, Any] | None = None,
) -> Response:
    names = site_of(request).names
    industries = {row.slug: row.name_zh for row in session.exec(select(Industry))}
    markets = {symbol: names.market(symbol) for symbol in markets_seen(session)}
    return render(
        request,
        "robots.html",
        status,
        rows=shown_robots(session, request.state.who, industries, markets),
        kinds=KINDS,
        severities=SEVERITIES,
        sectors=sectors(session),
        markets=sorted((name, symbol) for symbol, name in markets.items()),
        mistake=mistake,
        done=done,
        made=made,
        sent=dict(sent or {}),
    )
