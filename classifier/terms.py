"""The terms by which the learned voice knows a text: words, pairs of words, Chinese characters, parts of words."""

from __future__ import annotations

from collections.abc import Iterable

from classifier.text import ALL_STOPWORDS, FieldText, fold

HEAD, BODY = ("title", "products"), "description"  # what a notice says it is about, and where it talks of much else
_LONGEST_CHINESE = 3  # characters; the scorer gathers as many
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
        elif part.name == BODY:
            _gather(part, body)
    return head, body


def _gather(part: FieldText, into: set[str]) -> None:
    words = part.words if part.is_plain else [fold(word) for word in part.words]
    into.update([word for word in words if not word.isdigit()])
    into.update(
        [
            f"{left} {right}"
            for left, right, gap in zip(words, words[1:], part.parts[2:-1:2], strict=False)
            if len(gap) == 1 and _is_pair(left, right)
        ]
    )
    for run in part.runs:
        size = len(run)
        into.update([run[at : at + n] for n in range(1, _LONGEST_CHINESE + 1) for at in range(size - n + 1)])


def _is_pair(left: str, right: str) -> bool:
    """Whether two folded words side by side are a term: small words join nothing, and numbers are none."""
    small = left in ALL_STOPWORDS or right in ALL_STOPWORDS
    return not (small or left.isdigit() or right.isdigit())


def parts_of(term: str) -> list[str]:
    """The features of a term: itself, and the parts of a single Latin word ("#<toy", "#toys", "#oys>")."""
    if " " in term or not term.isascii():
        return [term]
    edged = _EDGE.format(term)
    size = len(edged)
    lengths = range(_SHORTEST, min(_LONGEST, size - 1) + 1)
    return [term, *(PART + edged[at : at + n] for n in lengths for at in range(size - n + 1))]
