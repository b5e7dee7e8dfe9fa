"""Desks: hosts and matched firms, else the city, else the province; never nobody; always one lead."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, update
from sqlmodel import col, select

from alerts.enrolling import enrol
from alerts.network import desks_of, read_network
from alerts.routing import Desk, Host, Place, desks_for
from settings import DATA
from store.bureau import Bureau
from store.engine import reading, writing
from store.industry import Industry
from store.jurisdiction import Jurisdiction
from store.lead_bureau import is_routed, lead_of
from store.reference import read_reference
from store.subscription import Exporter, Subscriber
from tests.cast import CHENGHAI, PROVINCE, SHANTOU, STRANGER

PLACES = {
    place.code: place
    for place in (
        Place(PROVINCE, "province", None),
        Place(SHANTOU, "city", PROVINCE),
        Place(CHENGHAI, "county", SHANTOU),
        Place("440513", "county", SHANTOU, is_node=False),
        Place("441400", "city", PROVINCE),
        Place(STRANGER, "county", "441400"),
        Place("442000", "city", PROVINCE),
        Place("442000105", "town", "442000"),
    )
}


def codes(desks: tuple[Desk, ...]) -> list[str]:
    return [desk.place for desk in desks]


def test_the_counties_that_host_an_industry_and_those_with_a_matched_firm_look() -> None:
    hosts = [Host("toys", CHENGHAI, True, True), Host("tea", STRANGER, True)]
    desks = desks_for(["toys"], hosts, {"442000105"}, PLACES)
    assert codes(desks) == [CHENGHAI, "442000105"]
    assert [desk.is_lead for desk in desks] == [True, False]
    assert all(desk.reasons for desk in desks)


def test_a_county_that_is_no_node_is_served_by_its_city() -> None:
    assert codes(desks_for(["toys"], [Host("toys", "440513", True, True)], set(), PLACES)) == [SHANTOU]
    assert desks_for(["toys"], [Host("toys", "440513", True, True)], set(), PLACES)[0].is_lead


def test_unconfirmed_clusters_bring_the_city_in_only_when_there_is_nobody_else() -> None:
    doubtful = Host("toys", CHENGHAI, False, True)
    assert codes(desks_for(["toys"], [doubtful], set(), PLACES)) == [SHANTOU]
    assert codes(desks_for(["toys"], [doubtful], {STRANGER}, PLACES)) == [STRANGER]


def test_with_no_known_place_the_province_looks() -> None:
    assert codes(desks_for(["toys"], [], set(), PLACES)) == [PROVINCE]
    assert codes(desks_for(["toys"], [], {PROVINCE, "999999"}, PLACES)) == [PROVINCE]


def test_a_firm_that_names_no_place_adds_no_desk() -> None:
    assert codes(desks_for(["toys"], [Host("toys", CHENGHAI, True)], {PROVINCE}, PLACES)) == [CHENGHAI]


def test_the_surest_industry_leads() -> None:
    hosts = [Host("toys", CHENGHAI, True, True), Host("lighting", "442000105", True, True)]
    assert codes(desks_for(["lighting", "toys"], hosts, set(), PLACES)) == ["442000105", CHENGHAI]
    assert codes(desks_for(["toys", "lighting"], hosts, set(), PLACES)) == [CHENGHAI, "442000105"]


@cache
def shipped() -> tuple[dict[str, Place], list[Host], list[str]]:
    """Places, hosts and industries of the reference data."""
    data = read_reference(DATA)
    places = {r.code: Place(r.code, r.tier, r.parent_code or None, r.is_node) for r in data.regions}
    leads = {i.id: lead_of(i.id, data.clusters, data.regions).region_code for i in data.industries}
    hosts = [
        Host(c.industry_id, c.region_code, is_routed(c), leads[c.industry_id] == c.region_code) for c in data.clusters
    ]
    return places, hosts, [i.id for i in data.industries]


@settings(deadline=None)
@given(st.data())
def test_some_desk_looks_and_exactly_one_leads_whatever_comes(data: st.DataObject) -> None:
    places, hosts, slugs = shipped()
    thirds = [p for p in places.values() if p.tier in ("county", "town")]
    asleep = data.draw(st.sets(st.sampled_from(sorted(p.code for p in thirds)), max_size=20))
    network = {c: Place(c, p.tier, p.parent, c not in asleep) for c, p in places.items()}
    industries = data.draw(st.lists(st.sampled_from(slugs), min_size=1, max_size=4, unique=True))
    firms = data.draw(st.sets(st.sampled_from([*sorted(places), "000000"]), max_size=6))
    desks = desks_for(industries, hosts, firms, network)
    assert desks
    assert sum(desk.is_lead for desk in desks) == 1
    assert desks[0].is_lead
    assert len({desk.place for desk in desks}) == len(desks)
    assert all(network[desk.place].is_node and desk.reasons for desk in desks)


def test_every_one_of_the_shipped_industries_finds_a_desk_without_any_subscriber() -> None:
    places, hosts, slugs = shipped()
    assert len(slugs) == 116
    for slug in slugs:
        assert desks_for([slug], hosts, set(), places), slug


def test_in_the_store_every_desk_has_a_bureau_and_towns_stand_at_the_third_tier(loaded: Engine) -> None:
    with reading(loaded) as session:
        network = read_network(session)
        for industry in session.exec(select(Industry)).all():
            desks = desks_of(session, [industry], set(), network)
            assert sum(desk.is_lead for desk, _ in desks) == 1, industry.slug
            assert all(session.get(Bureau, bureau_id) for _, bureau_id in desks)
        lighting = session.exec(select(Industry).where(Industry.slug == "lighting-led")).one()
        desks = desks_of(session, [lighting], set(), network)
        assert {network.places[desk.place].tier for desk, _ in desks} >= {"town"}


def test_without_a_province_the_cure_is_named() -> None:
    with pytest.raises(ValueError, match=r"regions\.csv"):
        desks_for(["toys"], [], set(), {CHENGHAI: Place(CHENGHAI, "county", None)})


@pytest.mark.parametrize("asleep", [False, True], ids=["all-nodes", "no-county-is-a-node"])
def test_every_industry_has_a_desk_and_one_lead_whoever_subscribes(loaded: Engine, asleep: bool) -> None:
    """14 industries have no routed cluster, and firms may name no place: a warning without a desk fails here."""
    with writing(loaded) as session:
        if asleep:
            session.execute(
                update(Jurisdiction).where(col(Jurisdiction.tier).in_(("county", "town"))).values(is_node=False)
            )
        network = read_network(session)
        industries = session.exec(select(Industry)).all()
        assert len(industries) == 116
        for industry in industries:
            for places in (set[str](), {PROVINCE}, {CHENGHAI}, {"999999"}):
                desks = desks_of(session, [industry], places, network)
                assert sum(desk.is_lead for desk, _ in desks) == 1, (industry.slug, places)
                assert all(bureau_id in network.bureau_id_of.values() for _, bureau_id in desks)
                assert all(network.places[desk.place].is_node for desk, _ in desks)


def test_every_subscriber_belongs_to_exactly_one_bureau_by_default_the_provinces(loaded: Engine, now: datetime) -> None:
    with writing(loaded) as session:
        network = read_network(session)
        for number, code in enumerate(["", *sorted(network.places)]):
            enrolled = enrol(
                session, now, email=f"firm{number}@exporter.example", industries=["toys"], jurisdiction=code
            )
            assert enrolled.exporter.bureau_id == network.bureau_id_of[code or PROVINCE]
        rows = session.exec(select(Subscriber.id, Exporter.bureau_id).join(Exporter)).all()
    assert len(rows) == len({subscriber for subscriber, _ in rows}) == 201
