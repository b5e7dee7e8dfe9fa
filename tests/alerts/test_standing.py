"""Who may do what to whose account, as one table."""

from __future__ import annotations

import pytest

from alerts.standing import DEEDS, DUTY, END, INVITE, Standing, may_manage
from store.bureau import ASSOCIATION, OFFICER

PROVINCE, CITY, COUNTY, OTHER = ("44",), ("4405", "44"), ("440515", "4405", "44"), ("441422", "4414", "44")
ALL, NONE, BUT_INVITE = frozenset(DEEDS), frozenset[str](), frozenset(DEEDS) - {INVITE}


def person(key: int, line: tuple[str, ...], role: str = "A", kind: str = OFFICER) -> Standing:
    return Standing(key, line, kind, role)


@pytest.mark.parametrize(
    ("by", "about", "allowed"),
    [
        (person(1, PROVINCE), person(2, CITY), ALL),
        (person(1, PROVINCE), person(2, COUNTY), BUT_INVITE),
        (person(1, PROVINCE, "B"), person(2, CITY), ALL),
        (person(1, CITY), person(2, COUNTY), ALL),
        (person(1, CITY), person(2, OTHER), NONE),
        (person(1, CITY), person(2, PROVINCE), NONE),
        (person(1, COUNTY), person(2, CITY), NONE),
        (person(1, COUNTY), person(2, COUNTY), {DUTY}),
        (person(1, COUNTY), person(2, COUNTY, "B"), {DUTY, INVITE, END}),
        (person(1, COUNTY), person(2, COUNTY, "A", ASSOCIATION), {DUTY, INVITE, END}),
        (person(1, COUNTY, "B"), person(2, COUNTY, "B"), NONE),
        (person(1, COUNTY), person(1, COUNTY), {DUTY}),
        (person(1, COUNTY, "B"), person(1, COUNTY, "B"), NONE),
        (person(1, PROVINCE, "A", ASSOCIATION), person(2, CITY), NONE),
    ],
)
def test_the_table(by: Standing, about: Standing, allowed: frozenset[str]) -> None:
    assert {deed for deed in DEEDS if may_manage(deed, by, about)} == allowed


def test_the_province_invites_a_county_whose_city_has_no_desk() -> None:
    assert may_manage(INVITE, person(1, PROVINCE), person(0, COUNTY), city_has_desk=False)
    assert not may_manage(INVITE, person(1, CITY), person(0, OTHER), city_has_desk=False)
