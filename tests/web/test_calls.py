"""The page 待致电: a firm with its telephone number and the reason, seen and ticked by its own line alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import select

from alerts.calling import list_call
from store.engine import reading, writing
from store.mail_care import CallListEntry
from store.subscription import Exporter, Subscriber
from store.warning import WarningVersion
from tests.cast import CHENGHAI, bureau_at
from tests.web.conftest import Browser, form_token_of
from tests.web.scene import Scene


def test_a_call_is_seen_and_ticked_by_its_own_line_alone(
    browser: Browser, scene: Scene, loaded: Engine, now: datetime
) -> None:
    with writing(loaded) as session:
        exporter = session.exec(select(Exporter).where(Exporter.bureau_id == bureau_at(session, CHENGHAI).id)).first()
        assert exporter is not None
        exporter.name = "澄海<b>玩具</b>厂"
        subscriber = session.exec(select(Subscriber).where(Subscriber.exporter_id == exporter.id)).one()
        subscriber.mobile = "13800000000"
        version = session.exec(select(WarningVersion.id).where(WarningVersion.state == "issued")).first()
        ids = {"subscriber_id": subscriber.id or 0, "bureau_id": exporter.bureau_id, "version_id": version}
        list_call(session, now, **ids, reason="full")
        list_call(session, now, **ids, reason="throttled")  # once per version
    with reading(loaded) as session:
        entry = session.exec(select(CallListEntry)).one()
    county, stranger = browser("chenghai"), browser("dabu")
    page = county.get("/desk/calls").text
    assert all(
        words in page for words in ("澄海&lt;b&gt;玩具", "13800000000", "对方邮箱已满", f"/warnings/{scene.warning}")
    )
    assert "13800000000" not in stranger.get("/desk/calls").text
    path, form = f"/desk/calls/{entry.public_id}", {"form_token": form_token_of(page)}
    strange = {"form_token": form_token_of(stranger.get("/desk/calls").text)}
    assert stranger.post(path, data=strange).status_code == 404
    assert county.post(path, data={}).status_code == 403
    assert [county.post(path, data=form).status_code for _ in range(2)] == [303, 409]
    assert "13800000000" not in county.get("/desk/calls").text
    assert "澄海区测试账号" in county.get("/desk/calls?state=done").text
