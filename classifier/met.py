"""What was worked out for words met before: texts use the same ones again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Met(dict[Key, Value]):
    """key -> what `find` gives for it, worked out on first meeting; emptied when it holds `most`, so it stays small.

    A lookup of a known key is the dictionary's own, without a call of Python's.
    """

    def __init__(self, find: Callable[[Key], Value], most: int) -> None:
        super().__init__()
        self._find, self._most = find, most

    def __missing__(self, key: Key) -> Value:
        found = self._find(key)
        if len(self) >= self._most:
            self.clear()
        self[key] = found
        return found
