"""Scrapy's settings for one visit: polite, bounded, honest about who asks."""

from __future__ import annotations

from typing import Any, Protocol

from crawlers.declaration_parts import Politeness

VERSION = "0.1"
LONGEST_REPLAY_WAIT_S = 0.05


class Mannered(Protocol):
    """What is visited with declared manners: a source, or the documents of notices."""

    @property
    def politeness(self) -> Politeness:
        """How to behave there."""
        ...


def user_agent(contact: str) -> str:
    """Who asks, and how to reach the person who runs this service."""
    return f"tbtwatch/{VERSION} (+{contact})" if contact else f"tbtwatch/{VERSION}"


def scrapy_settings(source: Mannered, *, contact: str, replaying: bool) -> dict[str, Any]:
    """The settings of a crawl of `source`; in a replay the downloader asks the local server and waits are capped."""
    manners = source.politeness
    chosen: dict[str, Any] = {
        "USER_AGENT": " ".join(filter(None, (manners.user_agent, user_agent(contact)))),
        "ROBOTSTXT_OBEY": manners.obey_robots,
        "DOWNLOAD_DELAY": min(manners.delay_s, LONGEST_REPLAY_WAIT_S) if replaying else manners.delay_s,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "CONCURRENT_ITEMS": 1,  # batches are stored in the order in which they were read
        "DOWNLOAD_TIMEOUT": manners.timeout_s,
        "DOWNLOAD_MAXSIZE": manners.max_bytes,  # default 1 GiB; also bounds what a packed body unpacks to
        "DOWNLOAD_WARNSIZE": 0,
        "RETRY_TIMES": manners.retries,
        "REDIRECT_MAX_TIMES": 5,
        "METAREFRESH_ENABLED": False,
        "COOKIES_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,  # the spider names each bad status itself
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,  # since 2.19 a control server listens on a port unless told not to
        "LOG_INSTALL_ROOT_HANDLER": False,
        "LOGSTATS_INTERVAL": 0,
        "STATS_DUMP": False,
        "RETRY_GIVE_UP_LOG_LEVEL": "INFO",  # the report says it, by name
        "DEFAULT_REQUEST_HEADERS": {"Accept": "*/*", "Accept-Language": "en", "Cache-Control": "max-age=0"},
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "crawlers.middlewares.PoliteRobots": 100,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
            "crawlers.middlewares.PatientRetry": 550,
            "crawlers.middlewares.KeyForItsHost": 560,
            "crawlers.middlewares.RecordExchanges": 580,  # before retries, after unpacking
        },
        "ITEM_PIPELINES": {"crawlers.pipelines.StorePipeline": 100},
    }
    if replaying:
        handler = "crawlers.middlewares.ReplayHandler"
        chosen["DOWNLOAD_HANDLERS"] = {"http": handler, "https": handler}
    return chosen
