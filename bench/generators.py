"""Seeded WTO records in our own words, as pages of the keyed API (feeds_made.py and workbook.py give other forms).

The proportions are those of a real export (229 records, 181 notices): a quarter of the records are co-notifications,
a quarter of the notices are addenda, two thirds carry HS codes, 73 % a comment deadline, most of them of 60 days.
"""

from __future__ import annotations

import csv
import html
import json
import random
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from settings import DATA

SEED = 7
PAGE = 100  # records on a page of the API, its maximum
LAST_DAY = date(2026, 5, 29)
A_DAY = 35  # records distributed a day
JOINT_SHARE = 12 / 181
GULF = {
    "ARE": "United Arab Emirates", "BHR": "Bahrain, Kingdom of", "KWT": "Kuwait, the State of", "OMN": "Oman",
    "QAT": "Qatar", "SAU": "Saudi Arabia, Kingdom of", "YEM": "Yemen",
}  # fmt: skip
EAST_AFRICA = {"BDI": "Burundi", "KEN": "Kenya", "RWA": "Rwanda", "TZA": "Tanzania", "UGA": "Uganda"}
ALONE = {
    "USA": "United States of America", "EU": "European Union", "BRA": "Brazil", "KOR": "Korea, Republic of",
    "JPN": "Japan", "TPKM": "Chinese Taipei", "CHL": "Chile", "IND": "India", "VNM": "Viet Nam", "THA": "Thailand",
    "CAN": "Canada", "ISR": "Israel", "ZAF": "South Africa", "TUR": "Türkiye", "GBR": "United Kingdom",
}  # fmt: skip
ADDENDUM = "Addendum to Regular Notification"
ENDINGS = {  # type -> ending of the symbol, weight
    "Regular notification": ("", 68),
    ADDENDUM: ("/Add.1", 23),
    "Revision to Regular Notification": ("/Rev.1", 7),
    "Corrigendum to Regular Notification": ("/Corr.1", 2),
}
AIMS = (
    "Consumer information, labelling (TBT)",
    "Protection of human health or safety (TBT)",
    "Quality requirements (TBT)",
)
WORDS = """product draft order sets limits labels marks charger lamp toy garment kettle bottle cable battery sensor
helmet tile paint resin valve pump filter fridge stove scooter drone paper glue plastic steel rubber cotton ceramic rule
test method sample record safety energy output noise light heat lead mercury phthalate nickel migration warning maker
importer seller market year month applies covers replaces follows requires allows forbids gives keeps shows the of and
for with in to from on by under before after each all new used small portable electric household children
industrial""".split()


def make_records(number: int, seed: int = SEED) -> list[dict[str, Any]]:
    """`number` records of the keyed API, newest first; co-notifications stand together, one record a member."""
    rng = random.Random(seed)
    serials: dict[tuple[str, str], int] = {}
    records: list[dict[str, Any]] = []
    while len(records) < number:
        day = LAST_DAY - timedelta(days=len(records) // A_DAY)
        members = _members(rng)
        domain = "TBT" if rng.random() < 0.76 else "SPS"
        kind = rng.choices(list(ENDINGS), [weight for _, weight in ENDINGS.values()])[0]
        numbers = {code: serials.get((domain, code), 9999) - 1 for code in members}
        serials.update({(domain, code): n for code, n in numbers.items()})
        symbols = ", ".join(f"G/{domain}/N/{code}/{n}{ENDINGS[kind][0]}" for code, n in numbers.items())
        shared = _content(rng, domain, kind, day) | {"documentSymbol": f" {symbols}"}
        first = 900_000 - len(records)
        records += [shared | {"id": str(first - i), "notifyingMember": name} for i, name in enumerate(members.values())]
    return records[:number]


def _members(rng: random.Random) -> dict[str, str]:
    if rng.random() < JOINT_SHARE:
        return rng.choice((GULF, EAST_AFRICA))
    code = rng.choice(list(ALONE))
    return {code: ALONE[code]}


def _content(rng: random.Random, domain: str, kind: str, day: date) -> dict[str, Any]:
    """What all records of one notice share; median lengths: title 99, products 93, description 305 characters."""
    is_addendum = kind == ADDENDUM
    body = _marked_up(rng, rng.randint(25, 90))
    title = _sentence(rng, rng.randint(10, 24))
    hs = _codes(rng, "hs2022_en") if rng.random() < 0.66 else []
    ics = _codes(rng, "ics7_en") if rng.random() < 0.6 else []
    number = f"26_{rng.randrange(10**5):05}_00_e.pdf"
    return {
        "area": domain,
        "notificationType": kind,
        "distributionDate": f"{day}T00:00:00Z",
        "commentDeadlineDate": f"{day + timedelta(days=60)}T00:00:00Z" if rng.random() < 0.73 else None,
        "title": f"{title}\n{body}" if is_addendum and rng.random() < 0.5 else title,
        "description": None if is_addendum and rng.random() < 0.5 else body,
        "productsFreeText": _sentence(rng, rng.randint(4, 22)),
        "hsCodes": hs, "icsCodes": ics,
        "hsCodeText": ", ".join(c["code"] for c in hs), "icsCodeText": ", ".join(c["code"] for c in ics),
        "objectives": [{"id": i, "name": name} for i, name in enumerate(rng.sample(AIMS, k=rng.randint(0, 2)), 8)],
        "keywords": [], "spsKeywords": [], "countriesAffected": [],
        "specificRegionsOrCountries": None, "allTradingPartners": domain == "SPS" or None,
        "conformStandardYes": None, "conformStandardNo": None, "conformStandardNA": None,
        "tradeFacilitatingMeasure": None, "technicalRegulation": domain == "TBT", "technicalRegulationUrgent": False,
        "conformityAssessmentProcedure": False, "conformityAssessmentProcedureUrgent": False, "articleOther": False,
        "proposedAdoptionDateText": rng.choice(["To be determined", "60 days from notification", None]),
        "proposedEntryIntoForceDateText": rng.choice(["6 months after publication", "Not stated", None]),
        "dolLink": rf"G\{domain}N26\X{number}",
        "notifiedDocumentLink": f"https://members.wto.org/crnattachments/2026/{domain}/X/{number}",
    }  # fmt: skip


def _sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words)).capitalize()


def _marked_up(rng: random.Random, words: int) -> str:
    """A third entity-escaped HTML, a third HTML, a third plain text with entities."""
    text = _sentence(rng, words)
    form = rng.randrange(3)
    if form == 0:
        return html.escape(f"<span style='line-height:107%;font-family:Calibri,sans-serif'>{text}.</span>", quote=False)
    return f"<p>{text}.</p><ul><li>Part 1&nbsp;&amp; 2</li></ul>" if form == 1 else f"{text} &amp; others."


def _codes(rng: random.Random, table: str) -> list[dict[str, Any]]:
    chosen = rng.sample(_nomenclature(table), k=rng.randint(1, 3))
    return [{"id": i, "code": code, "name": f"{code} - {name}"} for i, (code, name) in enumerate(chosen)]


@lru_cache
def _nomenclature(table: str) -> list[tuple[str, str]]:
    """Headings of the HS, groups and sub-groups of the ICS, with their names."""
    with (DATA / "nomenclature" / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if table == "hs2022_en":
        return [(row["hscode"], row["description"]) for row in rows if len(row["hscode"]) in (4, 6)]
    return [(row["code"], row["title"]) for row in rows if len(row["code"]) > 2]


def answers(records: Sequence[dict[str, Any]]) -> list[bytes]:
    """The records as the API's answers, PAGE to a page."""
    envelope = {"pageSize": PAGE, "totalCount": len(records)}
    return [
        json.dumps({"items": records[i : i + PAGE], "currentPage": i // PAGE + 1, **envelope}).encode()
        for i in range(0, len(records), PAGE)
    ]
