"""Documents of regulations.gov: the day a comment period ends, the stage of the rule, withdrawals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

_WASHINGTON = timedelta(hours=5)  # EST; in summer an hour less, and the last second of the day stays on its day
_STAGES = {"Proposed Rule": "draft", "Rule": "adopted"}


def prepare(record: dict[str, Any]) -> dict[str, Any]:
    """The document with `closes`, `stage` and, when it was withdrawn, `withdrawn`."""
    said = record.get("attributes") or {}
    made: dict[str, Any] = {"stage": _STAGES.get(said.get("documentType", ""), "")}
    if ends := said.get("commentEndDate"):
        made["closes"] = (datetime.fromisoformat(ends) - _WASHINGTON).date().isoformat()
    if said.get("withdrawn"):
        made["withdrawn"] = "withdrawn"
    return {**record, **made}
