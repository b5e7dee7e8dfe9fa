"""Calendar dates as publications write them, and deadlines given in words ("60 days from notification", 通报后60天)."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta

EXCEL_EPOCH = date(1899, 12, 30)  # serial 1 is 31 December 1899; the 1900 leap-year bug makes this the working epoch
_SERIALS = range(20_000, 80_000)  # 1954 to 2119: what a date cell can hold here

EARLIEST_YEAR = 1980

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)")
_CHINESE = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero ene janvier janv",
            "february feb febrero février fevrier févr",
            "march mar marzo mars",
            "april apr abril abr avril avr",
            "may mayo mai",
            "june jun junio juin",
            "july jul julio juillet juil",
            "august aug agosto ago août aout",
            "september sep sept septiembre septembre",
            "october oct octubre octobre",
            "november nov noviembre novembre",
            "december dec diciembre dic décembre decembre déc",
        ),
        1,
    )
    for name in names.split()
}
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY_NAME = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|º)?\.?\s+(?:de\s+)?({_NAME})\.?,?\s+(?:de\s+|del\s+)?(\d{{4}})",
    re.IGNORECASE,
)
_NAME_DAY = re.compile(rf"\b({_NAME})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})", re.IGNORECASE)


def _by_mail_stamp(text: str) -> date | None:
    """RFC 822, as mail and RSS write instants: "Fri, 29 May 2026 08:00:00 GMT"; None for anything else."""
    month = _MONTHS.get(text[8:11].lower())
    day, year, rest = text[5:7], text[12:16], text[16:]
    if month is None or not (text[7:8] == text[11:12] == " " and rest[:1] == " " and rest[3:4] == ":"):
        return None
    if not (day.isdigit() and year.isdigit() and text.isascii()):
        return None
    return _date(year, str(month), day)


def read_date(value: object) -> date | None:
    """The calendar date a cell or field holds, or None: ISO, dd/mm/yyyy, an Excel serial, or a date in words.

    An ISO instant gives its own first ten characters: the WTO writes midnight UTC for a calendar day.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_serial(float(value))
    text = str(value).strip()
    if text[4:5] == "-" == text[7:8] and text[:4].isdigit() and not text[10:11].isdigit():  # most: an ISO instant
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            return _in_text(text)
        return day if day.year >= EARLIEST_YEAR else None
    if text[4:5] == " " and text[3:4] == "," and (found := _by_mail_stamp(text)):  # most of the others: a feed's
        return found
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return _from_serial(float(text))
    return _in_text(text)


def _from_serial(serial: float) -> date | None:
    return EXCEL_EPOCH + timedelta(days=int(serial)) if int(serial) in _SERIALS else None


def _in_text(text: str) -> date | None:
    if found := _ISO.search(text) or _CHINESE.search(text):
        return _date(found[1], found[2], found[3])
    if found := _DAY_FIRST.search(text):
        # The WTO writes dd/mm/yyyy; a second number above 12 can only be the American order.
        return _date(found[3], found[2], found[1]) or _date(found[3], found[1], found[2])
    if found := _DAY_NAME.search(text):
        return _date(found[3], str(_MONTHS[found[2].lower()]), found[1])
    if found := _NAME_DAY.search(text):
        return _date(found[3], str(_MONTHS[found[1].lower()]), found[2])
    return None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return (
        found if found.year >= EARLIEST_YEAR else None
    )  # 0001-01-01 and 1900-01-01 are how some programs write nothing


_NUMBERS = {
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty-five": 45,
    "forty five": 45,
    "sixty": 60,
    "seventy-five": 75,
    "ninety": 90,
    "one": 1,
    "two": 2,
    "three": 3,
    "six": 6,
    "twelve": 12,
    "eighteen": 18,
    "treinta": 30,
    "sesenta": 60,
    "noventa": 90,
    "trente": 30,
    "soixante": 60,
    "quatre-vingt-dix": 90,
    "三十": 30,
    "六十": 60,
    "九十": 90,
    "一": 1,
    "两": 2,
    "三": 3,
    "六": 6,
    "十二": 12,
}
_COUNT = "|".join(sorted((re.escape(word) for word in _NUMBERS), key=len, reverse=True))
_PERIOD = re.compile(
    rf"(\d{{1,3}}|{_COUNT})(?:\s*\(\d{{1,3}}\))?[\s-]*(?:calendar\s+|natural\s+|个)?"
    r"(days?|weeks?|months?|years?|días?|dias?|semanas?|mes(?:es)?|años?|jours?|semaines?|mois|ans?|天|日|周|星期|月|年)",
    re.IGNORECASE,
)
_UNITS = {
    "day": "d",
    "día": "d",
    "dia": "d",
    "jou": "d",
    "天": "d",
    "日": "d",
    "wee": "w",
    "sem": "w",
    "周": "w",
    "星期": "w",
    "mon": "m",
    "mes": "m",
    "moi": "m",
    "月": "m",
    "yea": "y",
    "año": "y",
    "an": "y",
    "ans": "y",
    "年": "y",
}
_FROM_NOTICE = re.compile(r"notif|circul|distrib|\bwto\b|\bomc\b|secretar|通报|分发|散发|世贸|通知", re.IGNORECASE)
_FROM_ADOPTION = re.compile(r"adopt|approv|adopción|aprobaci|批准|通过", re.IGNORECASE)
_FROM_SOMETHING = re.compile(
    r"\b(?:from|after|following|since|de|del|desde|después|tras|après|suivant|compter|upon)\b|自|后", re.IGNORECASE
)


def resolve_date(text: str, distributed: date | None = None, adopted: date | None = None) -> date | None:
    """The date that `text` means: a written date, or a period from distribution (or from adoption when said so).

    A period from publication, or from a date we were not told, stays unresolved: the words are kept beside it.
    Months are calendar months: one month from 31 January is 28 or 29 February.
    """
    text = text.strip()
    if not text:
        return None
    if found := read_date(text):
        return found
    period = _PERIOD.search(text)
    if period is None:
        return None
    start = _start_of(text, distributed, adopted)
    return _add(start, _count(period[1]), _unit(period[2])) if start else None


def _start_of(text: str, distributed: date | None, adopted: date | None) -> date | None:
    if _FROM_NOTICE.search(text):
        return distributed
    if _FROM_ADOPTION.search(text):
        return adopted
    return None if _FROM_SOMETHING.search(text) else distributed


def _count(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word.lower()]


def _unit(word: str) -> str:
    word = word.lower()
    return _UNITS.get(word) or _UNITS.get(word[:3]) or _UNITS[word[:1]]


def _add(start: date, count: int, unit: str) -> date:
    if unit in "dw":
        return start + timedelta(days=count * (7 if unit == "w" else 1))
    months = start.month - 1 + count * (12 if unit == "y" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))
