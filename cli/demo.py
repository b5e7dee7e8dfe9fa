"""The demonstration: ready-made accounts and firms, and the project's own recordings through the real crawlers."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from cli.crawling import crawl_by_command
from cli.opening import Place
from settings import RECORDINGS
from store.clock import parse_instant, system_clock
from store.deployment import Deployment, clock_of, settle_profile
from store.engine import reading, writing

log = logging.getLogger(__name__)

DEMO_SOURCES = ("wto_tbt_notifications", "wto_sps_notifications")  # warnings, desks and mails come from these
MORE_SOURCES = (
    "eu_safety_gate_alerts",
    "us_federal_register_documents",
    "us_cpsc_recalls",
    "uk_opss_alerts",
    "eu_rasff_notifications",
    "us_fda_import_refusals",
    "ca_health_recalls",
    "jp_egov_public_comments",
    "iso_open_data_deliverables",
)  # a first visit brings history: notices to read and to search, and no alert
SIDE_BY_SIDE = 3  # crawls, each a process of its own
PASSWORD = "yanshi-2026"  # noqa: S105  (shown on the sign-in page; the demo refuses to run on a live store)
ACCOUNTS: tuple[dict[str, str], ...] = (
    {"sign_in": "chenghai", "password": PASSWORD, "name": "澄海区演示账号", "bureau": "440515"},
    {"sign_in": "shantou", "password": PASSWORD, "name": "汕头市演示账号", "bureau": "440500"},
    {"sign_in": "guangdong", "password": PASSWORD, "name": "广东省演示账号", "bureau": "440000"},
)
# Firms of the demonstration: name, county or town, industries, HS prefixes, words, markets.
EXPORTERS: tuple[dict[str, Any], ...] = (
    {"name": "演示企业：澄海玩具厂", "code": "440515", "industries": ["toys"], "markets": []},
    {"name": "演示企业：古镇灯饰厂", "code": "442000", "industries": ["lighting-led"], "markets": ["EU", "USA"]},
    {"name": "演示企业：顺德小家电厂", "code": "440606", "industries": ["small-kitchen-appliances"], "markets": []},
    {
        "name": "演示企业：宝安锂电池厂",
        "code": "440306",
        "industries": ["batteries-energy-storage"],
        "words": ["锂电池", "lithium"],
    },
    {
        "name": "演示企业：潮州陶瓷厂",
        "code": "445102",
        "industries": ["ceramics-daily", "ceramics-sanitary"],
        "hs": ["6911"],
    },
    {"name": "演示企业：阳江刀剪厂", "code": "441702", "industries": ["knives-scissors"], "hs": ["8211"]},
    {"name": "演示企业：湛江水产加工厂", "code": "440804", "industries": ["aquatic-products"], "markets": []},
    {"name": "演示企业：白云化妆品厂", "code": "440111", "industries": ["cosmetics"], "words": ["防晒"]},
    {"name": "演示企业：虎门服装厂", "code": "441900", "industries": ["garments"], "markets": ["EU", "USA", "JPN"]},
)


def demo_origin() -> datetime:
    """The instant the demo's clock starts from: when its recordings were made."""
    recorded = [
        parse_instant(json.loads((RECORDINGS / source / "recording.json").read_text(encoding="utf-8"))["recorded_at"])
        for source in DEMO_SOURCES
    ]
    return max(recorded)


def prepare_demo(place: Place) -> Place:
    """Mark the store as the demo's and start its clock; returns the place with that clock."""
    with writing(place.engine) as session:
        mark = settle_profile(session, "demo", demo_origin=demo_origin())
    return Place(place.settings, place.engine, clock_of(mark))


def seed_demo(place: Place) -> None:
    """Accounts, firms, then a replay of each recording. Run again after a kill it goes on where it stopped."""
    with reading(place.engine) as session:
        mark = session.get(Deployment, 1)
        if mark and mark.seeded_at:
            return
    _add_people(place)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as crawls:
        for answer in crawls.map(lambda source: _replay(place, source), (*DEMO_SOURCES, *MORE_SOURCES)):
            log.info("demo: %s", answer)
    with writing(place.engine) as session:
        done = session.get(Deployment, 1)
        assert done is not None
        done.seeded_at = system_clock()
        session.add(done)


def _replay(place: Place, source: str) -> dict[str, Any]:
    return crawl_by_command(source, "--replay", str(RECORDINGS / source), settings=place.settings)


def _add_people(place: Place) -> None:
    from alerts.accounts import add_officer
    from alerts.enrolling import enrol
    from store.bureau import officer_by_sign_in

    with writing(place.engine) as session:
        for account in ACCOUNTS:
            if officer_by_sign_in(session, account["sign_in"]) is None:
                add_officer(
                    session,
                    place.now,
                    sign_in=account["sign_in"],
                    name=account["name"],
                    email="",
                    bureau_code=account["bureau"],
                    password=account["password"],
                )
        for number, firm in enumerate(EXPORTERS, start=1):
            enrol(
                session,
                place.now,
                email=f"demo{number}@exporter.example",
                name=firm["name"],
                jurisdiction=firm["code"],
                industries=firm.get("industries", []),
                hs=firm.get("hs", []),
                words=firm.get("words", []),
                markets=firm.get("markets", []),
            )
