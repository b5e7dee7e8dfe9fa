"""The one table of display names: what pages, mails, exports and machine text call a code."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from settings import DATA, TbtwatchError

Lang = Literal["zh", "en"]
WTO: Literal["wto"] = "wto"  # the context of WTO documents, where TPKM is 中国台北


class BrokenDisplayNames(TbtwatchError):
    """Raised when data/display_names.csv is missing or is not a table of names."""


@dataclass(frozen=True, slots=True)
class DisplayName:
    """How one code is called in Chinese and English, and in the context of WTO documents where that differs."""

    zh: str
    en: str
    wto_zh: str
    wto_en: str


def display_name(kind: str, code: str, lang: str = "zh", context: Literal["wto"] | None = None) -> str:
    """The name of `code` among the names of `kind`; `code` itself where the table has none.

    Countries and regions answer to their WTO symbol, ISO codes and older symbols. Any `lang` but zh gives English.
    """
    name = display_names().get((kind, code))
    if name is None:
        return code
    if context == WTO and name.wto_zh:
        return name.wto_zh if lang == "zh" else name.wto_en
    return name.zh if lang == "zh" else name.en


def issuer_name(code: str, context: Literal["wto"] | None = None) -> str:
    """The Chinese name of an issuer or origin: a country or region, a body of the world, 中国广东."""
    name = display_name("country", code, context=context)
    return name if name != code else display_name("issuer", code)


@cache
def display_names(path: Path = DATA / "display_names.csv") -> Mapping[tuple[str, str], DisplayName]:
    """(kind, code or alias) -> names, read once a process; raises BrokenDisplayNames."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return _index(list(csv.DictReader(lines)))
    except (OSError, UnicodeDecodeError, KeyError, csv.Error) as error:
        raise BrokenDisplayNames(f"{path.name}: {error}; restore the file from the release") from None


def codes_of(kind: str) -> list[str]:
    """The codes of a kind in the table's order, without aliases: what a menu offers."""
    names = display_names()
    seen: dict[int, str] = {}
    for (each, code), name in names.items():
        if each == kind:
            seen.setdefault(id(name), code)
    return list(seen.values())


def _index(rows: list[dict[str, str]]) -> dict[tuple[str, str], DisplayName]:
    found: dict[tuple[str, str], DisplayName] = {}
    aliases: dict[tuple[str, str], DisplayName] = {}
    for row in rows:
        name = DisplayName(row["zh"], row["en"], row["wto_zh"], row["wto_en"])
        found[row["kind"], row["code"]] = name
        aliases.update({(row["kind"], alias): name for alias in row["aliases"].split(";") if alias})
    return found | {key: name for key, name in aliases.items() if key not in found}
