"""A doubtful toy notice travels: crawled, put on Chenghai's desk, decided, mailed, updated, cancelled."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.cast import CERAMICS, CHENGHAI, PROVINCE, SHANTOU, STRANGER, TOYS
from tests.stories.commands import NOW, Commands
from tests.stories.conftest import Prepare
from tests.stories.people import (
    TABLEWARE_FIRM,
    TOY_FIRM,
    add_cast,
    add_firm,
    mails,
    newest_mail,
    review_at,
    run_stages,
)
from tests.stories.published import (
    DOUBTFUL_TOY,
    TBT,
    TOY_LINK,
    TOY_SYMBOL,
    export_sheet,
    notice_row,
    record_answer,
)

TITLE = "Toys: small parts"


def put_on_the_desks(tbtwatch: Commands) -> None:
    """The cast, and the toy notice crawled and waiting on the desks."""
    add_cast(tbtwatch)
    recordings = tbtwatch.var / "recordings"
    record_answer(recordings, TBT, [DOUBTFUL_TOY])
    done = tbtwatch("crawl", TBT, "--replay", str(recordings), "--json")
    assert (done.code, done.json()["new"]) == (0, 1)
    counts = run_stages(tbtwatch)
    assert (counts["classify"], counts["raise"], counts["send"]) == (1, 1, 0)


@pytest.fixture
def desk(prepared: Callable[[Prepare], Commands]) -> Commands:
    """A store in which the notice waits."""
    return prepared(put_on_the_desks)


def accepted(desk: Commands) -> None:
    """Chenghai signs off; the mail goes out."""
    desk.answer("reviews", "accept", review_at(desk, CHENGHAI)["id"], "--as", "chenghai", "--now", NOW)
    run_stages(desk)
    assert mails(desk) == [(TOY_FIRM, "issue")]


def publish(desk: Commands, step: str, keyword: str, day: str, deadline: str = "") -> None:
    """A later document of the toy notice arrives on `day`, as news, and everything pending is done."""
    row = notice_row(
        f"{TOY_SYMBOL}/{step}", TITLE, day, deadline, Keywords=keyword,
        Notification_type="Addendum to Regular Notification",
    )  # fmt: skip
    sheet, now = export_sheet(desk.var.with_suffix(".csv"), [row]), f"{day}T09:00+08:00"
    assert desk.answer("import", str(sheet), "--as-news", "--now", now)["new"] == 1
    run_stages(desk, now)


def test_it_waits_on_the_county_desk_and_a_stranger_may_not_decide(desk: Commands) -> None:
    review = review_at(desk, CHENGHAI)
    assert (review["lead"], review["flags"], review["industries"]) == (True, ["doubt"], [TOYS])
    assert review["comment_deadline"] == "2026-07-31"
    assert {r["bureau"] for r in desk.answer("reviews", "list")}.isdisjoint({SHANTOU, PROVINCE, STRANGER})
    assert mails(desk) == []
    assert "dabu" in desk("reviews", "accept", review["id"], "--as", "dabu").told()


def test_accepted_it_reaches_the_toy_firm_alone_and_explains_itself(desk: Commands) -> None:
    review = review_at(desk, CHENGHAI)
    desk.answer("reviews", "accept", review["id"], "--as", "chenghai", "--advice", "请先核对小零件。", "--now", NOW)
    run_stages(desk)
    assert mails(desk) == [(TOY_FIRM, "issue")]
    mail = newest_mail(desk, TOY_FIRM)
    assert mail["subject"] == "【演示】【黄色预警】美国玩具 7月11日前可提意见（新规草案）"
    for part in (
        "演示邮件", "预警级别：黄色　澄海区市场监管局签发", "涉及玩具", "2026年7月31日（还剩58天）", "请先核对小零件。",
        "■ 为什么发给您\n您订阅了行业“玩具”；目标市场不限。", f"原标题：{TITLE}", TOY_LINK, TOY_SYMBOL,
        "汕头市澄海区市场监督管理局",
    ):  # fmt: skip
        assert part in mail["text"], part
    assert TOY_LINK in mail["html"].replace("&amp;", "&") and 'lang="zh-CN"' in mail["html"]
    assert not re.search(r"\{\{|\{%|None|<p>", mail["text"])
    (warning,) = desk.answer("warnings", "list")
    assert (warning["state"], warning["basis"], warning["symbols"]) == ("issued", "signed_off", [TOY_SYMBOL])


def test_dismissed_at_every_desk_it_warns_nobody_and_stands_in_the_digest(desk: Commands) -> None:
    reviews = sorted(desk.answer("reviews", "list"), key=lambda review: review["lead"])  # the lead's word settles last
    for review in reviews:
        desk.answer("reviews", "dismiss", review["id"], "--as", "guangdong", "--note", "无此类企业", "--now", NOW)
    run_stages(desk, "2026-06-07T09:00+08:00")
    assert mails(desk) == []
    run_stages(desk, "2026-07-03T09:00+08:00")
    assert mails(desk) == [(TOY_FIRM, "digest")]
    assert [w["state"] for w in desk.answer("warnings", "list")] == ["dismissed"]


def test_corrected_to_another_industry_the_mail_moves(desk: Commands) -> None:
    review = review_at(desk, CHENGHAI)
    done = desk.answer(
        "reviews", "correct", review["id"], "--as", "chenghai", "--industry", CERAMICS, "--now", NOW
    )  # fmt: skip
    assert (done["industries_before"], done["industries_after"]) == ([TOYS], [CERAMICS])
    run_stages(desk)
    assert mails(desk) == [(TABLEWARE_FIRM, "issue")]
    assert "您订阅了行业“日用与艺术陶瓷”" in newest_mail(desk, TABLEWARE_FIRM)["text"]
    shown = desk.answer("notices", "show", TOY_SYMBOL)
    assert [s["industry"] for s in shown["suggestions"]] == [TOYS]  # what the machine said stays beside it


def test_an_addendum_updates_and_a_withdrawal_cancels_to_exactly_the_earlier_recipients(desk: Commands) -> None:
    accepted(desk)
    publish(desk, "Add.1", "Modification of final date for comments", "2026-06-05", "2026-08-30")
    assert mails(desk) == [(TOY_FIRM, "issue"), (TOY_FIRM, "update")]
    update = newest_mail(desk, TOY_FIRM)
    assert "提意见（评议）截止：2026年7月31日，改为2026年8月30日" in update["text"]
    add_firm(desk, "late@exporter.example", TOYS, CHENGHAI, "2026-06-08T09:00+08:00")
    publish(desk, "Add.2", "Withdrawal of the measure", "2026-06-09")
    assert mails(desk) == [(TOY_FIRM, "issue"), (TOY_FIRM, "update"), (TOY_FIRM, "cancel")]
    cancel = newest_mail(desk, TOY_FIRM)
    assert "预警撤销" in cancel["subject"] and "您收到过2026年6月5日发出的这份预警" in cancel["text"]
    (warning,) = desk.answer("warnings", "list")
    versions = desk.answer("warnings", "show", warning["id"])["versions"]
    assert [v["kind"] for v in versions] == ["issue", "update", "cancel"]
    assert [v["references"] for v in versions] == [None, versions[0]["version"], versions[1]["version"]]


def test_unsubscribed_there_is_no_further_mail(desk: Commands) -> None:
    accepted(desk)
    link = re.search(r"http\S+/unsubscribe/\S+", newest_mail(desk, TOY_FIRM)["text"])
    assert link
    with_pages(desk, "POST", link.group().removeprefix("http://127.0.0.1:8000"))
    publish(desk, "Add.1", "Modification of final date for comments", "2026-06-05", "2026-08-30")
    publish(desk, "Add.2", "Withdrawal of the measure", "2026-06-09")
    assert mails(desk) == [(TOY_FIRM, "issue")]


def with_pages(desk: Commands, method: str, path: str) -> Any:
    """One request to the pages of this store; its answer, which must be good."""
    from starlette.testclient import TestClient

    from settings import Settings
    from store.clock import fixed_clock, parse_instant
    from store.engine import make_engine
    from web.app import create_app

    settings = Settings(profile="demo", var=desk.var, database_url=desk.url)
    app = create_app(
        settings, make_engine(desk.url), fixed_clock(parse_instant(NOW)), sources=[], demo_accounts=[]
    )  # fmt: skip
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        answer = client.request(method, path)
        assert answer.status_code == 200
        return answer


def test_a_review_nobody_decides_climbs_and_goes_out_as_unreviewed(desk: Commands) -> None:
    seen = []
    for day in ("2026-06-09T09:00", "2026-06-11T09:00", "2026-06-12T09:00", "2026-06-13T09:00"):
        run_stages(desk, f"{day}+08:00")
        open_at = {review["bureau"] for review in desk.answer("reviews", "list")}
        seen.append([code for code in (CHENGHAI, SHANTOU, PROVINCE) if code in open_at])
    assert seen == [[CHENGHAI], [SHANTOU], [PROVINCE], []]
    (warning,) = desk.answer("warnings", "list")
    assert (warning["state"], warning["basis"]) == ("issued", "unreviewed")
    assert mails(desk) == [(TOY_FIRM, "digest"), (TOY_FIRM, "issue")]
    mail = newest_mail(desk, TOY_FIRM)
    assert "未经研判" in mail["text"]
