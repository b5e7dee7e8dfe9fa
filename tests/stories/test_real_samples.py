"""Real answers of the WTO through the real commands, in a new folder; skipped loudly where they are not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from settings import ROOT
from tests.stories.commands import Commands, Done
from tests.stories.published import SPS, TBT, record_exchanges

SAMPLES = ROOT.parent / "shared" / "samples" / "wto"
EXPORT = SAMPLES / "eping-export-2025-06-02-to-04.xlsx"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no real answers at {SAMPLES}: these tests did not run")


def test_the_real_export_gives_61_notices_of_77_rows_once(fresh: Commands) -> None:
    first = fresh.answer("import", str(EXPORT))
    again = fresh.answer("import", str(EXPORT))
    same = {"file": EXPORT.name, "rows": 77, "changed": 0, "rejected": 0}
    assert first == {**same, "new": 61, "unchanged": 0}
    assert again == {**same, "new": 0, "unchanged": 61}
    counts = fresh.answer("stages", "run")
    assert (counts["classify"], counts["raise"], counts["compose"]) == (61, 61, 0)  # a year old: history never alerts
    assert fresh.answer("reviews", "list", "--state", "all") == fresh.answer("warnings", "list") == []
    members = [notice["members"] for notice in fresh.answer("notices", "list")]
    assert len(members) == 61 and ["BDI", "KEN", "RWA", "TZA", "UGA"] in members
    missing = {(row["domain"], row["member"]) for row in fresh.answer("completeness") if row["missing"]}
    assert missing


def split_by_committee(folder: Path) -> Path:
    """The portal's example answer as two recordings without a clock, TBT and SPS."""
    whole = json.loads((SAMPLES / "eping-api-search.json").read_text(encoding="utf-8"))
    for source, area in ((TBT, "TBT"), (SPS, "SPS")):
        items = [item for item in whole["items"] if item["area"] == area]
        body = json.dumps({**whole, "items": items, "totalCount": len(items)}).encode()
        record_exchanges(folder / source, [{}], {"answer.json": body}, recorded_at=None)
    return folder


def counts_of(done: Done) -> list[tuple[str, int, int, int]]:
    assert done.code == 0, done
    assert all(line["issues"] == [] for line in done.lines())
    return [(line["status"], line["new"], line["changed"], line["unchanged"]) for line in done.lines()]


def test_the_real_answer_gives_5_notices_in_their_threads_once(fresh: Commands, tmp_path: Path) -> None:
    crawl = ("crawl", TBT, SPS, "--replay", str(split_by_committee(tmp_path)), "--json")
    assert counts_of(fresh(*crawl)) == [("ok", 3, 0, 0), ("ok", 2, 0, 0)]
    assert counts_of(fresh(*crawl)) == [("unchanged", 0, 0, 3), ("unchanged", 0, 0, 2)]
    notices = [fresh.answer("notices", "show", row["id"]) for row in fresh.answer("notices", "list")]
    tbt = ["G/TBT/N/USA/1234", "G/TBT/N/USA/1234/Add.1", "G/TBT/N/USA/1234/Add.2"]
    sps = ["G/SPS/N/USA/1234", "G/SPS/N/USA/1234/Add.1"]
    assert sorted(notice["symbols"][0] for notice in notices) == sorted(tbt + sps)
    threads = {notice["thread"]["id"]: notice["thread"]["symbols"] for notice in notices}
    assert sorted(threads.values()) == [sps, tbt]
    reasons = {notice["symbols"][0]: notice["thread_reason"] for notice in notices}
    assert reasons[tbt[0]] is reasons[sps[0]] is None and reasons[tbt[2]] == "adopted"
    texts = " ".join(notice["title"] + notice["description"] + notice["products"] for notice in notices)
    assert not any(mark in texts for mark in ("<", "&nbsp;", "&amp;", "&lt;", "\xa0"))
    assert all(notice["title"] == notice["title"].strip() != "" for notice in notices)
