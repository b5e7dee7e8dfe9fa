"""Reading labelled notices: lines as for `classify`, each with the industries whose exporters should be told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from classifier.contract import NoticeText
from classifier.counting import Gold
from classifier.lines import BadLine, notice_of, read_objects, text_in


@dataclass(frozen=True, slots=True)
class Labelled:
    """A notice with its labels; `kind` (wto_tbt, recall ...) and `date` (ISO 8601) as the line gives them, or ""."""

    notice: NoticeText
    gold: Gold
    kind: str = ""
    date: str = ""


class UnknownIndustry(BadLine):
    """Raised when a label is no industry of the list; the message names file, line and label."""


def read_labelled(path: Path, known: Collection[str] | None = None) -> list[Labelled]:
    """Every labelled notice of the file, in its order; with `known` slugs each label must be one of them.

    Raises BadLine and UnknownIndustry before anything is returned. Fields that are not read here are ignored.
    """
    return [_labelled_of(row, f"{path.name}:{number}", known) for number, row in read_objects(path)]


def _labelled_of(row: dict[str, object], place: str, known: Collection[str] | None) -> Labelled:
    if row.get("industries") is None:
        raise BadLine(f"{place}: no `industries`; list the right ones, [] when the notice concerns nobody here")
    limited = row.get("origin_limited") or False
    if not isinstance(limited, bool):
        raise BadLine(f"{place}: `origin_limited` is neither true nor false; write one of them without quotes")
    gold = Gold(_slugs(row, "industries", place, known), _slugs(row, "optional", place, known), limited)
    return Labelled(notice_of(row, place), gold, text_in(row, "kind", place), text_in(row, "date", place))


def _slugs(row: dict[str, object], name: str, place: str, known: Collection[str] | None) -> frozenset[str]:
    value = [] if row.get(name) is None else row[name]
    if not isinstance(value, list) or not all(isinstance(slug, str) for slug in value):
        raise BadLine(f'{place}: `{name}` is no list of texts; write ["toys"] or []')
    if known is not None and (strange := [slug for slug in value if slug not in known]):
        raise UnknownIndustry(f"{place}: `{name}` names {strange[0]!r}, which is no industry; take an id of the list")
    return frozenset(value)
