"""What a firm writes in a comment, as a form or a command sends it, checked. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from settings import TbtwatchError
from store.comment import NO, UNSURE, YES, Comment

MOST_TEXT, MOST_NAME, MOST_CODES = 4000, 120, 30  # characters, characters, codes
MOST_VALUE = 100_000_000.0  # 万元: a million million yuan is a slip of the pen
OLDEST_YEAR = 2000
LANGS = ("zh", "en")
_SPLIT = re.compile(r"[\s,，、;；]+")
_CODE = re.compile(r"\d{2}|\d{4,10}")


class BadComment(TbtwatchError):
    """Raised for what cannot be kept; `field` names the entry."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


@dataclass(frozen=True)
class Words:
    """One comment's content; `yearly_value` in 万元 a year, `hs` codes of digits."""

    affected: str
    products: str = ""
    hs: tuple[str, ...] = ()
    yearly_value: float | None = None
    value_year: int | None = None
    harm: str = ""
    wording: str = ""
    lang: str = "zh"
    firm_name: str = ""
    may_be_named: bool = False

    def as_columns(self) -> dict[str, Any]:
        """By the names of the columns of `Comment`."""
        return asdict(self) | {"hs": list(self.hs)}


def words_of(sent: Mapping[str, str], this_year: int) -> Words:
    """The words of a form. Raises BadComment; an empty or absent entry is none, whatever it may be."""
    affected = sent.get("affected", "")
    if affected not in (YES, NO, UNSURE):
        raise BadComment("affected", "say yes, no or unsure")
    texts = {name: _text(sent, name) for name in ("products", "harm", "wording")}
    value = _number(sent.get("yearly_value", ""))
    year = _year(sent.get("value_year", ""), this_year)
    name, lang = sent.get("firm_name", "").strip(), sent.get("lang", "") or "zh"
    if len(name) > MOST_NAME:
        raise BadComment("firm_name", f"at most {MOST_NAME} characters")
    if lang not in LANGS:
        raise BadComment("lang", f"one of {', '.join(LANGS)}")
    if affected == YES and not (texts["harm"] or texts["wording"]):
        raise BadComment("harm", "say what hurts, or what the text should say instead")
    return Words(
        affected=affected,
        hs=_codes(sent.get("hs", "")),
        yearly_value=value,
        value_year=year or (this_year - 1 if value is not None else None),
        lang=lang,
        firm_name=name,
        may_be_named=bool(sent.get("may_be_named")) and bool(name),
        **texts,
    )


def words_in(comment: Comment) -> Words:
    """The words that a comment holds now."""
    kept = {name: getattr(comment, name) for name in Words.__dataclass_fields__}
    return Words(**kept | {"hs": tuple(comment.hs)})


def _text(sent: Mapping[str, str], name: str) -> str:
    text = sent.get(name, "").replace("\r\n", "\n").strip()
    if len(text) > MOST_TEXT:
        raise BadComment(name, f"at most {MOST_TEXT} characters")
    return text


def _number(printed: str) -> float | None:
    printed = printed.strip().replace(",", "").replace("，", "")
    if not printed:
        return None
    try:
        value = float(printed)
    except ValueError:
        raise BadComment("yearly_value", f"'{printed}' is no number of 万元") from None
    if not 0 <= value <= MOST_VALUE:
        raise BadComment("yearly_value", f"between 0 and {MOST_VALUE:g} 万元")
    return round(value, 2)


def _year(printed: str, this_year: int) -> int | None:
    printed = printed.strip()
    if not printed:
        return None
    if not (printed.isascii() and printed.isdigit()) or not OLDEST_YEAR <= int(printed) <= this_year:
        raise BadComment("value_year", f"a year from {OLDEST_YEAR} to {this_year}")
    return int(printed)


def _codes(printed: str) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(code.replace(".", "") for code in _SPLIT.split(printed) if code))
    if len(codes) > MOST_CODES or not all(code.isascii() and _CODE.fullmatch(code) for code in codes):
        raise BadComment("hs", f"at most {MOST_CODES} codes of 2 or 4 to 10 digits")
    return codes
