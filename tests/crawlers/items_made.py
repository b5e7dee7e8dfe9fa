"""Notice items for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from crawlers.items import NoticeItem
from crawlers.symbols import find_symbols

API, BOOK, IMPORT = "wto_tbt_notifications", "wto_notifications_workbook", "import"


def item(symbols: str, key: str = "1", source: str = API, **changes: Any) -> NoticeItem:
    """A notification; `symbols` as printed, joint ones joined by commas."""
    found = find_symbols(symbols)
    members = tuple(dict.fromkeys(symbol.code for symbol in found))
    values: dict[str, Any] = {
        "source": source, "source_key": key, "kind": "notification", "issuer": members[0], "members": members,
        "symbols": tuple(map(str, found)), "domain": found[0].domain, "title": "Toys",
        "published_on": date(2026, 5, 20),
        "published_text": "2026-05-20", **changes,
    }  # fmt: skip
    return NoticeItem(**values)
