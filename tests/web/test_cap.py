"""CAP messages over HTTP: the newest and each numbered version of what is out, as application/cap+xml."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import select

from store.engine import writing
from store.warning import ISSUED, UNDER_REVIEW, TradeWarning, WarningVersion
from tests.alerts.cap_read import read_cap, texts
from tests.web.conftest import Browser
from tests.web.scene import Scene


def add_version(engine: Engine, scene: Scene, now: datetime, number: int, state: str) -> str:
    with writing(engine) as session:
        warning = session.exec(select(TradeWarning).where(TradeWarning.public_id == scene.warning)).one()
        first = session.exec(select(WarningVersion).where(WarningVersion.warning_id == warning.id)).first()
        assert first is not None
        values = first.model_dump(exclude={"id", "public_id"})
        values |= {"number": number, "kind": "update", "references_id": first.id, "state": state}
        version = WarningVersion(**values | {"issued_at": now if state == ISSUED else None})
        session.add(version)
        return version.public_id


def test_the_newest_and_each_numbered_version(browser: Browser, scene: Scene, loaded: Engine, now: datetime) -> None:
    second = add_version(loaded, scene, now, 2, ISSUED)
    add_version(loaded, scene, now, 3, UNDER_REVIEW)
    client = browser()
    newest = client.get(f"/warnings/{scene.warning}/cap.xml")
    assert newest.headers["content-type"].partition(";")[0] == "application/cap+xml"
    root = read_cap(newest.content)
    assert (texts(root, "identifier"), texts(root, "msgType")) == ([second], ["Update"])
    first = read_cap(client.get(f"/warnings/{scene.warning}/1/cap.xml").content)
    assert texts(first, "identifier")[0] in texts(root, "references")[0]
    assert client.get(f"/warnings/{scene.warning}/2/cap.xml").content == newest.content
    for number in ("0", "3", "4", "-1", "x"):
        assert client.get(f"/warnings/{scene.warning}/{number}/cap.xml").status_code == 404
    assert client.head(f"/warnings/{scene.warning}/cap.xml").status_code == 200


def test_the_page_of_a_warning_leads_there(browser: Browser, scene: Scene) -> None:
    assert f'href="/warnings/{scene.warning}/cap.xml"' in browser().get(f"/warnings/{scene.warning}").text
