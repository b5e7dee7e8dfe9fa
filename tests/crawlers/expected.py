"""A source's notices in the store as plain values: the form of `expected.jsonl` beside each recording."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from store.engine import reading
from store.notice import Notice, symbols_of

FIELDS = (
    "issuer",
    "members",
    "domain",
    "kind",
    "notification_type",
    "thread_reason",
    "title",
    "description",
    "products",
    "lang",
    "hs",
    "ics",
    "objectives",
    "keywords",
    "origins",
    "regions_affected",
    "published_on",
    "comment_deadline",
    "comment_deadline_text",
    "adoption_on",
    "adoption_text",
    "force_on",
    "force_text",
    "links",
    "attributes",
    "admitted",
    "admitted_reason",
)


def stored_notices(engine: Engine) -> list[dict[str, Any]]:
    """Every notice that stands for itself, by its first symbol, else by the source's own id; dates in ISO 8601."""
    rows: Any = Notice
    with reading(engine) as session:
        notices = session.execute(select(rows).where(rows.merged_into_id.is_(None))).scalars().all()
        symbols = symbols_of(session, [notice.id for notice in notices])
    found = [
        {
            "symbols": symbols[notice.id],
            **({"key": notice.source_key} if notice.source_key else {}),
            **{name: getattr(notice, name) for name in FIELDS},
        }
        for notice in notices
    ]
    plain = (json.loads(json.dumps(row, default=str)) for row in found)
    return sorted(plain, key=lambda row: (row["symbols"], row.get("key", "")))


def read_expected(folder: Path) -> list[dict[str, Any]]:
    """The lines of `expected.jsonl`."""
    return [json.loads(line) for line in (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines()]


def write_expected(folder: Path, engine: Engine) -> None:
    """Write what the store holds; to be read by a person before it is committed."""
    lines = [json.dumps(row, ensure_ascii=False) for row in stored_notices(engine)]
    (folder / "expected.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
