"""A local firm that a foreign refusal names is read by its own bureau alone."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine

from store.engine import writing
from tests.rows import insert_notice
from tests.web.conftest import Browser
from tests.web.scene import Scene

FIRM = "Muster Confectionery Co., Ltd."


@pytest.mark.parametrize(
    ("city", "origins", "seen_by"),
    [
        ("Shantou", ["CHN", "CN-GD"], {"shantou"}),
        ("Chenghai, Shantou", ["CHN", "CN-GD"], {"chenghai"}),
        ("", ["CHN", "CN-GD"], {"guangdong"}),
        ("Ningbo", ["CHN"], set()),
    ],
)
def test_only_the_own_bureau_reads_the_name(
    city: str, origins: list[str], seen_by: set[str], browser: Browser, scene: Scene, loaded: Engine, now: datetime
) -> None:
    with writing(loaded) as session:
        notice = insert_notice(
            session, now, "G/TBT/N/USA/77", [("toys", "accepted")], kind="border", origins=origins,
            attributes={"firm": FIRM, "city": city},
        )  # fmt: skip
    people = ("", "chenghai", "dabu", "shantou", "guangdong")
    pages = {person: browser(person).get(f"/notices/{notice.public_id}") for person in people}
    assert {page.status_code for page in pages.values()} == {200}
    assert {person for person, page in pages.items() if FIRM in page.text} == seen_by
