"""Acts of Brazil's Diário Oficial da União: their number out of the address, their agency out of the hierarchy."""

from __future__ import annotations

import re

from crawlers.errors import BadRecord
from crawlers.formats import Record

READ = frozenset({"act", "agency", "reference"})
AGENCIES = {"Metrologia": "Inmetro", "Vigilância Sanitária": "Anvisa", "Telecomunicações": "Anatel"}
_ACT = re.compile(r"-(\d{6,})$")
_NUMBER = re.compile(r"\bn[ºo°.]*\s*([\d.]+),? de .*?(\d{4})", re.IGNORECASE)
# Section 1 holds rules; what appoints or releases a person belongs to section 2 and is not ours to keep.
_OF_PERSONS = re.compile(r"\b(?:nomear|exonerar|designar|dispensar|aposentar|remover|ceder)\b", re.IGNORECASE)


def prepare(record: Record) -> Record | None:
    """The record with `act` (the number that ends its address), `agency` and `reference`; None for acts on persons.

    Raises BadRecord when the address ends with no number.
    """
    if _OF_PERSONS.search(str(record.get("content") or "")[:400]):
        return None
    address, title = str(record.get("urlTitle") or ""), str(record.get("title") or "")
    act = _ACT.search(address)
    if act is None:
        raise BadRecord(title[:80] or address or "?", f"its address '{address}' ends with no number")
    hierarchy = str(record.get("hierarchyStr") or "")
    agency = next((name for words, name in AGENCIES.items() if words in hierarchy), "")
    number = _NUMBER.search(title)
    reference = f"Portaria {agency} {number[1].replace('.', '')}/{number[2]}" if number else ""
    return {**record, "act": act[1], "agency": agency, "reference": reference}
