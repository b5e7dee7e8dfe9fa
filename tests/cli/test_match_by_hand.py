"""`tbtwatch match`: counts, reasons, and one firm's case; no addresses."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from store.engine import reading, writing
from store.subscription import Subscriber
from tests.cast import TOYS, insert_exporter
from tests.cli.test_desk_by_hand import NOW, answer, call, refusal
from tests.rows import insert_notice

ASKED = {
    "toys": ([("industry", TOYS), ("market", "USA")], ""),
    "elsewhere": ([("industry", TOYS), ("market", "JPN")], ""),
    "red-only": ([("hs", "9503")], "red"),
    "recalls": ([("word", "toy"), ("kind", "recall")], ""),
    "glass": ([("industry", "glass")], ""),
}


@pytest.fixture
def firms(
    loaded: Engine, loaded_url: str, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A yellow warning about toys from the USA; name -> public id of firms of which it meets the first."""
    with writing(loaded) as session:
        insert_notice(session, now, "G/TBT/N/USA/1234", [(TOYS, "accepted")])
        for name, (terms, floor) in ASKED.items():
            insert_exporter(session, "", None, f"{name}@exporter.example", terms, now, floor=floor)
        people = session.exec(select(Subscriber.email, Subscriber.public_id)).all()
    monkeypatch.setenv("TBTWATCH_DATABASE_URL", loaded_url)
    monkeypatch.setenv("TBTWATCH_VAR", str(tmp_path))
    monkeypatch.setenv("TBTWATCH_PROFILE", "demo")
    return {email.split("@")[0]: public_id for email, public_id in people}


def test_who_asks_and_why_or_why_not(firms: dict[str, str], loaded: Engine) -> None:
    before = answer("match", "G/TBT/N/USA/1234")  # no warning was raised from it yet: its colour is not known
    assert (before["version"], before["asking"], before["severity"]) == (None, 2, None)
    answer("stages", "run", "--now", NOW)
    found = answer("match", "G/TBT/N/USA/1234", "--explain")
    assert (found["asking"], found["kept_back"], found["reached"], found["severity"]) == (1, 0, 1, "yellow")
    reason = "您订阅了行业“玩具”；目标市场：美国。"
    assert [(m["subscriber"], m["reason"]) for m in found["matches"]] == [(firms["toys"], reason)]
    said = {name: answer("match", "G/TBT/N/USA/1234", "--subscriber", firms[name]) for name in ASKED}
    assert {name: (case["meets"], case["why"]) for name, case in said.items()} == {
        "toys": (True, [reason]),
        "elsewhere": (False, ["目标市场是日本，公告来自美国"]),
        "red-only": (False, ["只要红色及以上，这份预警是黄色"]),
        "recalls": (False, ["只要召回，这份公告是通报"]),
        "glass": (False, ["行业、海关编码（HS）和产品词都与公告不符"]),
    }
    with writing(loaded) as session:
        one = session.exec(select(Subscriber).where(Subscriber.public_id == firms["glass"])).one()
        one.confirmed_at = None
        session.add(one)
    assert answer("match", "G/TBT/N/USA/1234", "--subscriber", firms["glass"])["why"] == ["该订阅人还没有确认订阅"]
    shown = call("match", "G/TBT/N/USA/1234", "--explain").stdout
    assert firms["toys"] in shown and "@" not in shown + json.dumps(said)


def test_a_match_keeps_the_change_it_is_exact_for(firms: dict[str, str], loaded: Engine) -> None:
    from store.subscription_change import newest_number
    from store.warning import WarningVersion

    answer("stages", "run", "--now", NOW)
    with reading(loaded) as session:
        assert session.exec(select(WarningVersion.matched_change)).all() == [newest_number(session)]


def test_an_unknown_subscriber_is_named(firms: dict[str, str]) -> None:
    assert "no subscriber 'nobody'" in refusal("match", "G/TBT/N/USA/1234", "--subscriber", "nobody")
