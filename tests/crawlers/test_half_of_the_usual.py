"""Half of what a source usually lists is a failure, for every enabled source that has habits; and it heals."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawlers.declarations import Declaration, declared_sources
from crawlers.health import FEWEST_RECORDS, FEWEST_VISITS
from store.engine import make_engine
from tests.crawlers.driving import crawl_here
from tests.crawlers.expected import read_expected, stored_notices
from tests.crawlers.fault_table import HALF, TOO_FEW, faults
from tests.crawlers.faulty_recordings import recorded


def has_habits(source: Declaration) -> bool:
    """Whether the number of its records says something, and the recording has enough of them to halve."""
    enough = len(read_expected(source.recording)) >= FEWEST_RECORDS
    return source.enabled and source.expect.share > 0 and enough and HALF in faults(recorded(source.id))


SOURCES = sorted(name for name, source in declared_sources().items() if has_habits(source))


def test_there_are_such_sources() -> None:
    assert len(SOURCES) >= 5


@pytest.mark.parametrize("source", SOURCES)
def test_half_of_the_usual_is_told_and_nothing_is_lost(source: str, sqlite_url: str, tmp_path: Path) -> None:
    played = recorded(source)
    visits = [crawl_here(sqlite_url, source, played.source.recording) for _ in range(FEWEST_VISITS)]
    assert [visit.error for visit in visits] == [None] * FEWEST_VISITS
    usual = visits[0].look.records
    engine = make_engine(sqlite_url)
    before = stored_notices(engine)
    half = crawl_here(sqlite_url, source, played.write(tmp_path / "half", faults(played)[HALF].lines()))
    is_half = 2 * half.look.records <= usual  # nine of seventeen are more
    told = half.status == "failing" and type(half.error).__name__ in TOO_FEW
    assert told or (half.error is None and not is_half), half.reason
    assert stored_notices(engine) == before
    again = crawl_here(sqlite_url, source, played.source.recording)
    assert (again.error, again.new, again.changed) == (None, 0, 0)
    engine.dispose()
