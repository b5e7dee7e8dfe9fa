"""Additions: what a notice says that a joined warning has not told yet, and both as one. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from rapidfuzz import fuzz

from alerts.facts import Facts
from alerts.severity import SEVERITIES

DATES = ("comment_deadline", "adoption_on", "force_on")
_WORDS_OF = {"comment_deadline": "comment_deadline_text", "adoption_on": "adoption_text", "force_on": "force_text"}
# How far a measure is; one that is no further than what was told is no new measure.
_FURTHER = {"draft": 1, "adopted": 2, "in_force": 3, "emergency": 3, "withdrawn": 4}
_APART = ("recall", "border")  # two ways of acting against a product: the second is news beside the first
_SAME_PRODUCT = 85.0  # of 100: below, a product's name is another product's
_EU = "EU"


@dataclass(frozen=True, slots=True)
class Additions:
    """What is new; false when nothing is."""

    dates: tuple[str, ...] = ()  # fields of DATES
    markets: tuple[str, ...] = ()  # wto_symbols
    products: tuple[str, ...] = ()  # HS codes and names of products
    industries: tuple[str, ...] = ()  # slugs
    measure: str = ""  # a stage or a kind
    severity: str = ""

    def __bool__(self) -> bool:
        products = self.products or self.industries
        return bool(self.dates or self.markets or products or self.measure or self.severity)


def additions_of(
    own: Facts,
    told: Sequence[Facts],
    *,
    industries: Iterable[str],
    told_industries: Collection[str],
    severity: str,
    told_severities: Sequence[str],
    eu_members: Collection[str],
) -> Additions:
    """What `own` and its industries and severity add to the versions `told`; nothing told means all of it is new."""
    gone = own["stage"] == "withdrawn"
    return Additions(
        dates=tuple(name for name in DATES if _day(own, name) and _day(own, name) not in {_day(f, name) for f in told}),
        markets=new_markets(own["members"], [m for facts in told for m in facts["members"]], eu_members),
        products=() if gone else new_products(own, told),
        industries=() if gone else tuple(slug for slug in industries if slug not in told_industries),
        measure=new_measure(own, told),
        severity="" if gone else higher(severity, told_severities),
    )


def new_markets(members: Iterable[str], told: Collection[str], eu_members: Collection[str]) -> tuple[str, ...]:
    """The markets not told of; a measure of the EU was one of its members already."""
    covered = set(told) | (set(eu_members) if _EU in told else set())
    return tuple(member for member in members if member not in covered)


def new_products(own: Facts, told: Sequence[Facts]) -> tuple[str, ...]:
    """HS codes outside those told, and product names that no text told of.

    Where no code was told, the first to print codes adds none: whether the products are new, industries and names say.
    """
    codes = [code for facts in told for code in facts["hs"]]
    found = [code for code in own["hs"] if codes and not any(code.startswith(known) for known in codes)]
    texts = [text.casefold() for facts in told for text in (facts["products"], facts["title"], facts["description"])]
    texts += [text for facts in told for text in facts.get("also", [])]
    named = [name.strip() for name in own["products"].replace("\n", ";").split(";")]
    return (*found, *(name for name in named if name and not _is_named(name.casefold(), texts)))


def _is_named(name: str, texts: Sequence[str]) -> bool:
    return any(text and (name in text or fuzz.token_set_ratio(name, text) >= _SAME_PRODUCT) for text in texts)


def new_measure(own: Facts, told: Sequence[Facts]) -> str:
    """The stage when it is further than any told of, or the kind of action when it is another; else ""."""
    if own["kind"] in _APART:
        return "" if own["kind"] in {facts["kind"] for facts in told} else own["kind"]
    reached = max((_FURTHER.get(facts["stage"], 0) for facts in told), default=0)
    return own["stage"] if _FURTHER.get(own["stage"], 0) > reached else ""


def higher(severity: str, told: Sequence[str]) -> str:
    """`severity` when it is more urgent than all that was told; else ""."""
    best = min((SEVERITIES.index(one) for one in told), default=len(SEVERITIES))
    return severity if SEVERITIES.index(severity) < best else ""


def more_urgent(one: str, other: str) -> str:
    """The more urgent of two severities."""
    return min(one, other, key=SEVERITIES.index)


def ends_it(own: Facts, others: Iterable[Facts]) -> bool:
    """Whether a withdrawal ends the whole matter: no other source tells of it in a market that stays."""
    return all(facts["stage"] == "withdrawn" or set(facts["members"]) <= set(own["members"]) for facts in others)


def together(own: Facts, told: Facts, added: Additions, *, continues: bool, ends: bool) -> Facts:
    """The facts of a joined warning after `own` arrived: what was told, and what is new of it.

    `continues`: the warning told of this notice's own thread before, so that its texts are the newer ones; else the
    texts stay those that readers know, and `also` keeps the newcomer's for matching. `ends`: see `ends_it`.
    """
    base, other = (own, told) if continues else (told, own)
    facts: dict[str, Any] = {**base, "changes": {}}
    for name in ("members", "hs", "ics", "objectives", "origins", "symbols"):
        facts[name] = list(dict.fromkeys((*told[name], *own[name])))
    for name in ("products", "description", "regions_affected"):
        facts[name] = base[name] or other[name]  # type: ignore[literal-required]
    for name, words in _WORDS_OF.items():
        newer = own if name in added.dates or not _day(told, name) else told
        facts |= {name: _day(newer, name), words: cast(Mapping[str, Any], newer)[words]}
    facts["links"] = [*base["links"], *(link for link in other["links"] if link not in base["links"])]
    stays = own["stage"] == "withdrawn" and not ends
    facts["stage"] = own["stage"] if added.measure in _FURTHER and not stays else told["stage"]
    if stays:
        facts["thread_reason"] = told["thread_reason"]
    facts["ban"], facts["wave"] = own["ban"] or told["ban"], own["wave"] or told["wave"]
    if own.get("wave_told") or told.get("wave_told"):
        facts["wave_told"] = own.get("wave_told") or told.get("wave_told")
    facts["also"] = _texts(told.get("also", []), other)
    facts["added"] = added_of(own, added)
    for name in ("delayed_days", "outage"):  # of the newcomer alone
        facts.pop(name, None)
        facts |= {name: own[name]} if name in own else {}  # type: ignore[literal-required]
    return cast(Facts, facts)


def added_of(own: Facts, added: Additions) -> dict[str, Any]:
    """What the mail says of the source that adds something: who, and which dates, markets, products, what measure."""
    return {
        "market": own["market"],
        "kind": own["kind"],
        "published_on": own["published_on"],
        "dates": {name: _day(own, name) for name in added.dates},
        "markets": list(added.markets),
        "products": list(added.products[:6]),
        "measure": added.measure,
    }


def _texts(known: Sequence[str], facts: Facts) -> list[str]:
    text = f"{facts['title']}\n{facts['products']}\n{facts['description']}".casefold()
    return list(dict.fromkeys((*known, text)))


def _day(facts: Facts, name: str) -> str | None:
    return cast("str | None", cast(Mapping[str, Any], facts)[name])
