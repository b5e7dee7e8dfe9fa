"""审计记录: searched by action, bureau, day and object; each line its own; looking is written down."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from store.audit import write_audit
from store.audit_proof import prove
from store.engine import reading, writing
from tests.web.accounts import actions
from tests.web.conftest import Browser
from tests.web.scene import Scene
from web.reading.audit import PER_PAGE

SHOWN = re.compile(r'data-label="事项"><span class="code">([^<]+)<')


@pytest.fixture
def deeds(loaded: Engine, scene: Scene, now: datetime) -> None:
    """One deed of each officer and one of the machine, a day apart."""
    with writing(loaded) as session:
        cast = scene.cast
        for days, who in enumerate((cast.county, cast.city, cast.province, cast.stranger, None)):
            name = who.sign_in if who else "machine"
            write_audit(
                session,
                now - timedelta(days=10 - days),
                action=f"deed.{name}",
                object_kind="thing",
                object_id=f"object-{days}",
                officer_id=who.id if who else None,
            )


def shown(page: str) -> set[str]:
    return {action for action in SHOWN.findall(page) if action.startswith("deed.")}


def test_the_province_sees_all_and_a_city_its_own_line(deeds: None, browser: Browser) -> None:
    all_of_it = {"deed.chenghai", "deed.shantou", "deed.guangdong", "deed.dabu", "deed.machine"}
    assert shown(browser("guangdong").get("/audit").text) == all_of_it
    city = browser("shantou")
    assert shown(city.get("/audit").text) == {"deed.chenghai", "deed.shantou"}
    for query in ("bureau=441422", "bureau=440000", "object=object-3", "action=deed.dabu"):
        assert shown(city.get(f"/audit?{query}").text) == set(), query


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("action=deed.dabu", {"deed.dabu"}),
        ("action=deed", {"deed.chenghai", "deed.shantou", "deed.guangdong", "deed.dabu", "deed.machine"}),
        ("bureau=440515", {"deed.chenghai"}),
        ("bureau=000000", set()),
        ("object=object-2", {"deed.guangdong"}),
        ("from=2026-05-26&to=2026-05-27", {"deed.guangdong", "deed.dabu"}),
        ("to=2026-05-25", {"deed.chenghai", "deed.shantou"}),
        ("action=deed.dabu&from=tomorrow&to=0001-01-01&page=x", {"deed.dabu"}),
    ],
)
def test_the_search(query: str, found: set[str], deeds: None, browser: Browser) -> None:
    assert shown(browser("guangdong").get(f"/audit?{query}").text) == found


def test_looking_is_written_down_and_the_trail_stays_whole(deeds: None, browser: Browser, loaded: Engine) -> None:
    browser("shantou").get("/audit?bureau=440515")
    assert actions(loaded, "trail") == ["audit.view"]
    assert "audit.view" in browser("guangdong").get("/audit").text
    with reading(loaded) as session:
        assert prove(session).broken is None


def test_pages_follow_each_other(browser: Browser, loaded: Engine, scene: Scene, now: datetime) -> None:
    with writing(loaded) as session:
        for number in range(PER_PAGE + 3):
            write_audit(session, now, action=f"deed.{number}", object_kind="thing", object_id="x", actor="operator")
    client = browser("guangdong")
    first, second = client.get("/audit?action=deed").text, client.get("/audit?action=deed&page=2").text
    assert "action=deed&amp;page=2" in first and "page=3" not in second
    assert len(shown(first)) == PER_PAGE and shown(second) == {"deed.0", "deed.1", "deed.2"}
