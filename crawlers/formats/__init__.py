"""Forms of answers: bytes into records, one file a form; what a record means is said by the declaration."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from crawlers.declaration_parts import Format
from crawlers.errors import WrongFormat

Record = dict[str, Any]

_FILES = {
    "json": "json_records",
    "jsonl": "json_records",
    "sparql": "json_records",
    "csv": "csv_records",
    "xml": "xml_records",
    "html": "html_records",
    "html_json": "html_json",
    "feed": "feed_records",
}


@dataclass(slots=True)
class Found:
    """The records of one answer as nested dicts of strings, numbers and lists, and what the answer says of itself."""

    records: list[Record] = field(default_factory=list)
    total: int | None = None  # the source's own count
    next_url: str = ""


def find_records(body: bytes, form: Format, marker: str = "") -> Found:
    """The records of `body`, read as `form` says; `marker` must stand in it.

    Raises EmptyAnswer, HtmlInstead, WrongCharset, TruncatedAnswer, WrongFormat; never takes a page about an outage for
    an answer without records.
    """
    found: Found = import_module(f"crawlers.formats.{_FILES[form.type]}").read(body, form)
    if marker and marker.encode() not in body:
        raise WrongFormat(f"the answer lacks '{marker}', which every true one has: see the source's YAML")
    return found
