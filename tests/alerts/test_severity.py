"""The severity table as shipped, the questions it asks, and how far a measure has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.aims import aimed_at
from alerts.facts import STAGES, is_ban, is_urgent, stage_of
from alerts.severity import (
    SEVERITIES,
    Case,
    Grade,
    Rule,
    UnknownCondition,
    graded,
    holds,
    is_from_guangdong,
    months_until,
    severity_of,
)
from settings import DATA
from store.reference import read_reference

TODAY = date(2026, 6, 3)
SHIPPED = [Rule(row.severity, row.conditions(), row.reason_zh) for row in read_reference(DATA).severity]
DRAFT = Case("notification", "draft", comments="open", priority="A", weight_tier=5, days_left=50)


@pytest.mark.parametrize(
    ("case", "severity"),
    [
        (DRAFT, "yellow"),
        (replace(DRAFT, days_left=14), "orange"),
        (replace(DRAFT, days_left=14, weight_tier=3), "yellow"),
        (replace(DRAFT, weight_tier=2), "blue"),
        (replace(DRAFT, months_to_force=6), "orange"),
        (replace(DRAFT, months_to_force=7), "yellow"),
        (replace(DRAFT, ban=True), "orange"),
        (replace(DRAFT, ban=True, stage="adopted"), "red"),
        (replace(DRAFT, ban=True, stage="adopted", weight_tier=3), "yellow"),
        (replace(DRAFT, ban=True, stage="in_force", aimed_at="others"), "blue"),
        (replace(DRAFT, ban=True, priority="B"), "orange"),
        (replace(DRAFT, stage="emergency", comments="unknown", days_left=None), "red"),
        (replace(DRAFT, stage="emergency", weight_tier=4), "orange"),
        (replace(DRAFT, stage="emergency", weight_tier=4, aimed_at="china"), "red"),
        (replace(DRAFT, stage="emergency", aimed_at="others"), "blue"),
        (replace(DRAFT, stage="in_force"), "orange"),
        (replace(DRAFT, stage="adopted"), "orange"),
        (replace(DRAFT, stage="adopted", priority="C", weight_tier=3), "yellow"),
        (replace(DRAFT, stage="withdrawn", days_left=3, ban=True), "blue"),
        (replace(DRAFT, thread_reason="corrected", days_left=3), "blue"),
        (replace(DRAFT, thread_reason="deadline_changed", weight_tier=1), "yellow"),
        (Case("recall", "recall"), "yellow"),
        (Case("recall", "recall", origin_guangdong=True), "orange"),
        (Case("border", "border", wave=True), "red"),
        (Case("standard", "standard", priority="A", weight_tier=5), "blue"),
    ],
)
def test_the_shipped_table_grades_as_agreed(case: Case, severity: str) -> None:
    grade = severity_of(case, SHIPPED)
    assert grade.severity == severity
    assert grade.reason


CASES = st.builds(
    Case,
    kind=st.sampled_from(["notification", "regulation", "standard", "recall", "border"]),
    stage=st.sampled_from(STAGES),
    thread_reason=st.sampled_from([None, "corrected", "withdrawn", "adopted", "deadline_changed", "other"]),
    ban=st.booleans(),
    wave=st.booleans(),
    origin_guangdong=st.booleans(),
    aimed_at=st.sampled_from(["china", "others", "all"]),
    comments=st.sampled_from(["open", "closed", "unknown"]),
    priority=st.sampled_from("ABC"),
    weight_tier=st.integers(1, 5),
    days_left=st.none() | st.integers(0, 400),
    months_to_force=st.none() | st.integers(0, 60),
)


@given(CASES)
def test_every_case_has_one_of_the_four_colours_and_a_reason(case: Case) -> None:
    grade = severity_of(case, SHIPPED)
    assert grade.severity in SEVERITIES
    assert grade.reason


@given(CASES)
def test_the_first_rule_that_holds_decides(case: Case) -> None:
    grade = severity_of(case, SHIPPED)
    first = next(rule for rule in SHIPPED if holds(rule.conditions, case))
    assert grade == Grade(first.severity, first.reason)


@given(CASES.filter(lambda case: case.kind == "notification"))
def test_a_bigger_market_or_a_dearer_industry_is_never_less_urgent(case: Case) -> None:
    rank = SEVERITIES.index(severity_of(case, SHIPPED).severity)
    assert SEVERITIES.index(severity_of(replace(case, weight_tier=5), SHIPPED).severity) <= rank
    assert SEVERITIES.index(severity_of(replace(case, priority="A"), SHIPPED).severity) <= rank


def test_an_emptied_table_still_answers() -> None:
    assert severity_of(DRAFT, []).severity == "blue"


def test_conditions_may_be_written_as_lists_texts_or_truths() -> None:
    assert holds({"stage": ["adopted", "draft"], "ban": False, "min_weight_tier": 4, "wave": None}, DRAFT)
    assert holds({"stage": "adopted;draft", "ban": "no", "min_weight_tier": "4", "kind": ""}, DRAFT)
    assert not holds({"max_days_left": 14}, replace(DRAFT, days_left=None))


def test_a_condition_nobody_can_answer_is_named() -> None:
    with pytest.raises(UnknownCondition, match="phase_of_moon"):
        holds({"phase_of_moon": "full"}, DRAFT)


@pytest.mark.parametrize(
    ("stage", "arguments"),
    [
        ("draft", ("notification", "Regular notification", None, None, None)),
        ("draft", ("notification", None, "deadline_changed", date(2026, 9, 1), date(2027, 1, 1))),
        ("adopted", ("notification", None, None, date(2026, 6, 3), date(2026, 6, 4))),
        ("adopted", ("notification", None, "adopted", None, None)),
        ("in_force", ("notification", None, "adopted", date(2026, 5, 1), date(2026, 6, 3))),
        ("in_force", ("notification", None, "in_force", None, None)),
        ("adopted", ("notification", None, "in_force", None, date(2026, 12, 1))),  # the date lies ahead
        ("emergency", ("notification", "Emergency notification (SPS)", None, None, date(2026, 6, 1))),
        ("withdrawn", ("notification", "Addendum to Emergency Notification", "withdrawn", None, None)),
        ("recall", ("recall", None, None, None, None)),
        ("border", ("border", None, None, None, date(2020, 1, 1))),
        ("standard", ("standard", None, None, None, None)),
        ("other", ("regulation", None, None, None, None)),
        ("in_force", ("regulation", None, None, None, date(2026, 6, 1))),
    ],
)
def test_how_far_a_measure_has_come(
    stage: str,
    arguments: tuple[str, str | None, str | None, date | None, date | None],
) -> None:
    assert stage_of(*arguments, TODAY) == stage


def test_urgent_articles_count_only_alone() -> None:
    assert is_urgent(["2.10.1"])
    assert not is_urgent(["2.9.2", "2.10.1"])
    assert not is_urgent([])


@pytest.mark.parametrize(
    ("title", "ban"),
    [
        ("Ban on perfluorinated substances in toys", True),
        ("Prohibición de plásticos", True),
        ("禁止进口电子烟", True),
        ("Lifting of the ban on poultry", False),
        ("Labelling of bandages", False),
        ("解除禁令", False),
    ],
)
def test_a_ban_is_read_from_the_title(title: str, ban: bool) -> None:
    assert is_ban(title) is ban


@pytest.mark.parametrize(
    ("regions", "aimed"),
    [
        ("", "all"),
        ("All trading partners", "all"),
        ("Countries that export live birds", "all"),
        ("China", "china"),
        ("Thailand; China", "china"),
        ("中国、越南", "china"),
        ("Malta", "others"),
        ("France, island of Corsica", "others"),
        ("Chinese Taipei", "others"),
        ("Hong Kong, China", "others"),
        ("中国香港", "others"),
        ("Hong Kong, China; China", "china"),
    ],
)
def test_whose_goods_a_notice_names(regions: str, aimed: str) -> None:
    assert aimed_at(regions) == aimed


def test_a_wave_is_counted_in_the_reason_only_where_it_decides() -> None:
    told = "（30天内第5起）"
    grade = graded(Case("recall", "recall", wave=True), SHIPPED, told)
    assert grade.severity == "red" and grade.reason.endswith(told)
    withdrawn = graded(Case("recall", "withdrawn", wave=True), SHIPPED, told)
    assert withdrawn.severity == "blue" and told not in withdrawn.reason


def test_only_guangdong_itself_is_guangdong() -> None:
    assert is_from_guangdong(["China", "Guangdong Province, China"])
    assert is_from_guangdong(["中国广东"])
    assert not is_from_guangdong(["China"])


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_months_grow_with_the_date(day: date, later: date) -> None:
    months = months_until(day, TODAY)
    assert (months is None) == (day < TODAY)
    if months is not None and later >= day:
        assert (months_until(later, TODAY) or 0) >= months
