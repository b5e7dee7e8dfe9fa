"""What a mail tells, case by case: the Chinese a firm reads, from plain facts."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest

from alerts.date_words import date_words_zh
from alerts.facts import Facts
from alerts.steps import steps_for
from alerts.telling import DateLine, Known, Telling, links_of, telling_of
from alerts.telling_changes import Change, changes_of, news_of
from alerts.telling_terms import glossary_of, objectives_zh, terms_in
from alerts.wording import day_zh, hs_lines, left_zh, listed_zh, market_zh

TODAY = date(2026, 6, 3)
GLOSSARY = glossary_of(
    [
        ("toy", "玩具", "consumer"),
        ("toy safety", "玩具安全", "consumer"),
        ("phthalates", "邻苯二甲酸酯", "chemical"),
        ("lithium battery", "锂电池", "electrical"),
        ("lead", "铅", "chemical"),
        ("notification", "通报", "wto"),
        ("protection of human health or safety", "保护人类健康或安全", "wto"),
    ]
)


def facts(**changed: Any) -> Facts:
    """A draft of the EU about toys, open for comments until 31 July, unless `changed`."""
    plain = {
        "title": "Draft Regulation on toy safety",
        "lang": "en",
        "market": "EU",
        "members": ["EU"],
        "kind": "notification",
        "domain": "TBT",
        "symbols": ["G/TBT/N/EU/1234"],
        "products": "Toys",
        "description": "Limits for phthalates",
        "hs": ["9503"],
        "ics": [],
        "objectives": [],
        "comment_deadline": "2026-07-31",
        "comment_deadline_text": "31 July 2026",
        "adoption_on": None,
        "adoption_text": "",
        "force_on": None,
        "force_text": "",
        "links": [],
        "stage": "draft",
        "thread_reason": None,
        "changes": {},
    }
    return cast(Facts, plain | changed)


def told(industries: tuple[str, ...] = ("玩具",), basis: str = "automatic", **changed: Any) -> Telling:
    known = Known("yellow", "措施草案正在征求意见", basis, industries)
    return telling_of(facts(**changed), known, GLOSSARY, TODAY)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "欧盟 玩具新规草案 7月31日前可提意见"),
        ({"comment_deadline": "2027-01-05"}, "欧盟 玩具新规草案 2027年1月5日前可提意见"),
        ({"comment_deadline": "2026-06-03"}, "欧盟 玩具新规草案 6月3日前可提意见"),
        ({"comment_deadline": "2026-06-02"}, "欧盟 玩具新规草案 提意见期限已过"),
        ({"comment_deadline": None}, "欧盟 玩具新规草案 正在征求意见"),
        ({"stage": "adopted", "force_on": "2026-09-01"}, "欧盟 玩具新规 9月1日起实施"),
        ({"stage": "adopted"}, "欧盟 玩具新规 已通过"),
        ({"stage": "in_force"}, "欧盟 玩具新规 已生效"),
        ({"stage": "emergency", "force_on": "2026-06-10"}, "欧盟 玩具紧急措施 6月10日起实施"),
        ({"kind": "recall", "stage": "recall", "market": "USA", "members": ["USA"]}, "美国 玩具召回 "),
        ({"kind": "border", "stage": "border", "market": "JPN", "members": ["JPN"]}, "日本 玩具被拒绝入境 "),
        ({"market": "TPKM", "members": ["TPKM"]}, "中国台北 玩具新规草案 7月31日前可提意见"),
        ({"market": "ARE", "members": ["ARE", "SAU"]}, "阿联酋和沙特阿拉伯 玩具新规草案 7月31日前可提意见"),
    ],
)
def test_product_market_and_date_in_one_line(changed: dict[str, Any], said: str) -> None:
    telling = told(**changed)
    assert f"{telling.market} {telling.about}{telling.matter} {telling.when}" == said


def test_many_industries_are_named_shortly_in_the_subject_and_counted_in_the_text() -> None:
    assert told(("玩具", "文具")).about == "玩具和文具"
    telling = told(("玩具", "文具", "家具", "眼镜"))
    assert telling.about == "玩具、文具等"
    assert telling.sentences[0] == "欧盟向世界贸易组织（WTO）通报了一项新规草案，涉及玩具、文具、家具等4个行业。"


@pytest.mark.parametrize(
    ("changed", "sentences"),
    [
        (
            {"objectives": ["Protection of human health or safety (TBT)"]},
            (
                "欧盟向世界贸易组织（WTO）通报了一项新规草案，涉及玩具。",
                "目前还是草案，没有实施，可以提意见。",
                "目的：保护人类健康或安全。",
                "内容提到：玩具安全、邻苯二甲酸酯（系统从原文中识别，以原文为准）。",
            ),
        ),
        (
            {"domain": "SPS", "stage": "adopted", "force_on": "2026-09-01", "title": "x", "description": ""},
            (
                "欧盟向世界贸易组织（WTO）通报了一项食品安全、动植物检疫方面的新规，涉及玩具。",
                "新规已经通过，2026年9月1日起实施。",
            ),
        ),
        (
            {"thread_reason": "deadline_changed", "title": "", "description": ""},
            (
                "欧盟就此前向世界贸易组织通报的一项措施发了补充通报（评议截止日期变更），涉及玩具。",
                "目前还是草案，没有实施，可以提意见。",
            ),
        ),
        (
            {"kind": "recall", "stage": "recall", "domain": None, "title": "", "description": ""},
            ("欧盟公布了一起产品召回，涉及玩具。",),
        ),
        (
            {"stage": "emergency", "title": "", "description": ""},
            ("欧盟向世界贸易组织（WTO）通报了一项紧急措施，涉及玩具。", "这是紧急措施，可能已经实施，或者很快实施。"),
        ),
    ],
)
def test_what_it_is(changed: dict[str, Any], sentences: tuple[str, ...]) -> None:
    assert told(**changed).sentences == sentences


def test_dates_show_the_days_left_and_the_original_words_where_they_could_not_be_read() -> None:
    dates = told(
        comment_deadline_text="60 days from notification", adoption_text="Fourth quarter of 2026", force_on="2026-06-01"
    ).dates
    assert dates == (
        DateLine("提意见（评议）截止", "2026年7月31日（按原文“60 days from notification”推算）", "还剩58天"),
        DateLine("企业交意见的最后一天（要留时间汇总、翻译）", "2026年7月11日", "还剩38天"),
        DateLine("拟批准", "原文写的是“Fourth quarter of 2026”，以原文为准"),
        DateLine("开始实施", "2026年6月1日", "已过2天"),
    )
    assert told(comment_deadline=None, comment_deadline_text="").dates == (
        DateLine("提意见（评议）截止", "原文没有写明"),
    )


@pytest.mark.parametrize(
    ("words", "zh"),
    [
        ("To be determined.", "待定"),
        ("6 months after publication", "公布后6个月"),
        ("180 days after publication of the final rule", "公布后180天"),
        ("six (6) months from the date of entry into force", "生效后6个月"),
        ("On the date of publication", "公布之日"),
        ("Upon adoption", "通过之日"),
        ("Fourth quarter of 2026", ""),
        ("180 days after publication, but for small firms two years after the end of the transition", ""),
        ("", ""),
    ],
)
def test_common_words_in_place_of_a_date_are_told_in_chinese_beside_the_original(words: str, zh: str) -> None:
    assert date_words_zh(words) == zh
    if zh:
        assert told(force_text=words).dates[-1] == DateLine("开始实施", f"{zh}（原文：{words}）")


def test_an_unreviewed_warning_says_so() -> None:
    assert told(basis="unreviewed").basis == "机器初判，未经研判"
    assert told(basis="signed_off").basis == "研判后发布"


@pytest.mark.parametrize(
    ("deadline", "advice"),
    [
        (date(2026, 7, 31), "最迟7月11日交来"),
        (date(2026, 6, 10), "请马上联系"),
        (None, "请尽早"),
        (date(2026, 6, 2), "提意见的期限已过"),
    ],
)
def test_what_to_do_about_a_draft_counts_back_from_its_deadline(deadline: date | None, advice: str) -> None:
    assert advice in "".join(steps_for("draft", deadline, None, TODAY))


def test_every_stage_has_something_to_do_and_no_foreign_word() -> None:
    for stage in ("draft", "adopted", "in_force", "emergency", "withdrawn", "recall", "border", "standard", "other"):
        steps = steps_for(stage, date(2026, 7, 31), date(2026, 9, 1), TODAY)
        assert 2 <= len(steps) <= 4
        assert "".join(steps).isascii() is False
        assert "国外" not in "".join(steps)


def test_changes_say_before_and_now() -> None:
    changes = {
        "comment_deadline": ["2026-07-31", "2026-08-31"],
        "force_on": [None, "2027-01-01"],
        "stage": ["draft", "adopted"],
        "hs": [["9503", "9504"], ["9503", "9505"]],
        "products": ["Toys", "Toys and games"],
    }
    assert changes_of(changes, "yellow", "orange") == (
        Change("提意见（评议）截止", "2026年7月31日，改为2026年8月31日"),
        Change("开始实施", "未定，改为2027年1月1日"),
        Change("进展", "草案（征求意见），变为已通过，尚未生效"),
        Change("海关编码（HS）", "增加9505，去掉9504"),
        Change("产品范围", "文字有改动，请看原文"),
        Change("预警级别", "黄色，改为橙色"),
    )
    assert changes_of({}, "yellow", "yellow") == ()


@pytest.mark.parametrize(
    ("changed", "news"),
    [
        ({"changes": {"comment_deadline": ["2026-07-31", "2026-08-31"]}}, "提意见截止改为8月31日"),
        ({"changes": {"force_on": [None, "2027-01-01"]}, "thread_reason": "adopted"}, "2027年1月1日起实施"),
        ({"thread_reason": "adopted"}, "措施已通过"),
        ({"thread_reason": "other"}, "内容有更新"),
    ],
)
def test_the_news_of_an_update(changed: dict[str, Any], news: str) -> None:
    assert news_of(facts(**changed), TODAY) == news


def test_only_web_addresses_become_links() -> None:
    links = [
        {"rel": "notification", "lang": "en", "url": "https://docs.example/a.pdf"},
        {"rel": "document", "lang": "", "url": "javascript:alert(1)"},
        {"rel": "document", "lang": "fr", "url": 'https://docs.example/"onclick=x'},
        {"rel": "original", "lang": "es", "url": "http://docs.example/b"},
    ]
    assert links_of(facts(links=links)) == (
        ("通报（英文）", "https://docs.example/a.pdf"),
        ("原文（西班牙文）", "http://docs.example/b"),
    )


def test_terms_are_found_once_in_the_order_of_the_text_and_no_verb_is_a_metal() -> None:
    text = "Notification on toy safety; TOYS with lithium batteries may lead to phthalates"
    assert terms_in(text, GLOSSARY) == ["玩具安全", "锂电池", "邻苯二甲酸酯"]
    assert objectives_zh(["Protection of human health or safety", "Other"], GLOSSARY) == ["保护人类健康或安全"]


def test_small_words() -> None:
    assert (day_zh(TODAY), day_zh(TODAY, TODAY)) == ("2026年6月3日", "6月3日")
    assert [left_zh(days) for days in (58, 0, -2)] == ["还剩58天", "今天截止", "已过2天"]
    assert listed_zh(list("甲乙丙丁"), 3) == "甲、乙、丙等4项"
    assert hs_lines(["95030041", "01"], most=1) == ["95030041 玩具", "另有1个编码，见原文"]
    assert market_zh(facts(members=["ARE", "BHR", "KWT"])) == "阿联酋等3个成员"
