"""Publications of IEC's Harmonized API: the English texts, the ICS codes, withdrawals."""

from __future__ import annotations

from typing import Any

READ = frozenset({"english", "number", "withdrawn", "stage"})


def prepare(record: dict[str, Any]) -> dict[str, Any]:
    """The publication with `english` (title, abstract, ics), `number`, `stage` and, when it is gone, `withdrawn`."""
    codes = [c["value"] for c in record.get("classifications") or [] if c.get("type") == "ICS"]
    made: dict[str, Any] = {
        "english": {
            "title": _english(record.get("title"), "value"),
            "abstract": _english(record.get("abstract"), "content"),
            "ics": codes,
        },
        "number": str(record.get("urn") or "").rpartition(":")[2],
        "stage": "adopted",
    }
    return {**record, **made, **({"withdrawn": "withdrawn"} if record.get("status") == "WITHDRAWN" else {})}


def _english(texts: list[dict[str, str]] | None, name: str) -> str:
    return next((text.get(name, "") for text in texts or [] if text.get("lang") == "en"), "")
