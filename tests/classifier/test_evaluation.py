"""The counting rule: right, ignored, wrong, missed; and, where the labelled sets are at hand, a floor under us."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifier.baselines import suggest_by_codes
from classifier.calibration import calibration_error, reliability
from classifier.classify import suggest
from classifier.contract import NoticeText, Suggestion
from classifier.evaluation import Count, Figures, Gold, evaluate, strip_codes
from classifier.labelled import read_labelled
from classifier.mapping import mapping_from_files
from settings import ROOT

SETS = ROOT.parent / "shared" / "eval"


def said(**industries: str) -> list[Suggestion]:
    pairs = enumerate(industries.items())
    return [Suggestion(name, 1 - place / 100, state) for place, (name, state) in pairs]  # type: ignore[arg-type]


def gold(*industries: str, optional: tuple[str, ...] = (), origin_limited: bool = False) -> Gold:
    return Gold(frozenset(industries), frozenset(optional), origin_limited)


def test_right_wrong_missed_and_ignored() -> None:
    answer = said(toys="accepted", glass="accepted", steel="accepted")
    figures = evaluate([answer], [gold("toys", "ppe", optional=("steel",))])
    assert figures.first == Count(right=1, wrong=1, missed=1)
    assert (figures.first.precision, figures.first.recall, figures.first.f1) == (0.5, 0.5, 0.5)


def test_the_best_flagged_one_is_seen_first_only_where_nothing_is_accepted() -> None:
    figures = evaluate(
        [said(toys="flagged", glass="flagged"), said(toys="accepted", glass="flagged")],
        [gold("toys"), gold("toys", "glass")],
    )
    assert figures.first == Count(right=2, wrong=0, missed=1)
    assert figures.accepted == Count(right=1, wrong=0, missed=2)
    assert figures.found == Count(right=3, wrong=1, missed=0)
    assert figures.share_flagged == 1.0


def test_notices_aimed_elsewhere_count_only_as_accepted_in_vain() -> None:
    figures = evaluate(
        [said(toys="accepted"), said(toys="flagged"), said(toys="accepted"), []],
        [gold("toys", origin_limited=True), gold(origin_limited=True), gold(), gold()],
    )
    assert figures.notices == 2
    assert figures.empty_or_elsewhere_accepted == 2
    assert figures.first == Count(wrong=1)


def test_per_industry_counts_add_up_to_the_whole() -> None:
    figures = evaluate([said(toys="accepted"), said(glass="accepted")], [gold("toys"), gold("toys")])
    assert figures.per_industry == {"glass": Count(wrong=1), "toys": Count(right=1, missed=1)}
    assert sum(figures.per_industry.values(), Count()) == figures.first


def test_recall_at_3_looks_at_the_three_best_whatever_their_state() -> None:
    answer = said(toys="accepted", glass="flagged", steel="accepted", ppe="flagged")
    figures = evaluate([answer], [gold("glass", "steel", "ppe")])
    assert figures.as_json()["recall_at_3"] == 0.667
    assert figures.as_json()["found_recall"] == 1.0


def test_notices_that_concern_nobody_are_left_alone_or_not() -> None:
    answers = [[], said(toys="flagged"), said(toys="accepted"), said(toys="accepted"), said(toys="accepted")]
    golds = [gold(), gold(), gold(), gold(optional=("toys",)), gold(origin_limited=True)]
    told = evaluate(answers, golds).as_json()
    assert (told["exact_empty"], told["silent_on_empty"]) == (0.75, 0.5)
    assert told["empty_or_elsewhere_accepted"] == 2


def test_without_notices_that_concern_nobody_there_is_no_such_share() -> None:
    told = evaluate([[]], [gold("toys")]).as_json()
    assert (told["exact_empty"], told["silent_on_empty"]) == (None, None)


def test_each_language_has_its_own_figures() -> None:
    answers = [said(toys="accepted"), said(glass="flagged"), [], said(toys="accepted")]
    golds = [gold("toys"), gold("toys"), gold("toys"), gold(origin_limited=True)]
    told = evaluate(answers, golds, languages=["en", "zh", "", "en"]).as_json()
    whole = {"accepted_precision": 1.0, "found_recall": 1.0, "micro_f1": 1.0, "notices": 1, "share_flagged": 0.0}
    assert told["languages"] == {
        "en": whole,
        "unknown": whole | {"found_recall": 0.0, "micro_f1": 0.0},
        "zh": whole | {"found_recall": 0.0, "micro_f1": 0.0, "share_flagged": 1.0},
    }
    assert told["notices"] == 3


def test_confusions_pair_what_was_missed_with_what_was_suggested_instead() -> None:
    answers = [said(glass="accepted"), said(glass="accepted", ppe="accepted"), said(glass="accepted"), []]
    golds = [gold("toys"), gold("toys"), gold("glass", "toys"), gold("steel")]
    assert evaluate(answers, golds).as_json()["confusions"] == [
        {"missed": "toys", "suggested": "glass", "count": 2},
        {"missed": "toys", "suggested": "ppe", "count": 1},
    ]


def test_industries_carry_their_counts() -> None:
    told = evaluate([said(toys="accepted", glass="accepted")], [gold("toys")]).as_json()
    assert told["industries"] == {
        "glass": {"right": 0, "wrong": 1, "missed": 0, "f1": 0.0},
        "toys": {"right": 1, "wrong": 0, "missed": 0, "f1": 1.0},
    }


def test_bins_have_equal_mass_and_equal_scores_stay_together() -> None:
    table = reliability([(0.9, True), (0.2, False), (0.4, True), (0.8, True)], bins=2)
    assert [(b.lowest, b.highest, b.count, b.share_right) for b in table] == [(0.2, 0.4, 2, 0.5), (0.8, 0.9, 2, 1.0)]
    assert [b.mean_score for b in table] == pytest.approx([0.3, 0.85])
    tied = reliability([(0.5, False), (0.5, True), (0.5, True), (0.7, True)], bins=2)
    assert [(b.lowest, b.highest, b.count) for b in tied] == [(0.5, 0.5, 3), (0.7, 0.7, 1)]
    assert reliability([]) == []


def test_the_calibration_error_is_the_mean_distance_once_there_are_enough() -> None:
    shown = [(0.75, place % 2 == 0) for place in range(500)] + [(0.25, False)] * 500
    assert calibration_error(reliability(shown)) == 0.25  # half are said 0.75 and are 0.5, half 0.25 and are 0
    assert calibration_error(reliability(shown[1:])) is None


def test_shown_suggestions_are_judged_but_optional_ones_and_other_origins_are_not() -> None:
    answers = [said(toys="accepted", glass="flagged", ppe="flagged"), said(toys="accepted")]
    told = evaluate(answers, [gold("toys", optional=("ppe",)), gold("toys", origin_limited=True)]).as_json()
    assert (told["suggestions"], told["ece"]) == (2, None)
    assert told["reliability"] == [
        {"from": 0.99, "to": 0.99, "count": 1, "mean_score": 0.99, "share_right": 0.0},
        {"from": 1, "to": 1, "count": 1, "mean_score": 1.0, "share_right": 1.0},
    ]


def test_codes_are_stripped_from_everywhere() -> None:
    bare = strip_codes(NoticeText("a", "Toys (HS 9503)", "HS:95", "see ICS: 97.200.50", ("95",), ("97",)))
    assert (bare.title.strip(), bare.products.strip(), bare.hs, bare.ics) == ("Toys ()", "", (), ())
    assert "97" not in bare.description


def _figures(name: str, *, codes: bool) -> tuple[Figures, Figures]:
    path = SETS / name
    if not path.exists():
        pytest.skip(f"{path} is not there: the labelled notices were not measured")
    mapping = mapping_from_files()
    labelled = read_labelled(path, known=mapping.industries)
    notices, golds = [each.notice for each in labelled], [each.gold for each in labelled]
    asked = notices if codes else [strip_codes(each) for each in notices]
    return evaluate(suggest(asked, mapping), golds), evaluate(suggest_by_codes(asked, mapping), golds)


@pytest.mark.parametrize(
    ("name", "codes", "floor"),
    [
        ("notices.jsonl", True, 0.62),
        ("notices.jsonl", False, 0.5),
        ("notices_mixed.jsonl", True, 0.67),
        ("notices_mixed.jsonl", False, 0.66),
    ],
)
def test_the_first_classifier_stays_above_its_floor(name: str, codes: bool, floor: float) -> None:
    ours, by_codes = _figures(name, codes=codes)
    print(json.dumps({"set": name, "codes": codes, "ours": ours.as_json(), "codes only": by_codes.as_json()}))
    assert ours.first.f1 >= floor
    assert ours.found.recall >= by_codes.found.recall
    assert ours.empty_or_elsewhere_accepted <= 3


def test_the_sets_are_no_part_of_the_project() -> None:
    assert not [path for path in Path(ROOT, "data").rglob("*") if path.name in ("notices.jsonl", "notices_mixed.jsonl")]
