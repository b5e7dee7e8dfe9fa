"""CPSC recalls: firms are named with their city, and so is Guangdong at times."""

from __future__ import annotations

from dataclasses import replace

from crawlers.formats import Record
from crawlers.guangdong import with_guangdong
from crawlers.items import NoticeItem
from crawlers.paths import values

READ = frozenset({"Manufacturers", "Importers"})


def finish(item: NoticeItem, record: Record) -> NoticeItem:
    """The recall's item, with Guangdong beside China where a maker or importer sits there."""
    firms = [*values(record, "Manufacturers[].Name"), *values(record, "Importers[].Name")]
    return replace(item, origins=with_guangdong(item.origins, *firms, item.description))
