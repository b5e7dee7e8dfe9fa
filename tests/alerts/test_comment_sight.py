"""Who sees what of a comment, and when sums would tell of one firm."""

from __future__ import annotations

from datetime import date

import pytest

from alerts.comment_days import is_late, ladder_of
from alerts.comment_sight import NAMED, NAMELESS, SUMS_ONLY, Share, Sums, sight_of, sums_of, total_to_print
from tests.cast import CHENGHAI, PROVINCE, SHANTOU, STRANGER

LINE = (CHENGHAI, SHANTOU, PROVINCE)


@pytest.mark.parametrize(
    ("place", "tier", "line", "ticked", "decides", "sight"),
    [
        (CHENGHAI, "county", LINE, False, True, NAMED),
        (SHANTOU, "city", LINE, False, True, NAMED),
        (PROVINCE, "province", LINE, False, True, NAMELESS),
        (PROVINCE, "province", LINE, True, True, NAMED),
        (PROVINCE, "province", (PROVINCE,), False, True, NAMED),
        (STRANGER, "county", LINE, True, True, SUMS_ONLY),
        (CHENGHAI, "county", (SHANTOU, PROVINCE), True, True, SUMS_ONLY),
        (SHANTOU, "city", LINE, True, False, SUMS_ONLY),
        (PROVINCE, "province", LINE, True, False, SUMS_ONLY),
    ],
)
def test_sight(place: str, tier: str, line: tuple[str, ...], ticked: bool, decides: bool, sight: str) -> None:
    assert sight_of(place, tier, line, may_be_named=ticked, decides=decides) == sight


def share(firm: str, value: float | None = 10.0, affected: str = "yes") -> Share:
    return Share(firm, affected, value)


def test_fewer_than_three_firms_give_no_sum_and_one_firm_counts_once() -> None:
    assert sums_of([share("a"), share("b")]) is None
    assert sums_of([share("a"), share("a"), share("b")]) is None
    assert sums_of([share("a"), share("b"), share("c", 5)]) == Sums(3, 3, 0, 0, 3, 25.0)


def test_a_sum_that_grows_by_one_firm_does_not_show() -> None:
    three = [share("a"), share("b"), share("c")]
    assert sums_of([*three, share("d", 999)]) == sums_of(three)
    assert sums_of([*three, share("d"), share("e"), share("f")]) == Sums(6, 6, 0, 0, 6, 60.0)


def test_values_that_fewer_than_three_gave_are_not_summed() -> None:
    told = sums_of([share("a", None, "no"), share("b", None, "unsure"), share("c", 7)])
    assert told == Sums(3, 1, 1, 1, 0, None)


@pytest.mark.parametrize(
    ("named", "nameless", "total"),
    [([], [], None), ([5], [], 5), ([5], [1], None), ([5], [1, 2], None), ([5], [1, 2, 3], 11), ([], [1, 2, 3], 6)],
)
def test_a_document_prints_no_total_whose_rest_is_one_firms(
    named: list[float], nameless: list[float], total: float | None
) -> None:
    assert total_to_print(named, nameless) == total


def test_the_ladder_of_a_usual_and_of_a_short_period() -> None:
    usual = ladder_of(date(2026, 7, 30), date(2026, 5, 31))
    assert (usual.firms, usual.city, usual.province) == (date(2026, 7, 10), date(2026, 7, 16), date(2026, 7, 23))
    short = ladder_of(date(2026, 7, 30), date(2026, 7, 15))
    assert short.firms == date(2026, 7, 24) and short.firms < short.city < short.province < short.final
    assert not is_late(usual, date(2026, 7, 10)) and is_late(usual, date(2026, 7, 11)) and is_late(None, date.min)
