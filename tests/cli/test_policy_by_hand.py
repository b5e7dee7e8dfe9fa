"""The policy of flags from the command line: shown, tried, saved, refused."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from store.engine import reading, writing
from store.policy import FlagPolicy, PolicyTrial
from tests.alerts.raised import SURE, put
from tests.cast import insert_cast
from tests.cli.test_desk_by_hand import NOW, answer, call, refusal


@pytest.fixture
def past(loaded: Engine, loaded_url: str, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A store with the cast and a busy week."""
    with writing(loaded) as session:
        insert_cast(session, now)
    for number in range(21):
        put(loaded, now, f"G/TBT/N/USA/{number}", SURE)
    monkeypatch.setenv("TBTWATCH_DATABASE_URL", loaded_url)
    monkeypatch.setenv("TBTWATCH_VAR", str(tmp_path))
    monkeypatch.setenv("TBTWATCH_PROFILE", "demo")
    return loaded


def test_the_defaults_are_shown_tried_and_changed(past: Engine) -> None:
    shown = answer("policy", "show")
    assert (shown["number"], shown["off"], shown["sign_off_from"], shown["by"]) == (0, [], "red", "")
    assert shown["wave"] == {"size": 5, "firms": 3, "days": 30}
    tried = answer("policy", "backtest", "--now", NOW)
    assert (tried["warnings"], tried["flagged"], tried["exceeded"], tried["is_few"]) == (21, 0, [], True)
    saved = answer("policy", "save", "--as", "guangdong", "--wave-size", "6", "--off", "no_text", "--now", NOW)
    assert (saved["number"], saved["wave"]["size"], saved["wave"]["firms"], saved["off"]) == (1, 6, 3, ["no_text"])
    cleared = answer("policy", "save", "--as", "guangdong", "--off", "none", "--now", NOW)
    assert (cleared["number"], cleared["wave"]["size"], cleared["off"]) == (2, 6, [])  # the rest stays as in force
    assert answer("policy", "show")["by"] == "guangdong"
    assert "red" in call("policy", "show").stdout


def test_refusals_say_what_to_do_and_save_nothing(past: Engine) -> None:
    assert "only the province" in refusal("policy", "save", "--as", "shantou", "--now", NOW)
    assert "no officer 'nobody'" in refusal("policy", "save", "--as", "nobody", "--now", NOW)
    assert "no flag 'moon'" in refusal("policy", "backtest", "--off", "moon", "--now", NOW)
    assert "from 2 to 100" in refusal("policy", "backtest", "--wave-size", "1", "--now", NOW)
    above = refusal("policy", "save", "--as", "guangdong", "--sign-off-from", "blue", "--now", NOW)
    assert "bundles_p95 above 20" in above and "note" in above
    with reading(past) as session:
        assert session.exec(select(FlagPolicy)).first() is None
        assert len(session.exec(select(PolicyTrial)).all()) == 2  # what was tried is kept to look at
    saved = answer("policy", "save", "--as", "guangdong", "--sign-off-from", "blue", "--note", "a drill", "--now", NOW)
    assert (saved["number"], saved["note"], saved["figures"]["bundles_p95"]) == (1, "a drill", 21)
