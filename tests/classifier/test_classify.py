"""suggest: scores, states, evidence, doubts, order; and what holds whatever the notice says."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.baselines import suggest_by_codes, suggest_by_words, suggest_nothing
from classifier.classify import MOST_FLAGGED, assess, suggest
from classifier.contract import NoticeText, Suggestion, Threshold
from tests.classifier.samples import ROWS, mapping_of, notice

MAPPING = mapping_of()


def answer(*args: str, **rest: object) -> list[Suggestion]:
    return suggest([notice(*args, **rest)], MAPPING)[0]


def states(suggestions: list[Suggestion]) -> dict[str, str]:
    return {item.industry: item.state for item in suggestions}


def notes(suggestion: Suggestion) -> set[str]:
    return {reason.note for reason in suggestion.evidence if reason.note}


def test_codes_and_words_that_agree_are_accepted_with_both_as_evidence() -> None:
    (toys,) = answer("Safety of toys", "Toys", hs=("950300",), ics=("97.200.50",))
    assert (toys.industry, toys.state) == ("toys", "accepted")
    by_voice = {reason.voice: reason for reason in toys.evidence}
    assert by_voice["hs"].code == "950300" and by_voice["hs"].prefix == "950300"
    assert by_voice["hs"].heading == "Tricycles, dolls and other toys"
    assert by_voice["hs"].rules == ("hs:950300>toys",)
    assert by_voice["words"].words == ("toy",) and by_voice["words"].rules == ("word:en:toy>toys",)
    assert "codes_and_words_agree" in notes(toys)


def test_agreement_raises_the_score_above_either_voice() -> None:
    by_codes, by_words = answer(hs=("9506",)), answer("", "Toys")
    both = answer("", "Toys", hs=("950300",))
    assert both[0].score > max(by_codes[0].score, by_words[0].score)


def test_a_code_and_a_word_for_other_goods_leave_nothing_certain() -> None:
    found = answer("Batteries: safety of batteries", "Batteries", hs=("950300",))
    assert states(found)["toys"] == "flagged"
    assert "codes_without_words" in notes(next(item for item in found if item.industry == "toys"))
    doubted = next(item for item in found if item.industry == "batteries-energy-storage")
    assert doubted.score < answer("Batteries: safety of batteries", "Batteries")[0].score
    assert "words_without_codes" in notes(doubted)


def test_title_and_products_weigh_more_than_the_description() -> None:
    scores = {place: answer(**{place: "toys"}) for place in ("title", "products", "description")}
    assert scores["products"][0].score > scores["description"][0].score
    assert scores["title"][0].score > scores["description"][0].score


def test_a_chapter_alone_is_too_weak_to_show_but_a_word_finds_its_place_in_it() -> None:
    assert answer(hs=("95",)) == []
    (toys,) = answer("Toys", "Toys", hs=("95",))
    assert toys.industry == "toys" and any(reason.code == "95" for reason in toys.evidence)


def test_codes_written_in_the_text_are_codes() -> None:
    written, given_ = answer("", "Carousel horses (HS code(s): 950300)"), answer("", "Carousel horses", hs=("950300",))
    assert [(item.industry, item.score) for item in written] == [(item.industry, item.score) for item in given_]


@pytest.mark.parametrize("text", ["All products", "所有产品", "Multiple commodities", "Conformity assessment", ""])
def test_an_empty_list_is_an_answer(text: str) -> None:
    assert answer("Law on standardization", text) == []


def test_horizontal_measures_are_said_to_be_so_and_accept_no_word_in_passing() -> None:
    said = assess(notice("Decree on toys, toys and toys", "All products"), MAPPING)
    assert said.doubts == ("horizontal",)
    assert states(list(said.suggestions)) == {"toys": "flagged"}


@pytest.mark.parametrize(
    "title",
    [
        "Import of toys from Italy suspended",
        "Restriction on the importation of toys from the Republic of Korea",
        "Suspensión de la importación de juguetes procedentes de Italia y sus regiones",
        "暂停来自意大利的玩具进口",
    ],
)
def test_measures_aimed_at_other_origins_are_flagged_and_say_so(title: str) -> None:
    said = assess(notice(title, "Toys", hs=("950300",)), MAPPING)
    assert said.doubts == ("other_origin",)
    assert states(list(said.suggestions)) == {"toys": "flagged"}
    doubt = said.suggestions[0].evidence[-1]
    assert doubt.note == "other_origin" and doubt.snippet


@pytest.mark.parametrize(
    "title",
    [
        "Import of toys from Italy and China suspended",
        "Import of toys from all countries, among them Italy, suspended",
        "Toys from Italy win a prize",
    ],
)
def test_measures_that_may_reach_china_are_not(title: str) -> None:
    assert assess(notice(title, "Toys", hs=("950300",)), MAPPING).doubts == ()


def test_words_are_marked_in_their_sentence() -> None:
    (toys,) = answer("Order of the ministry. This order is about toys of all sorts. It enters into force soon.")
    reason = toys.evidence[0]
    assert reason.snippet == "This order is about toys of all sorts."
    assert [reason.snippet[left:right] for left, right in reason.marks] == ["toys"]


def test_thresholds_belong_to_the_industry() -> None:
    strict = mapping_of(toys=Threshold(accepted=0.99, flagged=0.98))
    assert suggest([notice("Toys", "Toys")], strict) == [[]]
    kind = mapping_of(toys=Threshold(accepted=0.01, flagged=0.01))
    assert states(suggest([notice(description="toys")], kind)[0]) == {"toys": "accepted"}


def test_best_first_then_by_name() -> None:
    found = suggest([notice("玩具", "玩具、电池、玻璃")], MAPPING)[0]
    assert [item.industry for item in found] == ["toys", "batteries-energy-storage", "glass"]
    assert found == sorted(found, key=lambda item: (-item.score, item.industry))


def test_an_officer_is_shown_few_doubtful_industries() -> None:
    many = mapping_of([("word", "en", f"thing{letter}", f"industry-{letter}") for letter in "abcdefghij"])
    found = suggest([notice(description="; ".join(f"thing{letter}" for letter in "abcdefghij"))], many)[0]
    assert len(found) == MOST_FLAGGED and {item.state for item in found} == {"flagged"}


def test_the_baselines_keep_the_contract() -> None:
    sample = [notice("Toys", "Batteries", hs=("950300",))]
    assert suggest_nothing(sample, MAPPING) == [[]]
    assert states(suggest_by_codes(sample, MAPPING)[0]) == {"toys": "accepted"}
    assert "batteries-energy-storage" in states(suggest_by_words(sample, MAPPING)[0])


def test_the_json_is_plain() -> None:
    (toys,) = answer("Toys", "Toys", hs=("950300",))
    again = json.loads(json.dumps(toys.as_json(), ensure_ascii=False))
    assert again == toys.as_json()
    assert set(again) == {"industry", "score", "state", "evidence"}
    assert all(value not in ("", [], None) for reason in again["evidence"] for value in reason.values())


WORDS = st.sampled_from(
    [
        "toys",
        "batteries",
        "glass",
        "fibre",
        "bolts",
        "for",
        "of",
        "excluding",
        "(",
        ")",
        ".",
        ";",
        "玩具",
        "电池",
        "中药品",
        "不包括",
        "juguetes",
        "thé",
        "LED",
        "HS code: 9503",
        "ICS 97.200.50",
        "from Italy",
        "import",
        "\n",
        "İ",
        "ﬁ",
    ]
)
TEXTS = st.lists(WORDS, max_size=12).map(" ".join)
CODES = st.lists(st.sampled_from(["950300", "95", "9506", "392350", "85", "x", "9503.00"]), max_size=4).map(tuple)
ICS = st.lists(st.sampled_from(["97.200.50", "97.200", "97", "71.100.70", "??"]), max_size=3).map(tuple)
NOTICES = st.builds(NoticeText, st.text(max_size=3), TEXTS, TEXTS, TEXTS, CODES, ICS, st.sampled_from(["", "en", "zh"]))


@settings(deadline=None, max_examples=150)
@given(st.lists(NOTICES, max_size=5))
def test_each_notice_is_judged_by_itself_and_the_same_way_each_time(notices: list[NoticeText]) -> None:
    together = suggest(notices, MAPPING)
    assert together == suggest(notices, mapping_of())
    assert together == [suggest([each], MAPPING)[0] for each in notices]
    assert together[::-1] == suggest(notices[::-1], MAPPING)


@settings(deadline=None, max_examples=150)
@given(NOTICES)
def test_what_is_shown_is_ordered_within_bounds_and_has_a_reason(each: NoticeText) -> None:
    found = suggest([each], MAPPING)[0]
    assert found == sorted(found, key=lambda item: (-item.score, item.industry))
    assert len({item.industry for item in found}) == len(found)
    for item in found:
        assert 0 < item.score <= 1 and item.industry in MAPPING.industries
        assert any(reason.voice in ("hs", "ics", "words") for reason in item.evidence)
        for reason in item.evidence:
            assert all(0 <= left < right <= len(reason.snippet) for left, right in reason.marks)


@settings(deadline=None, max_examples=100)
@given(NOTICES)
def test_the_order_of_the_rules_does_not_matter(each: NoticeText) -> None:
    assert suggest([each], MAPPING) == suggest([each], mapping_of(reversed([*ROWS])))


@settings(deadline=None, max_examples=100)
@given(NOTICES, st.sampled_from(["ornithology", "一般", "quelconque"]))
def test_a_word_that_no_rule_knows_leaves_the_evidence_of_the_codes(each: NoticeText, word: str) -> None:
    more = NoticeText(each.id, each.title, each.products, f"{each.description}. {word}", each.hs, each.ics, each.lang)
    assert _codes(suggest_by_codes([more], MAPPING)[0]) == _codes(suggest_by_codes([each], MAPPING)[0])


def _codes(found: list[Suggestion]) -> list[tuple[str, str, str]]:
    return [(item.industry, reason.code, reason.prefix) for item in found for reason in item.evidence if reason.code]
