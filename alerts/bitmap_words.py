"""Which of very many product words stand in a text, in one pass over it (Aho-Corasick), by the rule of criteria.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import ahocorasick

from alerts.criteria import end_of, stem_of

_FEW = 32  # stems that are looked for one by one before an automaton is made for them
_MANY = 5_000  # stems after which the small automaton goes up into the large one, which takes long to make


class Words:
    """A set of folded words that only grows: new ones are cheap to add, and one that nobody wants any more is harmless.

    An automaton cannot take another word without being made again. So there are two, a large one and a small one, and
    a handful of stems beside them.
    """

    def __init__(self) -> None:
        """Begin without words."""
        self._of_stem: dict[str, list[str]] = defaultdict(list)
        self._large = self._small = _automaton(())
        self._in_small: list[str] = []
        self._fresh: list[str] = []

    def add(self, words: Iterable[str]) -> None:
        """Look for these too; those already known are left as they are."""
        for word in words:
            stem = stem_of(word)
            known = self._of_stem[stem]
            if not known:
                self._fresh.append(stem)
            if word not in known:
                known.append(word)

    def standing_in(self, text: str) -> set[str]:
        """The words that stand in a folded text, as `criteria.occurs` has it."""
        self._settle()
        found: set[str] = set()
        for automaton in (self._large, self._small):
            for last, stem in automaton.iter(text) if len(automaton) else ():
                self._judge(stem, text, last + 1 - len(stem), found)
        for stem in self._fresh:
            start = text.find(stem)
            while start >= 0:
                self._judge(stem, text, start, found)
                start = text.find(stem, start + 1)
        return found

    def _judge(self, stem: str, text: str, start: int, found: set[str]) -> None:
        for word in self._of_stem[stem]:
            if word not in found and end_of(word, text, start) is not None:
                found.add(word)

    def _settle(self) -> None:
        if len(self._fresh) <= _FEW:
            return
        self._in_small += self._fresh
        self._fresh = []
        if len(self._in_small) > _MANY:
            self._large, self._in_small = _automaton(self._of_stem), []
        self._small = _automaton(self._in_small)


def _automaton(stems: Iterable[str]) -> Any:
    made = ahocorasick.Automaton()
    for stem in stems:
        made.add_word(stem, stem)
    if len(made):
        made.make_automaton()
    return made
