"""Likeness: whether two recalls or border notices may be about one product. It only ever proposes. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rapidfuzz import fuzz

KINDS = ("recall", "border")
NEAR = timedelta(days=45)  # authorities that know of one another publish within weeks
PROPOSED_FROM = 75.0  # of 100
MOST_MARKS = 24  # words of one notice that it may be found by

# The names under which sources may give each trait in `attributes`, the first that says something counts.
_BRANDS = ("brand", "brands")
_MODELS = ("model", "models", "type_number", "barcode", "barcodes", "upc")
_HAZARDS = ("hazard", "hazards", "risk", "danger")
_WEIGHTS = {"brand": 30.0, "model": 30.0, "product": 30.0, "hazard": 10.0}
_UNKNOWN = frozenset({"", "none", "unknown", "unbranded", "no brand", "n/a", "not known", "generic"})
_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
# Words of so many recalls that they tell nothing of one.
_COMMON = frozenset(
    """a an and the of for with in on by to from due recall recalls recalled recalling recalling product products
    safety alert hazard risk serious injury injuries fire burn choking shock electric electrical set children childrens
    child kids baby toy toys model models brand sold online amazon may can pose posed unknown type warning notice
    rejected border import food inc ltd co llc company limited shenzhen guangdong china""".split()
)


@dataclass(frozen=True, slots=True)
class Traits:
    """What one notice says of its product, folded; empty where it says nothing."""

    brand: str
    models: frozenset[str]
    product: str
    hazard: str
    origins: frozenset[str]
    text: str  # title and products: where a source has no field for it, a brand or model stands there


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two are, 0 to 100, as a whole and trait by trait (only those that both name)."""

    score: float
    by_trait: Mapping[str, float]

    @property
    def is_proposed(self) -> bool:
        """Whether an officer should look at it."""
        return self.score >= PROPOSED_FROM


def traits_of(title: str, products: str, origins: Sequence[str], attributes: Mapping[str, object]) -> Traits:
    """The traits of a notice from its texts and its source's own fields."""
    brand = _said(attributes, _BRANDS)
    models = _words(_said(attributes, _MODELS))
    return Traits(
        brand="" if brand in _UNKNOWN else brand,
        models=frozenset(word for word in models if any(char.isdigit() for char in word) and len(word) > 2),
        product=_fold(products or title),
        hazard=_said(attributes, _HAZARDS),
        origins=frozenset(_fold(origin) for origin in origins),
        text=_fold(f"{title} {products}"),
    )


def marks_of(traits: Traits) -> list[str]:
    """The words by which likely twins are found: of brand and model, and those of the product that are not common."""
    words = [*_words(traits.brand), *sorted(traits.models), *_telling(traits.product)]
    return list(dict.fromkeys(word[:40] for word in words if len(word) > 2))[:MOST_MARKS]


def likeness_of(one: Traits, other: Traits) -> Likeness:
    """Brand, model, product and hazard compared, each only where both name it; 0 when an origin or brand differs.

    A kind of product alone is not enough: thousands of recalled chargers are called chargers. Brand or model must
    agree, if only as a word in the other's text; where neither names a brand, nearly all of at least three telling
    words of the product.
    """
    told = {"brand": _brand(one, other), "model": _model(one, other)}
    found = {name: value for name, value in told.items() if value >= 0}
    mine, theirs = _telling(one.product), _telling(other.product)
    if mine and theirs:
        found["product"] = fuzz.token_set_ratio(" ".join(mine), " ".join(theirs))
    if one.hazard and other.hazard:
        found["hazard"] = fuzz.token_set_ratio(one.hazard, other.hazard)
    if one.origins and other.origins:
        found["origin"] = 100.0 if one.origins & other.origins else 0.0
    shared = 0 if one.brand or other.brand else len(set(mine) & set(theirs))
    return Likeness(round(_whole(found, shared), 1), {name: round(value, 1) for name, value in found.items()})


def are_near(one: date | None, other: date | None) -> bool:
    """Whether two publication days lie near enough for twins."""
    return one is not None and other is not None and abs(one - other) <= NEAR


def _brand(one: Traits, other: Traits) -> float:
    """0 to 100; -1 when it cannot be told."""
    if one.brand and other.brand:
        return fuzz.ratio(one.brand, other.brand)
    return 100.0 if _stands_in(one.brand, other.text) or _stands_in(other.brand, one.text) else -1.0


def _model(one: Traits, other: Traits) -> float:
    """100 or 0; -1 when it cannot be told."""
    if one.models and other.models:
        return 100.0 if one.models & other.models else 0.0
    named = one.models & set(_words(other.text)) or other.models & set(_words(one.text))
    return 100.0 if named else -1.0


def _stands_in(brand: str, text: str) -> bool:
    return len(brand) > 2 and re.search(rf"(?<!\w){re.escape(brand)}(?!\w)", text) is not None


def _telling(text: str) -> list[str]:
    """The words of a product's name that are not common to all recalls, in the singular."""
    found = [word.removesuffix("s") if len(word) > 3 else word for word in _words(text) if word not in _COMMON]
    return [word for word in dict.fromkeys(found) if len(word) > 2]


def _whole(found: Mapping[str, float], shared: int) -> float:
    named_alike = shared >= 3 and found.get("product", 0) >= 90
    agree = found.get("brand", 0) >= 85 or found.get("model", 0) == 100 or named_alike
    if not agree or found.get("origin") == 0 or found.get("brand", 100) < 60:
        return 0.0
    named = {name: weight for name, weight in _WEIGHTS.items() if name in found}
    return sum(found[name] * weight for name, weight in named.items()) / sum(named.values())


def _said(attributes: Mapping[str, object], names: Sequence[str]) -> str:
    for name in names:
        value = attributes.get(name)
        text = " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value or "")
        if text.strip():
            return _fold(text)
    return ""


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())[:600]
