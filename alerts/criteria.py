"""The rule by which a subscription meets a warning, and the reason in words. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from alerts.markets import EU, related_markets

SEVERITIES = ("blue", "yellow", "orange", "red")  # the least first
_PLURALS, _PLURALS_OF_Y = ("", "s", "es"), ("y", "ys", "ies")
_SHOWN = 5  # terms of one kind named in a reason; the rest are counted


@dataclass(frozen=True, slots=True)
class Wanted:
    """The terms of one subscription. Industry, HS and word are alternatives.

    Markets and kinds of notice narrow them, none means all; so does the floor, a colour below which nothing is wanted.
    """

    industries: frozenset[str] = frozenset()
    hs: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    markets: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    floor: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a warning version says, as far as subscriptions ask: slugs, HS codes, folded text, issuing members.

    `severity` (a colour) and `kind` (of notice, see store/notice.py) narrow nothing where they are not known ("").
    """

    industries: frozenset[str]
    hs: tuple[str, ...]
    text: str
    issuers: tuple[str, ...]
    severity: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """The terms of a subscription that met a warning, each kind sorted."""

    industries: tuple[str, ...] = ()
    hs: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()


def hit_of(wanted: Wanted, told: Told, eu_members: Collection[str]) -> Hit | None:
    """Why a subscription meets a warning; None when it does not.

    (an industry is the warning's, or an HS prefix meets one of its codes in either direction, or a product word occurs
    in its title, products or description) and (no market is named, or one of the named is concerned) and (no kind is
    named, or the notice is of one of them) and its severity is not below the floor.
    """
    if is_narrowed_out(wanted, told):
        return None
    markets = wanted.markets & markets_met(told.issuers, eu_members)
    if wanted.markets and not markets:
        return None
    industries = wanted.industries & told.industries
    hs = {prefix for prefix in wanted.hs if any(meets(prefix, code) for code in told.hs)}
    words = {word for word in wanted.words if occurs(word, told.text)}
    if not (industries or hs or words):
        return None
    return Hit(*(tuple(sorted(terms)) for terms in (industries, hs, words, markets)))


def is_narrowed_out(wanted: Wanted, told: Told) -> bool:
    """Whether the kind of notice or the floor keeps it from a subscription, whatever else they have in common."""
    other_kind = bool(wanted.kinds and told.kind) and told.kind not in wanted.kinds
    return other_kind or wanted.floor in floors_above(told.severity)


def floors_above(severity: str) -> tuple[str, ...]:
    """The floors that a severity does not reach; none for one that is not known."""
    return SEVERITIES[SEVERITIES.index(severity) + 1 :] if severity in SEVERITIES else ()


def without(hit: Hit, industries: Collection[str]) -> Hit | None:
    """The hit when these industries do not count; None when nothing else is left of it."""
    left = tuple(slug for slug in hit.industries if slug not in industries)
    return replace(hit, industries=left) if left or hit.hs or hit.words else None


def markets_met(issuers: Iterable[str], eu_members: Collection[str]) -> frozenset[str]:
    """The market terms that notices of these issuers meet."""
    return frozenset().union(*(related_markets(issuer, eu_members) for issuer in issuers))


def meets(prefix: str, code: str) -> bool:
    """True when one of two HS codes (digits) is the beginning of the other: 9503 meets 950300 and 95."""
    return code.startswith(prefix) or prefix.startswith(code)


def occurs(word: str, text: str) -> bool:
    """True when a folded word stands in a folded text: Chinese anywhere, Latin as a word of its own or its plural."""
    return span_of(word, text) is not None


def span_of(word: str, text: str) -> tuple[int, int] | None:
    """Where a folded word first stands in a folded text, from and to; None when it does not, see `occurs`."""
    stem = stem_of(word)
    start = text.find(stem)
    while start >= 0:
        end = end_of(word, text, start)
        if end is not None:
            return start, end
        start = text.find(stem, start + 1)
    return None


def stem_of(word: str) -> str:
    """What a word and its plural have in common: batter(y), batter(ies)."""
    return word[:-1] if word.endswith("y") and len(word) > 1 else word


def end_of(word: str, text: str, start: int) -> int | None:
    """Where the word ends whose stem stands in the text at `start`; None when it is but a part of another word."""
    stem = stem_of(word)
    end = start + len(stem)
    if _is_latin(word[0]) and start and _is_latin(text[start - 1]):
        return None
    if not _is_latin(word[-1]):
        return end
    for ending in _PLURALS if stem == word else _PLURALS_OF_Y:
        after = end + len(ending)
        if text.startswith(ending, end) and not (after < len(text) and _is_latin(text[after])):
            return after
    return None


def _is_latin(letter: str) -> bool:
    """What makes a word go on; a Chinese neighbour does not."""
    return "a" <= letter <= "z" or "0" <= letter <= "9" or "\u00c0" <= letter <= "\u024f"


def folded(text: str) -> str:
    """Text made comparable: full-width letters as half-width, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def joined_hits(hits: Sequence[Hit]) -> Hit:
    """The hits of one subscriber's subscriptions as one; a subscription without markets makes the whole unlimited."""
    everywhere = any(not hit.markets for hit in hits)

    def merged(terms: Callable[[Hit], Sequence[str]]) -> tuple[str, ...]:
        return tuple(sorted({term for hit in hits for term in terms(hit)}))

    return Hit(
        merged(lambda h: h.industries),
        merged(lambda h: h.hs),
        merged(lambda h: h.words),
        () if everywhere else merged(lambda h: h.markets),
    )


def reason_zh(
    hit: Hit,
    issuers: Sequence[str],
    eu_members: Collection[str],
    industry_name: Callable[[str], str],
    market_name: Callable[[str], str],
) -> str:
    """The reason as the firm reads it, e.g. 您订阅了行业“玩具”；目标市场：欧盟。"""
    asked = [
        _listed("行业", [f"“{industry_name(slug)}”" for slug in hit.industries]),
        _listed("海关编码（HS）", list(hit.hs)),
        _listed("产品词", [f"“{word}”" for word in hit.words]),
    ]
    markets = [_market_zh(market, issuers, eu_members, market_name) for market in hit.markets]
    where = f"目标市场：{'、'.join(markets)}" if markets else "目标市场不限"
    return f"您订阅了{'，'.join(filter(None, asked))}；{where}。"


def _listed(kind: str, terms: list[str]) -> str:
    more = f"等{len(terms)}项" if len(terms) > _SHOWN else ""
    return f"{kind}{'、'.join(terms[:_SHOWN])}{more}" if terms else ""


def _market_zh(market: str, issuers: Sequence[str], eu_members: Collection[str], name: Callable[[str], str]) -> str:
    if market in issuers:
        return name(market)
    if market == EU:
        return f"{name(EU)}（含成员国{'、'.join(name(issuer) for issuer in issuers if issuer in eu_members)}）"
    return f"{name(market)}（{name(EU)}的措施在其成员国适用）"
