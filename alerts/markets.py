"""Markets: what firms call them, and whose measures hold in them. Pure."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Collection, Iterable, Mapping

from settings import TbtwatchError

EU = "EU"
EU_GROUP = "EU27"  # the mark of a member state in data/countries.csv


class UnknownMarket(TbtwatchError):
    """Raised when a word for a market is not understood: asked again, never taken to match nothing."""


def related_markets(symbol: str, eu_members: Collection[str]) -> frozenset[str]:
    """The markets (wto_symbol) that belong with `symbol`: the EU with each of its members, and the reverse.

    Read either way: the issuers whose measures hold in a market, or the market terms that a notice of an issuer meets.
    A measure of the EU binds in Germany; a measure of Germany is met by whoever sells to the EU.
    """
    if symbol == EU:
        return frozenset({EU, *eu_members})
    return frozenset({symbol, EU}) if symbol in eu_members else frozenset({symbol})


def market_words(rows: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    """folded name -> wto_symbol, from (wto_symbol, its names and codes) of each; the first owner keeps a name."""
    found: dict[str, str] = {}
    for symbol, names in rows:
        for name in (symbol, *names):
            found.setdefault(_folded(name), symbol)
    found.pop("", None)
    return found


def market_of(word: str, words: Mapping[str, str]) -> str:
    """The wto_symbol of what a firm calls a market (德国, Germany, DEU, DE); raises UnknownMarket with near names."""
    symbol = words.get(_folded(word))
    if symbol is not None:
        return symbol
    near = difflib.get_close_matches(_folded(word), words, n=3, cutoff=0.6)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise UnknownMarket(f"no market '{word}'{hint} Write a name or code of data/countries.csv, or leave it out for all")


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
