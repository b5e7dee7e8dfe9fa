"""The three-way difference as a pure function, and the form in which a release is kept."""

from __future__ import annotations

from typing import Any

import pytest

from settings import DATA
from store.mapping_merge import Table, fingerprint_of, merge, pack, snapshot_of, unpack
from store.reference import read_reference

KEY = ("toys", "word", "en", "doll")
OLD, NEW, OWN = {"weight": 1.0}, {"weight": 0.5}, {"weight": 0.8}


@pytest.mark.parametrize(
    ("then", "now", "ours", "kept", "outcome"),
    [
        (OLD, OLD, OLD, OLD, None),
        (OLD, NEW, OLD, NEW, "taken"),  # only the release changed it
        (OLD, OLD, OWN, OWN, "ours"),  # only we did
        (OLD, NEW, OWN, OWN, "conflict"),
        (OLD, NEW, NEW, NEW, "same"),
        (None, NEW, None, NEW, "taken"),  # new in the release
        (None, None, OWN, OWN, "ours"),  # new here
        (None, NEW, OWN, OWN, "conflict"),
        (OLD, None, OLD, None, "taken"),  # dropped by the release
        (OLD, OLD, None, None, "ours"),  # dropped here
        (OLD, None, OWN, OWN, "conflict"),
        (OLD, NEW, None, None, "conflict"),
        (OLD, None, None, None, "same"),
    ],
)
def test_what_stands_after_a_release(then: Any, now: Any, ours: Any, kept: Any, outcome: str | None) -> None:
    def table(value: Any) -> dict[tuple[str, ...], Any]:
        return {KEY: value} if value is not None else {}

    merged, differences = merge(table(then), table(now), table(ours))
    assert merged == table(kept)
    told = [{"key": list(KEY), "then": then, "now": now, "ours": ours, "outcome": outcome}]
    assert differences == (told if outcome else [])


def test_new_rows_of_ours_follow_those_of_the_release() -> None:
    first, second, own = ("a",), ("b",), ("c",)
    merged, _ = merge({}, {first: OLD, second: OLD}, {own: OWN, second: OLD})
    assert list(merged) == [first, second, own]


def test_a_kept_release_is_the_release() -> None:
    shipped = snapshot_of(read_reference(DATA))
    again = unpack(pack(shipped))
    assert again == shipped
    assert [list(table) for table in again.values()] == [list(table) for table in shipped.values()]
    assert fingerprint_of(again) == fingerprint_of(shipped)


def test_the_fingerprint_tells_contents_not_order() -> None:
    rows: Table = {("a",): OLD, ("b",): NEW}
    assert fingerprint_of({"rules": rows}) == fingerprint_of({"rules": dict(reversed(rows.items()))})
    assert fingerprint_of({"rules": rows}) != fingerprint_of({"rules": {**rows, ("b",): OWN}})
