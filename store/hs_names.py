"""Short Chinese names of HS headings (data/hs_names_zh.csv): our own wording, unofficial, for mails and pages."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from settings import DATA, TbtwatchError


class BrokenHsNames(TbtwatchError):
    """Raised when data/hs_names_zh.csv is missing or is not a table of names."""


def hs_name_zh(code: str) -> str:
    """The Chinese name of an HS code of any length, by the longest heading that has one; "" when none has.

    950300 -> 玩具; 851671 -> 电咖啡机、电茶壶; 85167100 -> the same; 990000 -> "".
    """
    names = hs_names()
    digits = code.replace(".", "").replace(" ", "")
    return next((names[digits[:size]] for size in (6, 4, 2) if digits[:size] in names and len(digits) >= size), "")


@cache
def hs_names(path: Path = DATA / "hs_names_zh.csv") -> Mapping[str, str]:
    """HS prefix of 2, 4 or 6 digits -> name, read once a process; raises BrokenHsNames."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return {row["code"]: row["name_zh"] for row in csv.DictReader(lines)}
    except (OSError, UnicodeDecodeError, KeyError, csv.Error) as error:
        raise BrokenHsNames(f"{path.name}: {error}; restore the file from the release") from None
