"""Initiatives of Have your say: the window for feedback that is open now, and the English title."""

from __future__ import annotations

from typing import Any

from crawlers.formats import Record

READ = frozenset({"currentStatuses", "initiativeTranslations", "shortTitle", "topics"})


def prepare(record: Record) -> Record | None:
    """The record with `stage`, `opened` and `closes` of its current window; None when it is not open."""
    window = current_window(record.get("currentStatuses") or [])
    if window.get("receivingFeedbackStatus", "OPEN") != "OPEN":
        return None
    return {
        **record,
        "title": english_title(record),
        "stage": window.get("frontEndStage") or "",
        "opened": window.get("feedbackStartDate"),
        "closes": window.get("feedbackEndDate"),
    }


def current_window(statuses: list[dict[str, Any]]) -> dict[str, Any]:
    """The status marked as current; of several, or of none marked, the one that closes last."""
    current = [one for one in statuses if one.get("isCurrent")] or statuses
    return max(current, key=lambda one: str(one.get("feedbackEndDate") or ""), default={})


def english_title(record: Record) -> str:
    """The translated title in English, else the short one."""
    for one in record.get("initiativeTranslations") or []:
        if one.get("language") == "EN" and one.get("field", "SHORT_TITLE") == "SHORT_TITLE" and one.get("value"):
            return str(one["value"])
    return str(record.get("shortTitle") or "")
