"""Every kind of mail in a real browser, at phone and desk width, light and dark: it fits and nothing lies over another.

The pictures of a run stand in the folder that TBTWATCH_TEST_PICTURES names, for looking.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from tests.alerts.every_mail import KINDS, every_mail
from tests.alerts.mailed import parsed, part
from tests.browser import grave_violations, overflow_of, running_chromium

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("store_kind", ["sqlite"])]
SIZES = {"phone": (390, 844), "desk": (1366, 768)}
# Of each block of text: whether it is cut, too narrow or small, or lies over the next one; and what the list shows.
FACTS = """() => {
  const shown = [...document.querySelectorAll('h1, h2, p, li, .level, .button')].filter(e => e.offsetParent);
  const boxes = shown.filter(e => !e.matches('.level, .button')).map(e => [e, e.getBoundingClientRect()]);
  const over = boxes.slice(1).filter(([e, r], i) => !boxes[i][0].contains(e) && r.top < boxes[i][1].bottom - 1);
  return {
    cut: shown.filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
      .map(e => e.textContent),
    outside: boxes.filter(([e, r]) => r.left < 0 || r.right > innerWidth).map(([e]) => e.textContent),
    over: over.map(([e]) => e.textContent),
    small: shown.filter(e => parseFloat(getComputedStyle(e).fontSize) < 12).map(e => e.textContent),
    thin: [...document.querySelectorAll('.button')].filter(e => e.getBoundingClientRect().height < 40)
      .map(e => e.textContent),
    preheader: [...document.querySelectorAll('.preheader')].filter(e => e.getBoundingClientRect().height).length,
  };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_chromium() as running:
        yield running


def test_each_kind_fits_a_phone_and_a_desk_in_light_and_dark(
    browser: Browser, loaded: Engine, tmp_path: Path, now: datetime
) -> None:
    pages = {kind: part(parsed(raw), "html") for kind, raw in every_mail(loaded, tmp_path, now).items()}
    nothing: dict[str, Any] = {"cut": [], "outside": [], "over": [], "small": [], "thin": [], "preheader": 0}
    for name, (width, height) in SIZES.items():
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            asked: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            for kind in KINDS:
                page.set_content(pages[kind])
                where = f"{kind} at {name}, {scheme}"
                assert overflow_of(page) == 0, where
                assert page.evaluate(FACTS) == nothing, where
                assert grave_violations(page) == [], where
                if folder := os.environ.get("TBTWATCH_TEST_PICTURES"):
                    page.screenshot(path=str(Path(folder) / f"{kind}-{name}-{scheme}.png"), full_page=True)
            assert asked == [], "a mail loads nothing"
            context.close()
