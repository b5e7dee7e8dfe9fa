"""Working days in mainland China: Monday to Friday, but for the holidays and make-up days of data/holidays.csv."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from settings import DATA, TbtwatchError

ALARM_MONTH = 12  # from 1 December the next year's table must be there (the State Council gives it in November)


class BadHolidays(TbtwatchError):
    """Raised when data/holidays.csv cannot be read; the message names the line."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off besides Saturday and Sunday, and weekend days that are worked (补班)."""

    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """True when offices are open on `day`."""
        return day in self.work or (day.weekday() < 5 and day not in self.off)

    def working_day_before(self, day: date) -> date:
        """`day` itself when offices are open, else the last such day before it."""
        while not self.is_working_day(day):
            day -= timedelta(days=1)
        return day

    def years(self) -> frozenset[int]:
        """The years that the table covers."""
        return frozenset(day.year for day in self.off)


def read_calendar(path: Path) -> Calendar:
    """The table of a file with the columns day, kind (off | work), name_zh; raises BadHolidays."""
    days: dict[str, set[date]] = {"off": set(), "work": set()}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                days[row["kind"]].add(date.fromisoformat(row["day"]))
            except (KeyError, TypeError, ValueError):
                raise BadHolidays(f"{path.name}:{number}: write a day like 2026-10-01 and off or work") from None
    return Calendar(frozenset(days["off"]), frozenset(days["work"]))


@cache
def mainland_calendar() -> Calendar:
    """The shipped table, read once per process."""
    return read_calendar(DATA / "holidays.csv")


def year_missing(calendar: Calendar, today: date) -> int | None:
    """The year whose holidays are missing: this one, or the next from 1 December; None when all is well."""
    wanted = [today.year, *([today.year + 1] if today.month >= ALARM_MONTH else [])]
    return next((year for year in wanted if year not in calendar.years()), None)
