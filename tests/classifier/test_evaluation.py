"""The counting rule: right, ignored, wrong, missed; and, where the labelled sets are at hand, a floor under us."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifier.baselines import suggest_by_codes
from classifier.classify import suggest
from classifier.contract import NoticeText, Suggestion
from classifier.evaluation import Count, Figures, Gold, evaluate, strip_codes
from classifier.lines import read_notices, read_objects
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


def test_codes_are_stripped_from_everywhere() -> None:
    bare = strip_codes(NoticeText("a", "Toys (HS 9503)", "HS:95", "see ICS: 97.200.50", ("95",), ("97",)))
    assert (bare.title.strip(), bare.products.strip(), bare.hs, bare.ics) == ("Toys ()", "", (), ())
    assert "97" not in bare.description


def _figures(name: str, *, codes: bool) -> tuple[Figures, Figures]:
    path = SETS / name
    if not path.exists():
        pytest.skip(f"{path} is not there: the labelled notices were not measured")
    rows = [row for _, row in read_objects(path)]
    golds = [
        Gold(frozenset(row["industries"]), frozenset(row["optional"]), bool(row["origin_limited"]))  # type: ignore[arg-type]
        for row in rows
    ]
    notices = read_notices(path)
    mapping = mapping_from_files()
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
