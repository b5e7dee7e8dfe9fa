"""The pages of the sign-up: what is ticked and why, the throttle, and a bureau's sheet from dry run to invitations."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from classifier.mapping import mapping_from_files
from store.audit import AuditEntry
from store.email import Email
from store.engine import reading
from store.subscription import Subscriber
from tests.web.conftest import Browser, form_token_of
from tests.web.scene import Scene
from web.reading.guessed import guess, pieces_of
from web.throttle import MOST_SIGN_UPS, may_sign_up

SHEET = "邮箱,产品,所在地\none@firm.example,毛绒玩具,440515\nbad,玩具,\ntwo@firm.example,陶瓷餐具,441422\n"


@pytest.mark.parametrize("store_kind", ["sqlite"])
def test_what_a_firm_makes_in_its_own_words(loaded: Engine) -> None:
    mapping = mapping_from_files()
    with reading(loaded) as session:
        rows, left = guess(session, mapping, "我们主要生产遥控玩具车、不锈钢保温杯和蓝牙音箱，还有某某怪东西")
        nothing, words = guess(session, mapping, "某某怪东西")
    ticked = {row.industry.slug for row in rows if row.ticked}
    assert {"toys", "radio-iot-security", "food-contact-materials"} <= ticked
    assert all(row.why for row in rows) and "遥控玩具" in next(row.why for row in rows if row.industry.slug == "toys")
    assert "steel" not in {slug.split("-")[0] for slug in ticked}  # 不锈钢 stands in a longer word alone
    assert left == ["某某怪东西"] and (nothing, words) == ([], ["某某怪东西"])


def test_what_is_said_is_cut_into_names() -> None:
    assert pieces_of("我们主要生产积木、遥控车和毛绒玩具等产品。") == ["积木", "遥控车", "毛绒玩具"]


def test_one_network_address_keeps_a_bounded_number_of_sign_ups(loaded: Engine, now: datetime) -> None:
    assert all(may_sign_up(loaded, now, "here") for _ in range(MOST_SIGN_UPS))
    assert not may_sign_up(loaded, now, "here") and may_sign_up(loaded, now, "elsewhere")


def test_a_bureau_sees_what_would_become_of_each_row_before_it_enrols(
    browser: Browser, scene: Scene, loaded: Engine
) -> None:
    client = browser("chenghai")
    token = form_token_of(client.get("/enrolment").text)
    dry = client.post("/enrolment", data={"form_token": token}, files={"file": ("firms.csv", SHEET.encode())})
    assert "可以登记" in dry.text and "邮箱写得不对" in dry.text and "不在本单位辖区内" in dry.text
    with reading(loaded) as session:
        assert session.exec(select(Email).where(Email.kind == "invitation")).all() == []
    rows = re.search(r'name="rows" value="([^"]*)"', dry.text)
    assert rows
    kept = {"form_token": token, "rows": rows.group(1), "action": "enrol"}
    assert client.post("/enrolment", data=kept).status_code == 422  # no ground
    done = client.post("/enrolment", data={**kept, "ground": "企业座谈会现场登记"})
    assert "已登记1家" in done.text
    with reading(loaded) as session:
        (mail,) = session.exec(select(Email).where(Email.kind == "invitation")).all()
        person = session.get_one(Subscriber, mail.subscriber_id)
        assert (person.email, person.confirmed_at) == ("one@firm.example", None)
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "subscription.enrol")).one()
        assert entry.officer_id is not None
