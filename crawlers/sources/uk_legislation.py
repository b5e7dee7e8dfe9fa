"""Entries of legislation.gov.uk: their number."""

from __future__ import annotations

import re

from crawlers.formats import Record

NUMBER = re.compile(r"/id/[a-z]+/(\d{4}/\d+)")


def prepare(record: Record) -> Record:
    """The entry with "2026/412"."""
    found = NUMBER.search(str(record.get("id", "")))
    return {**record, "number": found[1] if found else ""}
