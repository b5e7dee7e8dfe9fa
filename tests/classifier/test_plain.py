"""The learned yardstick: what it takes for a term, what it answers, and what it must not learn."""

from __future__ import annotations

import math

import pytest

from classifier.comparison import bare, baselines_for, language_of, measure
from classifier.contract import NoticeText
from classifier.evaluation import Gold
from classifier.labelled import Labelled
from classifier.plain import NothingToLearn, answer_of, fit_plain, terms_of, text_of
from tests.classifier.samples import mapping_of

MAPPING = mapping_of()


def labelled(title: str, *industries: str, lang: str = "") -> Labelled:
    return Labelled(NoticeText(title, title, lang=lang), Gold(frozenset(industries)))


LESSONS = [
    labelled("Safety of toys", "toys"),
    labelled("Dolls and other toys", "toys"),
    labelled("儿童玩具安全要求", "toys"),
    labelled("Flat glass for buildings", "glass"),
    labelled("Glass bottles", "glass"),
    labelled("建筑用平板玻璃", "glass"),
    labelled("Fees of a registry"),
    labelled("登记费用"),
]


def test_words_come_alone_and_in_pairs_and_chinese_in_twos_and_threes() -> None:
    assert terms_of("Jouéts LED 玩具车 x 灯") == [
        "jouets",
        "led",
        "x",
        "jouets led",
        "led x",
        "玩具",
        "具车",
        "玩具车",
        "灯",
    ]


def test_it_learns_both_scripts_and_keeps_the_contract() -> None:
    suggest = fit_plain(LESSONS, MAPPING.industries)
    notices = [NoticeText("a", "New rule on toys"), NoticeText("b", "玻璃"), NoticeText("c", "toys and glass")]
    first, second, both = suggest(notices, MAPPING)
    assert [(item.industry, item.state) for item in first] == [("toys", "accepted")]
    assert [item.industry for item in second] == ["glass"]
    assert [item.score for item in both] == sorted((item.score for item in both), reverse=True)
    assert suggest([], MAPPING) == []
    assert suggest(notices, MAPPING) == fit_plain(LESSONS, MAPPING.industries)(notices, MAPPING)


@pytest.mark.parametrize(
    ("margins", "shown"),
    [
        ([0.5, -2.0, 1.5], [("c", "accepted"), ("a", "accepted")]),
        ([-0.5, -0.4, -3.0], [("b", "flagged")]),
        ([0.0, -0.4, -3.0], [("a", "flagged")]),
        ([-1.0, -1.5, -3.0], []),
        ([1.0, 1.0, -3.0], [("a", "accepted"), ("b", "accepted")]),
    ],
)
def test_margins_become_states(margins: list[float], shown: list[tuple[str, str]]) -> None:
    assert [(item.industry, item.state) for item in answer_of("abc", margins)] == shown


def test_a_score_is_the_logistic_of_the_margin() -> None:
    assert [item.score for item in answer_of("a", [math.log(3)])] == [0.75]


def test_one_industry_alone_can_be_learned_too() -> None:
    answers = fit_plain(LESSONS, ["toys"])([NoticeText("a", "toys"), NoticeText("b", "glass")], MAPPING)
    assert [[(i.industry, i.state) for i in answer] for answer in answers] == [
        [("toys", "accepted")],
        [("toys", "flagged")],
    ]


def test_without_a_label_of_the_list_there_is_nothing_to_learn() -> None:
    with pytest.raises(NothingToLearn):
        fit_plain(LESSONS, ["steel"])


def test_it_reads_no_codes() -> None:
    notice = NoticeText("a", "Toys (HS 9503)", "HS code(s): 950300", "ICS: 97.200.50", ("9503",), ("97.200.50",))
    assert not any(letter.isdigit() for letter in text_of(notice))


def test_what_is_asked_is_not_learned() -> None:
    assert list(baselines_for(LESSONS[:2], LESSONS, MAPPING)) == ["codes", "words", "svc"]
    assert list(baselines_for(LESSONS, LESSONS, MAPPING)) == ["codes", "words"]
    corpus = [labelled("Slime", "toys"), *LESSONS]
    classifier = baselines_for(LESSONS[:3], corpus, MAPPING)["svc"]  # only slime is left to learn toys from
    assert measure(classifier, LESSONS[:1], MAPPING).headline()["accepted_recall"] == 0.0


def test_the_language_given_counts_before_the_one_the_text_shows() -> None:
    assert language_of(labelled("玩具安全要求")) == "zh"
    assert language_of(labelled("玩具安全要求", lang="en")) == "en"
    assert language_of(labelled("")) == ""


def test_a_bare_set_keeps_its_labels() -> None:
    [each] = bare([Labelled(NoticeText("a", products="HS: 9503", hs=("9503",)), Gold(frozenset({"toys"})))])
    assert (each.notice.hs, each.notice.products, each.gold.industries) == ((), "", {"toys"})
