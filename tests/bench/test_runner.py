"""How figures are judged and printed, and that each group gives figures at all; never how fast anything is."""

from __future__ import annotations

import importlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bench.generators import PAGE, answers, make_records
from bench.ingest import SOURCE
from bench.measure import Metric, absent, measure_pairs
from bench.runner import (
    GROUPS,
    RETRIES_WHEN_NOISY,
    UnknownGroup,
    judged_when_quiet,
    line_of,
    machine_line,
    read_goals,
    run_groups,
    unmeasured,
    verdict,
)
from bench.workbook import COLUMNS, write_workbook
from cli import app
from crawlers.sheets import Sheet
from crawlers.sources import wto_workbook
from crawlers.sources.wto_api import read_answer

CALM = Metric("ingest.store", 0.7, "70 rows/s", "100 rows/s (executemany)", pairs=5, spread=1.1, size=10)
# NAME ratio X ours ... yardstick ... pairs N spread S size N goal G VERDICT
LINE = re.compile(
    r"^(\S+)\s+ratio (-|[\d.e+-]+)\s+ours (.+?)\s+yardstick (.+?)  pairs (\d+)  spread (\d+\.\d\d)  size (\d+)"
    r"  goal (-|(?:>=|<=|=)[\d.]+)  (PASS|MISS|noisy|absent|full-only|-)(  \(.+\))?$"
)


@pytest.mark.parametrize(
    ("metric", "goal", "said"),
    [
        (CALM, ">=0.6", "PASS"),
        (CALM, ">=0.7", "PASS"),
        (CALM, ">=0.71", "MISS"),
        (CALM, "<=0.7", "PASS"),
        (CALM, "<=0.6", "MISS"),
        (replace(CALM, ratio=1.0), "=1.0", "PASS"),
        (replace(CALM, ratio=0.995), "=1.0", "MISS"),
        (CALM, None, "-"),
        (replace(CALM, spread=1.5), ">=0.6", "PASS"),
        (replace(CALM, spread=1.51), ">=0.6", "noisy"),
        (replace(CALM, full_only=True), ">=0.6", "full-only"),
        (absent("mail.send", "smtp-sink"), ">=1.3", "absent"),
    ],
)
def test_the_verdict(metric: Metric, goal: str | None, said: str) -> None:
    assert verdict(metric, goal) == said


def test_the_quick_goal_holds_for_a_quick_run_and_the_goal_for_a_full_one() -> None:
    goals = {"ingest.store": {"goal": ">=0.9", "quick": ">=0.5"}}
    quick, full = (judged_when_quiet(lambda: [CALM], goals, each)[0] for each in (True, False))
    assert (quick["goal"], quick["verdict"]) == (">=0.5", "PASS")
    assert (full["goal"], full["verdict"]) == (">=0.9", "MISS")


def runs(*spreads: float) -> tuple[list[float], Iterator[list[Metric]]]:
    """A group whose yardstick moves as given, run after run; and the spreads that were asked for so far."""
    asked: list[float] = []

    def run() -> Iterator[list[Metric]]:
        for spread in spreads:
            asked.append(spread)
            yield [replace(CALM, spread=spread)]

    return asked, run()


@pytest.mark.parametrize(
    ("spreads", "times", "said"),
    [((1.1, 1.1), 1, "PASS"), ((2.0, 1.2, 1.1), 2, "PASS"), ((2.0, 3.0, 2.5, 1.0), 1 + RETRIES_WHEN_NOISY, "noisy")],
)
def test_a_noisy_group_is_run_again_twice_at_most(spreads: tuple[float, ...], times: int, said: str) -> None:
    asked, group = runs(*spreads)
    rows = judged_when_quiet(lambda: next(group), read_goals(), True)
    assert len(asked) == times
    assert rows[0]["verdict"] == said


def test_pairs_alternate_and_the_ratio_is_the_median_of_each_pair() -> None:
    order: list[str] = []
    ours, yardsticks = iter([10.0, 30.0, 20.0]), iter([10.0, 10.0, 40.0])

    def subject() -> float:
        order.append("ours")
        return next(ours)

    def yardstick() -> float:
        order.append("yardstick")
        return next(yardsticks)

    paired = measure_pairs(subject, yardstick, 3)
    assert order == ["yardstick", "ours"] * 3
    assert (paired.ratio, paired.ours, paired.yardstick, paired.spread) == (1.0, 20.0, 10.0, 4.0)


@pytest.mark.parametrize("ratio", [0.0123, 1.31, 629.4, 12345.6, None])
def test_the_line_of_a_metric(ratio: float | None) -> None:
    row = judged_when_quiet(lambda: [replace(CALM, ratio=ratio, note="1 notice")], read_goals(), True)[0]
    found = LINE.match(line_of(row))
    assert found, line_of(row)
    if ratio is None:
        assert found[2] == "-"
    else:
        assert math.isclose(float(found[2]), ratio, rel_tol=0.005)
    assert found.group(1, 3, 4, 5, 7) == ("ingest.store", "70 rows/s", "100 rows/s (executemany)", "5", "10")


def test_the_machine_and_absent_peers_are_named() -> None:
    rows = judged_when_quiet(lambda: [CALM, absent("mail.send", "smtp-sink of postfix")], read_goals(), True)
    assert machine_line(rows).startswith("# load ") and machine_line(rows).endswith("peer absent: smtp-sink of postfix")
    assert machine_line(rows[:1]).endswith("peers absent: none")


def test_every_goal_is_one_that_can_be_judged() -> None:
    for name, goals in read_goals().items():
        assert name.split(".")[0] in GROUPS
        assert set(goals) <= {"goal", "quick"} and all(re.fullmatch(r"[<>]?=[\d.]+", goal) for goal in goals.values())


def test_an_unknown_group_is_named_before_anything_runs() -> None:
    with pytest.raises(UnknownGroup, match="no group 'speed' of benchmarks: there are ingest, search") as error:
        run_groups(["ingest", "speed"], quick=True, size=1)
    assert error.value.exit_code == 1


def test_a_group_without_figures_is_said_to_have_none() -> None:
    missing = unmeasured([])
    assert "ingest" not in missing
    for name in missing:
        told = CliRunner().invoke(app, ["bench", name, "--json"])
        assert (told.exit_code, json.loads(told.stdout)) == (0, [])
        assert f"no figures yet for {name}" in told.stderr


def check_form(rows: list[dict[str, Any]], group: str) -> None:
    assert [row["name"] for row in rows] == [name for name in read_goals() if name.startswith(f"{group}.")]
    for row in rows:
        assert LINE.match(line_of(row)), line_of(row)
        counted = row["name"].endswith((".same", ".exact", ".exactly"))  # a count, 0 at best
        assert row["verdict"] == "absent" or counted or (row["ratio"] > 0 and row["pairs"] >= 3 and row["spread"] >= 1)


@pytest.mark.parametrize("group", [name for name in GROUPS if name not in [*unmeasured([]), "ingest"]])
def test_each_group_gives_figures_of_the_agreed_form(group: str) -> None:
    metrics = importlib.import_module(f"bench.{group}").run(quick=True, size=200 if group == "match" else 5)
    check_form(judged_when_quiet(lambda: [replace(m, spread=1.0) for m in metrics], read_goals(), True), group)


def test_the_command_prints_one_line_of_json_and_checks_what_it_judged(tmp_path: Path) -> None:
    out = tmp_path / "figures"
    done = CliRunner().invoke(app, ["bench", "ingest", "--size", "20", "--json", "--check", "--out", str(out)])
    assert done.stdout.count("\n") == 1
    rows = json.loads(done.stdout)
    check_form(rows, "ingest")
    assert json.loads(out.read_text(encoding="utf-8")) == rows
    assert done.exit_code == int(any(row["verdict"] == "MISS" for row in rows))


def test_generated_answers_can_be_read_and_hold_joint_notices_and_html() -> None:
    records = make_records(250)
    assert records == make_records(250)
    bodies = answers(records)
    readings = [read_answer(body, SOURCE) for body in bodies]
    assert [reading.rows for reading in readings] == [PAGE, PAGE, 50]
    assert not any(reading.bad or reading.notes for reading in readings)
    items = [item for reading in readings for item in reading.items]
    assert any(len(item.members) == 7 for item in items) and any("<p>" in str(r["description"]) for r in records)
    assert not any("<" in item.description or "&lt;" in item.description for item in items)


def test_the_generated_workbook_holds_the_same_notifications(tmp_path: Path) -> None:
    records = make_records(60)
    with Sheet(write_workbook(tmp_path / "book.xlsx", records)) as sheet:
        rows = list(sheet.rows())
    header, notes = wto_workbook.read_header(rows[0][1])
    assert not notes and len(header) == len(COLUMNS)
    items = [item for reading in wto_workbook.read_rows(rows[1:], header, SOURCE) for item in reading.items]
    by_api = [item for body in answers(records) for item in read_answer(body, SOURCE).items]
    assert [(i.symbols, i.title, i.hs, i.published_on) for i in items] == [
        (i.symbols, i.title, i.hs, i.published_on) for i in by_api
    ]
