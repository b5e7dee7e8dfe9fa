"""Drills from the command line: started, decided, reported and ended; what scripts read."""

from __future__ import annotations

from tests.alerts.cap_read import read_cap, texts
from tests.cast import CHENGHAI, TOYS
from tests.stories.commands import NOW, Commands, is_told
from tests.stories.conftest import tbtwatch  # noqa: F401 - a fixture
from tests.stories.people import add_cast, mails, run_stages

LATER = "2026-06-03T09:25+08:00"
BEGIN = (
    *("drill", "start", "--severity", "orange", "--industry", TOYS),
    *("--title", "玩具限制使用某类增塑剂", "--now", NOW),
)


def test_a_drill_by_hand(tbtwatch: Commands) -> None:  # noqa: F811
    add_cast(tbtwatch)
    is_told(tbtwatch(*BEGIN, "--as", "chenghai"), 1, "only the province")
    begun = tbtwatch.answer(*BEGIN, "--as", "guangdong")
    assert (begun["state"], begun["industries"], begun["ended_at"]) == ("under_review", [TOYS], None)
    (review,) = [row for row in tbtwatch.answer("reviews", "list", "--bureau", CHENGHAI) if row["exercise"]]
    assert review["title"].startswith("【演练】")
    tbtwatch.answer("reviews", "accept", review["id"], "--as", "chenghai", "--now", LATER)
    run_stages(tbtwatch, LATER)
    told = tbtwatch.answer("drill", "report", begun["id"], "--now", LATER)
    line = next(row for row in told["desks"] if row["bureau"] == CHENGHAI)
    assert (line["outcome"], line["minutes"], line["late"], line["by"]) == ("accept", 25.0, False, "")
    assert {"tier": "county", "acted": 1, "median_minutes": 25.0}.items() <= told["tiers"][0].items()
    ended = tbtwatch.answer("drill", "end", begun["id"], "--as", "guangdong", "--now", LATER)
    assert ended["ended_by"] == "guangdong"
    assert [row["id"] for row in tbtwatch.answer("drill", "list")] == [begun["id"]]
    assert mails(tbtwatch) == [] and tbtwatch.answer("warnings", "list") == []
    assert tbtwatch.answer("notices", "list") == []
    is_told(tbtwatch("drill", "end", begun["id"], "--as", "guangdong", "--now", LATER), 1, "has ended already")
    is_told(tbtwatch("drill", "report", "0" * 32), 1, "no drill", "tbtwatch drill list")


def test_the_tables_name_what_a_person_asks(tbtwatch: Commands) -> None:  # noqa: F811
    add_cast(tbtwatch)
    begun = tbtwatch.answer(*BEGIN, "--as", "guangdong")
    done = tbtwatch("drill", "report", begun["id"], "--now", LATER)
    assert done.code == 0 and "median_minutes" in done.out and "never acted: none" in done.err


def test_a_drill_that_went_out_can_be_read_as_cap(tbtwatch: Commands) -> None:  # noqa: F811
    add_cast(tbtwatch)
    begun = tbtwatch.answer(*BEGIN, "--as", "guangdong")
    is_told(tbtwatch("warnings", "cap", begun["warning"]), 1, "has not been issued")
    (review,) = tbtwatch.answer("reviews", "list", "--bureau", CHENGHAI)
    tbtwatch.answer("reviews", "accept", review["id"], "--as", "chenghai", "--now", LATER)
    for arguments in ((begun["warning"],), (begun["warning"], "--number", "1"), (review["warning_version"],)):
        done = tbtwatch("warnings", "cap", *arguments)
        assert done.code == 0, done
        assert texts(read_cap(done.out.encode()), "status") == ["Exercise"]
    told = tbtwatch.answer("warnings", "cap", begun["warning"])
    assert (told["number"], told["cap"]) == (1, done.out)
    is_told(tbtwatch("warnings", "cap", begun["warning"], "--number", "2"), 1, "version 2")
    is_told(tbtwatch("warnings", "cap", "0" * 32), 1, "no warning")
