"""The list of sources and the gaps in the members' series."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine

from crawlers.declarations import declared_sources
from crawlers.errors import UnknownSource
from crawlers.listing import list_sources, missing_numbers, number_ranges
from crawlers.upserting import upsert
from store.clock import parse_instant
from store.engine import writing
from tests.crawlers.items_made import API, item

NOW = parse_instant("2026-06-03T09:00+08:00")


def test_every_declared_source_is_listed_before_it_was_ever_visited(store: Engine, now: datetime) -> None:
    listed = list_sources(store, now)
    assert [row["id"] for row in listed] == list(declared_sources())
    assert all(
        row["recording"] and row["grade"] and row["status"] == "" and row["last_success"] is None for row in listed
    )


def test_the_gaps_of_each_members_series_in_both_domains(store: Engine) -> None:
    symbols = [
        "G/TBT/N/JPN/900", "G/TBT/N/JPN/902", "G/TBT/N/JPN/905", "G/TBT/N/JPN/880/Add.1", "G/TBT/N/JPN/906/Rev.1",
        "G/SPS/N/JPN/900", "G/SPS/N/JPN/901", "G/TBT/N/EEC/29", "G/TBT/N/EU/30", "G/TBT/N/ARE/5, G/TBT/N/YEM/7",
        "G/TBT/Notif.99/3",
    ]  # fmt: skip
    items = [item(text, key=str(n)) if "otif" not in text else item("G/SPS/N/CHL/1/Add.1", key=str(n))
             for n, text in enumerate(symbols)]  # fmt: skip
    with writing(store) as session:
        upsert(session, items, source=API, mode="fill", now=NOW, seen_at=NOW)
    found = {(row["domain"], row["member"]): row for row in missing_numbers(store)}
    assert found["TBT", "JPN"] == {
        "domain": "TBT", "member": "JPN", "first": 880, "last": 906, "present": 3, "missing": [880, 901, 903, 904, 906],
    }  # fmt: skip
    assert found["SPS", "JPN"]["missing"] == []
    assert (found["TBT", "EU"]["present"], found["TBT", "EU"]["missing"]) == (2, [])
    assert found["TBT", "ARE"]["present"] == found["TBT", "YEM"]["present"] == 1
    assert found["SPS", "CHL"] == {
        "domain": "SPS", "member": "CHL", "first": 1, "last": 1, "present": 0, "missing": [1],
    }  # fmt: skip


def test_numbers_in_ranges() -> None:
    assert number_ranges([1, 2, 3, 7, 9, 10]) == "1-3, 7, 9-10"
    assert number_ranges([]) == ""


def test_sources_are_switched_by_setting(store: Engine, now: datetime) -> None:
    listed = {row["id"]: row for row in list_sources(store, now, on=["w3c_news"], off=["us_cpsc_recalls"])}
    assert (listed["w3c_news"]["enabled"], listed["us_cpsc_recalls"]["enabled"]) == (True, False)
    assert listed["w3c_news"]["next_run"] and listed["us_cpsc_recalls"]["next_run"] is None
    assert declared_sources()["w3c_news"].enabled is False
    with pytest.raises(UnknownSource, match="no_such_source"):
        list_sources(store, now, on=["no_such_source"])
