"""Rows of ETSI's standards search: states as words, the month of a deliverable as a date, keywords one by one."""

from __future__ import annotations

import re
from typing import Any

PUBLISHED, HISTORICAL = 12, 13  # STATUS_CODE; below 12 a draft is on approval
_MONTH = re.compile(r"\((\d{4})-(\d\d)\)\s*$")
_VERSION = re.compile(r"\s+V\d.*$")


def prepare(record: dict[str, Any]) -> dict[str, Any]:
    """The row with `state`, `stage`, `month`, `number`, `keyword_list` and, when it was withdrawn, `withdrawn`."""
    deliverable = str(record.get("ETSI_DELIVERABLE") or "")
    month = _MONTH.search(deliverable)
    code = int(str(record.get("STATUS_CODE") or 0))
    gone = record.get("ACTION_TYPE") == "WD"
    made = {
        "state": "withdrawn" if gone else "draft on approval" if code < PUBLISHED else "published",
        "stage": "draft" if code < PUBLISHED else "adopted",
        "month": f"{month[1]}-{month[2]}-01" if month else "",
        "number": _VERSION.sub("", deliverable.removeprefix("Draft ").removeprefix("ETSI ")),
        "keyword_list": [word.strip() for word in str(record.get("Keywords") or "").split(",") if word.strip()],
    }
    return {**record, **made, **({"withdrawn": "withdrawn"} if gone else {})}
