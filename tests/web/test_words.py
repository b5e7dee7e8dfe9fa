"""Dates and spans in words, headings of codes, evidence in sentences: all pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import get_args

import pytest

from classifier import combine, doubts
from settings import DATA
from store.clock import parse_instant
from web.evidence import NOTE_ZH, Segment, cut, marked, reasons_of, short_reason
from web.headings import dotted_hs, read_headings
from web.words import day_zh, days_left_zh, due_urgency, due_zh, instant_zh, of_hundred_zh, score_zh, share_zh, urgency

NOW = parse_instant("2026-06-03T23:30+08:00")
HEADINGS = read_headings(DATA)


def test_days_and_instants_are_shanghais() -> None:
    assert instant_zh(parse_instant("2026-06-03T16:30+00:00")) == "2026年6月4日 00:30"
    assert (day_zh(date(2026, 1, 2)), day_zh("2026-01-02"), day_zh(None)) == ("2026年1月2日", "2026年1月2日", "")


@pytest.mark.parametrize(
    ("deadline", "words", "kind"),
    [
        (date(2026, 6, 2), "已截止", "past"),
        (date(2026, 6, 3), "今天截止", "soon"),
        (date(2026, 6, 4), "还剩1天", "soon"),
        ("2026-06-04", "还剩1天", "soon"),
        (date(2026, 6, 17), "还剩14天", "soon"),
        (date(2026, 6, 18), "还剩15天", "ahead"),
        (None, "", ""),
    ],
)
def test_days_left(deadline: date | str | None, words: str, kind: str) -> None:
    assert (days_left_zh(deadline, NOW), urgency(deadline, NOW)) == (words, kind)


@pytest.mark.parametrize(
    ("ahead", "words", "kind"),
    [
        (timedelta(minutes=30), "还剩不到1小时", "soon"),
        (timedelta(hours=4), "还剩4小时", "soon"),
        (timedelta(hours=47), "还剩2天", "soon"),
        (timedelta(days=5), "还剩5天", "ahead"),
        (timedelta(minutes=-30), "已逾期不到1小时", "past"),
        (timedelta(days=-3), "已逾期3天", "past"),
    ],
)
def test_when_a_review_falls_due(ahead: timedelta, words: str, kind: str) -> None:
    now: datetime = parse_instant("2026-06-03T09:00+08:00")
    assert (due_zh(now + ahead, now), due_urgency(now + ahead, now)) == (words, kind)


@pytest.mark.parametrize(
    ("code", "shown"),
    [("95", "95"), ("9503", "9503"), ("950300", "9503.00"), ("95030089", "9503.00.89"), ("95030", "9503.0")],
)
def test_hs_codes_are_printed_as_customs_papers_do(code: str, shown: str) -> None:
    assert dotted_hs(code) == shown


def test_a_heading_is_the_codes_own_or_that_of_its_beginning() -> None:
    known, longer, unknown = HEADINGS.hs("9405"), HEADINGS.hs("94051190"), HEADINGS.hs("00")
    assert (known.text, known.lang, known.of) == ("灯具", "zh", "")
    assert longer.text and longer.of and "94051190".startswith(longer.of.replace(".", ""))
    assert unknown.text == ""
    assert HEADINGS.hs("9405").lang == "zh" and HEADINGS.hs("854143").text
    assert HEADINGS.ics("97.200.50").text and HEADINGS.ics("97.200.98").of == "97.200"


@pytest.mark.parametrize(
    ("text", "words", "marks"),
    [
        ("Toys and toy trains", ["toy"], ["Toys", "toy"]),
        ("Toyota cars", ["toy"], []),
        ("A stoystory", ["toy"], []),
        ("儿童玩具安全", ["玩具"], ["玩具"]),
        ("light-emitting diode lamps", ["light-emitting diode", "light"], ["light-emitting diode"]),
        ("C++ (a+b) [x]", ["(a+b)"], ["(a+b)"]),
        ("", ["x"], []),
        ("text", ["", " "], []),
    ],
)
def test_words_are_marked_whole(text: str, words: list[str], marks: list[str]) -> None:
    pieces = marked(text, words)
    assert [piece for piece, is_marked in pieces if is_marked] == marks
    assert "".join(piece for piece, _ in pieces) == text


@pytest.mark.parametrize(
    ("spans", "pieces"),
    [
        ([(0, 2)], [("ab", True), ("cd", False)]),
        ([(2, 4), (1, 2)], [("a", False), ("b", True), ("cd", True)]),
        ([(0, 3), (2, 4)], [("abc", True), ("d", False)]),  # overlapping: the first stays
        ([(3, 9), (-1, 1), (2, 2)], [("abcd", False)]),
    ],
)
def test_marks_outside_the_text_are_left_out(spans: list[tuple[int, int]], pieces: list[Segment]) -> None:
    assert cut("abcd", spans) == pieces


@pytest.mark.parametrize(
    ("ratio", "share"), [(0.874, "87%"), (0.999, "99%"), (1, "100%"), (0.001, "1%"), (0.0, "0%"), (None, "—")]
)
def test_all_or_nothing_is_said_only_where_it_is_so(ratio: float | None, share: str) -> None:
    assert share_zh(ratio) == share
    assert of_hundred_zh(ratio) == share.rstrip("%")


def test_scores_have_two_places() -> None:
    assert (score_zh(0.5), score_zh(1), score_zh(None)) == ("0.50", "1.00", "—")


def test_evidence_reads_as_sentences() -> None:
    evidence = [
        {"voice": "words", "strength": 0.3, "words": ["toys", "dolls"], "field": "products", "note": "in_passing"},
        {"voice": "hs", "strength": 0.9, "code": "950300", "prefix": "9503"},
        {"voice": "ics", "strength": 0.5, "code": "97.200.50", "prefix": "97.200.50"},
        {"voice": "rule", "note": "codes_without_words"},
    ]
    assert [reason.sentence for reason in reasons_of(evidence, HEADINGS)] == [
        "覆盖产品中出现“toys”、“dolls”；只是顺带提到",
        "公告列出 HS 9503.00（玩具），对应该行业的 9503",
        f"公告列出 ICS 97.200.50（{HEADINGS.ics('97.200.50').text}），是该行业的编码",
        "编码属于该行业，但标题和产品写的是别的产品，请核对",
    ]
    assert short_reason(evidence, HEADINGS, 1) == "公告列出 HS 9503.00（玩具），对应该行业的 9503"


def test_every_note_of_the_classifier_has_words() -> None:
    keys = {combine.AGREED, combine.CODES_ALONE, combine.WORDS_ALONE, "in_passing", *get_args(doubts.Kind)}
    assert keys <= set(NOTE_ZH)
