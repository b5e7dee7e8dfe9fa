"""FSANZ's food recalls: what stands on a recall's page under each of its labels, among them the country of origin."""

from __future__ import annotations

import re
from dataclasses import replace

from crawlers.formats import Record
from crawlers.guangdong import with_guangdong
from crawlers.items import NoticeItem
from crawlers.markup import one_line, plain_text
from crawlers.paths import values

LABELS = (
    "date published", "product information", "date markings", "problem", "food safety hazard", "country of origin",
    "what to do", "contact details",
)  # fmt: skip
_INLINE = re.compile(r"^([A-Za-z ]{4,30}):\s*(.+)$")


def prepare(record: Record) -> Record:
    """The record with its labelled parts; contacts are not taken."""
    parts = labelled(plain_text(" ".join(values(record, "detail.main"))))
    return {
        **record,
        "problem": one_line(parts.get("problem", "")),
        "hazard": one_line(parts.get("food safety hazard", "")),
        "information": parts.get("product information", ""),
        "marked": one_line(parts.get("date markings", "")),
        "origin": [name.strip() for name in re.split(r",|;|\band\b|\n", parts.get("country of origin", "")) if name],
    }


def labelled(text: str) -> dict[str, str]:
    """Label in lower case -> the lines after it, up to the next label; "Label: value" on one line, too."""
    found: dict[str, str] = {}
    label = ""
    for line in filter(None, map(str.strip, text.splitlines())):
        inline = _INLINE.match(line)
        if (name := line.rstrip(": ").lower()) in LABELS:
            label, value = name, ""
        elif inline and inline[1].lower() in LABELS:
            label, value = inline[1].lower(), inline[2]
        else:
            value = line
        if label:
            found[label] = "\n".join(filter(None, (found.get(label, ""), value)))
    return found


def finish(item: NoticeItem, record: Record) -> NoticeItem:
    """The recall's item; the product's text may name the province."""
    return replace(item, origins=with_guangdong(item.origins, item.description))
