"""What is filled into an address, a query or a body before it is asked: days, pages, sizes. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from crawlers.declaration_parts import Paging, Window

_PLACE = re.compile(r"\{(\w+)\}")


def placed(template: str, places: Mapping[str, str]) -> str:
    """`template` with each {name} that `places` knows; other braces (of a JSON body) stay as they are."""
    return _PLACE.sub(lambda found: places.get(found[1], found[0]), template)


def day_places(window: Window | None, first: date | None, last: date | None) -> dict[str, str]:
    """{from} and {to} as the window writes days."""
    if window is None:
        return {}
    days = {"from": first, "to": last}
    return {name: day.strftime(window.format) for name, day in days.items() if day}


def day_parameters(window: Window | None, places: Mapping[str, str]) -> dict[str, str]:
    """The query's own fields for the days, where they are named."""
    if window is None:
        return {}
    named = {window.from_parameter: places.get("from"), window.to_parameter: places.get("to")}
    return {name: value for name, value in named.items() if name and value}


def page_places(paging: Paging | None, number: int) -> dict[str, str]:
    """{page}, {offset} and {size} of page `number` (counted from paging.first)."""
    if paging is None:
        return {}
    offset = (number - paging.first) * paging.size
    return {"page": str(number), "offset": str(offset), "size": str(paging.size)}


def page_parameters(paging: Paging | None, places: Mapping[str, str]) -> dict[str, str]:
    """The query's own fields for the page, where they are named."""
    if paging is None or paging.by == "next":
        return {paging.size_parameter: str(paging.size)} if paging and paging.size_parameter else {}
    named = {
        paging.parameter: places["page" if paging.by == "page" else "offset"],
        paging.size_parameter: places["size"],
    }
    return {name: value for name, value in named.items() if name}
