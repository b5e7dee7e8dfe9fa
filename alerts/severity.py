"""Severity (预警级别): a table of the province, read top-down over a few facts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from alerts.aims import aimed_at
from alerts.facts import Facts
from settings import TbtwatchError

SEVERITIES = ("red", "orange", "yellow", "blue")  # the most urgent first
GUANGDONG = ("guangdong", "广东", "cn-gd", "cn-44")


class UnknownCondition(TbtwatchError):
    """Raised when a rule of the severity table asks for something no notice can answer."""


@dataclass(frozen=True, slots=True)
class Case:
    """What the table may ask. `days_left` and `months_to_force` are None when the date is unknown or past."""

    kind: str
    stage: str
    thread_reason: str | None = None
    ban: bool = False
    wave: bool = False
    origin_guangdong: bool = False
    aimed_at: str = "all"  # china | others | all
    comments: str = "unknown"  # open | closed | unknown
    priority: str = "C"  # the best of the industries concerned: A, B, C
    weight_tier: int = 1  # the best of the markets: 5 to 1
    days_left: int | None = None
    months_to_force: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: all conditions hold -> this severity, for this reason (zh-CN)."""

    severity: str
    conditions: Mapping[str, object]
    reason: str


@dataclass(frozen=True, slots=True)
class Grade:
    """A severity and why, in Chinese."""

    severity: str
    reason: str


OTHERWISE = Grade("blue", "一般信息，供参考")  # where staff have removed the last row of the table


def severity_of(case: Case, rules: Sequence[Rule]) -> Grade:
    """The severity of the first rule whose conditions all hold; raises UnknownCondition for one nobody can answer."""
    for rule in rules:
        if holds(rule.conditions, case):
            return Grade(rule.severity, rule.reason)
    return OTHERWISE


def graded(case: Case, rules: Sequence[Rule], wave: str = "") -> Grade:
    """As severity_of; where the grade rests on a wave its reason ends with how large that is, `wave` in words."""
    grade = severity_of(case, rules)
    if case.wave and wave and severity_of(replace(case, wave=False), rules) != grade:
        return Grade(grade.severity, f"{grade.reason}{wave}")
    return grade


def holds(conditions: Mapping[str, object], case: Case) -> bool:
    """True when every condition that is filled in holds; list values (`a;b` or a JSON list) are alternatives."""
    filled = {name: options for name, value in conditions.items() if (options := _options(value))}
    if unknown := sorted(set(filled) - set(_ANSWERS)):
        known = ", ".join(_ANSWERS)
        raise UnknownCondition(f"the severity table asks for '{unknown[0]}': mend that row, it may ask for {known}")
    return all(_ANSWERS[name](case, options) for name, options in filled.items())


def case_of(facts: Facts, priorities: Sequence[str], weights: Sequence[int], today: date) -> Case:
    """The questions' answers for one thread: `priorities` of its industries, `weights` of its markets."""
    deadline, force_on = (date.fromisoformat(d) if d else None for d in (facts["comment_deadline"], facts["force_on"]))
    days_left = (deadline - today).days if deadline else None
    return Case(
        kind=facts["kind"],
        stage=facts["stage"],
        thread_reason=facts["thread_reason"],
        ban=facts["ban"],
        wave=facts["wave"],
        origin_guangdong=is_from_guangdong(facts["origins"]),
        aimed_at=aimed_at(facts["regions_affected"]),
        comments="unknown" if days_left is None else "open" if days_left >= 0 else "closed",
        priority=min(priorities, default="C"),
        weight_tier=max(weights, default=1),
        days_left=days_left if days_left is not None and days_left >= 0 else None,
        months_to_force=months_until(force_on, today) if force_on else None,
    )


def is_from_guangdong(origins: Sequence[str]) -> bool:
    """True when a source names Guangdong as the origin of the goods; China alone is not enough."""
    return any(name in origin.casefold() for origin in origins for name in GUANGDONG)


def months_until(day: date, today: date) -> int | None:
    """The least number of whole months from today that reach `day`; None when it is past."""
    if day < today:
        return None
    months = (day.year - today.year) * 12 + day.month - today.month
    return months + (1 if day.day > today.day else 0)


def _options(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    parts: Sequence[Any] = value if isinstance(value, (list, tuple)) else str(value).split(";")
    return tuple(str(part).strip() for part in parts)


_Answer = Callable[[Case, tuple[str, ...]], bool]


def _is_one_of(field: str) -> _Answer:
    return lambda case, options: getattr(case, field) in options


def _is_yes(field: str) -> _Answer:
    return lambda case, options: ("yes" if getattr(case, field) else "no") in options


def _at_most(field: str) -> _Answer:
    def answer(case: Case, options: tuple[str, ...]) -> bool:
        value = getattr(case, field)
        return value is not None and value <= int(options[0])

    return answer


_ANSWERS: dict[str, _Answer] = {
    "kind": _is_one_of("kind"),
    "stage": _is_one_of("stage"),
    "thread_reason": _is_one_of("thread_reason"),
    "ban": _is_yes("ban"),
    "wave": _is_yes("wave"),
    "origin_guangdong": _is_yes("origin_guangdong"),
    "aimed_at": _is_one_of("aimed_at"),
    "comments": _is_one_of("comments"),
    "min_priority": lambda case, options: case.priority <= options[0],  # A is the highest
    "min_weight_tier": lambda case, options: case.weight_tier >= int(options[0]),
    "max_days_left": _at_most("days_left"),
    "max_months_to_force": _at_most("months_to_force"),
}
