"""A picture of a store by natural keys: equal pictures mean the same notices, decisions and mails."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, text

from store.engine import reading

# Each query gives rows without keys, public ids, instants of the machine or claims: what two runs must agree on.
SYMBOLS = """(SELECT min(s.symbol) FROM noticesymbol s WHERE s.notice_id = n.id)"""
QUERIES = {
    "notices": f"""SELECT {SYMBOLS}, n.source, n.title, n.number, n.admitted, n.content_hash,
                      n.classified_at IS NOT NULL, n.raised_at IS NOT NULL, n.merged_into_id IS NULL FROM notice n""",
    "symbols": """SELECT s.symbol, (SELECT min(o.symbol) FROM noticesymbol o WHERE o.notice_id = s.notice_id)
                  FROM noticesymbol s""",
    "threads": """SELECT f.family, (SELECT min(o.family) FROM threadfamily o WHERE o.thread_id = f.thread_id)
                  FROM threadfamily f""",
    "versions": f"SELECT {SYMBOLS}, v.number, v.content_hash FROM noticeversion v JOIN notice n ON n.id = v.notice_id",
    "sightings": f"""SELECT {SYMBOLS}, t.source, t.content_hash FROM noticesighting t
                     JOIN notice n ON n.id = t.notice_id""",
    "suggestions": f"""SELECT {SYMBOLS}, i.slug, g.score, g.state FROM suggestion g
                       JOIN classification c ON c.id = g.classification_id JOIN notice n ON n.id = c.notice_id
                       JOIN industry i ON i.id = g.industry_id""",
    "warnings": f"""SELECT {SYMBOLS}, w.number, w.kind, w.severity, w.state, w.basis, w.matched_at IS NOT NULL,
                       w.composed_at IS NOT NULL FROM warningversion w JOIN notice n ON n.id = w.notice_id""",
    "reviews": f"""SELECT {SYMBOLS}, w.number, j.code, r.is_lead, r.state FROM review r
                   JOIN warningversion w ON w.id = r.version_id JOIN notice n ON n.id = w.notice_id
                   JOIN bureau b ON b.id = r.bureau_id JOIN jurisdiction j ON j.id = b.jurisdiction_id""",
    "matches": f"""SELECT {SYMBOLS}, w.number, s.email_key, m.reason FROM "match" m
                   JOIN warningversion w ON w.id = m.version_id JOIN notice n ON n.id = w.notice_id
                   JOIN subscriber s ON s.id = m.subscriber_id""",
    "emails": f"""SELECT {SYMBOLS}, w.number, s.email_key, e.kind, e.state,
                     (SELECT count(*) FROM deliveryattempt d WHERE d.email_id = e.id) FROM email e
                  JOIN warningversion w ON w.id = e.version_id JOIN notice n ON n.id = w.notice_id
                  JOIN subscriber s ON s.id = e.subscriber_id""",
    "slots": "SELECT p.job, p.slot_at, p.done_at IS NOT NULL, p.parked_at IS NULL FROM plannedslot p",
}


def picture_of(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Name of a kind of row -> its rows by natural keys, sorted; SQLite's 0 and 1 read as booleans do."""
    with reading(engine) as session:
        return {name: _sorted(session.execute(text(query)).all()) for name, query in QUERIES.items()}


def _sorted(rows: Iterable[Iterable[Any]]) -> list[tuple[Any, ...]]:
    return sorted((tuple(str(int(cell) if isinstance(cell, bool) else cell) for cell in row) for row in rows), key=repr)
