"""`tbtwatch serve --profile demo` as a person starts it: filled within a minute, also after being killed on the way."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from cli.demo import ACCOUNTS, PASSWORD, prepare_demo, seed_demo
from cli.opening import open_place
from scheduler import run_stages
from settings import Settings
from store.engine import make_engine
from tests.browser import running_chromium
from tests.smtp_servers import free_port
from tests.stories.commands import Commands
from tests.stories.picture import picture_of

WITHIN_S = 60.0  # issue 2: from the server's start to filled pages
LOOK_EVERY_S = 0.2
FLAGGED = "G/TBT/N/EU/1251"  # a recorded toy notice that the classifier is unsure of
ADVICE = "出口前请先核对双酚的限量。"
FORM_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')

A_NOTICE, A_WARNING = r'href="/notices/[0-9a-f]{32}"', r'href="/warnings/[0-9a-f]{32}"'
KILLED_AT = (("/notices", A_NOTICE), ("/warnings", A_WARNING))


class Visitor:
    """A browser without scripts: pages as text, and cookies."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))

    def page(self, path: str) -> str:
        """The page at `path`; "" while nobody answers."""
        try:
            with self._opener.open(self.base + path, timeout=20) as answer:
                return str(answer.read().decode())
        except (URLError, ConnectionError):
            return ""

    def sign_in(self, name: str) -> str:
        """Send the sign-in form; the page that follows."""
        token = FORM_TOKEN.search(self.page("/sign-in"))
        assert token
        fields = {"form_token": token.group(1), "name": name, "password": PASSWORD}
        with self._opener.open(f"{self.base}/sign-in", urlencode(fields).encode(), timeout=20) as answer:
            return str(answer.read().decode())


def wait_until(what: Callable[[], bool], process: subprocess.Popen[str], seconds: float = WITHIN_S) -> None:
    """Return as soon as `what` holds; fail when it does not in time, or when the server ends."""
    until = time.monotonic() + seconds
    while not what():
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < until, f"not within {seconds:.0f} s"
        time.sleep(LOOK_EVERY_S)


def shows(visitor: Visitor, path: str, sign: str) -> bool:
    """Whether the page at `path` has something of this form."""
    return re.search(sign, visitor.page(path)) is not None


def kill(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def is_settled(tbtwatch: Commands) -> bool:
    """Whether the demo is seeded and no stage has anything left."""
    from sqlalchemy import text

    engine = make_engine(f"sqlite:///{tbtwatch.var / 'tbtwatch.sqlite'}")
    with engine.execution_options(reading=True).connect() as connection:
        pending = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM deployment WHERE seeded_at IS NULL)"
                " + (SELECT count(*) FROM notice WHERE raised_at IS NULL OR classified_at IS NULL)"
                " + (SELECT count(*) FROM warningversion WHERE state = 'issued' AND composed_at IS NULL)"
                " + (SELECT count(*) FROM email WHERE state = 'pending')"
            )
        ).scalar_one()
    engine.dispose()
    return bool(pending == 0)


Rows = dict[str, list[tuple[object, ...]]]


def undisturbed(folder: Path) -> Rows:
    """The rows of a demo that was seeded in peace."""
    place = prepare_demo(open_place(settings=Settings(profile="demo", var=folder)))
    seed_demo(place)
    run_stages(place.engine, place.now, place.settings)
    return picture_of(place.engine)


@contextmanager
def served(tbtwatch: Commands, port: int) -> Iterator[subprocess.Popen[str]]:
    """The demo on this port."""
    with tbtwatch.started("serve", "--profile", "demo", "--port", str(port)) as process:
        yield process


# One test, not several on one server: workers of the test run would each have to fill a demo of their own.
def test_killed_twice_while_it_fills_it_ends_like_one_left_in_peace(fresh: Commands, tmp_path: Path) -> None:
    port = free_port()
    visitor = Visitor(port)
    for path, sign in KILLED_AT:
        with served(fresh, port) as process:
            wait_until(partial(shows, visitor, path, sign), process)
            kill(process)
    with served(fresh, port) as process:
        wait_until(partial(is_settled, fresh), process)
        for path in ("/", "/notices", "/warnings", "/industries", "/sources", "/sign-in"):
            assert "演示" in visitor.page(path), path
        assert shows(visitor, "/notices", A_NOTICE) and shows(visitor, "/warnings", A_WARNING)
        sign_in_page = visitor.page("/sign-in")
        assert all(account["sign_in"] in sign_in_page for account in ACCOUNTS) and PASSWORD in sign_in_page
        assert FLAGGED in visitor.sign_in("chenghai") + visitor.page("/desk")
        assert "演示】【" in visitor.page("/outbox")
    check_mails(fresh, visitor.base)
    engine = make_engine(f"sqlite:///{fresh.var / 'tbtwatch.sqlite'}")
    found, wanted = picture_of(engine), undisturbed(tmp_path / "calm")
    engine.dispose()
    assert len(wanted["notices"]) >= 50 and wanted["emails"] and wanted["reviews"]
    for name in set(wanted) - {"slots"}:
        assert found[name] == wanted[name], name
    assert "Traceback" not in (fresh.var / "stderr.txt").read_text(encoding="utf-8")


def check_mails(tbtwatch: Commands, base: str) -> None:
    """Every mail is captured, says what it is, and leads back to this server."""
    for mail in tbtwatch.answer("outbox", "list"):
        whole = tbtwatch.answer("outbox", "show", mail["id"])
        assert mail["state"] == "captured" and base in whole["text"]
        assert "演示" in whole["subject"] and "演示" in whole["text"] and "演示" in whole["html"]


@pytest.mark.browser
def test_a_county_accepts_a_flagged_notice_without_scripts_and_its_mail_appears(fresh: Commands) -> None:
    port = free_port()
    visitor = Visitor(port)
    with running_chromium() as chromium, served(fresh, port) as process:
        wait_until(partial(shows, visitor, "/healthz", "ok"), process)
        wait_until(partial(is_settled, fresh), process)
        before = {mail["id"] for mail in fresh.answer("outbox", "list")}
        with chromium.new_context(java_script_enabled=False, locale="zh-CN") as window:
            page = window.new_page()
            page.goto(f"{visitor.base}/desk")
            page.click("text=以县（市、区）级账号登录")
            page.locator("li.card", has_text=FLAGGED).locator(".card-title a").click()
            page.fill("#advice", ADVICE)
            page.click("text=采纳并发布")
            assert "已记录：采纳" in page.inner_text("main")
            wait_until(lambda: len(fresh.answer("outbox", "list")) > len(before), process)
            (new,) = [mail for mail in fresh.answer("outbox", "list") if mail["id"] not in before]
            assert (new["to"], new["symbols"]) == ("demo1@exporter.example", [FLAGGED])
            page.goto(f"{visitor.base}/outbox")
            page.click(f"text={new['subject']}")
            assert ADVICE in page.frame_locator("iframe.mail").locator("body").inner_text()
