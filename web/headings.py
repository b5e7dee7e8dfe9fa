"""What HS and ICS codes are called: in Chinese where the project has it, else in English."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Heading:
    """A code as people write it, with its heading; `of` is the shorter code whose heading is given instead."""

    code: str
    shown: str
    text: str = ""
    lang: str = "zh"
    of: str = ""


@dataclass(frozen=True)
class Headings:
    """The headings by code: digits for HS, dotted for ICS."""

    hs_zh: Mapping[str, str]
    hs_en: Mapping[str, str]
    ics_zh: Mapping[str, str]
    ics_en: Mapping[str, str]

    def hs(self, code: str) -> Heading:
        """The heading of an HS code of any length: its own, else that of the longest known beginning.

        A Chinese heading of at least four digits goes before a finer one in English.
        """
        begins = [code[:length] for length in range(len(code), 1, -1)]
        known = [(begin, self.hs_zh[begin], "zh") for begin in begins if begin in self.hs_zh and len(begin) >= 4]
        known += [(begin, self.hs_en[begin], "en") for begin in begins if begin in self.hs_en and len(begin) >= 4]
        known += [(begin, self.hs_zh[begin], "zh") for begin in begins if begin in self.hs_zh]
        for begin, text, lang in known[:1]:
            return Heading(code, dotted_hs(code), text, lang, "" if begin == code else dotted_hs(begin))
        return Heading(code, dotted_hs(code))

    def ics(self, code: str) -> Heading:
        """The heading of an ICS code: its own, else that of its field or group."""
        parts = code.split(".")
        for length in range(len(parts), 0, -1):
            begin = ".".join(parts[:length])
            text, lang = (self.ics_zh[begin], "zh") if begin in self.ics_zh else (self.ics_en.get(begin, ""), "en")
            if text:
                return Heading(code, code, text, lang, "" if begin == code else begin)
        return Heading(code, code)


def dotted_hs(code: str) -> str:
    """`9503.00` for 950300, as customs papers print it; up to four digits stay as they are."""
    return code if len(code) <= 4 else f"{code[:4]}.{code[4:6]}" + (f".{code[6:]}" if len(code) > 6 else "")


def read_headings(folder: Path) -> Headings:
    """Read the heading tables in `folder` (the project's data/)."""
    nomenclature = folder / "nomenclature"
    return Headings(
        hs_zh=_column(folder / "hs_names_zh.csv", "code", "name_zh"),
        hs_en=_column(nomenclature / "hs2022_en.csv", "hscode", "description"),
        ics_zh=_column(folder / "ics_names_zh.csv", "code", "name_zh"),
        ics_en=_column(nomenclature / "ics7_en.csv", "code", "title"),
    )


def _column(path: Path, key: str, value: str) -> dict[str, str]:
    """key -> value of a CSV; empty when the project has no such table."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row[key]: row[value] for row in csv.DictReader(file)}
