"""Is a source well? One visit held against what its declaration expects and against its own past visits. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median

from crawlers.declaration_parts import Expect
from crawlers.errors import FewerThanUsual, FieldVanished, SourceError, StaleSource
from crawlers.items import NoticeItem

FEWEST_VISITS = 3  # before that a source has no habits
FEWEST_RECORDS = 6  # below that half of the usual number is chance
FEWEST_ITEMS = 5  # of a visit in which a field is missed
NEARLY_ALWAYS = 0.9  # share of a visit's items in which a field is filled
WATCHED = (
    "description",
    "products",
    "published_on",
    "comment_deadline",
    "origins",
    "hs",
    "ics",
    "keywords",
    "links",
)  # fields whose loss nobody would see from the number of notices


@dataclass(slots=True)
class Look:
    """What a visit looked like: records listed, items made, how many had each watched field, the newest date.

    `rows` counts lines as they came; `records` each record once, since a list may hold it twice.
    """

    rows: int = 0
    records: int = 0
    items: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    newest_on: date | None = None
    _keys: set[str] = field(default_factory=set)

    def add(self, items: Sequence[NoticeItem], bad: int = 0) -> None:
        """Take a page's items into account, and the number of records that could not be read."""
        known = len(self._keys)
        self._keys.update(item.source_key for item in items)
        self.records += len(self._keys) - known + bad
        for item in items:
            self.items += 1
            for name in WATCHED:
                if getattr(item, name):
                    self.filled[name] = self.filled.get(name, 0) + 1
            if item.published_on and (self.newest_on is None or item.published_on > self.newest_on):
                self.newest_on = item.published_on

    def as_json(self) -> dict[str, int]:
        """What is kept of it beside the visit: the items and the filled fields."""
        return {"items": self.items, **self.filled}


def judge(now: Look, past: Sequence[Look], expect: Expect, today: date | None, most: int | None) -> list[SourceError]:
    """What is wrong with a visit that itself went well; the past visits stand newest first.

    `most` is the size of a page where only new pages are read: such a visit is never as long as the first one.
    `today` is None where the age cannot be judged.
    """
    return [*_fewer(now, past, expect, most), *_vanished(now, past), *_stale(now, past, expect, today)]


def usual_rows(past: Sequence[Look]) -> float:
    """The median of the records of past visits."""
    return median(look.records for look in past) if past else 0.0


def _fewer(now: Look, past: Sequence[Look], expect: Expect, most: int | None) -> Iterable[SourceError]:
    if len(past) < FEWEST_VISITS or not expect.share:
        return
    usual = min(usual_rows(past), most or float("inf"))
    if usual >= FEWEST_RECORDS and now.records <= usual * expect.share:
        yield FewerThanUsual(
            f"{now.records} records, usually {usual:.0f}: part of the answer may be missing; look at the source. "
            "If it has really become less, this message ends by itself after some visits"
        )


def _vanished(now: Look, past: Sequence[Look]) -> Iterable[SourceError]:
    if now.items < FEWEST_ITEMS or len(past) < FEWEST_VISITS:
        return
    for name in WATCHED:
        if not now.filled.get(name) and all(_nearly_always(look, name) for look in past[:FEWEST_VISITS]):
            yield FieldVanished(f"no record has '{name}' any more, before nearly all had: the source renamed a field")


def _nearly_always(look: Look, name: str) -> bool:
    return look.items >= FEWEST_ITEMS and look.filled.get(name, 0) >= NEARLY_ALWAYS * look.items


def _stale(now: Look, past: Sequence[Look], expect: Expect, today: date | None) -> Iterable[SourceError]:
    dates = [look.newest_on for look in (now, *past) if look.newest_on]
    if expect.max_age_days is None or today is None or not dates:
        return
    age = (today - max(dates)).days
    if age > expect.max_age_days:
        yield StaleSource(
            f"the newest record is {age} days old, at most {expect.max_age_days} expected: "
            "the source has gone silent, or its list has moved"
        )


def look_of(records: int, kept: Mapping[str, object], newest_on: date | None) -> Look:
    """A past visit as it is kept."""
    filled = {name: int(str(value)) for name, value in kept.items() if name != "items"}
    return Look(records, records, int(str(kept.get("items", 0))), filled, newest_on)
