"""Paths into records ("Products[].Name") and templates over them ("https://www.gov.uk{link}")."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

_PLACE = re.compile(r"\{([^{}]+)\}")


def at(value: Any, path: str) -> Any:
    """What stands at a dotted `path` without lists; None when it does not."""
    for name in path.split(".") if path else ():
        value = value.get(name) if isinstance(value, dict) else None
    return value


def values(record: Any, path: str) -> list[str]:
    """Every text at `path`, in order, empty ones left out; lists are walked where they stand, with or without [].

    A key may itself contain dots when it stands in the record as it is written.
    """
    if isinstance(record, dict) and path in record:
        return _texts(record[path])
    found: list[Any] = [record]
    for name in _steps(path):
        found = [step for value in found for step in _inside(value, name)]
    return [text for value in found for text in _texts(value)]


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(name.removesuffix("[]") for name in path.split("."))


def _inside(value: Any, name: str) -> list[Any]:
    if isinstance(value, list):
        return [step for one in value for step in _inside(one, name)]
    if isinstance(value, dict) and value.get(name) is not None:
        return [value[name]]
    return []


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    if value is None or isinstance(value, dict):
        return []
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, float) and value.is_integer():
        return [str(int(value))]
    text = str(value).strip()
    return [text] if text else []


def filled(template: str, record: Any) -> str:
    """`template` with the first text at each {path}; "" when one of them is not there."""
    missing = False

    def fill(place: re.Match[str]) -> str:
        nonlocal missing
        found = values(record, place[1])
        missing = missing or not found
        return found[0] if found else ""

    text = _PLACE.sub(fill, template)
    return "" if missing else text


def gathered(wanted: Sequence[str], record: Any) -> list[str]:
    """The texts of several paths and templates, in their order, each once."""
    found: dict[str, None] = {}
    for path in wanted:
        if "{" in path:
            if text := filled(path, record).strip():
                found[text] = None
        else:
            found.update(dict.fromkeys(values(record, path)))
    return list(found)


Getter = Callable[[Any], Sequence[str]]


def getter_of(wanted: Sequence[str]) -> Getter:
    """What `gathered(wanted, record)` gives, made ready for many records: a field of the record itself is just read."""
    if len(wanted) != 1 or not wanted[0].isidentifier():
        return partial(gathered, tuple(wanted))
    name = wanted[0]

    def texts(record: Any) -> Sequence[str]:
        value = record.get(name)
        if type(value) is str:
            text = value.strip()
            return (text,) if text else ()
        return list(dict.fromkeys(_texts(value)))

    return texts


@lru_cache(maxsize=1024)
def heads(wanted: str) -> frozenset[str]:
    """The record's own fields that a path or template reads."""
    paths = _PLACE.findall(wanted) if "{" in wanted else [wanted]
    return frozenset(path.split(".")[0].removesuffix("[]") for path in paths) | frozenset(paths)
