"""The lead bureau: exactly one for every industry, by the rule's order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from settings import DATA
from store.lead_bureau import Lead, lead_of
from store.reference import Reference, read_reference
from store.reference_rows import ClusterRow, RegionRow

PROVINCE = RegionRow("440000", "广东省", "Guangdong", "province", "", "active", True, "")
COUNTIES = [
    RegionRow(code, "某县", "Some County", "county", "440500", "active", True, "")
    for code in ("440511", "440512", "440515")
]
REGIONS = [PROVINCE, *COUNTIES]
PLAIN = ClusterRow("440515", "某县", "toys", "", "", "", ("K",), False, "medium", False)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return read_reference(DATA)


def test_every_industry_has_one_lead_that_exists(reference: Reference) -> None:
    codes = {region.code for region in reference.regions}
    leads = {each.id: lead_of(each.id, reference.clusters, reference.regions) for each in reference.industries}
    assert len(leads) == 116
    assert {lead.region_code for lead in leads.values()} <= codes
    assert leads["toys"] == Lead("440515", "routed")  # Chenghai
    assert leads["lighting-led"] == Lead("442000105", "routed", "古镇镇")
    assert leads["agricultural-machinery"] == Lead("440000", "province")  # the only one without any cluster
    assert [name for name, lead in leads.items() if lead.basis == "province"] == ["agricultural-machinery"]


def test_the_order_of_the_files_does_not_matter(reference: Reference) -> None:
    turned = reference.clusters[::-1]
    for industry in reference.industries:
        forward = lead_of(industry.id, reference.clusters, reference.regions)
        assert lead_of(industry.id, turned, reference.regions[::-1]) == forward


def test_a_mark_beats_everything() -> None:
    best = replace(PLAIN, region_code="440511", confidence="high", sourced=True, town_zh="某镇")
    marked = replace(PLAIN, region_code="440512", confidence="low", lead=True)
    assert lead_of("toys", [best, marked], REGIONS) == Lead("440512", "mark")


def test_then_confidence_then_source_then_town_then_code() -> None:
    low_sourced = replace(PLAIN, region_code="440511", confidence="low", sourced=True, town_zh="某镇")
    high = replace(PLAIN, region_code="440515", confidence="high")
    assert lead_of("toys", [low_sourced, high], REGIONS).region_code == "440515"
    high_sourced = replace(high, region_code="440512", sourced=True)
    assert lead_of("toys", [high, high_sourced], REGIONS).region_code == "440512"
    high_named = replace(high, region_code="440515", sourced=True, town_zh="某镇")
    assert lead_of("toys", [high_sourced, high_named], REGIONS) == Lead("440515", "routed", "某镇")
    assert lead_of("toys", [high_named, replace(high_named, region_code="440511")], REGIONS).region_code == "440511"


def test_an_unconfirmed_cluster_only_when_none_is_routed() -> None:
    medium = replace(PLAIN, region_code="440511")
    sourced_low = replace(PLAIN, region_code="440515", confidence="low", sourced=True)
    assert lead_of("toys", [medium, sourced_low], REGIONS) == Lead("440515", "routed")
    assert lead_of("toys", [medium], REGIONS) == Lead("440511", "unconfirmed")


def test_the_province_when_there_is_no_cluster_or_only_one_in_a_division_that_ended() -> None:
    ended = [PROVINCE, replace(COUNTIES[2], status="abolished")]
    assert lead_of("toys", [replace(PLAIN, lead=True)], ended) == Lead("440000", "province")
    assert lead_of("furniture", [PLAIN], REGIONS) == Lead("440000", "province")


def test_without_a_province_there_is_no_answer() -> None:
    with pytest.raises(ValueError, match="no province"):
        lead_of("toys", [], COUNTIES)
