"""Incidents: what product, which hazard and whose a recall or refusal is about, as keys that can be counted. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerts.hazards import hazard_of

KINDS = ("recall", "border")
# Where sources say why, and whose it is; the first that says something counts.
_WHY = ("reason", "hazard", "hazards", "risks", "danger", "allergens")
_WHOSE = ("brand", "brands", "maker", "firm", "foreign_maker", "supplier", "business", "manufacturer")
_NO_NAME = frozenset(
    {"", "none", "unknown", "unbranded", "no brand", "n/a", "not known", "generic", "无", "無", "없음"}
)
_RECALLS = re.compile(r"^(.{2,80}?) (?:expands? recall of|recalls?|reannounces recall of)\b", re.IGNORECASE)
_RECALL_OF = re.compile(r"\brecall of (.{3,80}?) (?:due to|because|from|after|is)\b", re.IGNORECASE)
_RECALLED = re.compile(r"^(?:updated?:? )?(.{3,80}?) recalled\b", re.IGNORECASE)
_RISK_OF = re.compile(r"\b(?:risks? of|danger of|hazard of) ([^.;]{3,80})", re.IGNORECASE)
_ENDS = re.compile(r"\b(?:with|for|in|from|without|sold|recalled|due|made|used|intended|containing)\b|:")
_ASIDE = re.compile(r"[(（\[【].*?[)）\]】]")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
# Words around a product's name that say nothing of what it is.
_EMPTY = frozenset(
    """a an and the of for with in on by to from all other new brand set sets pack piece pieces kit size model product
    products import refusal recall made china de du des la le les en et pour avec""".split()
)


@dataclass(frozen=True, slots=True)
class Incident:
    """Keys of a product and a hazard, and the brand or firm, folded; `firm` is "" where none is named."""

    product: str
    hazard: str
    firm: str


def incident_of(
    kind: str, title: str, products: str, attributes: Mapping[str, object], *, description: str = "", lang: str = "en"
) -> Incident | None:
    """The incident a notice tells of; None for other kinds, and where its product or its hazard cannot be told."""
    if kind not in KINDS:
        return None
    firm = firm_of(title, attributes)
    product = product_key(products or _told_in(title), firm, heads_first=lang in ("fr", "es", "it", "pt"))
    hazard = hazard_of(_said(attributes, _WHY)) or hazard_of(_cause_in(title)) or hazard_of(_risk_in(description))
    return Incident(product, hazard, firm) if product and hazard else None


def product_key(text: str, firm: str = "", *, heads_first: bool = False) -> str:
    """The two words that name the kind of product: the last two of its phrase, in Romance languages the first two.

    The phrase ends at a comma or at "with", "for" and the like. Numbers, models, what stands in brackets and the
    firm's own name before the product are left out; a dash parts a brand from its goods.
    """
    first = re.split(r"[\n;]|\.\s", text.strip(), maxsplit=1)[0]
    plain = re.split(r",", _ASIDE.sub(" ", first), maxsplit=1)[0]
    named = _fold(re.split(r"\s[–—·-]\s", plain)[-1])
    phrase = named if heads_first else _ENDS.split(named, maxsplit=1)[0]
    words = [_singular(w) for w in _without_firm(_words(phrase), firm) if w not in _EMPTY]
    found = words[:2] if heads_first else words[-2:]
    return " ".join(found)[:80]


def _without_firm(words: list[str], firm: str) -> list[str]:
    own = _WORD.findall(_fold(firm))
    start = 0
    while start < min(len(words) - 1, len(own)) and words[start] == own[start]:
        start += 1
    return words[start:]


def _told_in(title: str) -> str:
    """The product where only a title names it: "recall of ... due to ...", "... recalled ..."."""
    told = _RECALL_OF.search(title) or _RECALLED.search(title)
    return told.group(1) if told else ""


def _cause_in(title: str) -> str:
    """What follows "due to" in a title, else the whole of it: a product's name may hold a hazard's word."""
    return re.split(r"\b(?:due to|because of)\b", title, maxsplit=1, flags=re.IGNORECASE)[-1]


def _risk_in(description: str) -> str:
    told = _RISK_OF.search(description)
    return told.group(1) if told else ""


def firm_of(title: str, attributes: Mapping[str, object]) -> str:
    """The brand, else the firm that a source or its title ("... recalls ...", "product · brand · name") names."""
    said = _said(attributes, _WHOSE)
    if said:
        return said[:80]
    parts = title.split(" · ")
    told = _RECALLS.match(title)
    named = _fold(parts[1]) if len(parts) > 2 else _fold(told.group(1)) if told else ""
    return "" if named in _NO_NAME else named[:80]


def _words(text: str) -> list[str]:
    """Words without digits beside them, of two letters or more."""
    kept = (token for token in re.split(r"\s+", text) if not re.search(r"\d", token))
    return [word for token in kept for word in _WORD.findall(token) if len(word) > 1]


def _singular(word: str) -> str:
    return word.removesuffix("s") if word.isascii() and len(word) > 3 and not word.endswith("ss") else word


def _said(attributes: Mapping[str, object], names: Sequence[str]) -> str:
    for name in names:
        value = attributes.get(name)
        text = _fold(" ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value or ""))
        if text not in _NO_NAME:
            return text
    return ""


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
