"""`tbtwatch digests`: a week of flagged notices, the line after long silence, and what a subscriber chooses."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from store.engine import writing
from tests.cast import TOYS
from tests.cli.test_desk_by_hand import NOW, answer, call, refusal
from tests.rows import insert_notice

TOYS_AT = "toys@exporter.example"
MONDAY = "2026-06-08T08:00+08:00"


@pytest.fixture
def week(loaded: Engine, loaded_url: str, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A store with a subscriber of toys and a flagged toy notice, and the settings that lead to it."""
    with writing(loaded) as session:
        insert_notice(session, now, "G/TBT/N/USA/1234", [(TOYS, "flagged")])
    monkeypatch.setenv("TBTWATCH_DATABASE_URL", loaded_url)
    monkeypatch.setenv("TBTWATCH_VAR", str(tmp_path))
    monkeypatch.setenv("TBTWATCH_PROFILE", "demo")
    answer("exporters", "add", "--email", TOYS_AT, "--industry", "toys", "--now", NOW)
    answer("stages", "run", "--now", NOW)
    return loaded


def test_a_digest_is_written_once_listed_and_sent(week: Engine) -> None:
    nothing = {"inform": 0, "collect": 0, "digest": 0, "reminders": 0, "still_watching": 0}
    assert answer("digests", "run", "--now", NOW) == nothing
    assert answer("digests", "run", "--now", MONDAY) == nothing | {"digest": 1}
    assert answer("digests", "run", "--now", MONDAY) == nothing
    [row] = answer("digests", "list", "--lane", "information")
    assert (row["key"], row["to"], row["entries"]) == ("2026-W24", TOYS_AT, 1)
    assert answer("stages", "run", "--now", MONDAY)["send"] == 1
    [mail] = answer("outbox", "list")
    assert (mail["id"], mail["kind"], mail["state"]) == (row["mail"], "digest", "captured")
    assert "未经研判" in answer("outbox", "show", mail["id"])["text"]
    assert "information" in call("digests", "list").stdout


def test_after_ninety_silent_days_one_line(week: Engine) -> None:
    answer("stages", "run", "--now", MONDAY)
    assert answer("digests", "run", "--now", "2026-09-01T09:00+08:00")["still_watching"] == 0
    assert answer("digests", "run", "--now", "2026-09-08T09:00+08:00")["still_watching"] == 1
    assert answer("digests", "run", "--now", "2026-09-14T09:00+08:00")["still_watching"] == 0
    mail = answer("outbox", "list")[0]
    assert (mail["kind"], mail["subject"]) == ("still_watching", "【演示】仍在为您关注")
    assert answer("digests", "run", "--now", "2026-12-21T09:00+08:00")["still_watching"] == 1


def test_a_rhythm_is_chosen_and_what_waits_follows_it(week: Engine) -> None:
    chosen = answer("digests", "choose", TOYS_AT, "--rhythm", "daily", "--standards", "--now", NOW)
    assert (chosen["rhythm"], chosen["standards"], chosen["consultations"]) == ("daily", True, False)
    assert "nothing changed" in call("digests", "choose", TOYS_AT, "--rhythm", "daily").stderr
    assert answer("digests", "run", "--now", "2026-06-04T08:00+08:00")["digest"] == 1
    assert answer("digests", "list")[0]["key"] == "2026-06-04"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("digests", "choose", "nobody@exporter.example", "--rhythm", "daily"), "tbtwatch exporters add"),
        (("digests", "choose", TOYS_AT, "--rhythm", "hourly"), "no rhythm 'hourly'"),
        (("digests", "list", "--lane", "fast"), "--lane 'fast' is unknown"),
    ],
)
def test_mistakes_are_told_in_one_line(week: Engine, arguments: tuple[str, ...], said: str) -> None:
    assert said in refusal(*arguments)
