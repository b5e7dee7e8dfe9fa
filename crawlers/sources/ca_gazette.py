"""Issues of the Canada Gazette: which links of an index are items, and the comment period on an item's own page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from crawlers.dates import read_date
from crawlers.errors import PageMissing
from crawlers.formats import Record
from crawlers.items import NoticeItem
from crawlers.markup import one_line, plain_text

READ = frozenset({"href", "line", "own_page"})
ISSUE = re.compile(r"/rp-pr/(p[12])/\d{4}/(\d{4}-\d\d-\d\d(?:-x\d+)?)/html/([\w-]+)\.html$")
ITEM = re.compile(r"^(?!index)[a-z]+[\w-]*-eng\.html(?:#[\w-]+)?$")
OWN_PAGE = re.compile(r"/reg\d+-eng\.html$")  # of a proposed regulation, with its comment period
TYPING_ERRORS = (  # in the Gazette's own indexes, seen since 2014
    (re.compile(r"-fra\.html"), "-eng.html"),
    (re.compile(r"-eng\.php"), "-eng.html"),
    (re.compile(r"(-eng\.html)(?:@|(?=[a-z]{2,4}\d+$))"), r"\1#"),
)
LEFT = {"parliament", "miscellaneous notices"}  # private bills, notices of banks and railways: no measures
NUMBER = re.compile(r"\b(SOR|SI)/(\d{4}-\d+)")
SERIES = {"SOR": "Statutory Orders and Regulations", "SI": "Statutory Instruments other than Regulations"}
HEADING = re.compile(r"^Canada Gazette, Part [^:]*:\s*")
WITHIN = re.compile(r"within (\d{1,3}) days after the date of publication", re.IGNORECASE)
BY = re.compile(r"(?:on or before|no later than|not later than|until|by) ([A-Z][a-z]+ \d{1,2},? \d{4})")
SUMMARY = ("Issues:", "Description:")  # paragraphs of the statement on a regulation's impact that say what it is about


def prepare_report(record: Record) -> Record | None:
    """A line of the feed that lists an issue, with the issue's own name; consolidated indexes are no issues."""
    found = ISSUE.search(str(record.get("link", "")))
    return {**record, "issue": f"{found[1]}/{found[2]}"} if found else None


def prepare(record: Record) -> Record | None:
    """An item of an issue; None for the other links of its index. Raises PageMissing for a 404 page served with 200."""
    report = record["report"]
    if "Error 404" in str(record["page"].get("title", "")):
        raise PageMissing("the site's page for a missing address came, with status 200")
    is_index = str(report["url"]).endswith("/index-eng.html")
    if not record.get("href"):  # the page's main heading
        return None if is_index else _extra_edition(record)
    return _item(record) if is_index else None


def _extra_edition(record: Record) -> Record:
    """An extra edition has no index: its page is its one item."""
    title = HEADING.sub("", one_line(plain_text(_text(record["heading"]))))
    address = str(record["report"]["url"])
    return {**record, "key": _key(record, address), "title": title, "link": address, "section": "Extra edition"}


def _item(record: Record) -> Record | None:
    base, href = str(record["report"]["url"]), _first(record["href"])
    for pattern, right in TYPING_ERRORS:
        href = pattern.sub(right, href)
    address = urljoin(base, href)
    section = str(record.get("section", ""))
    title = one_line(plain_text(_first(record["text"])))
    if not address.startswith(urljoin(base, ".")) or not ITEM.match(address.rpartition("/")[2]) or not title:
        return None
    if title.casefold() == section.casefold() or section.casefold() in LEFT:
        return None  # a link to the page of the whole section
    own = {"own_page": address} if OWN_PAGE.search(address) else {}
    return {**record, **own, **_numbered(record), **_titles(record), "key": _key(record, address), "link": address}


def _numbered(record: Record) -> Record:
    """Part II prints the number of registration behind the link."""
    found = NUMBER.search(plain_text(_text(record.get("line"))))
    return {"number": f"{found[1]} {found[2]}", "section": SERIES[found[1]]} if found else {}


def _titles(record: Record) -> Record:
    """Part II prints the enabling act below the title, within the link."""
    title, _, act = plain_text(_first(record["text"])).partition("\n")
    return {"title": one_line(title), "act": record.get("act") or one_line(act)}


def _key(record: Record, address: str) -> str:
    page, anchor = urldefrag(address)
    name = urlsplit(page).path.rpartition("/")[2].removesuffix("-eng.html")
    return f"{record['report']['issue']}/{name}" + (f"#{anchor}" if anchor else "")


def _first(value: Any) -> str:
    return str(value[0] if isinstance(value, list) else value)


def _text(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value or "")


def finish(item: NoticeItem, record: Record) -> NoticeItem:
    """The item with the deadline and the summary that its own page gives."""
    printed = record.get("detail", {}).get("paragraphs", [])
    paragraphs = [one_line(plain_text(p)) for p in (printed if isinstance(printed, list) else [printed])]
    about = "\n".join(p for p in paragraphs if p.startswith(SUMMARY))
    item = replace(item, description="\n".join(filter(None, (item.description, about))))
    for paragraph in paragraphs:
        if found := WITHIN.search(paragraph):
            until = item.published_on + timedelta(days=int(found[1])) if item.published_on else None
            return replace(item, comment_deadline=until, comment_deadline_text=found[0])
        if "representations" in paragraph and (found := BY.search(paragraph)):
            return replace(item, comment_deadline=read_date(found[1]), comment_deadline_text=found[0])
    return item
