"""The bureaus: what the public sees, who keeps an entry, that confirming and editing leave their traces."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from settings import DATA
from store.audit import AuditEntry
from store.bureau import Bureau, Officer
from store.engine import reading, writing
from store.jurisdiction import Jurisdiction
from store.mapping_merge import snapshot_of, with_new_columns
from store.mapping_release import load_reference
from store.reference import read_reference
from tests.cast import CHENGHAI
from tests.store.release import Release
from tests.web.conftest import Browser, form_token_of
from tests.web.scene import Scene

PHONE = "0754-00000000"
ENTRY = {
    "unit_zh": "标准化科",
    "duty_phone": PHONE,
    "reply_address": "tbt@bureau.example",
    "role_a_zh": "标准化科科长岗",
    "role_b_zh": "标准化科副科长岗",
}


def send(browser: Browser, who: str, scene: Scene, action: str = "confirm", **cells: str):  # type: ignore[no-untyped-def]
    client = browser(who)
    token = form_token_of(client.get("/desk").text)
    data = {**ENTRY, **cells, "form_token": token, "action": action}
    return client.post(f"/bureaus/{scene.bureau}", data=data)


def bureau(engine: Engine, scene: Scene) -> Bureau:
    with reading(engine) as session:
        return session.exec(select(Bureau).where(Bureau.public_id == scene.bureau)).one()


def actions(engine: Engine, scene: Scene) -> list[tuple[str, int | None]]:
    with reading(engine) as session:
        rows = session.exec(
            select(AuditEntry).where(AuditEntry.object_id == scene.bureau).order_by(col(AuditEntry.id))
        ).all()
        return [(row.action, row.officer_id) for row in rows]


def test_the_public_sees_every_name_and_only_confirmed_numbers(browser: Browser, loaded: Engine, scene: Scene) -> None:
    page = browser().get("/bureaus").text
    assert page.count("待该部门确认") == 200 and "汕头市澄海区市场监督管理局" in page
    send(browser, "chenghai", scene, "save")
    assert PHONE not in browser().get("/bureaus").text
    send(browser, "chenghai", scene)
    page = browser().get("/bureaus").text
    assert PHONE in page and "标准化科" in page and "tbt@bureau.example" not in page and "科长岗" not in page


def test_a_bureau_keeps_and_confirms_its_own_entry(
    browser: Browser, loaded: Engine, now: datetime, scene: Scene
) -> None:
    assert send(browser, "chenghai", scene).headers["location"] == f"/bureaus/{scene.bureau}?done=confirm"
    kept = bureau(loaded, scene)
    assert {name: getattr(kept, name) for name in ENTRY} == ENTRY
    officer = scene.cast.county
    assert (kept.confirmed, kept.confirmed_at, kept.confirmed_by) == (True, now, officer.public_id)
    assert actions(loaded, scene) == [("bureau.edit", officer.id), ("bureau.confirm", officer.id)]
    page = browser("chenghai").get(f"/bureaus/{scene.bureau}?done=confirm").text
    assert "已保存并确认" in page and "澄海区测试账号" in page


def test_a_change_makes_it_unconfirmed_and_no_change_writes_nothing(
    browser: Browser, loaded: Engine, scene: Scene
) -> None:
    send(browser, "chenghai", scene)
    send(browser, "chenghai", scene, "save")
    assert bureau(loaded, scene).confirmed and len(actions(loaded, scene)) == 2
    send(browser, "guangdong", scene, "save", unit_zh="质量科")
    changed = bureau(loaded, scene)
    assert (changed.unit_zh, changed.confirmed, changed.confirmed_at, changed.confirmed_by) == (
        "质量科",
        False,
        None,
        "",
    )
    assert actions(loaded, scene)[-1] == ("bureau.edit", scene.cast.province.id)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"duty_phone": ""}, "值班电话"),
        ({"duty_phone": "打给小王"}, "值班电话"),
        ({"reply_address": "no address"}, "回复邮箱"),
        ({"unit_zh": "科" * 81}, "承办科室"),
    ],
)
def test_a_mistake_is_told_in_chinese_and_nothing_is_written(
    cells: dict[str, str], told: str, browser: Browser, loaded: Engine, scene: Scene
) -> None:
    answer = send(browser, "chenghai", scene, **cells)
    assert answer.status_code == 422 and told in answer.text and actions(loaded, scene) == []
    assert "标准化科科长岗" in answer.text  # what was typed is still there


def test_the_city_keeps_it_only_where_the_county_has_no_desk(browser: Browser, loaded: Engine, scene: Scene) -> None:
    assert send(browser, "shantou", scene).status_code == 404
    with writing(loaded) as session:
        session.execute(update(Jurisdiction).where(col(Jurisdiction.code) == CHENGHAI).values(is_node=False))
    assert send(browser, "shantou", scene).status_code == 303


def test_an_association_at_the_desk_keeps_no_entry(browser: Browser, loaded: Engine, scene: Scene) -> None:
    with writing(loaded) as session:
        session.execute(update(Officer).where(col(Officer.sign_in) == "chenghai").values(kind="association"))
    assert send(browser, "chenghai", scene).status_code == 404
    assert scene.bureau not in browser("chenghai").get("/bureaus").text


def test_what_a_bureau_keeps_survives_a_reload_of_the_files(
    browser: Browser, loaded: Engine, now: datetime, scene: Scene, tmp_path: Path
) -> None:
    send(browser, "chenghai", scene)
    release = Release(tmp_path / "release")
    release.change("bureaus.csv", "440513,汕头市潮阳区市场监督管理局", "440513,潮阳市场监督管理局")
    with writing(loaded) as session:
        result = load_reference(session, release.read(), now)
    assert (result.taken, result.kept, result.conflicts) == (1, 1, 0)
    kept = bureau(loaded, scene)
    assert {name: getattr(kept, name) for name in ENTRY} == ENTRY and kept.confirmed and kept.confirmed_by


def test_a_release_of_before_the_posts_is_read_as_if_it_had_shipped_them_empty() -> None:
    shipped = snapshot_of(read_reference(DATA))
    old = {**shipped, "bureaus": {k: _without_posts(v) for k, v in shipped["bureaus"].items()}}
    assert with_new_columns(old) == shipped != old


def _without_posts(cells: dict[str, object]) -> dict[str, object]:
    return {name: cell for name, cell in cells.items() if not name.startswith("role_")}
