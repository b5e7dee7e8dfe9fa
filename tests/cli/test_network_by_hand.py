"""The network from the command line: what scripts read, and the summaries written by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from store.engine import writing
from tests.alerts.raised import SYMBOL, UNSURE, put, run
from tests.cast import CHENGHAI, PROVINCE, SHANTOU, insert_cast
from tests.stories.commands import NOW, Commands, is_told


@pytest.fixture
def tbtwatch(loaded: Engine, loaded_url: str, now: datetime, tmp_path: Path) -> Commands:
    """The command over a store with the cast and one doubtful toy notice on the desks."""
    with writing(loaded) as session:
        insert_cast(session, now)
    put(loaded, now, SYMBOL, UNSURE)
    run(loaded, now)
    return Commands(tmp_path, loaded_url)


def test_the_network_as_json(tbtwatch: Commands) -> None:
    rows = {row["code"]: row for row in tbtwatch.answer("network", "--now", NOW)}
    assert len(rows) == 200
    assert (rows[PROVINCE]["tier"], rows[PROVINCE]["exporters"], rows[PROVINCE]["decided"]) == ("province", 2, 0)
    assert (rows[CHENGHAI]["open"], rows[CHENGHAI]["exporters"], rows[CHENGHAI]["officers"]) == (1, 1, 1)
    assert rows[CHENGHAI]["median_hours"] is None and rows[CHENGHAI]["confirmed"] is False
    below = tbtwatch.answer("network", "--city", SHANTOU, "--now", NOW)
    assert below[0]["code"] == SHANTOU and all(row["code"].startswith("4405") for row in below)


def test_the_network_as_a_table_names_the_cities(tbtwatch: Commands) -> None:
    done = tbtwatch("network", "--now", NOW)
    assert done.code == 0 and "汕头市" in done.out and "澄海区" not in done.out


def test_a_place_that_is_none_is_named(tbtwatch: Commands) -> None:
    is_told(tbtwatch("network", "--city", "999999"), 1, "999999", "data/regions.csv")


def test_summaries_are_written_once(tbtwatch: Commands) -> None:
    monday = "2026-06-08T09:00+08:00"
    assert tbtwatch.answer("summary", "--now", monday) == {"mails": 3}
    assert tbtwatch.answer("summary", "--now", monday) == {"mails": 0}
