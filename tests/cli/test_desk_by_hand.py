"""The desk from the command line: what scripts read, what people are told, and that a mistake writes nothing."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import Engine
from sqlmodel import select
from typer.testing import CliRunner

from alerts.raising import raise_pending
from cli import app
from settings import TbtwatchError
from store.audit import AuditEntry
from store.bureau import Officer
from store.engine import reading, writing
from store.notice import HISTORY
from tests.cast import CHENGHAI, TOYS, insert_cast
from tests.rows import insert_notice
from web.passwords import check_password

NOW = "2026-06-03T09:00+08:00"
SYMBOL = "G/TBT/N/USA/1234"


@pytest.fixture
def desk(loaded: Engine, loaded_url: str, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A store with the cast and one doubtful toy notice on the desks, and the settings that lead to it."""
    with writing(loaded) as session:
        insert_cast(session, now)
        insert_notice(session, now, SYMBOL, [(TOYS, "flagged")])
        insert_notice(session, now, "G/TBT/N/EU/5", [(TOYS, "accepted")], issuer="EU", admitted=HISTORY)
    while raise_pending(loaded, now):
        pass
    monkeypatch.setenv("TBTWATCH_DATABASE_URL", loaded_url)
    monkeypatch.setenv("TBTWATCH_VAR", str(tmp_path))
    monkeypatch.setenv("TBTWATCH_PROFILE", "demo")
    return loaded


def call(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=given)


def answer(*arguments: str, given: str | None = None) -> Any:
    """The JSON of a command that works: one line."""
    result = call(*arguments, "--json", given=given)
    assert result.exit_code == 0, result.exception
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


def refusal(*arguments: str) -> str:
    """What a person is told when a command refuses: one line, exit code 1, nothing on standard output."""
    result = call(*arguments)
    assert isinstance(result.exception, TbtwatchError), result.output
    assert result.exception.exit_code == 1
    assert result.stdout == ""
    told = str(result.exception)
    assert "\n" not in told
    return told


def test_the_list_says_what_a_desk_needs(desk: Engine) -> None:
    (row,) = answer("reviews", "list", "--bureau", CHENGHAI)
    assert len(row["id"]) == 32
    assert row["state"] == "open"
    assert row["severity"] == "yellow"
    assert row["due"] == "2026-06-10T01:00:00+00:00"
    assert (row["industries"], row["market"], row["bureau"]) == ([TOYS], "USA", CHENGHAI)
    assert row["title"] == f"Safety of toys ({SYMBOL})"
    assert row["lead"] is True
    assert answer("reviews", "list", "--bureau", "440500") == []
    assert len(answer("reviews", "list")) > 1


def test_accepting_issues_the_warning(desk: Engine) -> None:
    (row,) = answer("reviews", "list", "--bureau", CHENGHAI)
    done = answer("reviews", "accept", row["id"], "--as", "chenghai", "--advice", "请核对标签", "--now", NOW)
    assert (done["id"], done["decision"], done["by"]) == (row["id"], "accept", "chenghai")
    assert (done["state"], done["warning_state"]) == ("decided", "issued")
    assert answer("reviews", "list") == []
    (warning,) = answer("warnings", "list")
    assert (warning["state"], warning["basis"], warning["industries"]) == ("issued", "signed_off", [TOYS])
    whole = answer("warnings", "show", warning["id"])
    assert whole["versions"][0]["facts"]["symbols"] == [SYMBOL]
    decided = [r for r in whole["versions"][0]["reviews"] if r["decision"]]
    assert [(r["bureau"], r["advice"]) for r in decided] == [(CHENGHAI, "请核对标签")]
    assert answer("warnings", "list", "--state", "under_review") == []
    assert "澄海区市场监管局" in refusal("reviews", "accept", row["id"], "--as", "shantou")


def test_correcting_names_the_industries(desk: Engine) -> None:
    (row,) = answer("reviews", "list", "--bureau", CHENGHAI)
    done = answer("reviews", "correct", row["id"], "--as", "shantou", "--industry", "lighting-led", "--industry", TOYS)
    assert done["industries_before"] == [TOYS]
    assert set(done["industries_after"]) == {"lighting-led", TOYS}


def test_dismissing_leaves_the_others_open(desk: Engine) -> None:
    (row,) = answer("reviews", "list", "--bureau", CHENGHAI)
    done = answer("reviews", "dismiss", row["id"], "--as", "chenghai", "--note", "无此类企业")
    assert (done["decision"], done["warning_state"]) == ("dismiss", "under_review")


def test_mistakes_are_named_with_their_cure_and_write_nothing(desk: Engine) -> None:
    (row,) = answer("reviews", "list", "--bureau", CHENGHAI)
    correct = ("reviews", "correct", row["id"], "--as", "chenghai", "--industry")
    told = refusal(*correct, "toyz")
    assert "toyz" in told
    assert "industries.csv" in told
    assert "reviews list" in refusal("reviews", "accept", "0" * 32, "--as", "chenghai")
    assert "officers add" in refusal("reviews", "accept", row["id"], "--as", "nobody")
    assert "dabu" in refusal("reviews", "accept", row["id"], "--as", "dabu")
    assert "999999" in refusal("reviews", "list", "--bureau", "999999")
    assert "opne" in refusal("reviews", "list", "--state", "opne")
    assert "G/TBT/N/XXX/1" in refusal("notices", "show", "G/TBT/N/XXX/1")
    assert "XX" in refusal("notices", "list", "--market", "XX")
    assert "warnings list" in refusal("warnings", "show", "abc")
    assert call("reviews", "accept", row["id"]).exit_code == 2  # no --as
    assert answer("reviews", "list", "--bureau", CHENGHAI) == [row]


def test_notices_are_found_by_id_symbol_market_and_industry(desk: Engine) -> None:
    found = answer("notices", "list")
    assert {tuple(n["symbols"]) for n in found} == {(SYMBOL,), ("G/TBT/N/EU/5",)}
    (eu,) = answer("notices", "list", "--market", "EU")
    assert eu["market"] == "EU"
    assert len(answer("notices", "list", "--industry", TOYS)) == 2
    assert answer("notices", "list", "--industry", "lighting-led") == []
    assert len(answer("notices", "list", "--limit", "1")) == 1
    whole = answer("notices", "show", SYMBOL)
    assert whole == answer("notices", "show", whole["id"])
    assert [(s["industry"], s["state"]) for s in whole["suggestions"]] == [(TOYS, "flagged")]
    assert "thread_id" not in whole


def test_the_province_releases_what_can_still_be_commented_on(desk: Engine, now: datetime) -> None:
    release = ("notices", "release", "G/TBT/N/EU/5", "--now", NOW, "--as")
    assert "province" in refusal(*release, "chenghai")
    assert answer(*release, "guangdong")[0]["admitted"] == "news"
    raise_pending(desk, now)
    assert "EU" in {w["market"] for w in answer("warnings", "list")}


def test_an_officer_is_added_with_a_hash_and_an_audit_entry(desk: Engine) -> None:
    given = answer(
        "officers",
        "add",
        "zhongshan",
        "--bureau",
        "442000",
        "--name",
        "中山市测试账号",
        "--password-stdin",
        given="a-long-enough-secret\n",
    )
    made = answer("officers", "add", "guzhen", "--bureau", "442000105")
    assert "password" not in given
    with reading(desk) as session:
        officers = {o.sign_in: o for o in session.exec(select(Officer))}
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "officer.add")).all()
    assert check_password("a-long-enough-secret", officers["zhongshan"].password_hash)[0]
    assert check_password(made["password"], officers["guzhen"].password_hash)[0]
    assert [e.actor for e in entries] == ["operator", "operator"]
    assert "zhongshan" in refusal("officers", "add", "zhongshan", "--bureau", "442000")
    assert "regions.csv" in refusal("officers", "add", "nowhere", "--bureau", "1")
    short = call("officers", "add", "short", "--bureau", "442000", "--password-stdin", given="short\n")
    assert isinstance(short.exception, TbtwatchError)


def test_tables_are_for_people(desk: Engine) -> None:
    for command in (("reviews", "list"), ("warnings", "list"), ("notices", "list"), ("notices", "show", SYMBOL)):
        result = call(*command)
        assert result.exit_code == 0
        assert not result.stdout.startswith(("[", "{"))
