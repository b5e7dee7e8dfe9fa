"""Entries of the ACCC's recalls: the description is a rendered Drupal page, each field in a div named after it."""

from __future__ import annotations

import re
from typing import Any

from parsel import Selector

from crawlers.formats import Record
from crawlers.markup import one_line, plain_text

READ = frozenset({"id", "summary"})
FIELD = "field--name-field-psa-recall-"
FIELDS = {  # ours -> the end of Drupal's name, one after the other
    "hazards": ("hazards",),
    "defects": ("product-defects", "defects"),
    "what_to_do": ("consumer-action", "what-should-consumers-do"),
    "supplier": ("supplier-name", "supplier"),
    "traders": ("traders",),
    "sale_dates": ("sale-dates", "dates-available-for-sale"),
    "product": ("product-description",),
}


def prepare(record: Record) -> Record:
    """The entry with the fields of its page by name, its recall's number, and the day on which it was published."""
    page = Selector(text=f"<html><body>{record.get('summary') or ''}</body></html>", type="html")
    found = {ours: _field(page, names) for ours, names in FIELDS.items()}
    day = page.css(f"[class*='{FIELD}published-date'] time::attr(datetime)").get() or ""
    # The guid is "12345 at https://www.productsafety.gov.au", Drupal's own habit, or the number alone.
    number = str(record.get("id", "")).split(" at ")[0].strip()
    return {**record, **found, "day": day[:10], "number": number}


def _field(page: Any, names: tuple[str, ...]) -> str:
    """The items of the first such field that is there, its label left out."""
    for name in names:
        for field in page.css(f"div[class~='{FIELD}{name}']"):
            items = field.css(".field__item") or field.xpath("./node()[not(contains(@class, 'field__label'))]")
            return " ".join(filter(None, (_told(plain_text(item.get())) for item in items)))
    return ""


def _told(text: str) -> str:
    """Paragraphs as one, the points of a list parted by semicolons."""
    return one_line(re.sub(r"\n\* ", "; ", text).removeprefix("* "))
