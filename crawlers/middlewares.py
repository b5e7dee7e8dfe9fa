"""What stands between a spider and the network: robots.txt, patience, keys, and the stage of a replay."""

from __future__ import annotations

import asyncio
import logging
import random
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import DownloadConnectionRefusedError, IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from crawlers.addresses import is_public_address
from crawlers.errors import PrivateAddress
from crawlers.replay import HOPELESS_S, ORIGINAL, dead_port
from crawlers.settings import LONGEST_REPLAY_WAIT_S
from store.clock import system_clock

log = logging.getLogger("crawlers")

HOPELESS_TIMEOUT_S = 0.1
REPLAY_TIMEOUT_S = 4.0  # of an answer that is recorded as fast: only a machine in trouble reaches it


class PoliteRobots(RobotsTxtMiddleware):
    """robots.txt for every request, and its Crawl-delay.

    In Scrapy 2.19.0 requests that wait together for the first robots.txt of a host are let through from the third
    on: the lock makes them wait until the rules are known.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._locks: dict[str, asyncio.Lock] = {}
        self._slowed: set[str] = set()

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host."""
        host = urlsplit(request.url).netloc
        async with self._locks.setdefault(host, asyncio.Lock()):
            parser = await super().robot_parser(request)
        if parser is not None:
            self._slow_down(host, parser)
        return parser

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Refuse what robots.txt forbids, by a name the report can show."""
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest:
            raise IgnoreRequest("robots.txt") from None

    def _slow_down(self, host: str, parser: RobotParser) -> None:
        delay = parser.crawl_delay(self._default_useragent)
        slot = self.crawler.engine.downloader.slots.get(urlsplit(f"//{host}").hostname or "")
        if delay and slot and host not in self._slowed:
            self._slowed.add(host)
            slot.delay = max(slot.delay, _waited(self.crawler, delay, "robots.txt asks for a Crawl-delay of"))


def _spider(crawler: Crawler) -> Any:
    """The running SourceSpider; Scrapy's own type knows nothing of what it carries."""
    return crawler.spider


def _waited(crawler: Crawler, seconds: float, why: str) -> float:
    """The wait to make: as computed, or capped in a replay; logged either way."""
    spider = _spider(crawler)
    replaying = spider.replay is not None
    log.info("%s: %s %.1f s%s", spider.name, why, seconds, ", not waited out in a replay" if replaying else "")
    return min(seconds, LONGEST_REPLAY_WAIT_S) if replaying else seconds


class PatientRetry(RetryMiddleware):
    """Asks again after 429, 5xx and broken connections: after Retry-After, else after 1, 2, 4 ... s with jitter."""

    async def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Request | Response:
        """The response, or the request again once the wait is over; an asked wait that is too long ends it."""
        again = super().process_response(request, response)
        if isinstance(again, Response):
            return again
        wait = retry_after_s(response.headers.get(b"Retry-After"), system_clock())
        if wait is not None and wait > _spider(self.crawler).declaration.politeness.longest_wait_s:
            return response
        await self._wait(again, wait, f"status {response.status}")
        return again

    async def process_exception(  # type: ignore[override]
        self, request: Request, exception: Exception
    ) -> Request | None:
        """The request again once the wait is over, or None when it was tried often enough."""
        again = super().process_exception(request, exception)
        if not isinstance(again, Request):
            return None
        if self._is_hopeless(exception) and again.meta["retry_times"] > 1:
            return None
        await self._wait(again, None, type(exception).__name__)
        return again

    def _is_hopeless(self, exception: Exception) -> bool:
        """In a replay a host that is not recorded stays dead: one more try shows that it is tried."""
        return _spider(self.crawler).replay is not None and isinstance(exception, DownloadConnectionRefusedError)

    async def _wait(self, again: Request, wait: float | None, why: str) -> None:
        tries = again.meta["retry_times"]
        seconds = wait if wait is not None else 2 ** (tries - 1) * random.uniform(0.8, 1.2)  # noqa: S311
        await asyncio.sleep(_waited(self.crawler, seconds, f"{why}, asking again after"))


def retry_after_s(value: bytes | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or a date; None when it says nothing readable."""
    if not value:
        return None
    text = value.decode("latin-1").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None


class KeyForItsHost:
    """Sends the source's key to the declared host only: a redirect elsewhere must not carry it away."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> KeyForItsHost:
        """As Scrapy makes it."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Set the key's header, or take it off."""
        spider = _spider(self._crawler)
        key = spider.declaration.key
        if key is None or not key.header or not spider.job.key:
            return
        if urlsplit(request.url).netloc == urlsplit(spider.declaration.url).netloc:
            request.headers[key.header] = f"{key.prefix}{spider.job.key}"
        else:
            request.headers.pop(key.header, None)


class PublicAddressesOnly:
    """Refuses addresses inside this machine or network: a notice, or a redirect, may name any."""

    def process_request(self, request: Request) -> None:
        """Let public addresses pass; raises PrivateAddress, which the spider's errback names."""
        if not is_public_address(request.url):
            raise PrivateAddress("the address is none of the public web: open it yourself if you trust it")


class ReplayHandler(HTTP11DownloadHandler):
    """The real download handler, sent to the local replay server; the spider sees the original address."""

    async def download_request(self, request: Request) -> Response:
        """The recorded answer. An exchange that takes long plays a time-out without the wait."""
        server = _spider(self._crawler).replay
        asked = (request.method, request.url, request.body)
        exchange = server.peek(*asked)
        port = server.port if server.knows(*asked) else dead_port()
        parts = urlsplit(request.url)
        staged = request.replace(url=parts._replace(scheme="http", netloc=f"127.0.0.1:{port}", fragment="").geturl())
        staged.headers[ORIGINAL] = request.url
        staged.meta.pop("proxy", None)
        hopeless = exchange is not None and exchange.duration_s > HOPELESS_S
        staged.meta["download_timeout"] = HOPELESS_TIMEOUT_S if hopeless else REPLAY_TIMEOUT_S
        response = await super().download_request(staged)
        return response.replace(url=request.url)


def headers_of(response: Response) -> dict[str, str]:
    """The headers of `response` as text, the first value of each; no cookies."""
    found = {k.decode("latin-1"): v[0].decode("latin-1") for k, v in dict[Any, Any](response.headers).items() if v}
    found.pop("Set-Cookie", None)
    return found


class RecordExchanges:
    """Writes every exchange of a visit into a recording (`tbtwatch record`)."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RecordExchanges:
        """As Scrapy makes it."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """The response, unpacked by now, written down as it is; robots.txt is not part of a recording."""
        recorder = _spider(self._crawler).recorder
        if recorder is not None and urlsplit(request.url).path != "/robots.txt":
            headers = headers_of(response)
            headers.pop("Content-Encoding", None)
            recorder.write(request.method, request.url, request.body, response.status, headers, response.body)
        return response
