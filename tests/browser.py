"""A real browser for tests: finding Chromium, starting it headless, and serving an app to it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn
from fastapi import FastAPI

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Nothing may leave the machine, and nothing may depend on a display, a GPU or a kernel sandbox.
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE, PHONE = (1366, 768), (390, 844)
START_S = 20.0


def chromium_path() -> str | None:
    """The Chromium to use: TBTWATCH_TEST_CHROMIUM, else the first on the PATH; None when there is none."""
    named = os.environ.get("TBTWATCH_TEST_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A headless Chromium; skips the test, loudly, where none is installed."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium (apt-get install chromium fonts-noto-cjk): the browser tests did not run")
    _check_driver()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        try:
            yield browser
        finally:
            browser.close()


def _check_driver() -> None:
    """Skip the test where playwright's own programme cannot start: it lacks a library on the barest machines."""
    from playwright._impl._driver import compute_driver_executable

    done = subprocess.run([compute_driver_executable()[0], "--version"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"playwright cannot start (apt-get install libatomic1?): {done.stderr.strip()[:200]}")


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve `app` on a free port of this machine; yields its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:  # the socket listens already: the first request waits in its queue until the server is up
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(START_S)


def overflow_of(page: Page) -> int:
    """By how many pixels the page is wider than its window; 0 when it fits."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def grave_violations(page: Page) -> list[str]:
    """What axe calls serious or critical on this page: rule and the first offending element."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
