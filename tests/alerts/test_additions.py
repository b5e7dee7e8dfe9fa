"""Additions and likeness, case by case: what is new beside what was told, and what is only alike."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest

from alerts.additions import Additions, additions_of, ends_it, new_markets, together
from alerts.facts import Facts
from alerts.likeness import Likeness, are_near, likeness_of, marks_of, traits_of
from alerts.telling_changes import added_zh

EU = frozenset({"DEU", "FRA"})
NOTHING = Additions()


def facts(**fields: Any) -> Facts:
    """A draft about toys with an open comment period, unless `fields` say otherwise."""
    values: dict[str, Any] = {
        "title": "Safety of toys",
        "market": "USA",
        "members": ["USA"],
        "kind": "notification",
        "symbols": ["G/TBT/N/USA/1"],
        "products": "Toys",
        "description": "",
        "hs": ["9503"],
        "ics": [],
        "objectives": [],
        "origins": [],
        "regions_affected": "",
        "published_on": "2026-06-01",
        "comment_deadline": "2026-07-30",
        "comment_deadline_text": "30 July 2026",
        "adoption_on": None,
        "adoption_text": "",
        "force_on": None,
        "force_text": "",
        "links": [],
        "stage": "draft",
        "thread_reason": None,
        "ban": False,
        "wave": False,
        "changes": {},
        "notice_public_id": "a",
    }
    return cast(Facts, values | fields)


def added(own: Facts, *told: Facts, severity: str = "yellow", industries: tuple[str, ...] = ("toys",)) -> Additions:
    return additions_of(
        own,
        told or [facts()],
        industries=industries,
        told_industries={"toys"},
        severity=severity,
        told_severities=["yellow"],
        eu_members=EU,
    )


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, NOTHING),
        ({"title": "Another title", "description": "Other words", "published_on": "2026-06-09"}, NOTHING),
        ({"comment_deadline": None, "comment_deadline_text": "soon"}, NOTHING),
        ({"comment_deadline": "2026-08-14"}, Additions(dates=("comment_deadline",))),
        ({"comment_deadline": "2026-07-01"}, Additions(dates=("comment_deadline",))),
        ({"force_on": "2027-01-01"}, Additions(dates=("force_on",))),
        ({"members": ["USA", "CAN"]}, Additions(markets=("CAN",))),
        ({"hs": ["950300"]}, NOTHING),
        ({"hs": ["9503", "9504"]}, Additions(products=("9504",))),
        ({"products": "toys; Crib mobiles"}, Additions(products=("Crib mobiles",))),
        ({"products": ""}, NOTHING),
        ({"stage": "adopted"}, Additions(measure="adopted")),
        ({"stage": "other", "kind": "regulation"}, NOTHING),
        ({"kind": "recall", "stage": "recall"}, Additions(measure="recall")),
    ],
)
def test_what_is_new(own: dict[str, Any], expected: Additions) -> None:
    assert added(facts(**own)) == expected
    assert bool(added(facts(**own))) is (expected != NOTHING)


def test_any_version_that_told_it_counts() -> None:
    later = facts(comment_deadline="2026-08-14", members=["USA", "CAN"], stage="adopted")
    assert added(facts(), facts(), later) == NOTHING
    assert added(facts(comment_deadline="2026-08-14"), facts(), later) == NOTHING
    assert added(facts(), facts(hs=[])) == NOTHING


def test_a_higher_colour_and_another_industry_are_new_and_a_lower_colour_is_not() -> None:
    assert added(facts(), severity="orange") == Additions(severity="orange")
    assert added(facts(), severity="blue") == NOTHING
    assert added(facts(), industries=("toys", "footwear")) == Additions(industries=("footwear",))


def test_the_eu_covers_its_members_and_not_the_other_way_round() -> None:
    assert new_markets(["DEU"], ["EU"], EU) == ()
    assert new_markets(["EU"], ["DEU"], EU) == ("EU",)


def test_both_together_keep_what_each_says() -> None:
    own = facts(
        title="Safety Standard",
        market="CAN",
        members=["CAN"],
        symbols=[],
        hs=[],
        comment_deadline="2026-08-14",
        comment_deadline_text="Aug. 14",
        products="",
        links=[{"rel": "original", "lang": "en", "url": "https://b.example"}],
    )
    told = facts(force_on="2027-01-01", force_text="1 January 2027")
    joint = together(own, told, added(own, told), continues=False, ends=True)
    assert (joint["title"], joint["members"], joint["hs"]) == ("Safety of toys", ["USA", "CAN"], ["9503"])
    assert (joint["comment_deadline"], joint["comment_deadline_text"]) == ("2026-08-14", "Aug. 14")
    assert (joint["force_on"], joint["force_text"]) == ("2027-01-01", "1 January 2027")
    assert "safety standard" in joint["also"][0]
    assert added_zh(joint) == (
        "另有来源补充（加拿大，通报，2026年6月1日）：提意见（评议）截止2026年8月14日；涉及的市场加拿大。"
    )
    assert together(own, told, NOTHING, continues=True, ends=True)["title"] == "Safety Standard"


def test_a_withdrawal_ends_the_matter_only_where_nobody_else_goes_on() -> None:
    own = facts(stage="withdrawn")
    assert ends_it(own, [facts()])
    assert not ends_it(own, [facts(members=["CAN"])])
    assert ends_it(own, [facts(members=["CAN"], stage="withdrawn")])
    kept = together(own, facts(members=["USA", "CAN"]), added(own), continues=True, ends=False)
    assert kept["stage"] == "draft"
    assert together(own, facts(), added(own), continues=True, ends=True)["stage"] == "withdrawn"


MOBILE = {"brand": "Brightstar", "model": "BM-2210", "hazard": "Choking"}
RECALL = traits_of("Brightstar Musical Crib Mobiles Recalled", "Musical crib mobile", ["China"], MOBILE)


def likeness(products: str, origins: list[str], **attributes: object) -> Likeness:
    return likeness_of(RECALL, traits_of(products, products, origins, attributes))


def test_the_same_product_of_the_same_brand_is_alike() -> None:
    assert likeness("Crib mobile, musical", ["China"], **MOBILE).is_proposed
    assert likeness("Crib mobile musical", [], brand="BRIGHTSTAR").is_proposed
    assert likeness("Baby mobile", [], brand=["None"], models=["BM-2210"], hazards=["choking"]).is_proposed


def test_a_source_without_a_field_for_the_brand_has_it_in_its_title() -> None:
    assert likeness("Brightstar crib mobile recalled due to choking hazard", []).is_proposed
    assert likeness("Crib mobiles BM-2210", []).is_proposed
    bare = traits_of("Zoomy Dino Night Lamp recalled", "", [], {})
    assert likeness_of(bare, traits_of("Recall of Zoomy dino night lamps", "", [], {})).is_proposed
    assert not likeness_of(bare, traits_of("Recall of a night lamp", "", [], {})).is_proposed


def test_another_brand_origin_or_a_mere_kind_of_product_is_not() -> None:
    assert likeness("Musical crib mobile", ["China"], **MOBILE | {"brand": "Lumo"}).score == 0
    assert likeness("Musical crib mobile", ["Viet Nam"], **MOBILE).score == 0
    assert likeness("Musical crib mobile", ["China"], hazard="Choking").score == 0
    assert not likeness("Electric kettle", ["China"], brand="Brightstar").is_proposed


def test_marks_are_words_that_tell_one_product_from_another() -> None:
    assert marks_of(RECALL) == ["brightstar", "bm-2210", "musical", "crib", "mobile"]


def test_near_is_within_45_days() -> None:
    assert are_near(date(2026, 6, 1), date(2026, 7, 16))
    assert not are_near(date(2026, 6, 1), date(2026, 7, 17))
    assert not are_near(None, date(2026, 7, 17))
