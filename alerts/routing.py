"""Routing: which bureaus' desks a warning comes to. Never none. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """A jurisdiction: its tier (province, city, county, town), the code above it, and whether it works a desk."""

    code: str
    tier: str
    parent: str | None
    is_node: bool = True


@dataclass(frozen=True, slots=True)
class Host:
    """A county or town that hosts an industry; `known`: sourced, of high confidence, or confirmed by its bureau."""

    industry: str
    place: str
    known: bool
    is_lead: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """A bureau's desk, by jurisdiction code, and why the warning comes to it, in Chinese."""

    place: str
    is_lead: bool = False
    reasons: tuple[str, ...] = field(default=())


def desks_for(
    industries: Sequence[str],
    hosts: Collection[Host],
    subscriber_places: Collection[str],
    places: Mapping[str, Place],
    names: Mapping[str, str] | None = None,
) -> tuple[Desk, ...]:
    """The desks for a warning about `industries` (slugs, the surest first), the lead's first, then by code.

    Counties and towns that host an industry plus those with a matched subscriber's firm; with none, the cities of
    clusters nobody has confirmed; with none, the province. A county that is no node is served by its city.
    `hosts` may hold other industries too. Raises ValueError when `places` holds no province.
    """
    names = names or {}
    wanted = [h for h in hosts if h.industry in industries and h.place in places]
    reasons: dict[str, list[str]] = {}
    for host in wanted:
        if host.known:
            cluster = f"本地有产业集群：{names.get(host.industry, host.industry)}"
            _note(reasons, serving_place(host.place, places), cluster)
    for code in sorted(subscriber_places):
        if code in places and places[code].tier != "province":  # a firm that names no place
            _note(reasons, serving_place(code, places), "辖区内有订阅企业与本预警匹配")
    if not reasons:
        for host in wanted:
            _note(reasons, above(host.place, "city", places), "仅有未经确认的产业集群，由市级研判")
    if not reasons:
        _note(reasons, province_of(places), "没有已知的产业集群和订阅企业，由省级研判")
    lead = lead_of_desks(industries, wanted, set(reasons), places)
    ordered = sorted(reasons, key=lambda code: (code != lead, code))
    return tuple(Desk(code, code == lead, tuple(reasons[code])) for code in ordered)


def lead_of_desks(
    industries: Sequence[str],
    hosts: Collection[Host],
    desks: Collection[str],
    places: Mapping[str, Place],
) -> str:
    """The desk that leads: the one serving the lead cluster of the surest industry that has one among the desks."""
    leads = {h.industry: h.place for h in sorted(hosts, key=lambda h: h.place) if h.is_lead}
    for industry in industries:
        code: str | None = leads.get(industry)
        while code is not None:
            if code in desks:
                return code
            code = places[code].parent
    return min(desks)


def serving_place(code: str, places: Mapping[str, Place]) -> str:
    """The place whose desk works for `code`: itself, or the nearest above that is a node (the province always is)."""
    place = places[code]
    while not place.is_node and place.parent is not None:
        place = places[place.parent]
    return place.code


def above(code: str, tier: str, places: Mapping[str, Place]) -> str:
    """The place of `tier` that `code` lies in or is, as far as there is one; else the province."""
    place = places[code]
    while place.tier != tier and place.parent is not None:
        place = places[place.parent]
    return serving_place(place.code, places)


def province_of(places: Mapping[str, Place]) -> str:
    """The code of the province; raises ValueError when there is none."""
    for place in places.values():
        if place.tier == "province":
            return place.code
    raise ValueError("no province among the jurisdictions: load data/regions.csv")


def _note(reasons: dict[str, list[str]], code: str, reason: str) -> None:
    kept = reasons.setdefault(code, [])
    if reason not in kept:
        kept.append(reason)
