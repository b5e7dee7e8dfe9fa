"""Reading the network a warning is routed through: places, hosts of industries, bureaus, and the severity table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from alerts.facts import Facts
from alerts.routing import Desk, Host, Place, desks_for, province_of, serving_place
from alerts.severity import Grade, Rule, case_of, graded
from store.bureau import Bureau
from store.clock import shanghai_day
from store.country import Country
from store.glossary import SeverityRule
from store.industry import Industry
from store.jurisdiction import Jurisdiction
from store.lead_bureau import is_routed, lead_of
from store.mapping import Cluster, published_mapping
from store.reference_rows import ClusterRow, RegionRow


@dataclass(frozen=True)
class Network:
    """The places by code, and the row ids behind the codes."""

    places: dict[str, Place]
    regions: tuple[RegionRow, ...]
    code_of: dict[int, str]  # jurisdiction id -> code
    bureau_id_of: dict[str, int]  # jurisdiction code -> bureau id

    def line(self, code: str) -> list[str]:
        """The code and those above it, the nearest first."""
        found = [code]
        while (parent := self.places[found[-1]].parent) is not None:
            found.append(parent)
        return found

    def bureau_for(self, code: str) -> tuple[str, int]:
        """The nearest place at or above `code` that works a desk and has a bureau: (code, bureau id)."""
        for place in self.line(serving_place(code, self.places)):
            if place in self.bureau_id_of:
                return place, self.bureau_id_of[place]
        province = province_of(self.places)
        return province, self.bureau_id_of[province]


def read_network(session: Session) -> Network:
    """All jurisdictions with their bureaus: 200 rows of each."""
    rows = session.exec(select(Jurisdiction)).all()
    code_of = {row.id or 0: row.code for row in rows}
    places = {row.code: Place(row.code, row.tier, code_of.get(row.parent_id or 0), row.is_node) for row in rows}
    regions = tuple(RegionRow(r.code, r.name_zh, r.name_en, r.tier, "", r.status, r.is_node, "") for r in rows)
    bureaus = session.exec(select(Bureau)).all()
    return Network(places, regions, code_of, {code_of[bureau.jurisdiction_id]: bureau.id or 0 for bureau in bureaus})


def read_hosts(session: Session, industry_ids: Collection[int], network: Network) -> tuple[Host, ...]:
    """The clusters of these industries in the mapping in force; one of each industry's leads."""
    mapping = published_mapping(session)
    if mapping is None or not industry_ids:
        return ()
    found = session.exec(
        select(Cluster, Industry.slug)
        .join(Industry, col(Industry.id) == Cluster.industry_id)
        .where(Cluster.version_id == mapping.id, col(Cluster.industry_id).in_(industry_ids))
    ).all()
    rows = [_as_row(cluster, slug, network.code_of[cluster.jurisdiction_id]) for cluster, slug in found]
    leads = {slug: lead_of(slug, rows, network.regions).region_code for slug in {row.industry_id for row in rows}}
    return tuple(Host(r.industry_id, r.region_code, is_routed(r), r.region_code == leads[r.industry_id]) for r in rows)


def _as_row(cluster: Cluster, slug: str, code: str) -> ClusterRow:
    """A cluster in the form the lead rule reads; one that its bureau confirmed counts as sourced."""
    return ClusterRow(
        code,
        "",
        slug,
        cluster.town_zh,
        cluster.town_code,
        cluster.note,
        (),
        cluster.sourced or cluster.confirmed_at is not None,
        cluster.confidence,
        cluster.lead,
    )


def desks_of(
    session: Session,
    industries: Sequence[Industry],
    subscriber_places: Collection[str],
    network: Network,
) -> list[tuple[Desk, int]]:
    """The desks for these industries (the surest first) with their bureaus' ids; never empty."""
    hosts = read_hosts(session, [i.id for i in industries if i.id is not None], network)
    return desks_among(industries, hosts, subscriber_places, network)


def desks_among(
    industries: Sequence[Industry],
    hosts: Collection[Host],
    subscriber_places: Collection[str],
    network: Network,
) -> list[tuple[Desk, int]]:
    """As desks_of, with the hosts at hand; `hosts` may hold other industries too."""
    names = {i.slug: i.name_zh for i in industries}
    desks = desks_for([i.slug for i in industries], hosts, subscriber_places, network.places, names)
    by_bureau: dict[int, Desk] = {}
    for desk in desks:
        place, bureau_id = network.bureau_for(desk.place)
        known = by_bureau.get(bureau_id, Desk(place))
        reasons = tuple(dict.fromkeys(known.reasons + desk.reasons))
        by_bureau[bureau_id] = Desk(place, known.is_lead or desk.is_lead, reasons)
    return [(desk, bureau_id) for bureau_id, desk in by_bureau.items()]


def read_rules(session: Session) -> list[Rule]:
    """The severity table, top-down."""
    rows = session.exec(select(SeverityRule).order_by(col(SeverityRule.position)))
    return [Rule(row.severity, row.conditions, row.reason_zh) for row in rows]


def grade_of(session: Session, facts: Facts, industries: Sequence[Industry], now: datetime) -> Grade:
    """The severity of a thread for these industries today, by the table in the store."""
    return grade_at(session, facts, industries, shanghai_day(now))


def grade_at(session: Session, facts: Facts, industries: Sequence[Industry], today: date) -> Grade:
    """As grade_of, on a given Shanghai day."""
    weights = session.exec(select(Country.weight_tier).where(col(Country.wto_symbol).in_(facts["members"]))).all()
    case = case_of(facts, [i.priority for i in industries], weights, today)
    return graded(case, read_rules(session), facts.get("wave_told", ""))
