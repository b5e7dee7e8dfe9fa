"""Training: the same material gives the same model, doubt and trust are learned, thresholds keep their promise."""

from __future__ import annotations

import subprocess
import sys

import pytest

from classifier.artefact import write_model
from classifier.classify import suggest
from classifier.combine import AGREED, CODES_ALONE, TEXT_ALONE, Verdict
from classifier.comparison import bare, measure
from classifier.contract import NoticeText, Threshold
from classifier.counting import Gold
from classifier.thinning import thinned
from classifier.thresholds import FLAG_LOWEST, HIGHEST, Judged, thresholds_of
from classifier.trust import trust_of
from classifier.voices import listen
from settings import ROOT
from tests.classifier.learned import reference, rules, small_model
from tests.classifier.samples import notice

AGAIN = "from tests.classifier.learned import small_model; from classifier.artefact import write_model;"
AGAIN += "print(write_model(small_model())[1])"


def test_another_process_makes_the_same_model() -> None:
    """Sets have another order in each process; a model that depended on it could not be checked by anybody."""
    done = subprocess.run([sys.executable, "-c", AGAIN], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == write_model(small_model())[1]


def test_it_finds_more_than_the_rules_alone() -> None:
    asked = reference()
    with_model = measure(suggest, asked, rules(), small_model())
    without = measure(suggest, asked, rules())
    assert with_model.first.f1 > without.first.f1
    text_only = measure(suggest, bare(asked), rules(), small_model())
    assert text_only.first.f1 > measure(suggest, bare(asked), rules()).first.f1


def test_accepted_suggestions_are_mostly_right() -> None:
    figures = measure(suggest, reference(), rules(), small_model())
    assert figures.accepted.precision > 0.85
    assert figures.accepted.recall > 0.6


def test_a_word_that_stands_in_notices_on_others_goods_is_trusted_less() -> None:
    texts = [
        (notice("Plywood", description="Limits for formaldehyde"), frozenset({"wood-products"})),
        (notice("Curtains", description="Formaldehyde below 75 mg/kg"), frozenset({"home-textiles"})),
        (notice("Paper tableware", description="Free of formaldehyde"), frozenset({"paper-products"})),
        (notice("Toy cars", products="Toy cars"), frozenset({"toys"})),
    ]
    trust = trust_of(texts, rules())
    hazard = [worth for rule, worth in trust.items() if "formaldehyde" in rule and rule.endswith(">chemicals")]
    goods = [worth for rule, worth in trust.items() if rule.startswith("word:en:toy") and rule.endswith(">toys")]
    assert hazard and goods
    assert max(hazard) < min(goods)


def verdicts_of(said: NoticeText) -> dict[str, Verdict]:
    return small_model().verdicts([listen(said, rules())])[0]


def test_voices_say_how_they_go_together() -> None:
    toys = verdicts_of(notice("Safety of toys", "Toys", hs=("950300",)))["toys"]
    assert AGREED in toys.notes
    coded = verdicts_of(notice("Draft decree no. 5", "Goods", hs=("950300",)))["toys"]
    assert CODES_ALONE in coded.notes
    assert coded.score < toys.score
    assert TEXT_ALONE not in toys.notes


def test_the_source_s_category_speaks() -> None:
    said = notice("Recall of model X-200", "Model X-200 for children", "It may break.")
    hinted = notice("Recall of model X-200", "Model X-200 for children", "It may break.", categories=("toys",))
    before, after = verdicts_of(said).get("toys"), verdicts_of(hinted)["toys"]
    assert after.score > (before.score if before else 0.0)
    (answer,) = suggest([hinted], rules(), small_model())
    reasons = [reason for item in answer if item.industry == "toys" for reason in item.evidence]
    assert "source_category" in [reason.note for reason in reasons if reason.voice == "category"]


def test_thinned_notices_lose_the_same_words_everywhere() -> None:
    whole = notice("Toys and dolls and toys", "Dolls", "锂电池玩具")
    half = thinned(whole, 0.5)
    assert half == thinned(whole, 0.5)
    assert half.title.lower().count("toys") in (0, 2)
    assert thinned(whole, 1.0) == whole
    assert thinned(whole, 0.0).title.strip() == ""


def judged(right: int, wrong: int, chance: float) -> list[Judged]:
    """So many notices whose only suggestion has this probability."""
    good = [Judged({"toys": chance}, Gold(frozenset({"toys"})))] * right
    return good + [Judged({"toys": chance}, Gold(frozenset({"garments"})))] * wrong


def test_the_threshold_is_the_lowest_that_keeps_the_precision() -> None:
    found = thresholds_of([*judged(40, 0, 0.9), *judged(38, 2, 0.7), *judged(10, 30, 0.5)])
    assert found["toys"].accepted == 0.7
    assert found["toys"].flagged <= 0.7


def test_an_industry_that_is_often_wrong_has_a_threshold_of_its_own() -> None:
    good = [Judged({"garments": 0.8}, Gold(frozenset({"garments"})))] * 300
    found = thresholds_of([*good, *judged(10, 0, 0.95), *judged(2, 10, 0.82)])
    assert found["garments"].accepted == 0.8
    assert found["toys"].accepted > 0.82


@pytest.mark.parametrize("given", [[], [Judged({"toys": 0.9}, Gold(frozenset(), frozenset(), True))]])
def test_nothing_judged_gives_no_thresholds(given: list[Judged]) -> None:
    assert thresholds_of(given) == {}


def test_thresholds_stay_within_their_bounds() -> None:
    found = thresholds_of(judged(0, 50, 0.9))
    assert found["toys"].accepted == HIGHEST
    assert FLAG_LOWEST <= found["toys"].flagged <= HIGHEST


def test_a_threshold_that_staff_set_goes_before_the_model_s() -> None:
    model = small_model()
    staff = Threshold(0.99, 0.01)
    assert model.threshold("toys", staff) == staff
    assert model.threshold("toys", Threshold()) == model.thresholds["toys"]


def test_an_industry_that_joined_the_list_later_is_left_to_the_rules() -> None:
    """A model that does not know it must not make it silent until the next training."""
    from dataclasses import replace

    from classifier.contract import Rule

    later = Rule("word:en:zorb ball>zorbs", "word", "zorb ball", "zorbs", "en")
    grown = replace(
        rules(), industries=(*rules().industries, "zorbs"), rules=(*rules().rules, later), built={}, fingerprint="grown"
    )
    said = [notice("Safety of zorb balls", "Zorb balls", "A zorb ball must not burst.")]
    (answer,) = suggest(said, grown, small_model())
    assert "zorbs" in [item.industry for item in answer]
    assert small_model().strangers(grown.industries) == {"zorbs"}
