"""Joins from the command line: the list, a decision with its audit entry, refusals that write nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from store.audit import AuditEntry
from store.engine import reading, writing
from tests.alerts.joined import joins, put_recall, run_all
from tests.alerts.mailed import settings_at
from tests.cast import insert_cast
from tests.cli.test_desk_by_hand import NOW, answer, call, refusal


@pytest.fixture
def proposed(loaded: Engine, loaded_url: str, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A store with two recalls that look alike, told of apart."""
    with writing(loaded) as session:
        insert_cast(session, now)
    put_recall(loaded, now, "us_cpsc_recalls", "USA")
    put_recall(loaded, now, "ca_recalls", "CAN")
    run_all(loaded, now, settings_at(tmp_path))
    monkeypatch.setenv("TBTWATCH_DATABASE_URL", loaded_url)
    monkeypatch.setenv("TBTWATCH_VAR", str(tmp_path))
    monkeypatch.setenv("TBTWATCH_PROFILE", "demo")
    return loaded


def test_a_proposal_is_listed_joined_and_undone(proposed: Engine) -> None:
    (row,) = answer("joins", "list")
    assert (row["state"], row["how"], row["reference"], row["by"]) == ("proposed", "officer", "", "")
    assert {row["first"]["source"], row["second"]["source"]} == {"us_cpsc_recalls", "ca_recalls"}
    assert row["score"] > 90
    done = answer("joins", "join", row["id"], "--as", "shantou", "--now", NOW)
    assert (done["state"], done["by"], done["raised_again"]) == ("joined", "shantou", [])
    assert answer("joins", "list") == []
    shown = answer("notices", "show", row["first"]["id"])
    assert [other["id"] for other in shown["other_sources"]] == [row["second"]["id"]]
    assert answer("joins", "undo", row["id"], "--as", "guangdong", "--now", NOW)["state"] == "undone"
    assert [one["state"] for one in answer("joins", "list", "--state", "all")] == ["undone"]
    assert answer("joins", "join", row["id"], "--as", "guangdong", "--again")["state"] == "joined"
    with reading(proposed) as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.object_kind == "join")).all()
    assert [entry.action for entry in entries] == ["join.joined", "join.undone", "join.joined"]
    assert all(entry.officer_id and entry.object_id == row["id"] for entry in entries)


def test_a_table_shows_both_sides(proposed: Engine) -> None:
    table = call("joins", "list").stdout
    assert "us_cpsc_recalls" in table and "ca_recalls" in table and "alike" in table


def test_a_mistake_is_told_in_one_line_and_writes_nothing(proposed: Engine) -> None:
    (one,) = joins(proposed)
    assert "cities and the province" in refusal("joins", "join", one.public_id, "--as", "chenghai")
    assert "tbtwatch joins list" in refusal("joins", "join", "nothing", "--as", "guangdong")
    assert "is proposed" in refusal("joins", "undo", one.public_id, "--as", "guangdong")
    assert "--state" in refusal("joins", "list", "--state", "any")
    answer("joins", "refuse", one.public_id, "--as", "guangdong")
    assert "refused by guangdong" in refusal("joins", "join", one.public_id, "--as", "shantou")
    assert [join.state for join in joins(proposed)] == ["refused"]
