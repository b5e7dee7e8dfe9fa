"""The public feeds: parsed back, narrowed, unchanged for who has them, and with no exercise in them."""

from __future__ import annotations

from datetime import datetime, timedelta

import feedparser
import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from store.engine import writing
from store.warning import EXERCISE, ISSUED, TradeWarning, WarningVersion
from tests.alerts.cap_read import read_cap
from tests.web.conftest import Browser
from tests.web.scene import Scene


def add_version(engine: Engine, scene: Scene, at: datetime, **changed: object) -> None:
    with writing(engine) as session:
        warning = session.exec(select(TradeWarning).where(TradeWarning.public_id == scene.warning)).one()
        first = session.exec(select(WarningVersion).where(WarningVersion.warning_id == warning.id)).first()
        assert first is not None
        values = first.model_dump(exclude={"id", "public_id"}) | {"references_id": first.id, "issued_at": at}
        session.add(WarningVersion(**values | {"state": ISSUED} | changed))


def test_the_forms_tell_the_same_and_a_cancel_stays(
    browser: Browser, scene: Scene, loaded: Engine, now: datetime
) -> None:
    client = browser()
    before = feedparser.parse(client.get("/feeds/warnings.atom").content)
    assert not before.bozo
    (entry,) = before.entries
    assert entry.link.endswith(f"/warnings/{scene.warning}")
    add_version(loaded, scene, now + timedelta(hours=1), number=2, kind="cancel", severity="blue")
    after = feedparser.parse(client.get("/feeds/warnings.atom").content)
    (cancelled,) = after.entries
    assert cancelled.id == entry.id
    assert cancelled.published == entry.published
    assert cancelled.updated > entry.updated
    assert cancelled.title.startswith("【已撤销】")
    answer = client.get("/feeds/warnings.json")
    assert answer.headers["content-type"].startswith("application/feed+json")
    feed = answer.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    (item,) = feed["items"]
    assert (item["id"], item["title"], item["_tbtwatch"]["kind"]) == (cancelled.id, cancelled.title, "cancel")
    (message,) = feedparser.parse(client.get("/feeds/warnings.cap.atom").content).entries
    link = next(one for one in message.links if one.type == "application/cap+xml")
    read_cap(client.get(link.href).content)


def test_an_address_narrows_and_a_wrong_one_never_widens(browser: Browser, scene: Scene, loaded: Engine) -> None:
    client = browser()
    item = client.get("/feeds/warnings.json").json()["items"][0]["_tbtwatch"]
    own, other = item["industries"][0], "lighting-led" if "lighting-led" not in item["industries"] else "toys"
    colours = {"red", "orange", "yellow", "blue"} - {item["severity"]}

    def count(query: str) -> int:
        return len(client.get(f"/feeds/warnings.json?{query}").json()["items"])

    assert [count(f"industry={slug}") for slug in (own, other)] == [1, 0]
    assert [count(f"severity={item['severity']}"), count("&".join(f"severity={c}" for c in colours))] == [1, 0]
    assert [count(f"market={item['market']}"), count("market=XYZ")] == [1, 0]
    # toys have a known cluster in Chenghai, so in its city and the province; none in Dabu, which makes ceramics
    assert own == "toys"
    assert [count(f"county={code}") for code in ("440515", "440500", "440000", "441422")] == [1, 1, 1, 0]
    for wrong in ("industry=nothing", "county=999999", "severity=purple"):
        for form in ("", "/warnings.atom", "/warnings.json", "/warnings.cap.atom"):
            assert client.get(f"/feeds{form}?{wrong}").status_code == 404
    page = client.get(f"/feeds?industry={own}&severity=red&severity=orange").text
    assert f"/feeds/warnings.atom?industry={own}&amp;severity=red&amp;severity=orange" in page


def test_whoever_has_it_gets_304_until_something_changes(
    browser: Browser, scene: Scene, loaded: Engine, now: datetime
) -> None:
    client = browser()
    for form in ("warnings.atom", "warnings.json", "warnings.cap.atom"):
        first = client.get(f"/feeds/{form}")
        for name, value in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
            again = client.get(f"/feeds/{form}", headers={name: first.headers[value]})
            assert (again.status_code, again.content) == (304, b"")
        stale = {"If-None-Match": '"other"', "If-Modified-Since": first.headers["Last-Modified"]}
        assert client.get(f"/feeds/{form}", headers=stale).status_code == 200
    held = {"If-None-Match": client.get("/feeds/warnings.atom").headers["ETag"]}
    add_version(loaded, scene, now + timedelta(hours=1), number=2, kind="update")
    assert client.get("/feeds/warnings.atom", headers=held).status_code == 200


@pytest.mark.parametrize("form", ["warnings.atom", "warnings.json", "warnings.cap.atom"])
def test_no_exercise_is_public(browser: Browser, scene: Scene, loaded: Engine, form: str) -> None:
    assert scene.warning in browser().get(f"/feeds/{form}").text
    with writing(loaded) as session:
        mine = update(TradeWarning).where(col(TradeWarning.public_id) == scene.warning)
        session.execute(mine.values(status=EXERCISE))
    assert scene.warning not in browser().get(f"/feeds/{form}").text
