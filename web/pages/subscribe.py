"""Signing up: three fields, then what was understood and what it would have sent, then 请查收邮件."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from alerts.consent import consent_lines
from alerts.credit_codes import BadCreditCode
from alerts.enrolling import BadEnrolment, checked_address, read_vocabulary
from alerts.market_groups import Markets, understand
from alerts.severity import SEVERITIES
from alerts.signing_up import Asked, check, sign_up
from store.engine import reading, writing
from web.guests import guest_page, network_address
from web.pages.routing import get_page
from web.reading.guessed import Guessed, guess
from web.reading.industries import sectors
from web.reading.signing_up import PastYear, places, previewed
from web.sign_up_form import SignUpForm, form_of
from web.site import Site, site_of
from web.throttle import keyed, may_sign_up

router = APIRouter()
TOO_OFTEN = "今天从这里提交的订阅太多了，请明天再试，或与当地市场监督管理局联系。"
NO_ADDRESS = "邮箱写得不对，请检查，例如 name@firm.com。"
NOTHING_SAID = "请写明生产什么产品。"
NOTHING_ASKED = "请至少勾选一个行业，或填写产品词、海关编码。"
NO_CONSENT = "请先阅读并勾选同意。"


async def sent_form(request: Request) -> dict[str, list[str]]:
    """Every text field of a form, each with all its values."""
    form = await request.form()
    return {name: [each for each in form.getlist(name) if isinstance(each, str)] for name in form}


@get_page(router, "/subscribe", "subscribe")
async def subscribe(request: Request) -> Response:
    """The three fields."""
    return guest_page(request, "subscribe.html", form=form_of({}), mistake="")


@router.post("/subscribe", name="subscribe_sent")
def subscribe_sent(request: Request, sent: dict[str, list[str]] = Depends(sent_form)) -> Response:
    """Show what was understood; with `save`, keep it and invite the address. Answers alike whoever subscribes."""
    form, site = form_of(sent), site_of(request)
    if mistake := _first_mistake(form):
        return guest_page(request, "subscribe.html", 422, form=form, mistake=mistake)
    with reading(site.engine) as session:
        markets = understand(form.markets, read_vocabulary(session))
        guessed, left = guess(session, past_of(request).mapping(session), form.said)
    if not form.seen:
        form = form.begun([one.industry.slug for one in guessed if one.ticked], left)
    mistakes = _mistakes(site, form, markets)
    if form.action != "save" or mistakes:
        shown = mistakes if form.seen else mistakes & {"markets"}
        return _second(request, form, markets, guessed, {name: MISTAKES.get(name, "") for name in shown})
    key = keyed(site.settings.secret_bytes(), "sign-up", network_address(request))
    if not may_sign_up(site.engine, site.now, key):
        return _second(request, form, markets, guessed, {"often": TOO_OFTEN}, 429)
    with writing(site.engine) as session:
        sign_up(session, site.now, site.settings, form.asked(markets.symbols))
    return guest_page(request, "subscribe_sent.html", form=form)


MISTAKES = {
    "email": NO_ADDRESS,
    "markets": "有的市场没有看懂，请改写后再提交（不填表示不限市场）。",
    "industries": NOTHING_ASKED,
    "hs": "海关编码请填数字，2位或4至10位，多个编码用逗号隔开。",
    "words": "产品词每个2至100个字，多个用逗号隔开。",
    "credit_code": "统一社会信用代码不对：应为18位，请对照营业执照逐位核对。",
    "mobile": "电话请填数字，例如 13800000000。",
    "place": "请从列表中选择所在地。",
    "consent": NO_CONSENT,
}


def past_of(request: Request) -> PastYear:
    """The service's own year of warnings, made at the first sign-up."""
    state = request.app.state
    if not hasattr(state, "past_year"):
        state.past_year = PastYear()
    found: PastYear = state.past_year
    return found


def _first_mistake(form: SignUpForm) -> str:
    if not form.said.strip() and not form.seen:
        return NOTHING_SAID
    try:
        checked_address(form.email)
    except BadEnrolment:
        return "" if form.seen else NO_ADDRESS
    return ""


def _mistakes(site: Site, form: SignUpForm, markets: Markets) -> set[str]:
    """The names of the fields that cannot be kept; each alone is tried, so that all are named at once."""
    found = {"markets"} if markets.unknown else set()
    if form.action == "save" and not form.consent:
        found.add("consent")
    if not (form.industries or form.words or form.hs):
        found.add("industries")
    whole = form.asked(markets.symbols)
    base = {"email": "a@b.example", "industries": whole.industries[:1], "words": [] if whole.industries else ["产品"]}
    with reading(site.engine) as session:
        for name in ("email", "hs", "words", "credit_code", "mobile", "place", "severity_floor", "lang"):
            if not _stands(session, Asked(**{**base, name: getattr(whole, name)})):
                found.add(name)
    return found


def _stands(session: Session, asked: Asked) -> bool:
    try:
        check(session, asked)
    except (BadEnrolment, BadCreditCode):
        return False
    return True


def _second(
    request: Request,
    form: SignUpForm,
    markets: Markets,
    guessed: list[Guessed],
    mistakes: Mapping[str, str],
    status: int = 0,
) -> Response:
    """The second step."""
    site = site_of(request)
    with reading(site.engine) as session:
        shown: dict[str, Any] = {"sectors": sectors(session), "places": places(session), "preview": None}
        if not set(mistakes) & {"industries", "hs", "words", "severity_floor"}:
            try:
                terms = check(session, form.for_preview(markets.symbols)).terms
                shown["preview"] = previewed(session, past_of(request), site.now, terms, form.severity_floor)
            except BadEnrolment:  # nothing is asked for yet
                pass
    return guest_page(
        request,
        "subscribe_check.html",
        status or (422 if mistakes else 200),
        form=form,
        markets=markets,
        guessed=guessed,
        mistakes=mistakes,
        colours=SEVERITIES,
        consent=consent_lines(processor(site), site.settings.contact, ""),
        **shown,
    )


def processor(site: Site) -> str:
    """Who answers for the personal data: by the settings, else the provincial office that runs the service."""
    return site.settings.processor or "广东省市场监督管理局"
