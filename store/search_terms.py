"""Cutting texts and questions into the terms of the search index. Pure; what is cut differently needs a reindex.

A run of CJK characters becomes its bigrams, its first and its last character; any other run of letters and digits is
one term. So every character of a run begins a term, and whatever stands in a text is found by the terms of its parts.
"""

from __future__ import annotations

import re
import sys
from array import array
from itertools import pairwise

CJK = (
    "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u309d-\u309f"
    "\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)  # Han, kana, bopomofo, hangul: scripts whose words are not parted by spaces
LONGEST = 100  # characters of one term; PostgreSQL refuses lexemes past 2,046 bytes
MOST_ASKED = 500  # characters of a question that count: enough for a title, and a statement stays small
_WORDS = re.compile(rf"[^\W_{CJK}]{{1,{LONGEST}}}")
_NOT_CJK = re.compile(f"[^{CJK}]+")
_PIECES = re.compile(rf"([{CJK}]+)|[^\W_{CJK}]+")
_NEVER_STORED = re.compile("[\x00\ud800-\udfff]")  # no database takes these
_UTF32 = f"utf-32-{sys.byteorder[0]}e"


def fold(text: str) -> str:
    """`text` as it is compared: without case. Folding goes character by character, so parts stay parts."""
    return text.casefold()


def cut(folded: str) -> str:
    """All terms of a folded text, with spaces between; some stand there more than once."""
    runs = _NOT_CJK.sub(" ", folded)
    pairs = _pairs(f" {runs} ") if runs not in ("", " ") else ""
    return f"{' '.join(_WORDS.findall(folded))} {pairs}"


def _pairs(runs: str) -> str:
    """Each character with the one after it: ` 电池 ` gives ` 电 电池 池  `. Whole arrays: no loop comes near."""
    codes = array("I", runs.encode(_UTF32))
    pairs = array("I", [ord(" ")]) * (3 * (len(codes) - 1))
    pairs[0::3], pairs[1::3] = codes[:-1], codes[1:]
    return pairs.tobytes().decode(_UTF32)


def words_asked(question: str) -> list[str]:
    """The folded words of a question, each once, in its order."""
    return list(dict.fromkeys(fold(_NEVER_STORED.sub(" ", question[:MOST_ASKED])).split()))


def terms_asked(word: str) -> dict[str, bool]:
    """Terms that every text with `word` has -> whether it is enough that one begins so. None for punctuation alone."""
    terms: dict[str, bool] = {}
    for piece in _PIECES.finditer(word):
        if piece[1] is None:
            is_open = piece.end() == len(word) or len(piece[0]) >= LONGEST
            terms[piece[0][:LONGEST]] = is_open and terms.get(piece[0][:LONGEST], True)
        elif len(piece[1]) == 1:
            terms.setdefault(piece[1], True)
        else:
            terms |= {a + b: False for a, b in pairwise(piece[1])}
    return terms
