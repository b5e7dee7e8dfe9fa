"""Manners between the spider and the network: robots.txt, Retry-After, keys."""

from __future__ import annotations

import asyncio
import http.server
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import scrapy
from scrapy.crawler import AsyncCrawlerRunner

from crawlers.declarations import declared_source
from crawlers.middlewares import retry_after_s
from crawlers.settings import scrapy_settings, user_agent
from tests.crawlers.driving import reactor_loop

BOOK = "wto_notifications_workbook"
NOW = datetime(2026, 6, 3, 1, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (b"120", 120.0),
        (b" 3 ", 3.0),
        (b"Wed, 03 Jun 2026 01:00:30 GMT", 30.0),
        (b"Wed, 03 Jun 2026 00:00:00 GMT", 0.0),
        (b"soon", None),
        (b"", None),
        (None, None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: bytes | None, seconds: float | None) -> None:
    assert retry_after_s(header, NOW) == seconds


class _Site(http.server.BaseHTTPRequestHandler):
    """A host with rules, that remembers who asked for what."""

    robots = b"User-agent: *\nDisallow: /private\nCrawl-delay: 0.1\n"
    asked: list[tuple[str, str | None, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["User-Agent"], self.headers["Ocp-Apim-Subscription-Key"]))
        elsewhere = "/eping/notifications/search" in self.path
        body = self.robots if self.path == "/robots.txt" else b"{}"
        self.send_response(302 if elsewhere else 200)
        if elsewhere:
            self.send_header("Location", f"http://localhost:{self.server.server_address[1]}/moved")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[tuple[str, list[tuple[str, str | None, str | None]]]]:
    """(base URL, what was asked) of a running host."""
    asked: list[tuple[str, str | None, str | None]] = []
    handler = type("Site", (_Site,), {"asked": asked})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()


class _Probe(scrapy.Spider):
    """Asks all its addresses at once."""

    name = "probe"
    replay = recorder = broken = None
    job = type("Job", (), {"key": None})()

    def __init__(self, urls: list[str], **carried: Any) -> None:
        super().__init__()
        self.urls, self.refused = urls, list[str]()
        for name, value in carried.items():
            setattr(self, name, value)

    async def start(self) -> Any:
        for url in self.urls:
            yield scrapy.Request(url, errback=self.failed, dont_filter=True)

    def parse(self, response: Any) -> None:
        """Nothing is read."""

    def failed(self, failure: Any) -> None:
        self.refused.append(str(failure.value))


def probe(urls: list[str], settings: dict[str, Any], **carried: Any) -> _Probe:
    async def go() -> Any:
        crawler = AsyncCrawlerRunner(settings).create_crawler(_Probe)
        await crawler.crawl_async(urls=urls, **carried)
        return crawler.spider

    found = asyncio.run_coroutine_threadsafe(go(), reactor_loop()).result(60)
    assert isinstance(found, _Probe)
    return found


def _settings(**changes: Any) -> dict[str, Any]:
    chosen = scrapy_settings(
        declared_source("wto_tbt_notifications"), contact="https://example.org/us", replaying=False
    )
    return {**chosen, "ITEM_PIPELINES": {}, "DOWNLOAD_DELAY": 0, "CONCURRENT_REQUESTS_PER_DOMAIN": 8, **changes}


def test_requests_that_wait_together_for_robots_all_obey_it(site: Any) -> None:
    """Scrapy 2.19.0 lets the third and all further ones through; the lock of PoliteRobots is what this shows."""
    base, asked = site
    declaration = declared_source("wto_tbt_notifications")
    found = probe([f"{base}/private/{n}" for n in range(8)], _settings(), declaration=declaration)
    assert found.refused == ["robots.txt"] * 8
    assert [path for path, _, _ in asked] == ["/robots.txt"]


def test_a_crawl_delay_is_kept(site: Any, caplog: pytest.LogCaptureFixture) -> None:
    base, _ = site
    caplog.set_level(logging.INFO, "crawlers")
    probe([f"{base}/open/{n}" for n in range(3)], _settings(), declaration=declared_source(BOOK))
    assert [record.getMessage() for record in caplog.records if record.name == "crawlers"] == [
        "probe: robots.txt asks for a Crawl-delay of 0.1 s"
    ]


def test_who_asks_is_told_with_a_contact(site: Any) -> None:
    base, asked = site
    probe([f"{base}/open"], _settings(), declaration=declared_source(BOOK))
    assert {agent for _, agent, _ in asked} == {user_agent("https://example.org/us")}
    assert "https://example.org/us" in user_agent("https://example.org/us")


def test_the_key_goes_to_the_declared_host_and_not_where_it_redirects(site: Any) -> None:
    base, asked = site
    declaration = declared_source("wto_tbt_notifications").model_copy(
        update={"url": f"{base}/eping/notifications/search"}
    )
    job = type("Job", (), {"key": "s3cret"})()
    probe([f"{base}/eping/notifications/search"], _settings(), declaration=declaration, job=job)
    keys = {path: key for path, _, key in asked if path != "/robots.txt"}
    assert keys == {"/eping/notifications/search": "s3cret", "/moved": None}


def test_no_door_is_open_and_every_answer_is_bounded() -> None:
    for source in ("wto_tbt_notifications", BOOK):
        chosen = scrapy_settings(declared_source(source), contact="", replaying=False)
        assert chosen["TELNETCONSOLE_ENABLED"] is False and chosen["REMOTE_CONTROL_ENABLED"] is False
        assert chosen["DOWNLOAD_MAXSIZE"] <= 140_000_000 and chosen["DOWNLOAD_TIMEOUT"] <= 1800
        assert chosen["ROBOTSTXT_OBEY"] is True and chosen["COOKIES_ENABLED"] is False
