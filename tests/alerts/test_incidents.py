"""What a recall or refusal is about, and when like ones are a wave."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.hazards import HAZARDS, hazard_of
from alerts.incidents import Incident, firm_of, incident_of, product_key
from alerts.policy import WaveRule
from alerts.waves import Seen, wave_in_words, wave_of

DAY = date(2026, 6, 1)
RULE = WaveRule(size=5, firms=3, days=30)


@pytest.mark.parametrize(
    ("text", "firm", "key"),
    [
        ("Magnet Cube Sets", "", "magnet cube"),
        ("Brightstar Musical Crib Mobiles", "", "crib mobile"),
        ("USB charger 65 W", "", "usb charger"),
        ("Plush Rabbit with Button Batteries", "", "plush rabbit"),
        ("Hilltop Dairy – Soft Cheese 200g", "", "soft cheese"),
        ("CERAMIC DINNERWARE, DECORATED", "", "ceramic dinnerware"),
        ("BAMBOO SHOOTS, DRIED", "muster bamboo goods", "bamboo shoot"),
        ("Riverline Kettles", "riverline", "kettle"),
        ("Riverline", "riverline", "riverline"),
        ("モバイルバッテリー MB-1", "", "モバイルバッテリー"),
        ("冷凍草莓", "", "冷凍草莓"),
        ("玩具（特大）", "", "玩具"),
        ("MB-1 20000", "", ""),
        ("", "", ""),
    ],
)
def test_the_words_that_name_a_kind_of_product(text: str, firm: str, key: str) -> None:
    assert product_key(text, firm) == key


def test_romance_languages_name_the_thing_first() -> None:
    assert product_key("bouilloire électrique sans fil 1,7 l", heads_first=True) == "bouilloire électrique"


@pytest.mark.parametrize(
    ("text", "hazard"),
    [
        ("Burns, Fire", "fire"),
        ("Risk of electric shock.", "shock"),
        ("Small parts may come off.", "choking"),
        ("severe internal burns after ingestion of magnets", "swallowing"),
        ("chlorpyrifos - pesticide residues", "pesticide"),
        ("農藥殘留含量不符規定", "pesticide"),
        ("The article appears to give off lead into food", "metals"),
        ("The coupling may lead to nothing", ""),
        ("azoxystrobin above the limit", ""),
        ("incendie", "fire"),
        ("", ""),
    ],
)
def test_hazards_are_known_in_the_languages_of_the_sources(text: str, hazard: str) -> None:
    assert hazard_of(text) == hazard
    assert not hazard or HAZARDS[hazard]


@pytest.mark.parametrize(
    ("title", "attributes", "firm"),
    [
        ("x", {"brand": "Muster"}, "muster"),
        ("x", {"brand": "Unknown", "maker": "Muster Ltd"}, "muster ltd"),
        ("Sample Outdoor Recalls Camping Stoves Due to Burn Hazard", {}, "sample outdoor"),
        ("USB charger · Mustermarke · Cube", {}, "mustermarke"),
        ("Pendant · Herz", {}, ""),  # product and name: no brand is given
        ("Power Banks Recalled Due to Fire Hazard", {}, ""),
    ],
)
def test_whose_it_is(title: str, attributes: dict[str, object], firm: str) -> None:
    assert firm_of(title, attributes) == firm


def test_an_incident_needs_a_product_and_a_hazard_and_the_right_kind() -> None:
    told = incident_of("recall", "Sample recalls Power Banks Due to Fire Hazard", "Power Banks", {})
    assert told == Incident("power bank", "fire", "sample")
    assert incident_of("notification", "Recall of power banks due to fire", "Power banks", {}) is None
    assert incident_of("recall", "Notice on power banks", "Power banks", {}) is None
    assert incident_of("recall", "Excess cadmium in a sample of live crabs", "", {}) is None  # a title is no product
    only_title = incident_of("recall", "Recall of dried mushrooms due to sulphur dioxide", "", {})
    assert only_title == Incident("dried mushroom", "additive", "")
    described = incident_of(
        "recall", "x", "Fairy lights", {}, description="It presents a serious risk of electric shock."
    )
    assert described == Incident("fairy light", "shock", "")


def before(*firms: str, every: int = 1) -> list[Seen]:
    """Like incidents of these firms, the last the day before, each with a matter of its own."""
    return [Seen(DAY - timedelta(days=every * (at + 1)), at + 1, firm) for at, firm in enumerate(firms)]


THIS = Seen(DAY, 99, "e")


def test_five_of_three_firms_within_thirty_days_are_a_wave() -> None:
    wave = wave_of("fire", THIS, before("a", "a", "b", "b"), RULE)
    assert wave is not None and (wave.count, wave.firms) == (5, 3)
    assert wave_in_words(wave) == "（危害：起火、烧烫伤；30天内第5起，涉及3个品牌或企业）"


@pytest.mark.parametrize(
    "others",
    [
        before("a", "b", "c"),  # four
        before("a", "a", "a", "e"),  # two firms
        before("a", "", "", ""),  # firms nobody names do not count as firms
        before("a", "b", "c", "d", every=10),  # the last two lie 30 and 40 days back
        [Seen(DAY, 7, firm) for firm in ("a", "b", "c", "d")],  # one matter told by four notices
        [*before("a", "b", "c", "d"), Seen(DAY - timedelta(days=2), 50, "x", told=True)],  # the bureaus know
        [*before("a", "b", "c"), Seen(DAY + timedelta(days=1), 50, "x")],  # the future is no evidence
    ],
)
def test_what_is_no_wave(others: list[Seen]) -> None:
    assert wave_of("fire", THIS, others, RULE) is None


def test_a_matter_that_told_of_the_wave_still_tells_of_it_when_it_is_raised_again() -> None:
    again = [*before("a", "b", "c", "d"), Seen(DAY, THIS.matter, "e", told=True)]
    assert wave_of("fire", THIS, again, RULE) is not None


def test_a_wave_told_long_ago_is_told_again() -> None:
    long_ago = Seen(DAY - timedelta(days=30), 50, "x", told=True)
    assert wave_of("fire", THIS, [*before("a", "b", "c", "d"), long_ago], RULE) is not None


SEEN = st.builds(Seen, st.dates(date(2026, 4, 1), DAY), st.integers(1, 12), st.sampled_from(["", "a", "b", "c", "d"]))


@given(st.lists(SEEN, max_size=14), st.integers(2, 8), st.integers(1, 4), st.integers(1, 60))
def test_a_stricter_rule_never_finds_more(seen: list[Seen], size: int, firms: int, days: int) -> None:
    strict = wave_of("fire", THIS, seen, WaveRule(size, firms, days))
    if strict is not None:
        assert wave_of("fire", THIS, seen, WaveRule(size - 1, firms, days)) is not None
        assert wave_of("fire", THIS, seen, WaveRule(size, max(firms - 1, 1), days)) is not None
        assert wave_of("fire", THIS, seen, WaveRule(size, firms, days + 5)) is not None
