"""A firm signs up in three fields, confirms by the link in its mail, hears what is open, and gets its warnings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient

from settings import Settings
from store.clock import fixed_clock, parse_instant
from store.engine import make_engine
from tests.cast import CHENGHAI
from tests.stories.commands import NOW, Commands
from tests.stories.conftest import Prepare
from tests.stories.people import add_cast, mails, newest_mail, review_at, run_stages
from tests.stories.published import DOUBTFUL_TOY, TBT, record_answer
from tests.web.conftest import form_token_of
from web.app import create_app

FIRM = "newcomer@firm.example"
FIELDS = {"said": "积木和遥控玩具车", "markets": "美国、德国和中东", "email": FIRM}
SITE = "http://127.0.0.1:8000"


def with_a_notice(tbtwatch: Commands) -> None:
    """The toy notice of the USA waits on Chenghai's desk."""
    add_cast(tbtwatch)
    recordings = tbtwatch.var / "recordings"
    record_answer(recordings, TBT, [DOUBTFUL_TOY])
    assert tbtwatch("crawl", TBT, "--replay", str(recordings), "--json").code == 0
    run_stages(tbtwatch)


@pytest.fixture
def service(prepared: Callable[[Prepare], Commands]) -> Commands:
    return prepared(with_a_notice)


@contextmanager
def pages(service: Commands, now: str = NOW) -> Iterator[TestClient]:
    """The pages of this store at an instant."""
    settings = Settings(profile="demo", var=service.var, database_url=service.url)
    engine = make_engine(service.url)
    app = create_app(settings, engine, fixed_clock(parse_instant(now)), sources=[], demo_accounts=[])
    with TestClient(app, base_url=SITE, follow_redirects=False) as client:
        yield client
    engine.dispose()


def send(client: TestClient, **fields: Any) -> Any:
    token = form_token_of(client.get("/subscribe").text)
    return client.post("/subscribe", data={"form_token": token, **fields})


def ticked(page: str) -> list[str]:
    return re.findall(r'name="industry" value="([^"]+)" checked', page)


def sign_up(service: Commands, now: str = NOW, **changed: Any) -> Any:
    """Both steps, as a browser without scripts sends them."""
    fields = {**FIELDS, **changed}
    with pages(service, now) as client:
        second = send(client, **fields)
        words = re.search(r'id="words" name="words"[^>]* value="([^"]*)"', second.text)
        more = {"industry": ticked(second.text), "words": words.group(1) if words else "", "step": "2"}
        return send(client, **{**fields, **more, "consent": "1", "action": "save", **changed})


def link_in(service: Commands, to: str = FIRM) -> str:
    found = re.search(r"http\S+(/confirm/\S+)", newest_mail(service, to)["text"])
    assert found
    return found.group(1)


def open_link(service: Commands, method: str, path: str, now: str = NOW) -> str:
    with pages(service, now) as client:
        answer = client.request(method, path)
        assert answer.status_code == 200
        return str(answer.text)


def test_three_fields_a_mail_a_button_and_the_first_warning(service: Commands) -> None:
    with pages(service) as client:
        second = send(client, **FIELDS).text
    assert "toys" in ticked(second) and "因为写了“" in second
    assert "“中东”" in second and "沙特阿拉伯" in second
    assert "会收到 <strong>1</strong> 封预警邮件" in second  # the toy notice that waits at the desk
    assert "请查收邮件" in sign_up(service).text
    run_stages(service)
    assert mails(service) == [(FIRM, "invitation")]
    assert "积木" not in newest_mail(service, FIRM)["text"]  # nobody can write to a stranger by this form
    link = link_in(service)
    assert "同意并确认订阅" in open_link(service, "GET", link)
    review = review_at(service, CHENGHAI)["id"]
    assert firms(service)[FIRM] == "waiting"  # mail gateways open every link
    assert "订阅已生效" in open_link(service, "POST", link)
    assert firms(service)[FIRM] == "confirmed"
    service.answer("reviews", "accept", review, "--as", "chenghai", "--now", NOW)
    run_stages(service)
    assert (FIRM, "issue") in mails(service)
    assert "您订阅了行业“玩具”" in newest_mail(service, FIRM)["text"]


def firms(service: Commands) -> dict[str, str]:
    return {row["email"]: row["state"] for row in service.answer("exporters", "list")}


def test_who_comes_late_hears_what_is_still_open_and_nothing_before_he_confirms(service: Commands) -> None:
    sign_up(service)
    service.answer(
        "reviews", "accept", review_at(service, CHENGHAI)["id"], "--as", "chenghai", "--now", NOW
    )  # fmt: skip
    run_stages(service)
    assert [kind for to, kind in mails(service) if to == FIRM] == ["invitation"]
    open_link(service, "POST", link_in(service))
    open_link(service, "POST", link_in_invitation(service))  # twice is once
    run_stages(service)
    welcome = newest_mail(service, FIRM)
    assert [kind for to, kind in mails(service) if to == FIRM] == ["invitation", "welcome"]
    assert "现有1件与您有关" in welcome["subject"] and "7月31日前可提意见" in welcome["text"]
    assert f"{SITE}/warnings/" in welcome["text"]


def link_in_invitation(service: Commands) -> str:
    found = next(mail for mail in service.answer("outbox", "list") if mail["kind"] == "invitation")
    text = service.answer("outbox", "show", found["id"])["text"]
    link = re.search(r"http\S+(/confirm/\S+)", text)
    assert link
    return link.group(1)


def test_an_unknown_market_is_asked_about_and_nothing_is_kept(service: Commands) -> None:
    with pages(service) as client:
        page = send(client, **{**FIELDS, "markets": "德国和美囯"})
        assert page.status_code == 422 and "“美囯”没有看懂" in page.text and "美国" in page.text
    assert sign_up(service, markets="德国和美囯").status_code == 422
    run_stages(service)
    assert mails(service) == [] and FIRM not in firms(service)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"email": "nobody"}, "邮箱写得不对"),
        ({"credit_code": "91350100M000100Y44"}, "统一社会信用代码不对"),
        ({"hs": "95x"}, "海关编码请填数字"),
        ({"consent": ""}, "勾选同意"),
        ({"mobile": "call me"}, "电话请填数字"),
    ],
)
def test_a_slip_is_named_and_nothing_is_kept(service: Commands, changed: dict[str, str], told: str) -> None:
    answer = sign_up(service, **changed)
    assert answer.status_code == 422 and told in answer.text
    assert FIRM not in firms(service)


def test_the_invitation_comes_again_after_two_and_seven_days_and_dies_after_fourteen(service: Commands) -> None:
    sign_up(service)
    link, counts = "", []
    for day in (3, 4, 5, 6, 10, 11, 16):
        run_stages(service, f"2026-06-{day:02}T09:01+08:00")
        counts.append([to for to, _ in mails(service)].count(FIRM))
        link = link or link_in(service)
    assert counts == [1, 1, 2, 2, 3, 3, 3]
    assert "链接已失效" not in open_link(service, "GET", link, "2026-06-17T08:00+08:00")
    assert "链接已失效" in open_link(service, "POST", link, "2026-06-17T09:02+08:00")
    run_stages(service, "2026-06-17T09:02+08:00")
    assert firms(service)[FIRM] == "not_confirmed"


def test_the_same_again_answers_alike_and_cannot_flood(service: Commands) -> None:
    first = sign_up(service).text
    assert sign_up(service).text == first
    run_stages(service)
    assert mails(service) == [(FIRM, "invitation")]  # one a day
    open_link(service, "POST", link_in(service))
    assert sign_up(service).text == first  # nobody learns who subscribes
    assert sign_up(service).text == first
    run_stages(service)
    assert [kind for _, kind in mails(service)] == ["invitation", "welcome", "standing"]
    assert "已经订阅" in newest_mail(service, FIRM)["subject"]


def test_a_bureau_enrols_a_sheet_and_each_address_gets_one_invitation(service: Commands) -> None:
    sheet = service.var.with_suffix(".csv")
    sheet.write_text(
        "邮箱,产品,市场,企业名称,统一社会信用代码\n"
        "one@firm.example,毛绒玩具,东盟,甲测试企业,91350100M000100Y43\n"
        "toys@exporter.example,玩具,,,\n"
        "nobody,玩具,,,\n"
        "two@firm.example,玩具,火星,,\n"
        "one@firm.example,玩具,,,\n",
        encoding="gb18030",
    )
    ground = "2026年6月企业座谈会现场登记"
    command = ("exporters", "import", str(sheet), "--bureau", CHENGHAI, "--now", NOW)
    told = service.answer(*command, "--dry-run")
    assert [(row["number"], row["outcome"]) for row in told] == [
        (2, "invited"), (3, "known"), (4, "wrong"), (5, "wrong"), (6, "wrong")
    ]  # fmt: skip
    assert "火星" in told[3]["told"] and "玩具" in told[0]["understood"]
    run_stages(service)
    assert mails(service) == [] and "one@firm.example" not in firms(service)
    assert "登记依据" in service(*command).told()
    service.answer(*command, "--ground", ground)
    for day in (3, 6, 12):
        run_stages(service, f"2026-06-{day:02}T09:01+08:00")
    assert [mail for mail in mails(service) if "firm.example" in mail[0]] == [("one@firm.example", "invitation")]
    text = newest_mail(service, "one@firm.example")["text"]
    assert "汕头市澄海区市场监督管理局为贵企业登记" in text and ground in text
    open_link(service, "POST", link_in(service, "one@firm.example"), "2026-06-12T10:00+08:00")
    assert firms(service)["one@firm.example"] == "confirmed"
