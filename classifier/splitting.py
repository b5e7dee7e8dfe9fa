"""Which labelled notices a model learns from, which it is calibrated on, and which only judge it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

from classifier.examples import Example

JUDGING = 0.3  # share of decided notices that only ever judge a model
HELD_OUT = 0.2  # share of the others that it is calibrated on
LONG_ENOUGH = timedelta(days=730)  # from so long a span on, the newest are held out: foretelling is what it is for


def is_for_judging(public_id: str) -> bool:
    """Whether a decided notice belongs to the reference set: settled by its name, for ever."""
    return _draw(f"reference:{public_id}") < JUDGING


def split(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """(to learn from, held out): the newest where their dates span 24 months, else whole families by their name.

    An addendum must not be held out while its first notification is learned: one family stays together either way.
    """
    dates = sorted(day for each in examples if (day := _day(each.date)) is not None)
    if dates and dates[-1] - dates[0] >= LONG_ENOUGH:
        first = dates[int(len(dates) * (1 - HELD_OUT))]
        late = {each.family for each in examples if (day := _day(each.date)) is not None and day >= first}
    else:
        late = {each.family for each in examples if _draw(f"held out:{each.family}") < HELD_OUT}
    return [each for each in examples if each.family not in late], [each for each in examples if each.family in late]


def _draw(name: str) -> float:
    """A number from 0 to 1 that is the same for the same name, on every machine."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") / 2**48


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
