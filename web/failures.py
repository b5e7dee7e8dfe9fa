"""What people see when something is wrong: one plain page, never a traceback, nothing about what exists."""

from __future__ import annotations

import logging
from typing import cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from settings import TbtwatchError
from web.guard import HEADERS, ChangeNeeded, SignInNeeded, sign_in_address, signed_in
from web.passwords import TooBusy
from web.rendering import render

log = logging.getLogger(__name__)

TOLD = {
    403: ("没有权限", "您的账号不能打开这一页或执行这项操作。"),
    404: ("没有找到", "没有这一页，或者您的账号无权查看。请检查网址，或从首页重新进入。"),
    405: ("不能这样打开", "这个网址只接受表单提交，请从页面上的按钮进入。"),
    409: ("页面已过期", "内容已被更新，请刷新后再处理。"),
    413: ("内容过长", "提交的内容超过了允许的大小，请缩短后再提交。"),
    422: ("填写有误", "提交的内容不完整或格式不对，请返回检查。"),
    500: ("系统出错", "系统处理这一页时出错，运维人员可以在日志中看到原因。请稍后再试。"),
    503: ("暂时繁忙", "系统暂时繁忙，请一分钟后再试。"),
}


def failure_page(request: Request, status: int, detail: str = "") -> Response:
    """The page for an error; `detail` replaces the usual sentence."""
    if status in (404, 405) and not hasattr(request.state, "who"):  # no route, so nobody asked yet
        request.state.who = signed_in(request)
    heading, sentence = TOLD.get(status, ("请求未能完成", "请返回重试。"))
    return render(request, "failure.html", status, heading=heading, sentence=detail or sentence, code=status)


def add_failure_pages(app: FastAPI) -> None:
    """Answer every error with a page in Chinese."""
    app.add_exception_handler(HTTPException, _told)
    app.add_exception_handler(RequestValidationError, lambda request, _: failure_page(request, 422))
    app.add_exception_handler(SignInNeeded, lambda request, _: RedirectResponse(sign_in_address(request), 303))
    app.add_exception_handler(ChangeNeeded, lambda _request, _: RedirectResponse("/account", 303))
    app.add_exception_handler(TooBusy, lambda request, _: failure_page(request, 503))
    app.add_exception_handler(TbtwatchError, _known)
    app.add_exception_handler(Exception, _unknown)


def _told(request: Request, error: Exception) -> Response:
    known = cast(HTTPException, error)
    own_words = known.detail if any("\u4e00" <= char <= "\u9fff" for char in str(known.detail)) else ""
    return failure_page(request, known.status_code, own_words)


def _known(request: Request, error: Exception) -> Response:
    """An error with a name that no page catches: its message is for the log, it is in English."""
    log.error("%s %s: %s", request.method, request.url.path, error)
    return failure_page(request, 500)


def _unknown(request: Request, error: Exception) -> Response:
    """Starlette logs the traceback after this. Its answer passes no middleware, so it brings the headers itself."""
    answer = failure_page(request, 500)
    answer.headers.update(HEADERS)
    return answer
