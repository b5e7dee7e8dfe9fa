"""Names of WTO members, as the WTO and others write them, to the code that stands in document symbols."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from settings import DATA

# Names seen in answers that are neither the table's name nor that name without its form of state.
_ALIASES = {
    "chinese taipei": "TPKM",
    "separate customs territory of taiwan, penghu, kinmen and matsu": "TPKM",
    "taiwan": "TPKM",
    "european communities": "EU",
    "kyrgyz republic": "KGZ",
    "czech republic": "CZE",
    "turkey": "TUR",
    "swaziland": "SWZ",
    "cape verde": "CPV",
    "south korea": "KOR",
    "korea": "KOR",
    "russia": "RUS",
    "united states": "USA",
    "vietnam": "VNM",
    "bolivia": "BOL",
    "venezuela": "VEN",
    "tanzania": "TZA",
    "laos": "LAO",
    "ivory coast": "CIV",
    "slovak republic": "SVK",
    "macedonia": "MKD",
    "the former yugoslav republic of macedonia": "MKD",
    "burma": "MMR",
    "democratic republic of congo": "COD",
    "congo, democratic republic of": "COD",
    "iran": "IRN",
    "syria": "SYR",
    "great britain": "GBR",
    "netherlands, kingdom of the": "NLD",
    "hong kong": "HKG",
    "macao": "MAC",
    "macau": "MAC",
}
_STATE_FORM = re.compile(
    r",?\s*(?:the\s+)?(?:kingdom|state|republic|sultanate|united republic|plurinational state|bolivarian republic|"
    r"federal republic|hashemite kingdom)\s+of(?:\s+the)?\b|\bthe\b|\([^)]*\)",
    re.IGNORECASE,
)


def member_code(name: str, codes: Mapping[str, str] | None = None) -> str | None:
    """The wto_symbol of the member called `name` ("Korea, Republic of" -> "KOR"); None when nobody is called so."""
    codes = codes or member_names()
    plain = _folded(name)
    return codes.get(plain) or codes.get(_bare(plain))


@lru_cache(maxsize=1)
def member_names() -> Mapping[str, str]:
    """Folded name -> wto_symbol, from data/countries.csv."""
    return read_member_names(DATA / "countries.csv")


def read_member_names(path: Path) -> dict[str, str]:
    """Folded name -> wto_symbol: the English name, the same without its form of state, codes, aliases."""
    codes = dict(_ALIASES)
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            code = row["wto_symbol"]
            names = [row["name_en"], row["iso3"], code, *row["legacy_symbols"].split(";")]
            for name in (n for n in map(_folded, names) if n):
                codes[name] = code
                codes.setdefault(_bare(name), code)
    return codes


@lru_cache(maxsize=1)
def member_codes() -> frozenset[str]:
    """Every wto_symbol of the table."""
    return frozenset(member_names().values())


def _folded(name: str) -> str:
    decomposed = unicodedata.normalize("NFD", name.strip().casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def _bare(folded: str) -> str:
    return " ".join(_STATE_FORM.sub(" ", folded).replace(",", " ").split())
