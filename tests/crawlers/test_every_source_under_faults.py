"""Every source under every fault: the right name and status, nothing altered, nothing lost, and it heals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crawlers import middlewares, settings
from crawlers.declarations import declared_sources
from crawlers.visits import OK, UNCHANGED, Report
from store.engine import make_engine
from tests.crawlers.driving import crawl_here
from tests.crawlers.expected import read_expected, stored_notices
from tests.crawlers.fault_table import WELL, Fault, faults
from tests.crawlers.faulty_recordings import recorded

Row = dict[str, Any]
WAIT_S = 0.004
SOURCES = sorted(declared_sources())
# A source that is off meets a few: what its form and its own faults.json say.
FEW = ("maintenance page", "truncated", "wrong charset", "renamed field", "dated 2099", "one broken item")
CASES = [
    (source, fault)
    for source in SOURCES
    for fault in faults(recorded(source))
    if declared_sources()[source].enabled or fault in FEW
]
# How a notice was admitted follows from the visit that saw it first: a record that a visit missed is news to the next.
OF_THE_VISIT = ("admitted", "admitted_reason")


@pytest.fixture(autouse=True)
def _hardly_any_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of visits: what a replay still waits for, before a request and for what never comes, is cut short."""
    monkeypatch.setattr(settings, "LONGEST_REPLAY_WAIT_S", WAIT_S)
    monkeypatch.setattr(middlewares, "LONGEST_REPLAY_WAIT_S", WAIT_S)
    monkeypatch.setattr(middlewares, "HOPELESS_TIMEOUT_S", 10 * WAIT_S)


def test_every_source_says_how_its_records_break() -> None:
    wordless = [name for name in SOURCES if not recorded(name).texts.keys() >= {"rename", "future", "break"}]
    assert wordless == [], "tests/recordings/<source>/faults.json: rename, future, break; null where there is no date"


@pytest.mark.parametrize(("source", "fault"), CASES, ids=[f"{source}-{fault}" for source, fault in CASES])
def test_a_fault_has_its_name_loses_nothing_and_heals(source: str, fault: str, sqlite_url: str, tmp_path: Path) -> None:
    played = recorded(source)
    broken = faults(played)[fault]
    expected = read_expected(played.source.recording)
    bad = played.write(tmp_path / "bad", broken.lines())
    engine = make_engine(sqlite_url)

    report = crawl_here(sqlite_url, source, bad)  # on a store that knows nothing yet
    judge(report, broken)
    found = stored_notices(engine)
    judge_stored(found, expected, report, broken)

    later = {"now": played.when_read_again} if broken.may_pass and not report.error else {}
    healed = crawl_here(sqlite_url, source, played.source.recording, **later)
    assert (healed.status in (OK, UNCHANGED), healed.issues) == (True, [])
    caught_up = stored_notices(engine)
    if broken.heals:
        assert without_visit(caught_up) == without_visit(expected)
    assert [row for row in without_visit(caught_up) if row not in without_visit(expected)] == []
    judge_admitted(caught_up, expected, found, report)

    report = crawl_here(sqlite_url, source, bad, **later)  # and on one that knows all
    judge(report, broken, known=True)
    assert stored_notices(engine) == caught_up
    again = crawl_here(sqlite_url, source, played.source.recording, **later)
    assert (again.status, again.issues, again.new, again.changed) == (UNCHANGED, [], 0, 0)
    assert stored_notices(engine) == caught_up
    engine.dispose()


def judge(report: Report, broken: Fault, *, known: bool = False) -> None:
    """The status, and the name of what went wrong in the words that an operator reads."""
    error = type(report.error).__name__ if report.error else ""
    status = WELL if report.status in (OK, UNCHANGED) else report.status
    outcomes = broken.outcomes | ({(WELL, "")} if known and broken.may_pass else set())
    assert (status, error) in outcomes, report.reason
    assert bool(report.reason) is bool(error) and "Traceback" not in report.reason and "\n" not in report.reason
    assert error in {"", *(note.kind for note in report.issues)}
    assert report.changed == 0


def judge_stored(found: list[Row], expected: list[Row], report: Report, broken: Fault) -> None:
    """What a visit under a fault stored is as it should be, and is all that could be read.

    A joint notification of which not every record came may speak with another member's words until all have come.
    """
    wanted = without_visit(expected)
    assert [row for row in without_visit(found) if row not in wanted and len(row["members"]) == 1] == []
    assert {key_of(row) for row in found} <= {key_of(row) for row in expected}
    if broken.rejects_one:
        assert report.rejected == 1 and len(expected) - len(found) in (0, 1)
    if broken.stores_all:
        assert len(found) == len(expected)


def judge_admitted(caught_up: list[Row], expected: list[Row], found: list[Row], report: Report) -> None:
    """As expected, but for records that a visit which ended well had missed: they are news to the one after it."""
    seen, wanted = {key_of(row) for row in found}, {key_of(row): row for row in expected}
    for row in caught_up:
        right = wanted[key_of(row)]
        missed = key_of(row) not in seen and report.error is None
        if not missed or right["admitted_reason"] != "first":
            assert [row[name] for name in OF_THE_VISIT] == [right[name] for name in OF_THE_VISIT]
        else:
            assert (row["admitted"], row["admitted_reason"]) in (("news", "recent"), ("history", "old"))


def key_of(row: Row) -> tuple[str, ...]:
    """What a notice is known by."""
    return (row.get("key", ""), *row["symbols"])


def without_visit(rows: list[Row]) -> list[Row]:
    """The rows without what follows from the visit."""
    return [{name: value for name, value in row.items() if name not in OF_THE_VISIT} for row in rows]
