"""Pages of the EU's TRIS: rows of label and value, and the numbered fields of the notification message."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime

from crawlers.errors import BadRecord
from crawlers.formats import Record
from crawlers.items import NoticeItem
from crawlers.markup import one_line, plain_text
from crawlers.members import member_code

READ = frozenset(
    {"labels", "values", "heading", "message", "title", "content", "grounds", "products", "received"}
    | {"deadline", "reference", "standstill", "extended", "country_name", "opinions", "comments"}
)
_REFERENCE = re.compile(r"(\d{4}/\d+/[A-Z]{2})(?:\s*\(([^)]+)\))?")
_DAY = re.compile(r"\d{2}/\d{2}/\d{4}")
_FIELDS = {"title": "5", "products": "6", "content": "8", "grounds": "9"}  # of the message
_OUTSIDE = {"Northern Ireland": "GBR"}  # notifies under the Windsor Framework


def prepare(record: Record) -> Record:
    """The record by our names; raises BadRecord when the page names no notification."""
    rows = {
        one_line(plain_text(label)).rstrip(":").casefold(): one_line(plain_text(value))
        for label, value in zip(_listed(record.get("labels")), _listed(record.get("values")), strict=True)
    }
    reference = _REFERENCE.search(rows.get("notification number", ""))
    if reference is None:
        raise BadRecord(f"number {record['number']}", "the page names no notification number of the form 2026/0123/DK")
    days = sorted(_DAY.findall(rows.get("end of standstill", "")), key=_as_day)
    message = plain_text(str(record.get("message") or "")).partition("MSG 001")[2]
    told = {name: _field(message, number) for name, number in _FIELDS.items()}
    return {
        "number": record["number"],
        **told,
        "title": rows.get("title") or told["title"] or one_line(str(record.get("heading") or "")),
        "received": rows.get("date received", ""),
        "deadline": days[-1] if days else "",  # as extended: the date in brackets
        "standstill": rows.get("end of standstill", ""),
        "extended": len(days) > 1,
        "reference": reference[1],
        "country_name": reference[2] or "",
        "opinions": rows.get("detailed opinions", ""),
        "comments": rows.get("comments", ""),
    }


def _listed(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []


def _as_day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone


def _field(message: str, number: str) -> str:
    """The text of a numbered field of the message, up to the next number."""
    found = re.search(rf"^{number}\. (.+?)(?=^\d{{1,2}}[A-Z]?\.(?:\s|$)|\Z)", message, re.DOTALL | re.MULTILINE)
    return found[1].strip() if found else ""


def finish(item: NoticeItem, record: Record) -> NoticeItem:
    """A draft rule is the notifying state's own; a name that no table knows leaves it the EU's."""
    name = str(record["country_name"])
    code = _OUTSIDE.get(name) or (member_code(name) if name else None)
    return replace(item, issuer=code, members=(code,)) if code else item
