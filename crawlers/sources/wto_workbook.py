"""Rows of the ePing workbook and of "export search results" (xlsx or CSV) -> NoticeItem."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from crawlers.codes import codes_in_text, distinct_codes, hs_in_cell, ics_in_cell
from crawlers.dates import read_date, resolve_date
from crawlers.errors import BadRecord, WrongFormat
from crawlers.items import Link, NoticeItem
from crawlers.markup import one_line, plain_text
from crawlers.members import member_code
from crawlers.reading import Note, Reading, distinct_links, language_of, links_in, members_of, split_title
from crawlers.symbols import find_symbols

# Header, white space collapsed and lower-cased -> our name for the column.
COLUMNS = {
    "document symbol": "symbol",
    "notifying member": "member",
    "distribution date": "published",
    "notification type": "type",
    "title": "title",
    "description": "description",
    "products covered": "products",
    "hs code(s)": "hs",
    "ics code(s)": "ics",
    "objectives": "objectives",
    "keywords": "keywords",
    "final date for comments": "deadline",
    "proposed adoption date": "adoption",
    "proposed entry into force date": "force",
    "specific regions or countries likely to be affected": "regions",
    "notified document": "documents",
    "link to notification(en)": "link_en",
    "link to notification(fr)": "link_fr",
    "link to notification(es)": "link_es",
}
IGNORED = "conformity with"  # yes, no or nothing on the international standard; its exact name was never seen
REQUIRED = {"symbol": "Document symbol", "deadline": "Final date for comments"}
_FORMULA = re.compile(r'=\s*HYPERLINK\(\s*"((?:[^"]|"")*)"\s*(?:[,;]\s*"((?:[^"]|"")*)")?\s*\)\s*', re.IGNORECASE)
_LANGS = {"link_en": "en", "link_fr": "fr", "link_es": "es"}

Header = dict[int, str]


def read_header(cells: Sequence[object]) -> tuple[Header, list[Note]]:
    """Position -> our column name, and a note for each column that is not known.

    Raises WrongFormat when the symbol or the deadline column is missing.
    """
    names = [" ".join(str(cell or "").split()) for cell in cells]
    header = {i: COLUMNS[name.lower()] for i, name in enumerate(names) if name.lower() in COLUMNS}
    if missing := [words for name, words in REQUIRED.items() if name not in header.values()]:
        raise WrongFormat(
            f"no column '{missing[0]}' in the first row: this is no export of notifications, "
            "or the columns were renamed (crawlers/sources/wto_workbook.py lists them)"
        )
    unknown = [name for i, name in enumerate(names) if name and i not in header and IGNORED not in name.lower()]
    return header, [Note("unread_column", name, f"the column '{name}' is not read") for name in unknown]


def read_rows(rows: Iterable[tuple[int, Sequence[object]]], header: Header, source: str) -> Iterator[Reading]:
    """One Reading a row of `(row number, cells)`; a row without any value is passed over."""
    for number, cells in rows:
        if not any(cell not in (None, "") for cell in cells):
            continue
        reading = Reading(rows=1)
        try:
            item, reading.notes = read_row(dict(_named(cells, header)), source, number)
            reading.items.append(item)
        except BadRecord as error:
            reading.bad.append(error)
        yield reading


def _named(cells: Sequence[object], header: Header) -> Iterator[tuple[str, object]]:
    for position, name in header.items():
        if position < len(cells) and cells[position] not in (None, ""):
            yield name, cells[position]


def read_row(row: dict[str, Any], source: str, number: int) -> tuple[NoticeItem, list[Note]]:
    """One row by our column names, empty cells left out; `number` is its place in the sheet.

    Raises BadRecord when it has no symbol that can be read, or a distribution date that is none.
    """
    where = f"row {number}"
    symbols = find_symbols(_shown(row.get("symbol")))
    if not symbols:
        raise BadRecord(where, f"no document symbol that can be read in '{_shown(row.get('symbol'))[:80]}'")
    issuer, members, notes = members_of(one_line(_shown(row.get("member"))), symbols)
    own = next((symbol for symbol in symbols if symbol.code == issuer), symbols[0])
    texts = _texts(row)
    item = NoticeItem(
        source=source,
        source_key=str(own),
        kind="notification",
        issuer=issuer,
        members=members,
        symbols=tuple(map(str, symbols)),
        domain=own.domain,
        links=_links(row),
        **texts,
        **_codes(row, texts["products"]),
        **_dates(row, f"{where} ({own})"),
        **_lists(row),
    )
    if item.notification_type and "emergency" in item.notification_type.lower():
        item.attributes["urgent"] = True
    return item, notes


def _shown(cell: object) -> str:
    """What the cell shows: the text of a HYPERLINK formula, else its own text."""
    text = "" if cell is None else str(cell)
    if text.startswith("=") and (found := _FORMULA.match(text)):
        return (found[2] if found[2] is not None else found[1]).replace('""', '"')
    return text


def _target(cell: object) -> str:
    """Where the cell leads: the address of a HYPERLINK formula, else its own text."""
    text = "" if cell is None else str(cell)
    found = _FORMULA.match(text) if text.startswith("=") else None
    return found[1].replace('""', '"') if found else text


def _texts(row: dict[str, Any]) -> dict[str, Any]:
    title, description = split_title(plain_text(_shown(row.get("title"))), plain_text(_shown(row.get("description"))))
    products = plain_text(_shown(row.get("products")))
    return {
        "title": title,
        "description": description,
        "products": "" if products == "None" else products,
        "lang": language_of(f"{title}\n{description}\n{products}"),
        "notification_type": one_line(_shown(row.get("type"))) or None,
    }


def _codes(row: dict[str, Any], products: str) -> dict[str, Any]:
    own_hs, own_ics = codes_in_text(products)
    return {
        "hs": distinct_codes(hs_in_cell(_shown(row.get("hs"))), own_hs),
        "ics": distinct_codes(ics_in_cell(_shown(row.get("ics"))), own_ics),
    }


def _dates(row: dict[str, Any], where: str) -> dict[str, Any]:
    published = read_date(row.get("published"))
    if row.get("published") and published is None:
        raise BadRecord(where, f"distribution date '{row['published']}' is no date")
    deadline, deadline_text = _dated(row.get("deadline"), published)
    adopted, adoption_text = _dated(row.get("adoption"), published)
    force, force_text = _dated(row.get("force"), published, adopted)
    return {
        "published_on": published,
        "published_text": _written(row.get("published"), published),
        "comment_deadline": deadline,
        "comment_deadline_text": deadline_text,
        "adoption_on": adopted,
        "adoption_text": adoption_text,
        "force_on": force,
        "force_text": force_text,
    }


def _dated(cell: object, published: date | None, adopted: date | None = None) -> tuple[date | None, str]:
    day = read_date(cell) if isinstance(cell, (date, int, float)) else resolve_date(_shown(cell), published, adopted)
    return day, _written(cell, day)


def _written(cell: object, day: date | None) -> str:
    """The cell's own words; a date cell or a serial has none but the date."""
    if isinstance(cell, (date, int, float)) or (isinstance(cell, str) and re.fullmatch(r"\d{5}(\.\d+)?", cell)):
        return day.isoformat() if day else str(cell)
    return one_line(_shown(cell))


def _lists(row: dict[str, Any]) -> dict[str, Any]:
    regions = plain_text(_shown(row.get("regions")))
    codes = (member_code(name.strip()) for name in re.split(r"[,;\n]", regions) if name.strip())
    return {
        "objectives": _split(row.get("objectives")),
        "keywords": _split(row.get("keywords")),
        "regions_affected": regions,
        "origins": tuple(dict.fromkeys(code for code in codes if code)),
    }


def _split(cell: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in plain_text(_shown(cell)).split(";") if word.strip()))


def _links(row: dict[str, Any]) -> tuple[Link, ...]:
    links = [
        Link("notification", _LANGS[name], url)
        for name in ("link_en", "link_fr", "link_es")
        for url in [_target(row.get(name)).strip()]
        if url
    ]
    return distinct_links(links + links_in(_shown(row.get("documents")), "document"))
