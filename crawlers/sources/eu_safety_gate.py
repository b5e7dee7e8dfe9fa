"""Weekly reports of the EU's Safety Gate: run-together measures, placeholder brands, the disputed comma."""

from __future__ import annotations

import re
from dataclasses import replace

from crawlers.formats import Record
from crawlers.guangdong import with_guangdong
from crawlers.items import NoticeItem

READ = frozenset({"measures", "brand", "URLrecall"})
NOTHING = {"none", "unknown", "n/a", "-", "no brand", "not specified", "not applicable"}
LABELS = re.compile(
    r"(Type of economic operator (?:taking notified|to whom the) measure\(s\)(?: were ordered)?|"
    r"Category of measure\(s\)|Date of entry into force):\s*"
)


def prepare_report(record: Record) -> Record:
    """A line of the index, with its address once more without the trailing comma."""
    return {**record, "bare_url": str(record.get("URL", "")).rstrip(",")}


def prepare(record: Record) -> Record:
    """An alert without placeholder words, its measures one by one."""
    said = {name: "" if str(value).strip().lower() in NOTHING else value for name, value in record.items()}
    return {**said, "countryOfOrigin": record.get("countryOfOrigin"), "measures": measures_of(said.get("measures"))}


def finish(item: NoticeItem, record: Record) -> NoticeItem:
    """The alert's item; descriptions and names at times tell the city of the maker."""
    return replace(item, origins=with_guangdong(item.origins, item.description, item.title))


def measures_of(text: object) -> list[str]:
    """'...operator...: DistributorCategory...: RecallDate...: 21/05/2025...' as 'Recall (Distributor, 21/05/2025)'."""
    pieces = LABELS.split(str(text or ""))
    found: list[str] = []
    who = what = ""
    for label, value in zip(pieces[1::2], pieces[2::2], strict=True):
        value = value.strip()
        if label.startswith("Type"):
            who = value
        elif label.startswith("Category"):
            what = value
        else:
            told = ", ".join(part for part in (who, value) if part and part != "Unknown")
            found.append(f"{what} ({told})" if told else what)
            who = what = ""
    if what:
        found.append(f"{what} ({who})" if who else what)
    return found or [pieces[0].strip()]
