"""Solutions of the Cellar query: kinds of act in words, placeholder dates dropped, appointments left out."""

from __future__ import annotations

import re
from typing import Any

from crawlers.errors import BadRecord

PLACEHOLDER = "1001-01-01"  # how Cellar writes that a date is not known
_KINDS = {
    "REG": "Regulation",
    "REG_DEL": "Delegated Regulation",
    "REG_IMPL": "Implementing Regulation",
    "DIR": "Directive",
    "DIR_DEL": "Delegated Directive",
    "DIR_IMPL": "Implementing Directive",
    "DEC": "Decision",
    "DEC_DEL": "Delegated Decision",
    "DEC_IMPL": "Implementing Decision",
    "CORRIGENDUM": "Corrigendum",
}
_OF_PERSONS = re.compile(r"\b(?:appointing|appointment of|nomination of|electing)\b", re.IGNORECASE)


def prepare(record: dict[str, Any]) -> dict[str, Any] | None:
    """The solution with `act`, `in_force`, `address`, `stage`, `reason`; None for other kinds and for appointments."""
    kind = str(record.get("type") or "").rpartition("/")[2]
    if not kind or "celex" not in record:
        raise BadRecord(str(record.get("title") or "?")[:80], "no celex or no type: the query's variables changed")
    if kind not in _KINDS or _OF_PERSONS.search(str(record.get("title") or "")):
        return None
    celex, force = str(record["celex"]), str(record.get("force") or "")
    found = {
        "act": _KINDS[kind],
        "in_force": "" if force == PLACEHOLDER else force,
        "address": record.get("eli") or f"https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:{celex}",
        "stage": "adopted",
        "number": celex.partition("R(")[0],  # a corrigendum belongs to the act that it corrects
    }
    return {**record, **found, **({"reason": "corrected"} if kind == "CORRIGENDUM" else {})}
