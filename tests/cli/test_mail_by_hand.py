"""Exporters and the outbox from the command line: what scripts read, and what a mistake is told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from store.email import DeliveryAttempt, Email
from store.engine import writing
from tests.cast import TOYS
from tests.cli.test_desk_by_hand import NOW, answer, call, refusal
from tests.rows import insert_notice


@pytest.fixture
def shop(loaded: Engine, loaded_url: str, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A store with a sure toy notice, and the settings that lead to it."""
    with writing(loaded) as session:
        insert_notice(session, now, "G/TBT/N/USA/1234", [(TOYS, "accepted")])
    monkeypatch.setenv("TBTWATCH_DATABASE_URL", loaded_url)
    monkeypatch.setenv("TBTWATCH_VAR", str(tmp_path))
    monkeypatch.setenv("TBTWATCH_PROFILE", "demo")
    return loaded


def test_a_firm_is_added_and_its_mail_is_found_in_the_outbox(shop: Engine) -> None:
    toys = answer("exporters", "add", "--email", "toys@exporter.example", "--industry", "toys", "--hs", "9503",
                  "--market", "美国", "--county", "440515", "--name", "澄海测试企业")  # fmt: skip
    assert (toys["bureau"], toys["markets"], toys["confirmed"], toys["new"]) == (
        "汕头市澄海区市场监督管理局", ["USA"], True, True,
    )  # fmt: skip
    answer("exporters", "add", "--email", "glass@exporter.example", "--industry", "glass")
    assert answer("outbox", "list") == []
    counts = answer("stages", "run", "--now", NOW)
    assert (counts["match"], counts["compose"], counts["send"]) == (1, 1, 1)
    assert set(answer("stages", "run", "--now", NOW).values()) == {0}
    [mail] = answer("outbox", "list")
    assert (mail["to"], mail["state"], mail["symbols"]) == ("toys@exporter.example", "captured", ["G/TBT/N/USA/1234"])
    with writing(shop) as session:
        email = session.exec(select(Email)).one()
        said = "5.1.1 <toys@exporter.example> unknown"
        session.add(DeliveryAttempt(email_id=email.id or 0, at=datetime.now(UTC), transport="smtp",
                                    outcome="permanent", smtp_code=550, smtp_text=said))  # fmt: skip
    assert answer("outbox", "list")[0]["last_reply"] == "550 5.1.1 <…> unknown"
    whole = answer("outbox", "show", mail["id"])
    assert whole["reason"] == "您订阅了行业“玩具”，海关编码（HS）9503；目标市场：美国。"
    assert whole["reason"] in whole["text"]
    assert f"/unsubscribe/{mail['id']}?token=" in whole["html"]
    assert [attempt["outcome"] for attempt in whole["attempts"]] == ["captured", "permanent"]
    assert answer("outbox", "list", "--state", "failed") == []


def test_tables_and_texts_for_people(shop: Engine) -> None:
    added = call("exporters", "add", "--email", "toys@exporter.example", "--industry", "toys")
    assert "toys" in added.stdout
    assert added.stderr == "added and confirmed\n"
    answer("stages", "run", "--now", NOW)
    assert "captured" in call("outbox", "list").stdout
    shown = call("outbox", "show", answer("outbox", "list")[0]["id"]).stdout
    assert shown.startswith("to: toys@exporter.example\nsubject: 【演示】【黄色预警】美国玩具")
    assert "■ 为什么发给您\n" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("exporters", "add", "--email", "a@b.cn", "--industry", "toyz"), "no industry 'toyz'"),
        (("exporters", "add", "--email", "nobody", "--industry", "toys"), "no mail address"),
        (("exporters", "add", "--email", "a@b.cn", "--industry", "toys", "--market", "火星"), "no market '火星'"),
        (("outbox", "show", "f" * 32), "tbtwatch outbox list"),
        (("outbox", "list", "--state", "lost"), "--state 'lost' is unknown"),
    ],
)
def test_mistakes_are_told_in_one_line(shop: Engine, arguments: tuple[str, ...], said: str) -> None:
    assert said in refusal(*arguments)
