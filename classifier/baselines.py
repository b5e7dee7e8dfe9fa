"""Smaller classifiers with the same contract: a dummy, the codes alone, the words alone."""

from __future__ import annotations

from collections.abc import Sequence

from classifier.classify import conclude
from classifier.contract import Mapping, Model, NoticeText, Suggestion
from classifier.voices import listen

Answers = list[list[Suggestion]]


def suggest_nothing(notices: Sequence[NoticeText], mapping: Mapping, model: Model | None = None) -> Answers:
    """The dummy: an empty list for each notice, which the contract allows."""
    return [[] for _ in notices]


def suggest_by_codes(notices: Sequence[NoticeText], mapping: Mapping, model: Model | None = None) -> Answers:
    """The codes alone, given and written in the text; the words and the model are not asked."""
    return [
        list(each.suggestions)
        for each in conclude([listen(notice, mapping, words=False) for notice in notices], mapping)
    ]


def suggest_by_words(notices: Sequence[NoticeText], mapping: Mapping, model: Model | None = None) -> Answers:
    """The words alone; the codes and the model are not asked."""
    return [
        list(each.suggestions)
        for each in conclude([listen(notice, mapping, codes=False) for notice in notices], mapping)
    ]
