"""The terms by which the learned voice knows a text: words, pairs of words, Chinese characters, parts of words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from classifier.text import ALL_STOPWORDS, FieldText, fold

HEAD = ("title", "products")  # what a notice says it is about; the description talks of much else
_CHINESE_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_LONGEST_CHINESE = 3  # characters
_SHORTEST, _LONGEST = 3, 5  # letters of the parts of a word
_EDGE = "<{}>"  # so that the beginning and the end of a word are parts of their own
PART = "#"  # begins the name of a part of a word: no word does


def bags_of(fields: Iterable[FieldText]) -> tuple[set[str], set[str]]:
    """(head, body): the terms of title and products, and those of the description; documents are not read."""
    head: set[str] = set()
    body: set[str] = set()
    for part in fields:
        if part.name in HEAD:
            _gather(part, head)
        elif part.name == "description":
            _gather(part, body)
    return head, body


def _gather(part: FieldText, into: set[str]) -> None:
    before, stop = "", -2
    for token, start, end in part.tokens:
        if token.isdigit():
            continue
        word = token if token.isascii() else fold(token)
        into.add(word)
        if start - stop == 1 and word not in ALL_STOPWORDS and before not in ALL_STOPWORDS:
            into.add(f"{before} {word}")
        before, stop = word, end
    if part.has_cjk:
        for run in _CHINESE_RUN.findall(part.lowered):
            size = len(run)
            into.update([run[at : at + n] for n in range(1, _LONGEST_CHINESE + 1) for at in range(size - n + 1)])


def parts_of(term: str) -> list[str]:
    """The features of a term: itself, and the parts of a single Latin word ("#<toy", "#toys", "#oys>")."""
    if " " in term or not term.isascii():
        return [term]
    edged = _EDGE.format(term)
    size = len(edged)
    lengths = range(_SHORTEST, min(_LONGEST, size - 1) + 1)
    return [term, *(PART + edged[at : at + n] for n in lengths for at in range(size - n + 1))]
