"""One labelled set put to several classifiers: ours, and the yardsticks it is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from classifier.baselines import suggest_by_codes, suggest_by_words
from classifier.contract import Classifier, Mapping, Model
from classifier.evaluation import Figures, evaluate, strip_codes
from classifier.labelled import Labelled
from classifier.plain import NothingToLearn, fit_plain, text_of
from classifier.text import guess_language

LEARNED_BASELINE = "svc"


def baselines_for(asked: Sequence[Labelled], corpus: Sequence[Labelled], mapping: Mapping) -> dict[str, Classifier]:
    """name -> classifier: the codes alone, the words alone, and, where `corpus` teaches anything, tf-idf + LinearSVC.

    Texts of `asked` that are in `corpus` too are not learned: what was learned by heart measures nothing.
    """
    classifiers: dict[str, Classifier] = {"codes": suggest_by_codes, "words": suggest_by_words}
    seen = {text_of(each.notice) for each in asked}
    lessons = [each for each in corpus if text_of(each.notice) not in seen]
    try:
        return {**classifiers, LEARNED_BASELINE: fit_plain(lessons, mapping.industries)}
    except NothingToLearn:
        return classifiers


def measure(classifier: Classifier, asked: Sequence[Labelled], mapping: Mapping, model: Model | None = None) -> Figures:
    """The figures of one classifier on `asked`, by language too; where none is given, by the one the text shows."""
    answers = classifier([each.notice for each in asked], mapping, model)
    return evaluate(answers, [each.gold for each in asked], languages=[language_of(each) for each in asked])


def bare(labelled: Sequence[Labelled]) -> list[Labelled]:
    """The same set without any code, given or written in the texts."""
    return [replace(each, notice=strip_codes(each.notice)) for each in labelled]


def language_of(labelled: Labelled) -> str:
    """The language given, else the one that the text's small words tell, else ""."""
    notice = labelled.notice
    return notice.lang or guess_language(f"{notice.title} {notice.products} {notice.description}")
