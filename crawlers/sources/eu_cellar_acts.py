"""Acts from Cellar: placeholder dates, kinds of acts, corrigenda, base acts."""

from __future__ import annotations

import re

from crawlers.declarations import declared_source
from crawlers.formats import Record

SOURCE = "eu_cellar_acts"
READ = frozenset({"force", "bases", "type"})
NOT_KNOWN = ("1001-", "9999-")
_CORRIGENDUM = re.compile(r"R\(\d+\)$")
_ELI = re.compile(r"/eli/(.+?)/?$")


def prepare(record: Record) -> Record:
    """The record with the days that are known, its references, and the base acts that have a label."""
    celex, bases = str(record.get("celex") or ""), str(record.get("bases") or "").split()
    days = sorted(day[:10] for day in str(record.get("force") or "").split() if not day.startswith(NOT_KNOWN))
    base_act = _CORRIGENDUM.sub("", celex)
    category = declared_source(SOURCE).category
    return {
        **record,
        "signed": known_day(record.get("signed")),
        "in_force": days[0] if days else "",
        "applies": days[1:],
        "act": str(record.get("type") or "").rsplit("/", 1)[-1],
        "base_acts": bases,
        "labelled_bases": [one for one in bases if category and one in category.labels],
        "references": references_of(celex, base_act, str(record.get("eli") or ""), bases),
        "reason": "corrected" if base_act != celex else "",
    }


def known_day(text: object) -> str:
    """The day, unless it is a placeholder."""
    day = str(text or "")
    return "" if day.startswith(NOT_KNOWN) else day


def references_of(celex: str, base_act: str, eli: str, bases: list[str]) -> list[str]:
    """The act's own numbers, the act it corrects, the acts it is based on."""
    own = [f"CELEX {celex}"] if celex else []
    found = _ELI.search(eli)
    numbers = [*own, *([f"ELI {found[1]}"] if found else []), f"CELEX {base_act}", *(f"CELEX {one}" for one in bases)]
    return list(dict.fromkeys(number for number in numbers if number != "CELEX "))
