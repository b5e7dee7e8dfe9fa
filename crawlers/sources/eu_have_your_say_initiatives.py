"""Initiatives of Have your say: the status that is current, out of those an initiative went through."""

from __future__ import annotations

from typing import Any

READ = frozenset({"current", "said_stage", "act"})
_ACTS = {
    "REG": "Regulation",
    "REG_DEL": "Delegated Regulation",
    "REG_IMPL": "Implementing Regulation",
    "DIR": "Directive",
    "DIR_DEL": "Delegated Directive",
    "DEC": "Decision",
    "DEC_IMPL": "Implementing Decision",
    "COMMUNIC": "Communication",
}


def prepare(record: dict[str, Any]) -> dict[str, Any]:
    """The initiative with its `current` status; what is open for feedback is a draft."""
    statuses = [status for status in record.get("currentStatuses") or [] if status.get("isCurrent")]
    act = str(record.get("foreseenActType") or "")
    return {**record, "act": _ACTS.get(act, act), "current": statuses[-1] if statuses else {}, "said_stage": "draft"}
