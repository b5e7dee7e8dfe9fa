"""Every declared source has a recording, and the real spider makes of it what a person has read and found right."""

from __future__ import annotations

import pytest

from crawlers.declarations import declared_sources
from crawlers.recording import Recording
from store.engine import make_engine
from tests.crawlers.driving import crawl_here
from tests.crawlers.expected import read_expected, stored_notices

SOURCES = sorted(declared_sources())


@pytest.mark.parametrize("source", SOURCES)
def test_the_recording_gives_the_expected_notices_and_nothing_the_second_time(source: str, store_url: str) -> None:
    folder = declared_sources()[source].recording
    expected = read_expected(folder)
    first = crawl_here(store_url, source, folder)
    engine = make_engine(store_url)
    assert first.issues == [] and first.status == "ok"
    assert stored_notices(engine) == expected
    assert (first.new, first.changed, first.rejected) == (len(expected), 0, 0)
    second = crawl_here(store_url, source, folder)
    assert (second.new, second.changed, second.unchanged) == (0, 0, len(expected))
    assert second.status == "unchanged"
    assert stored_notices(engine) == expected
    engine.dispose()


@pytest.mark.parametrize("source", SOURCES)
def test_a_recording_has_a_clock(source: str) -> None:
    assert Recording(declared_sources()[source].recording).recorded_at is not None


def test_all_recordings_in_one_store_twice(sqlite_url: str) -> None:
    first = [crawl_here(sqlite_url, source, declared_sources()[source].recording) for source in SOURCES]
    assert {report.source: report.reason for report in first if report.reason} == {}
    second = [crawl_here(sqlite_url, source, declared_sources()[source].recording) for source in SOURCES]
    told = {report.source: (report.new, report.changed, report.reason) for report in second}
    assert {source: one for source, one in told.items() if one != (0, 0, "")} == {}


def test_at_least_forty_sources_are_declared_and_twenty_one_enabled() -> None:
    declared = declared_sources().values()
    assert len(declared) >= 40 and sum(source.enabled for source in declared) >= 21
