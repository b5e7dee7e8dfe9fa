"""Subjects and preheaders: what a phone's list shows of every industry, market and date."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from alerts.subjects import SHOWN, preheader_of, shortened_name, subject_of
from alerts.telling import Known, Telling, telling_of
from settings import DATA
from tests.alerts.test_telling import GLOSSARY, TODAY, facts


def told(industries: tuple[str, ...] = ("玩具",), **changed: object) -> Telling:
    known = Known("yellow", "", "automatic", list(industries))
    return telling_of(facts(**{"thread_reason": None} | changed), known, GLOSSARY, TODAY)


def industry_names() -> list[str]:
    with (DATA / "industries.csv").open(encoding="utf-8") as file:
        return [row["name_zh"] for row in csv.DictReader(file)]


def markets() -> list[str]:
    with (DATA / "countries.csv").open(encoding="utf-8") as file:
        return [row["wto_symbol"] for row in csv.DictReader(file) if row["wto_symbol"]]


@pytest.mark.parametrize("day", ["2026-07-31", "2026-12-31", "2027-12-31"])
def test_twenty_characters_tell_product_market_and_date(day: str) -> None:
    base = told(comment_deadline=day)
    names, places = industry_names(), markets()
    assert len(names) > 50 and len(places) > 100
    shorts = {symbol: told(market=symbol, members=[symbol]).market_short for symbol in places}
    for name, market in product(names, sorted(set(shorts.values()))):
        one = replace(base, about=name, market_short=market)
        for line in (subject_of(one, "issue"), preheader_of(one, "issue")):
            seen, until = line[:SHOWN], base.lead[0].partition("前")[0]
            room = SHOWN - len(market) - 2 - len(until)
            assert market in seen and shortened_name(name, max(room, 0))[:2] in seen, line
            if len(market) <= SHOWN - 2 - 3 - len(until):  # a few states have names that leave no room
                assert until in seen, line


def test_the_mark_stands_first_where_there_is_room_and_last_where_there_is_none() -> None:
    assert subject_of(told(), "issue") == "【黄色预警】欧盟玩具 7月11日前可提意见（新规草案）"
    assert (
        subject_of(told(("家用厨房小电器",)), "issue") == "欧盟家用厨房小电器 7月11日前可提意见（新规草案）【黄色预警】"
    )
    moved = told(changes={"comment_deadline": ["2026-07-31", "2026-08-31"]}, comment_deadline="2026-08-31")
    assert subject_of(moved, "update") == "【更新】欧盟玩具 改为8月11日前提意见（新规草案，黄色预警）"
    assert subject_of(told(stage="withdrawn"), "cancel") == "【预警撤销】欧盟玩具 措施已撤回（新规）"
    assert preheader_of(told(), "issue") == "玩具｜欧盟｜7月11日前可提意见，还剩38天"
    adopted = told(stage="adopted", force_on="2027-01-01", comment_deadline=None, comment_deadline_text="")
    assert preheader_of(adopted, "issue") == "玩具｜欧盟｜2027年1月1日起实施，还剩212天"
    assert date(2026, 6, 3) == TODAY
