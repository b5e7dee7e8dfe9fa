"""IEC publications: English out of several languages, ICS out of classifications, withdrawals."""

from __future__ import annotations

from typing import Any

from crawlers.formats import Record

READ = frozenset("title abstract classifications reference status urn".split())


def prepare(record: Record) -> Record:
    """The record with its English texts, `ics`, its `number` in the form of references, its address and a `reason`."""
    reference = str(record.get("reference") or "")
    number = str(record.get("urn") or "").rsplit(":", 1)[-1]
    withdrawn = record.get("dateOfWithdrawal") or str(record.get("status")) == "WITHDRAWN"
    return {
        **record,
        "title_en": english(record.get("title"), "value"),
        "abstract_en": english(record.get("abstract"), "content"),
        "ics": [one.get("value") for one in record.get("classifications") or [] if one.get("type") == "ICS"],
        "number": reference if reference.startswith("IEC") or not reference else f"IEC {reference}",
        "address": f"https://webstore.iec.ch/publication/{number}" if number.isdigit() else "",
        "reason": "withdrawn" if withdrawn else "",
    }


def english(texts: Any, name: str) -> str:
    """The text in English, else the first one."""
    found = [one for one in texts or [] if one.get(name)]
    return next((str(one[name]) for one in found if one.get("lang") == "en"), str(found[0][name]) if found else "")
