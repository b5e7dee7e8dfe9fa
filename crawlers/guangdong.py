"""Whether a text names Guangdong or one of its cities, in English or Chinese, from data/regions.csv."""

from __future__ import annotations

import csv
import re
from functools import lru_cache

from settings import DATA

CODE = "CN-GD"  # stands beside CHN among the origins


def names_guangdong(text: str) -> bool:
    """True for "made in Shenzhen", "Guangdong Province", "广东佛山"; a longer word that holds a name does not count."""
    return bool(_pattern().search(text))


def with_guangdong(origins: tuple[str, ...], *texts: str) -> tuple[str, ...]:
    """`origins` with CN-GD when China is among them and a text names the province or one of its cities."""
    found = "CHN" in origins and CODE not in origins and any(map(names_guangdong, texts))
    return (*origins, CODE) if found else origins


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    with (DATA / "regions.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["tier"] in ("province", "city")]
    english = "|".join(re.escape(re.sub(r" (?:City|Province)$", "", row["name_en"])) for row in rows)
    chinese = "|".join(re.escape(row["name_zh"][:-1]) for row in rows)
    return re.compile(rf"(?<![A-Za-z])(?:{english})(?![A-Za-z])|{chinese}", re.IGNORECASE)
