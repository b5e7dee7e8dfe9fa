"""A yardstick: the text classifier one would write first, tf-idf and one linear machine an industry."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

from classifier.codes import without_codes
from classifier.contract import Classifier, Evidence, Mapping, Model, NoticeText, State, Suggestion
from classifier.labelled import Labelled
from classifier.text import CJK, TOKEN, fold
from settings import TbtwatchError

SEED = 20260603
FLAGGED_FROM = -1.0  # margin; a support vector on the wrong side lies beyond it
CHINESE = re.compile(rf"{CJK.pattern}+")


class NothingToLearn(TbtwatchError):
    """Raised when no labelled notice names one of the industries asked for."""


def fit_plain(labelled: Sequence[Labelled], industries: Collection[str]) -> Classifier:
    """Learn `industries` from the texts of `labelled`, their codes left out; the answer reads texts alone too.

    Those without an example are never suggested. Raises NothingToLearn.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MultiLabelBinarizer
    from sklearn.svm import LinearSVC

    wanted = [each.gold.industries & set(industries) for each in labelled]
    names = sorted(set().union(*wanted))
    if not names:
        raise NothingToLearn("no notice is labelled with an industry of the list; give a set that is")
    machine = make_pipeline(
        TfidfVectorizer(analyzer=terms_of, sublinear_tf=True),
        OneVsRestClassifier(LinearSVC(random_state=SEED)),
    )
    machine.fit([text_of(each.notice) for each in labelled], MultiLabelBinarizer(classes=names).fit_transform(wanted))
    return _asking(machine, names)


def text_of(notice: NoticeText) -> str:
    """Title, products and description without the codes written in them."""
    return "\n".join(without_codes(text) for text in (notice.title, notice.products, notice.description))


def terms_of(text: str) -> list[str]:
    """Words and pairs of words; of Chinese, which has no spaces, two and three characters in a row."""
    folded = fold(text)
    words = TOKEN.findall(folded)
    return [*words, *map(" ".join, pairwise(words)), *_chinese_terms(folded)]


def _chinese_terms(folded: str) -> Iterator[str]:
    for run in CHINESE.findall(folded):
        if len(run) == 1:
            yield run
        for length in (2, 3):
            yield from (run[start : start + length] for start in range(len(run) - length + 1))


def _asking(machine: Any, names: Sequence[str]) -> Classifier:
    def suggest_plain(
        notices: Sequence[NoticeText], mapping: Mapping, model: Model | None = None
    ) -> list[list[Suggestion]]:
        """What the text says; neither the mapping nor the model is asked."""
        if not notices:
            return []
        margins = machine.decision_function([text_of(notice) for notice in notices])
        return [answer_of(names, row) for row in margins.reshape(len(notices), -1).tolist()]  # one label gives no axis

    return suggest_plain


def answer_of(names: Sequence[str], margins: Sequence[float]) -> list[Suggestion]:
    """Those with a margin above 0 accepted; else the best one, flagged when it is near enough."""
    ranked = sorted(zip(names, margins, strict=True), key=lambda pair: (-_score(pair[1]), pair[0]))
    above = [pair for pair in ranked if pair[1] > 0]
    if above:
        return [_suggestion(name, margin, "accepted") for name, margin in above]
    return [_suggestion(name, margin, "flagged") for name, margin in ranked[:1] if margin > FLAGGED_FROM]


def _suggestion(name: str, margin: float, state: State) -> Suggestion:
    return Suggestion(name, _score(margin), state, (Evidence("model", strength=_score(margin)),))


def _score(margin: float) -> float:
    """The logistic of the margin."""
    return round(1 / (1 + math.exp(-margin)), 4)
