"""ETSI deliverables: number, edition and month out of one name, states out of codes."""

from __future__ import annotations

import re

from crawlers.formats import Record

READ = frozenset(
    "EDSpathname EDSPDFfilename Keywords IsCurrent superseded WKI_REFERENCE STATUS_CODE ACTION_TYPE".split()
)
PUBLISHED = 12  # less: on approval; more: historical
_NUMBER = re.compile(r"\b(?:EN|ES|EG|TS|TR|SR|GS|GR|ETS|I-ETS|TBR|GTS)\s\d[\d\s]*\d(?:-\d+)*")
_MONTH = re.compile(r"\((\d{4})-(\d\d)\)")


def prepare(record: Record) -> Record:
    """The record with `month` (its first day), `state`, `keywords`, `references` and the address of the document."""
    name = str(record.get("ETSI_DELIVERABLE") or "")
    month, number = _MONTH.search(name), _NUMBER.search(name)
    item = str(record.get("WKI_REFERENCE") or "")
    path, file = record.get("EDSpathname"), record.get("EDSPDFfilename")
    return {
        **record,
        "month": f"{month[1]}-{month[2]}-01" if month else "",
        "state": state_of(record),
        "keywords": [word.strip() for word in str(record.get("Keywords") or "").split(",") if word.strip()],
        "references": [*([f"ETSI {number[0].strip()}"] if number else []), *([f"ETSI {item}"] if item else [])],
        "pdf": f"https://www.etsi.org/deliver/{path}{file}" if path and file else "",
        "current": "yes" if str(record.get("IsCurrent")) == "1" else "",
        "replaced": "yes" if str(record.get("superseded")) == "1" else "",
    }


def state_of(record: Record) -> str:
    """on approval | published | withdrawn | historical; "" when the code is none."""
    code = str(record.get("STATUS_CODE") or "")
    if record.get("ACTION_TYPE") == "WD":
        return "withdrawn"
    if not code.isdigit():
        return ""
    return "published" if int(code) == PUBLISHED else "on approval" if int(code) < PUBLISHED else "historical"
