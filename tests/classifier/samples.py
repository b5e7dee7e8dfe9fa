"""A small mapping and a few notices of our own, small enough to know every answer by heart."""

from __future__ import annotations

from collections.abc import Iterable

from classifier.contract import Mapping, NoticeText, Rule, Threshold

Row = tuple[str, str, str, str]  # kind, lang, value, industry

ROWS: tuple[Row, ...] = (
    ("hs", "", "950300", "toys"),
    ("hs", "", "9506", "sports-fitness"),
    ("hs", "", "9504", "gaming-amusement"),
    ("hs", "", "39", "plastics-products"),
    ("hs", "", "3923", "packaging"),
    ("hs", "", "3923", "plastics-products"),
    ("hs", "", "851671", "small-kitchen-appliances"),
    ("hs", "", "85", "wire-cable-connectors"),
    ("ics", "", "97.200.50", "toys"),
    ("ics", "", "97.200", "sports-fitness"),
    ("ics", "", "71.100", "chemicals"),
    ("ics", "", "71.100.70", "cosmetics"),
    ("word", "en", "toy", "toys"),
    ("word", "en", "battery", "batteries-energy-storage"),
    ("word", "en", "electric vehicle", "new-energy-vehicles"),
    ("word", "en", "glass", "glass"),
    ("word", "en", "glass fibre", "textiles-fabrics"),
    ("word", "en", "LED", "lighting-led"),
    ("word", "en", "bolt", "hardware-locks-fasteners"),
    ("word", "en", "carbon steel", "steel"),
    ("word", "en", "pan", "stainless-metal-ware"),
    ("word", "es", "juguete", "toys"),
    ("word", "es", "pan", "confectionery-bakery"),
    ("word", "es", "luz de bicicleta", "lighting-led"),
    ("word", "fr", "jouet", "toys"),
    ("word", "fr", "thé", "tea-coffee"),
    ("word", "fr", "bateau", "shipbuilding-marine"),
    ("word", "zh", "玩具", "toys"),
    ("word", "zh", "电池", "batteries-energy-storage"),
    ("word", "zh", "中药", "tcm-herbs"),
    ("word", "zh", "药品", "pharmaceuticals"),
    ("word", "zh", "玻璃", "glass"),
    ("word", "zh", "玻璃纤维", "textiles-fabrics"),
    ("exclusion", "en", "toy dog", "toys"),
    ("exclusion", "zh", "玩具犬", "toys"),
)
HEADINGS = {"hs:95": "Toys, games and sports requisites", "hs:950300": "Tricycles, dolls and other toys"}
PLACES = {"italy": "ITA", "korea": "KOR", "意大利": "ITA"}


def mapping_of(rows: Iterable[Row] = ROWS, **thresholds: Threshold) -> Mapping:
    """A mapping of these rules; ids as the service gives them."""
    from classifier.mapping import fingerprint_of, rule_id

    rules = tuple(
        Rule(rule_id(kind, lang, value, industry), kind, value, industry, lang)  # type: ignore[arg-type]
        for kind, lang, value, industry in rows
    )
    industries = tuple(sorted({rule.industry for rule in rules}))
    return Mapping(1, fingerprint_of(rules, thresholds), industries, rules, thresholds, HEADINGS, PLACES)


def notice(title: str = "", products: str = "", description: str = "", **rest: object) -> NoticeText:
    """A notice with an id nobody asks for."""
    return NoticeText("n", title, products, description, **rest)  # type: ignore[arg-type]
