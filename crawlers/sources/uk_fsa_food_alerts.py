"""FSA alerts: what kind of alert a number stands for, and which alert an update goes on from."""

from __future__ import annotations

import re

from crawlers.formats import Record
from crawlers.made_in import origins_named
from crawlers.markup import plain_text
from crawlers.paths import values

READ = frozenset({"notation", "previousAlert", "alertURL", "@id"})
KINDS = {"PRIN": "Product Recall Information Notice", "AA": "Allergy Alert", "FAFA": "Food Alert for Action"}
_NUMBER = re.compile(r"FSA-([A-Z]+)-\d+-\d{4}")


def prepare(record: Record) -> Record:
    """The record with `alert_type`, `references`, `address`, `origin` and, for an update, its `reason`."""
    notation = str(record.get("notation") or "")
    found = _NUMBER.match(notation)
    earlier = [
        one.rsplit("/", 1)[-1] for one in (*values(record, "previousAlert"), *values(record, "previousAlert.@id"))
    ]
    first = [found[0]] if found and found[0] != notation else []
    numbers = dict.fromkeys([notation, *earlier, *first])
    return {
        **record,
        "alert_type": KINDS.get(found[1], found[1]) if found else "",
        "references": [f"FSA {number}" for number in numbers if number],
        "address": record.get("alertURL") or record.get("@id"),
        "origin": origins_named(plain_text(str(record.get("description") or ""))),
        "reason": "updated" if "update" in notation.lower() or earlier else "",
    }
